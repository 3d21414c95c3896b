"""What the triggers of this app derive, and its recomputation, for `manage.py check_derived`."""

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
)
