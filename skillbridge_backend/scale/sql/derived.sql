-- What triggers would have written, set by set and with their keys: daily sums, standings, the ledger, totals, awards,
-- subscriptions, notifications and their deliveries. `tests/test_seed_scale.py` settles the same with the triggers' own
-- functions and finds nothing to do. %(until)s is the end of the world's time.

INSERT INTO progress_dailyactivity (id, user_id, day, entries, minutes, commits, pull_requests, modules_completed)
SELECT pg_temp.scale_id(day::timestamp AT TIME ZONE 'UTC', 100, row_number() OVER (ORDER BY day, user_id)),
    user_id, day, entries, minutes, commits, pull_requests, modules_completed
FROM (
    SELECT user_id, occurred_on AS day, count(*) FILTER (WHERE kind <> 'module_reopened') AS entries,
        coalesce(sum(minutes), 0) AS minutes, coalesce(sum(commits), 0) AS commits,
        count(*) FILTER (WHERE kind = 'pull_request_merged') AS pull_requests,
        count(*) FILTER (WHERE kind = 'module_completed') AS modules_completed
    FROM progress_progresslog GROUP BY user_id, occurred_on
) AS days
ORDER BY day, user_id;

INSERT INTO matches_mentorstanding (mentor_id, places_taken, requests_decided, requests_answered)
SELECT mentor_id, count(*) FILTER (WHERE status IN ('accepted', 'active', 'paused')),
    count(*) FILTER (WHERE answered_at IS NOT NULL OR (status = 'expired' AND requested_at IS NOT NULL)),
    count(*) FILTER (WHERE answered_at IS NOT NULL)
FROM matches_mentormatch GROUP BY mentor_id;

WITH marked AS (
    UPDATE users_profileskill AS known SET is_listed = true
    FROM users_profile AS profile JOIN users_user AS person ON person.id = profile.user_id
    WHERE profile.id = known.profile_id AND profile.is_offering_mentoring AND profile.mentoring_capacity > 0
      AND person.is_active AND person.role = 'mentor'
)
INSERT INTO users_mentorlisting (profile_id, search, skills, languages, country, time_zone, away, capacity, described,
    places_taken, requests_decided, requests_answered, median_answer_minutes, rating_count, rating_mean,
    attendance_permille, changes_at, changed_at, number, traits)
SELECT profile.id,
    setweight(to_tsvector('simple', person.handle || ' ' || person.display_name), 'A')
        || setweight(to_tsvector('simple', profile.headline || ' ' || coalesce(known.names, '')), 'B')
        || setweight(to_tsvector('simple', profile.bio), 'D'),
    coalesce(known.words, '{}'), profile.languages, profile.country, profile.time_zone, coalesce(leave.windows, '{}'),
    profile.mentoring_capacity,
    json_build_object(
        'id', profile.user_id, 'skills', coalesce(level.levels, '[]'), 'languages', (
            SELECT coalesce(json_agg(language ORDER BY place), '[]')
            FROM (
                SELECT language, min(place) AS place
                FROM unnest(profile.languages) WITH ORDINALITY AS named (language, place) GROUP BY language
            ) AS once
        ),
        'time_zone', profile.time_zone, 'slots', coalesce(week.slots, '[]')
    )::text,
    coalesce(standing.places_taken, 0), coalesce(request.decided, 0),
    coalesce(request.answered, 0), CASE WHEN request.answered >= 3 THEN request.median END, coalesce(review.ratings, 0),
    CASE WHEN review.ratings >= 3 THEN review.mean END,
    CASE WHEN session.ended >= 3 THEN session.kept * 1000 / session.due END,
    least(request.oldest + interval '180 days', review.next_at, session.changes_at), profile.updated_at,
    row_number() OVER (ORDER BY profile.id), private.users_listing_traits(
        row_number() OVER (ORDER BY profile.id), profile.country,
        profile.mentoring_capacity - coalesce(standing.places_taken, 0)::integer, coalesce(request.decided, 0)::integer,
        coalesce(request.answered, 0)::integer, CASE WHEN request.answered >= 3 THEN request.median END,
        CASE WHEN review.ratings >= 3 THEN review.mean END
    )
FROM users_profile AS profile
JOIN users_user AS person ON person.id = profile.user_id AND person.is_active AND person.role = 'mentor'
LEFT JOIN (
    SELECT known.profile_id, string_agg(called.names, ' ' ORDER BY called.slug) AS names,
        array_agg(called.slug || CASE nth WHEN 0 THEN '' ELSE ':' || nth END ORDER BY called.slug, nth) AS words
    FROM users_profileskill AS known
    JOIN (
        SELECT skill.id, skill.slug, nth, CASE nth WHEN 0 THEN string_agg(alias.text, ' ' ORDER BY normalised) END AS names
        FROM users_skill AS skill JOIN users_skillalias AS alias ON alias.skill_id = skill.id
        CROSS JOIN generate_series(0, 5) AS nth GROUP BY skill.id, nth
    ) AS called ON called.id = known.skill_id AND called.nth <= known.level
    GROUP BY known.profile_id
) AS known ON known.profile_id = profile.id
LEFT JOIN (
    SELECT profile_id, array_agg(daterange(starts_on, ends_on, '[]') ORDER BY starts_on, ends_on) AS windows
    FROM users_leavewindow GROUP BY profile_id
) AS leave ON leave.profile_id = profile.id
LEFT JOIN (
    SELECT known.profile_id, json_agg(json_build_object('skill', skill.slug, 'level', known.level) ORDER BY skill.slug) AS levels
    FROM users_profileskill AS known JOIN users_skill AS skill ON skill.id = known.skill_id
    GROUP BY known.profile_id
) AS level ON level.profile_id = profile.id
LEFT JOIN (
    SELECT profile_id, json_agg(json_build_array(
        starts, ends + CASE WHEN ends <= starts THEN 1440 ELSE 0 END
    ) ORDER BY starts) AS slots
    FROM (
        SELECT profile_id, weekday * 1440 + extract(epoch FROM starts_at)::integer / 60 AS starts,
            weekday * 1440 + extract(epoch FROM ends_at)::integer / 60 AS ends
        FROM users_availabilityslot
    ) AS slot
    GROUP BY profile_id
) AS week ON week.profile_id = profile.id
LEFT JOIN matches_mentorstanding AS standing ON standing.mentor_id = profile.user_id
LEFT JOIN (
    SELECT mentor_id, count(*) AS decided, count(answered_at) AS answered, min(requested_at) AS oldest,
        percentile_cont(0.5) WITHIN GROUP (
            ORDER BY extract(epoch FROM answered_at - requested_at) / 60
        )::integer AS median
    FROM matches_mentormatch
    WHERE requested_at > %(until)s - interval '180 days' AND (answered_at IS NOT NULL OR status = 'expired')
    GROUP BY mentor_id
) AS request ON request.mentor_id = profile.user_id
LEFT JOIN (
    SELECT subject_id, count(*) FILTER (WHERE revealed_at <= %(until)s) AS ratings,
        round(avg(rating) FILTER (WHERE revealed_at <= %(until)s), 2) AS mean,
        min(revealed_at) FILTER (WHERE revealed_at > %(until)s) AS next_at
    FROM matches_review WHERE subject_is_mentor GROUP BY subject_id
) AS review ON review.subject_id = profile.user_id
LEFT JOIN (
    SELECT mentor_id, count(*) AS ended, sum(times) AS due,
        coalesce(sum(times) FILTER (WHERE status <> 'no_show_mentor'), 0) AS kept,
        min(starts_at + interval '180 days' / times) AS changes_at
    FROM (
        SELECT mentor_id, status, starts_at,
            CASE WHEN starts_at > %(until)s - interval '90 days' THEN 2 ELSE 1 END AS times
        FROM matches_session
        WHERE starts_at > %(until)s - interval '180 days' AND status IN ('done', 'no_show_mentor', 'no_show_learner')
    ) AS ended GROUP BY mentor_id
) AS session ON session.mentor_id = profile.user_id
WHERE profile.is_offering_mentoring AND profile.mentoring_capacity > 0
ORDER BY profile.id;

INSERT INTO matches_sessionseat (id, session_id, person_id, during)
SELECT pg_temp.scale_id(starts_at, 107, row_number() OVER (ORDER BY session.id, person.id)), session.id, person.id,
    tstzrange(starts_at, ends_at)
FROM matches_session AS session CROSS JOIN unnest(ARRAY[learner_id, mentor_id]) AS person (id)
WHERE status = 'confirmed';

INSERT INTO forum_subscription (id, thread_id, user_id, is_muted, created_at, updated_at)
SELECT pg_temp.scale_id(since, 101, row_number() OVER (ORDER BY since, thread_id, author_id)), thread_id, author_id,
    false, since, since
FROM (
    SELECT coalesce(thread_id, id) AS thread_id, author_id, min(created_at) AS since
    FROM forum_forumpost GROUP BY 1, 2
) AS followed
ORDER BY since, thread_id, author_id;

INSERT INTO badges_pointsentry (id, user_id, metric, amount, points, source_type, source_id, key, note, created_at)
SELECT pg_temp.scale_id(at, 102, row_number() OVER (ORDER BY at, key)), user_id, metric, amount,
    amount * coalesce(rule.points, 0), source_type, source_id, key, '', at
FROM (
    SELECT r.owner_id AS user_id, 'modules_completed' AS metric, 1 AS amount, 'module' AS source_type, m.id AS source_id,
        'modules_completed:' || m.id || ':1' AS key, m.completed_at AS at
    FROM roadmaps_module m JOIN roadmaps_roadmap r ON r.id = m.roadmap_id WHERE m.status = 'completed'
    UNION ALL
    SELECT owner_id, 'roadmaps_completed', 1, 'roadmap', id, 'roadmaps_completed:' || id || ':1', completed_at
    FROM roadmaps_roadmap WHERE completed_at IS NOT NULL
    UNION ALL
    SELECT user_id, 'minutes_learned', minutes, 'progress_log', id, 'minutes_learned:' || id || ':1', occurred_at
    FROM progress_progresslog WHERE minutes > 0
    UNION ALL
    SELECT user_id, 'commits_pushed', commits, 'progress_log', id, 'commits_pushed:' || id || ':1', occurred_at
    FROM progress_progresslog WHERE commits > 0
    UNION ALL
    SELECT user_id, 'streak_days', max(days)::integer, 'user', user_id, 'streak_days:' || user_id || ':1',
        max(last_day)::timestamp AT TIME ZONE 'UTC'
    FROM (
        SELECT user_id, count(*) AS days, max(day) AS last_day
        FROM (
            SELECT user_id, day, day - (row_number() OVER (PARTITION BY user_id ORDER BY day))::integer AS run
            FROM progress_dailyactivity WHERE entries > 0
        ) AS numbered
        GROUP BY user_id, run
    ) AS runs
    GROUP BY user_id
    UNION ALL
    SELECT owner_id, 'repositories_connected', 1, 'repository', id, 'repositories_connected:' || id || ':1', created_at
    FROM progress_repository WHERE disconnected_at IS NULL
    UNION ALL
    SELECT author_id, CASE WHEN thread_id IS NULL THEN 'questions_asked' ELSE 'replies_written' END, 1, 'forum_post', id,
        CASE WHEN thread_id IS NULL THEN 'questions_asked:' ELSE 'replies_written:' END || id || ':1', created_at
    FROM forum_forumpost WHERE removed_at IS NULL
    UNION ALL
    SELECT reply.author_id, 'solutions_accepted', 1, 'forum_post', reply.id, 'solutions_accepted:' || reply.id || ':1',
        reply.created_at
    FROM forum_forumpost reply JOIN forum_forumpost thread ON thread.id = reply.thread_id
    WHERE reply.is_solution AND reply.author_id <> thread.author_id
    UNION ALL
    SELECT post.author_id, 'votes_received', count(*)::integer, 'forum_post', post.id,
        'votes_received:' || post.id || ':1', max(vote.created_at)
    FROM forum_vote vote JOIN forum_forumpost post ON post.id = vote.post_id
    WHERE vote.value = 1 AND post.removed_at IS NULL GROUP BY post.id
    UNION ALL
    SELECT person, 'mentorships_started', 1, 'match', id, 'mentorships_started:' || id || ':' || person, started_at
    FROM matches_mentormatch CROSS JOIN LATERAL (VALUES (learner_id), (mentor_id)) AS both_sides (person)
    WHERE started_at IS NOT NULL
    UNION ALL
    SELECT mentor_id, 'learners_mentored', 1, 'match', id, 'learners_mentored:' || mentor_id || ':' || learner_id,
        started_at
    FROM matches_mentormatch WHERE started_at IS NOT NULL
    UNION ALL
    SELECT person, 'mentorships_completed', 1, 'match', id, 'mentorships_completed:' || id || ':' || person, ended_at
    FROM matches_mentormatch CROSS JOIN LATERAL (VALUES (learner_id), (mentor_id)) AS both_sides (person)
    WHERE status = 'completed'
) AS booked
LEFT JOIN badges_pointsrule rule USING (metric)
ORDER BY at, key;

INSERT INTO badges_metrictotal
    (id, user_id, metric, amount, points, updated_at, week_starts_on, week_points, month_starts_on, month_points,
    is_ranked)
SELECT pg_temp.scale_id(at, 103, row_number() OVER (ORDER BY at, user_id, metric)), user_id, metric, amount, points, at,
    week, week_points, month, month_points, metric = 'points' AND person.is_active
FROM (
    SELECT user_id, metric, sum(amount) AS amount, sum(points) AS points, max(created_at) AS at,
        NULL::date AS week, 0 AS week_points, NULL::date AS month, 0 AS month_points
    FROM badges_pointsentry GROUP BY user_id, metric
    UNION ALL
    SELECT e.user_id, 'points', sum(e.points), sum(e.points), last.at,
        last.week, coalesce(sum(e.points) FILTER (WHERE e.created_at >= last.week AT TIME ZONE 'UTC'), 0),
        last.month, coalesce(sum(e.points) FILTER (WHERE e.created_at >= last.month AT TIME ZONE 'UTC'), 0)
    FROM (
        SELECT user_id, at, date_trunc('week', at AT TIME ZONE 'UTC') AS week,
            date_trunc('month', at AT TIME ZONE 'UTC') AS month
        FROM (SELECT user_id, max(created_at) AS at FROM badges_pointsentry GROUP BY user_id) AS latest
    ) AS last
    JOIN badges_pointsentry e ON e.user_id = last.user_id
    GROUP BY e.user_id, last.at, last.week, last.month
) AS totals
JOIN users_user person ON person.id = totals.user_id
ORDER BY at, user_id, metric;

WITH conditions AS (
    SELECT b.id AS badge_id, g.position, jsonb_array_length(g.conditions) AS wanted, c.place, c.item ->> 'metric' AS metric,
        (c.item ->> 'at_least')::bigint AS at_least
    FROM badges_badge b
    CROSS JOIN LATERAL jsonb_array_elements(b.criteria) WITH ORDINALITY AS g (conditions, position)
    CROSS JOIN LATERAL jsonb_array_elements(g.conditions) WITH ORDINALITY AS c (item, place)
    WHERE b.is_active
), met AS (
    SELECT c.badge_id, c.position, t.user_id, max(t.updated_at) AS at,
        jsonb_agg(jsonb_build_object('metric', c.metric, 'at_least', c.at_least, 'amount', t.amount) ORDER BY c.place)
            AS conditions
    FROM conditions c JOIN badges_metrictotal t ON t.metric = c.metric AND t.amount >= c.at_least
    GROUP BY c.badge_id, c.position, c.wanted, t.user_id HAVING count(*) = c.wanted
), first AS (
    SELECT DISTINCT ON (badge_id, user_id) * FROM met ORDER BY badge_id, user_id, position
)
INSERT INTO badges_award (id, badge_id, user_id, seq, awarded_at, reason, revoke_reason)
SELECT pg_temp.scale_id(at, 104, row_number() OVER (ORDER BY at, user_id, badge_id)), badge_id, user_id, 1, at,
    jsonb_build_object('conditions', conditions, 'counted_since', NULL), ''
FROM first ORDER BY at, user_id, badge_id;

-- News of the last 90 days, and of all awards; of threads that people only follow 15 days, which are most of all.
INSERT INTO notifications_notification
    (id, recipient_id, kind, actor_id, target_type, target_id, data, uniqueness_key, read_at, created_at)
SELECT pg_temp.scale_id(at, 105, number), recipient_id, kind, actor_id, target_type, target_id, data, key,
    CASE WHEN at < %(until)s - interval '3 days' AND number %% 4 > 0 THEN at + interval '1 hour' END, at
FROM (
    SELECT *, row_number() OVER (ORDER BY at, key) AS number FROM (
        SELECT a.user_id AS recipient_id, 'badge_awarded' AS kind, NULL::uuid AS actor_id, 'award' AS target_type,
            a.id AS target_id, jsonb_build_object('title', b.name, 'slug', b.slug, 'description', b.description,
                'tier', b.tier) AS data, 'badge_awarded:' || a.id AS key, a.awarded_at AS at
        FROM badges_award a JOIN badges_badge b ON b.id = a.badge_id
        UNION ALL
        SELECT told.person, 'reply_posted', reply.author_id, 'forum_post', reply.id,
            jsonb_build_object('title', thread.title, 'by', author.handle, 'thread_id', thread.id),
            'reply:' || reply.id || ':' || told.person, reply.created_at
        FROM forum_forumpost reply
        JOIN forum_forumpost thread ON thread.id = reply.thread_id
        JOIN forum_forumpost parent ON parent.id = reply.parent_id
        JOIN users_user author ON author.id = reply.author_id
        CROSS JOIN LATERAL (SELECT thread.author_id UNION SELECT parent.author_id) AS told (person)
        WHERE reply.removed_at IS NULL AND told.person <> reply.author_id
          AND reply.created_at > %(until)s - interval '90 days'
        UNION ALL
        SELECT follower.user_id, 'reply_posted', reply.author_id, 'forum_post', reply.id,
            jsonb_build_object('title', thread.title, 'by', author.handle, 'thread_id', thread.id),
            'reply:' || reply.id || ':' || follower.user_id, reply.created_at
        FROM forum_forumpost reply
        JOIN forum_forumpost thread ON thread.id = reply.thread_id
        JOIN forum_forumpost parent ON parent.id = reply.parent_id
        JOIN users_user author ON author.id = reply.author_id
        JOIN forum_subscription follower ON follower.thread_id = reply.thread_id
            AND follower.created_at < reply.created_at
            AND follower.user_id NOT IN (reply.author_id, thread.author_id, parent.author_id)
        WHERE reply.removed_at IS NULL AND reply.created_at > %(until)s - interval '15 days'
        UNION ALL
        SELECT reply.author_id, 'solution_accepted', thread.author_id, 'forum_post', reply.id,
            jsonb_build_object('title', thread.title, 'by', asker.handle, 'thread_id', thread.id),
            'solution:' || reply.id, reply.created_at
        FROM forum_forumpost reply
        JOIN forum_forumpost thread ON thread.id = reply.thread_id AND thread.author_id <> reply.author_id
        JOIN users_user asker ON asker.id = thread.author_id
        WHERE reply.is_solution AND reply.created_at > %(until)s - interval '90 days'
        UNION ALL
        SELECT mention.user_id, 'mentioned', post.author_id, 'forum_post', post.id,
            jsonb_build_object('title', thread.title, 'by', author.handle, 'thread_id', thread.id),
            'mention:' || post.id || ':' || mention.user_id, mention.created_at
        FROM forum_mention mention
        JOIN forum_forumpost post ON post.id = mention.post_id AND post.author_id <> mention.user_id
        JOIN forum_forumpost thread ON thread.id = coalesce(post.thread_id, post.id)
        JOIN users_user author ON author.id = post.author_id
        WHERE mention.created_at > %(until)s - interval '90 days'
        UNION ALL
        SELECT r.owner_id, 'roadmap_ready', NULL, 'roadmap', r.id,
            jsonb_build_object('title', r.title, 'roadmap_id', r.id, 'generation_id', g.id),
            'roadmap_generation:' || g.id, g.finished_at
        FROM roadmaps_generation g JOIN roadmaps_roadmap r ON r.id = g.roadmap_id
        WHERE g.status = 'succeeded' AND g.finished_at > %(until)s - interval '90 days'
        UNION ALL
        SELECT r.owner_id, 'work_recorded', NULL, 'repository', r.id,
            jsonb_build_object('title', r.full_name, 'entries', d.entries_recorded, 'event', d.event),
            'work_recorded:' || d.id, d.processed_at
        FROM progress_webhookdelivery d JOIN progress_repository r ON r.id = d.repository_id
        WHERE d.status = 'processed' AND d.processed_at > %(until)s - interval '90 days'
        UNION ALL
        SELECT step.person, step.kind, step.doer, 'match', m.id, jsonb_build_object('match_id', m.id, 'by', u.handle),
            step.kind || ':' || m.id || step.occasion, step.at
        FROM matches_mentormatch m
        CROSS JOIN LATERAL (VALUES
            ('match_requested', m.mentor_id, m.learner_id, m.requested_at, true, ''),
            ('match_info_requested', m.learner_id, m.mentor_id, m.answered_at, m.status = 'info_requested',
                ':' || extract(epoch FROM m.answered_at)),
            ('match_accepted', m.learner_id, m.mentor_id, m.answered_at,
                m.status IN ('accepted', 'active', 'paused', 'completed', 'ended_early'), ''),
            ('match_declined', m.learner_id, m.mentor_id, m.answered_at, m.status = 'declined', ''),
            ('match_cancelled', m.mentor_id, m.learner_id, m.requested_at, m.status = 'cancelled', ''),
            ('match_expired', m.learner_id, m.mentor_id, least(m.expires_at, %(until)s - interval '1 hour'),
                m.status = 'expired', '')
        ) AS step (kind, person, doer, at, was_taken, occasion)
        JOIN users_user u ON u.id = step.doer
        WHERE step.was_taken AND m.requested_at > %(until)s - interval '90 days'
        UNION ALL
        -- Nobody had read when the first message came, and what came before they read is the same news.
        SELECT CASE WHEN said.sender_id = m.learner_id THEN m.mentor_id ELSE m.learner_id END, 'message_received',
            said.sender_id, 'conversation', c.id, jsonb_build_object('conversation_id', c.id, 'by', u.handle),
            'message_received:' || c.id || ':'
                || CASE WHEN said.sender_id = m.learner_id THEN m.mentor_id ELSE m.learner_id END || ':0',
            said.first_at
        FROM (
            SELECT conversation_id, sender_id, min(sent_at) AS first_at, max(sent_at) AS last_at
            FROM matches_message GROUP BY conversation_id, sender_id
        ) AS said
        JOIN matches_conversation c ON c.id = said.conversation_id
        JOIN matches_mentormatch m ON m.id = c.match_id
        JOIN users_user u ON u.id = said.sender_id
        WHERE said.last_at > %(until)s - interval '90 days'
    ) AS facts
) AS numbered
ORDER BY number;

INSERT INTO notifications_delivery
    (id, notification_id, channel, status, reason, attempts, sent_at, created_at, updated_at)
SELECT pg_temp.scale_id(created_at, 106, row_number() OVER (ORDER BY id, channel)), id, channel,
    CASE WHEN is_sent THEN 'sent' ELSE 'skipped' END, reason, (is_sent AND channel = 'email')::integer,
    CASE WHEN is_sent THEN created_at END, created_at, created_at
FROM (
    SELECT *, reason IN ('mandatory', 'preference_on', 'default_on') AS is_sent FROM (
        SELECT n.id, n.created_at, d.channel, CASE
            WHEN NOT u.is_active THEN 'inactive'
            WHEN d.channel = 'email' AND u.email_confirmed_at IS NULL THEN 'no_confirmed_address'
            WHEN d.is_mandatory THEN 'mandatory'
            WHEN p.is_enabled THEN 'preference_on'
            WHEN NOT p.is_enabled THEN 'preference_off'
            WHEN d.is_enabled THEN 'default_on'
            ELSE 'default_off'
        END AS reason
        FROM notifications_notification n
        JOIN users_user u ON u.id = n.recipient_id
        JOIN notifications_channeldefault d ON d.kind = n.kind
        LEFT JOIN notifications_preference p
            ON p.user_id = n.recipient_id AND p.kind = n.kind AND p.channel = d.channel
    ) AS decided
) AS deliveries
ORDER BY id, channel;
