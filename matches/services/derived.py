"""What the triggers of this app derive, and its recomputation, for `manage.py check_derived`."""

from notifications.services.derived import SETTLING, news, since, unfounded
from skillbridge_backend.core.derived import DerivedValue

DERIVED = (
    DerivedValue(
        name="matches: standings of mentors",
        rows="SELECT count(*) FROM matches_mentorstanding",
        wrong="""
            SELECT coalesce(standing.mentor_id, counted.mentor_id)
            FROM matches_mentorstanding AS standing
            FULL JOIN (
                SELECT mentor_id,
                    sum(CASE WHEN status IN ('accepted', 'active', 'paused') THEN 1 ELSE 0 END) AS taken,
                    sum(CASE WHEN answered_at IS NOT NULL THEN 1 ELSE 0 END) AS answered,
                    sum(CASE WHEN answered_at IS NULL AND status = 'expired' AND requested_at IS NOT NULL
                        THEN 1 ELSE 0 END) AS lapsed
                FROM matches_mentormatch GROUP BY mentor_id
            ) AS counted ON counted.mentor_id = standing.mentor_id
            WHERE standing.mentor_id IS NULL
               OR (standing.places_taken, standing.requests_answered, standing.requests_decided) IS DISTINCT FROM (
                   coalesce(counted.taken, 0), coalesce(counted.answered, 0),
                   coalesce(counted.answered + counted.lapsed, 0))
        """,
        repair="SELECT private.matches_refresh_standings(%s::uuid[])",
    ),
    DerivedValue(
        name="matches: figures of mentors",
        rows="SELECT count(*) FROM users_mentorlisting",
        # What time has changed since is the periodic task's to count.
        wrong="""
            SELECT profile.user_id
            FROM users_mentorlisting AS listing
            JOIN users_profile AS profile ON profile.id = listing.profile_id
            LEFT JOIN (
                SELECT mentor_id, sum(CASE WHEN status IN ('accepted', 'active', 'paused') THEN 1 ELSE 0 END) AS taken
                FROM matches_mentormatch GROUP BY mentor_id
            ) AS place ON place.mentor_id = profile.user_id
            LEFT JOIN (
                SELECT mentor_id, count(*) AS decided, count(minutes) AS answered, min(requested_at) AS oldest,
                    CASE WHEN count(minutes) >= 3
                        THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes)::integer END AS median
                FROM (
                    SELECT mentor_id, requested_at, CASE WHEN answered_at IS NOT NULL
                        THEN greatest(0, extract(epoch FROM answered_at - requested_at) / 60) END AS minutes
                    FROM matches_mentormatch
                    WHERE requested_at > now() - interval '180 days' AND (answered_at IS NOT NULL OR status = 'expired')
                ) AS decided GROUP BY mentor_id
            ) AS request ON request.mentor_id = profile.user_id
            LEFT JOIN (
                SELECT subject_id, count(*) AS ratings, CASE WHEN count(*) >= 3 THEN round(avg(rating), 2) END AS mean
                FROM matches_review WHERE subject_is_mentor AND revealed_at <= now() GROUP BY subject_id
            ) AS seen ON seen.subject_id = profile.user_id
            LEFT JOIN (
                SELECT subject_id, min(revealed_at) AS next_at
                FROM matches_review WHERE subject_is_mentor AND revealed_at > now() GROUP BY subject_id
            ) AS unseen ON unseen.subject_id = profile.user_id
            LEFT JOIN (
                SELECT mentor_id,
                    CASE WHEN count(*) >= 3 THEN
                        sum(CASE WHEN status = 'no_show_mentor' THEN 0 WHEN is_new THEN 2000 ELSE 1000 END)
                        / sum(CASE WHEN is_new THEN 2 ELSE 1 END)
                    END AS attendance,
                    min(starts_at + CASE WHEN is_new THEN interval '90 days' ELSE interval '180 days' END) AS changes_at
                FROM (
                    SELECT mentor_id, status, starts_at, starts_at > now() - interval '90 days' AS is_new
                    FROM matches_session
                    WHERE status IN ('done', 'no_show_mentor', 'no_show_learner')
                      AND starts_at > now() - interval '180 days'
                ) AS ended GROUP BY mentor_id
            ) AS session ON session.mentor_id = profile.user_id
            WHERE coalesce(listing.changes_at, 'infinity') > now()
              AND (listing.places_taken, listing.requests_decided, listing.requests_answered,
                   listing.median_answer_minutes, listing.rating_count, listing.rating_mean,
                   listing.attendance_permille, listing.changes_at)
                IS DISTINCT FROM (coalesce(place.taken, 0), coalesce(request.decided, 0), coalesce(request.answered, 0),
                   request.median, coalesce(seen.ratings, 0), seen.mean,
                   session.attendance,
                   least(request.oldest + interval '180 days', unseen.next_at, session.changes_at))
        """,
        repair="SELECT private.matches_refresh_standings(%s::uuid[])",
    ),
    DerivedValue(
        name="matches: newest messages",
        rows="SELECT count(*) FROM matches_conversation",
        wrong="""
            SELECT conversation.id
            FROM matches_conversation AS conversation
            LEFT JOIN (
                SELECT DISTINCT ON (conversation_id) conversation_id, seq, sent_at
                FROM matches_message ORDER BY conversation_id, seq DESC
            ) AS newest ON newest.conversation_id = conversation.id
            WHERE conversation.last_seq < coalesce(newest.seq, 0)
               OR conversation.last_message_at IS DISTINCT FROM newest.sent_at
        """,
        repair="SELECT private.matches_recount_conversations(%s::uuid[])",
    ),
    DerivedValue(
        name="matches: people of sessions",
        rows="SELECT count(*) FROM matches_session",
        wrong="""
            SELECT session.id FROM matches_session AS session
            JOIN matches_mentormatch AS match ON match.id = session.match_id
            WHERE (session.learner_id, session.mentor_id) <> (match.learner_id, match.mentor_id)
        """,
        # The trigger on the table reads them anew at every update.
        repair="UPDATE matches_session SET updated_at = now() WHERE id = ANY (%s::uuid[])",
    ),
    DerivedValue(
        name="matches: seats of sessions",
        rows="SELECT count(*) FROM matches_sessionseat",
        wrong="""
            SELECT DISTINCT coalesce(seat.session_id, sitting.id)
            FROM matches_sessionseat AS seat
            FULL JOIN (
                SELECT session.id, match.learner_id AS person_id, starts_at, ends_at
                FROM matches_session AS session JOIN matches_mentormatch AS match ON match.id = session.match_id
                WHERE session.status = 'confirmed'
                UNION ALL
                SELECT session.id, match.mentor_id, starts_at, ends_at
                FROM matches_session AS session JOIN matches_mentormatch AS match ON match.id = session.match_id
                WHERE session.status = 'confirmed'
            ) AS sitting ON (sitting.id, sitting.person_id) = (seat.session_id, seat.person_id)
            WHERE seat.id IS NULL OR sitting.id IS NULL OR seat.during <> tstzrange(sitting.starts_at, sitting.ends_at)
        """,
        repair="SELECT private.matches_seat(%s::uuid[])",
    ),
    DerivedValue(
        name="matches: revealed reviews",
        rows="SELECT count(*) FROM matches_review",
        wrong="""
            SELECT match_id FROM matches_review
            GROUP BY match_id HAVING count(*) = 2 AND max(revealed_at) > now()
        """,
        repair="SELECT private.matches_reveal(%s::uuid[])",
    ),
    DerivedValue(
        name="matches: bookings of mentorships",
        rows="SELECT count(*) FROM matches_mentormatch WHERE status IN ('active', 'paused', 'completed')",
        wrong="""
            SELECT match.id
            FROM matches_mentormatch AS match
            WHERE match.status IN ('active', 'paused', 'completed')
              -- Where the ghost stands, the bookings of who left are gone, and the other side's name somebody who is.
              AND private.ghost_id() NOT IN (match.learner_id, match.mentor_id)
              AND (
                SELECT count(*) FROM badges_pointsentry AS entry WHERE entry.key IN (
                    'mentorships_started:' || match.id || ':' || match.learner_id,
                    'mentorships_started:' || match.id || ':' || match.mentor_id,
                    'learners_mentored:' || match.mentor_id || ':' || match.learner_id,
                    'mentorships_completed:' || match.id || ':' || match.learner_id,
                    'mentorships_completed:' || match.id || ':' || match.mentor_id)
              ) <> CASE match.status WHEN 'completed' THEN 5 ELSE 3 END
        """,
        repair="SELECT private.matches_book(%s::uuid[])",
    ),
    news(
        "matches: news of steps",
        # The steps that a match must have taken to be what it is. A refused pair may have been accepted before that, or
        # not: no state tells. A proposal nobody asked for is no news to the mentor.
        facts=f"""
            SELECT match.id, step.name, step.recipient_id, step.kind || ':' || match.id AS told
            FROM matches_mentormatch AS match
            CROSS JOIN LATERAL (VALUES
                ('requested', 'match_requested', match.mentor_id, match.status <> 'proposed'),
                ('accepted', 'match_accepted', match.learner_id,
                    match.status IN ('accepted', 'active', 'paused', 'completed', 'ended_early')),
                ('declined', 'match_declined', match.learner_id, match.status = 'declined'),
                ('cancelled', 'match_cancelled', match.mentor_id, match.status = 'cancelled'),
                ('expired', 'match_expired', match.learner_id, match.status = 'expired')
            ) AS step (name, kind, recipient_id, was_taken)
            WHERE step.was_taken AND {since("match.requested_at")}
            UNION ALL
            -- Each question has the time in its key; of one that is open there is at least one.
            SELECT match.id, 'info_requested', match.learner_id, asked.told
            FROM matches_mentormatch AS match
            LEFT JOIN (
                SELECT target_id, max(uniqueness_key) AS told FROM notifications_notification
                WHERE kind = 'match_info_requested' GROUP BY target_id
            ) AS asked ON asked.target_id = match.id
            WHERE match.status = 'info_requested' AND {since("match.requested_at")}
            UNION ALL
            SELECT match.id, 'proposed', match.learner_id, 'match_proposed:' || match.id
            FROM matches_mentormatch AS match
            WHERE match.status = 'proposed' AND {since("match.created_at")}
        """,  # noqa: S608  # a constant of our code
        keys="id, name",
        repair="SELECT private.matches_tell_again(%s::uuid[], %s::text[])",
    ),
    news(
        "matches: news of proposals taken back",
        facts=f"""
            SELECT match.id, match.learner_id AS recipient_id, 'match_withdrawn:' || match.id AS told
            FROM matches_matchround AS round
            JOIN matches_mentormatch AS match ON match.round_id = round.id AND match.ended_at = round.undone_at
            WHERE match.status = 'cancelled' AND {since("round.undone_at")}
        """,  # noqa: S608  # a constant of our code
        repair="SELECT private.matches_tell_withdrawn(%s::uuid[])",
    ),
    news(
        "matches: news of missed sessions",
        facts=f"""
            SELECT session.id, 'session_missed:' || session.id AS told,
                CASE session.status WHEN 'no_show_mentor' THEN session.mentor_id ELSE session.learner_id END
                    AS recipient_id
            FROM matches_session AS session
            WHERE session.status IN ('no_show_mentor', 'no_show_learner') AND {since("session.starts_at")}
        """,  # noqa: S608  # a constant of our code
        repair="SELECT private.matches_tell_missed(%s::uuid[])",
    ),
    news(
        "matches: news of unread messages",
        # The newest message of each side, if the other has not read it. Its key holds how far they had read; where they
        # read on at about the time it came, any news from before will do.
        facts=f"""
            SELECT newest.id, newest.receiver AS recipient_id, coalesce(
                CASE WHEN pointer.updated_at > newest.sent_at - {SETTLING} THEN earlier.told END,
                'message_received:' || newest.conversation_id || ':' || newest.receiver || ':'
                    || coalesce(pointer.last_read_seq, 0)) AS told
            FROM (
                SELECT DISTINCT ON (message.conversation_id, message.sender_id)
                    message.id, message.conversation_id, message.seq, message.sent_at,
                    CASE WHEN message.sender_id = match.learner_id THEN match.mentor_id ELSE match.learner_id END
                        AS receiver
                FROM matches_message AS message
                JOIN matches_conversation AS conversation ON conversation.id = message.conversation_id
                JOIN matches_mentormatch AS match ON match.id = conversation.match_id
                WHERE {since("message.sent_at")}
                ORDER BY message.conversation_id, message.sender_id, message.seq DESC
            ) AS newest
            LEFT JOIN matches_readpointer AS pointer
                ON pointer.conversation_id = newest.conversation_id AND pointer.user_id = newest.receiver
            LEFT JOIN LATERAL (
                SELECT told.uniqueness_key AS told FROM notifications_notification AS told
                WHERE told.recipient_id = newest.receiver AND told.kind = 'message_received'
                    AND told.target_id = newest.conversation_id
                    AND split_part(told.uniqueness_key, ':', 4)::bigint <= pointer.last_read_seq
                LIMIT 1
            ) AS earlier ON true
            WHERE newest.seq > coalesce(pointer.last_read_seq, 0)
        """,  # noqa: S608  # constants of our code
        repair="SELECT private.matches_tell_of_messages(%s::uuid[])",
    ),
    unfounded(
        "matches: news of nothing",
        kinds=(
            "match_proposed",
            "match_withdrawn",
            "session_missed",
            "match_requested",
            "match_info_requested",
            "match_accepted",
            "match_declined",
            "match_cancelled",
            "match_expired",
            "message_received",
        ),
        wrong="""
            SELECT told.id FROM notifications_notification AS told
            JOIN matches_mentormatch AS match ON match.id = told.target_id
            WHERE told.target_type = 'match' AND (
                told.recipient_id NOT IN (match.learner_id, match.mentor_id)
                OR CASE told.kind
                    WHEN 'match_requested' THEN match.status = 'proposed'
                    WHEN 'match_accepted' THEN match.status NOT IN
                        ('accepted', 'active', 'paused', 'completed', 'ended_early', 'cancelled')
                    WHEN 'match_declined' THEN match.status <> 'declined'
                    WHEN 'match_cancelled' THEN match.status <> 'cancelled'
                    WHEN 'match_withdrawn' THEN match.status <> 'cancelled'
                    WHEN 'match_expired' THEN match.status <> 'expired'
                    ELSE false END)
            UNION ALL
            SELECT told.id FROM notifications_notification AS told
            JOIN matches_conversation AS conversation ON conversation.id = told.target_id
            JOIN matches_mentormatch AS match ON match.id = conversation.match_id
            WHERE told.kind = 'message_received' AND told.recipient_id NOT IN (match.learner_id, match.mentor_id)
        """,
    ),
)
