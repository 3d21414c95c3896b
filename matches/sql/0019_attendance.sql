-- As before, and with how many of their sessions the mentor came to: from three on, those of 90 days double, older than 180
-- days not at all, so that what was decays in two steps and whole numbers.
CREATE OR REPLACE FUNCTION private.matches_refresh_figures(p_mentors uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.users_mentorlisting
    WHERE profile_id IN (SELECT id FROM public.users_profile WHERE user_id = ANY (p_mentors))
    ORDER BY profile_id FOR NO KEY UPDATE;
    UPDATE public.users_mentorlisting AS listing
    SET places_taken = counted.taken, rating_count = counted.ratings, rating_mean = counted.mean,
        requests_decided = counted.decided, requests_answered = counted.answered,
        median_answer_minutes = counted.median, attendance_permille = counted.attendance,
        changes_at = counted.changes_at,
        changed_at = CASE
            WHEN (listing.places_taken, listing.rating_count, listing.rating_mean, listing.requests_decided,
                  listing.requests_answered, listing.median_answer_minutes, listing.attendance_permille)
                IS DISTINCT FROM (counted.taken, counted.ratings, counted.mean, counted.decided, counted.answered,
                  counted.median, counted.attendance)
            THEN clock_timestamp() ELSE listing.changed_at END
    FROM (
        SELECT profile.id AS profile_id, standing.places_taken AS taken,
            review.ratings, CASE WHEN review.ratings >= 3 THEN review.mean END AS mean,
            request.decided, request.answered, CASE WHEN request.answered >= 3 THEN request.median END AS median,
            CASE WHEN session.ended >= 3 THEN session.kept * 1000 / session.due END AS attendance,
            least(request.oldest + interval '180 days', review.next_at, session.changes_at) AS changes_at
        FROM public.users_profile AS profile
        JOIN public.matches_mentorstanding AS standing ON standing.mentor_id = profile.user_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS decided, count(match.answered_at) AS answered, min(match.requested_at) AS oldest,
                percentile_cont(0.5) WITHIN GROUP (
                    ORDER BY greatest(extract(epoch FROM match.answered_at - match.requested_at), 0) / 60
                ) FILTER (WHERE match.answered_at IS NOT NULL)::integer AS median
            FROM public.matches_mentormatch AS match
            WHERE match.mentor_id = profile.user_id AND match.requested_at > now() - interval '180 days'
              AND (match.answered_at IS NOT NULL OR match.status = 'expired')
        ) AS request
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE written.revealed_at <= now()) AS ratings,
                round(avg(written.rating) FILTER (WHERE written.revealed_at <= now()), 2) AS mean,
                min(written.revealed_at) FILTER (WHERE written.revealed_at > now()) AS next_at
            FROM public.matches_review AS written
            WHERE written.subject_id = profile.user_id AND written.subject_is_mentor
        ) AS review
        CROSS JOIN LATERAL (
            SELECT count(*) AS ended, sum(counts.times) AS due,
                coalesce(sum(counts.times) FILTER (WHERE met.status <> 'no_show_mentor'), 0) AS kept,
                min(met.starts_at + interval '180 days' / counts.times) AS changes_at
            FROM public.matches_session AS met
            CROSS JOIN LATERAL (
                SELECT CASE WHEN met.starts_at > now() - interval '90 days' THEN 2 ELSE 1 END AS times
            ) AS counts
            WHERE met.mentor_id = profile.user_id AND met.starts_at > now() - interval '180 days'
              AND met.status IN ('done', 'no_show_mentor', 'no_show_learner')
        ) AS session
        WHERE profile.user_id = ANY (p_mentors)
    ) AS counted
    WHERE listing.profile_id = counted.profile_id
      AND (listing.places_taken, listing.rating_count, listing.rating_mean, listing.requests_decided,
           listing.requests_answered, listing.median_answer_minutes, listing.attendance_permille,
           listing.changes_at)
        IS DISTINCT FROM (counted.taken, counted.ratings, counted.mean, counted.decided, counted.answered,
           counted.median, counted.attendance, counted.changes_at);
END
$$;

-- What became of a session counts for its mentor; a plan does not.
CREATE FUNCTION private.matches_attend() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM private.matches_refresh_standings(array_agg(DISTINCT mentor))
        FROM changed JOIN former USING (id) CROSS JOIN unnest(ARRAY[changed.mentor_id, former.mentor_id]) AS mentor
        WHERE (changed.status IN ('done', 'no_show_mentor', 'no_show_learner')
            OR former.status IN ('done', 'no_show_mentor', 'no_show_learner'))
          AND (changed.mentor_id, changed.status, changed.starts_at)
            IS DISTINCT FROM (former.mentor_id, former.status, former.starts_at)
        HAVING count(*) > 0;
    ELSE
        PERFORM private.matches_refresh_standings(array_agg(DISTINCT mentor_id)) FROM changed
        WHERE status IN ('done', 'no_show_mentor', 'no_show_learner') HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.matches_attend() OWNER TO sb_definer;
CREATE TRIGGER matches_attend_new AFTER INSERT ON matches_session
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.matches_attend();
CREATE TRIGGER matches_attend_changed AFTER UPDATE ON matches_session
    REFERENCING OLD TABLE AS former NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION private.matches_attend();
CREATE TRIGGER matches_attend_removed AFTER DELETE ON matches_session
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.matches_attend();

-- Sessions that have ended before this; the periodic task counts them.
SET LOCAL ROLE sb_definer;
UPDATE public.users_mentorlisting SET changes_at = now()
WHERE profile_id IN (
    SELECT profile.id FROM public.matches_session AS met JOIN public.users_profile AS profile ON profile.user_id = met.mentor_id
    WHERE met.status IN ('done', 'no_show_mentor', 'no_show_learner') AND met.starts_at > now() - interval '180 days'
);
RESET ROLE;

-- As before, and with the mentor's attendance and country, which the listing shows to everybody who is logged in. The function
-- without them is of the code before this and goes with the next release.
CREATE FUNCTION private.matches_told(
    described text, open_places integer, rating_mean numeric, rating_count integer, decided integer, answered integer,
    country text, attendance_permille integer
)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT '{"capacity":' || open_places::text || ',"rating":'
        || coalesce('{"mean_milli":' || (rating_mean * 1000)::integer::text || ',"count":' || rating_count::text || '}', 'null')
        || ',"answer_rate_permille":' || coalesce((answered * 1000 / nullif(decided, 0))::text, 'null')
        || ',"attendance_permille":' || coalesce(attendance_permille::text, 'null')
        || ',"country":' || coalesce('"' || nullif(country, '') || '"', 'null')
        || ',' || substr(described, 2)
$$;
ALTER FUNCTION private.matches_told(text, integer, numeric, integer, integer, integer, text, integer) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_told(text, integer, numeric, integer, integer, integer, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_told(text, integer, numeric, integer, integer, integer, text, integer)
    TO authenticated, service_role;

CREATE OR REPLACE FUNCTION private.matches_weighed(
    p_slugs text[], p_wanted text[], p_levels integer[], p_from integer[], p_weights integer[], p_permille integer[],
    p_languages text[], p_today date, p_limit integer, p_most_of_a_skill integer
)
RETURNS TABLE (mentors text, zones text[], considered bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    WITH out_of_question AS MATERIALIZED (
        SELECT profile.id FROM public.users_profile AS profile WHERE profile.user_id = (SELECT auth.uid())
        UNION ALL
        SELECT profile.id FROM public.matches_mentormatch AS match
        JOIN public.users_profile AS profile ON profile.user_id = match.mentor_id
        WHERE match.learner_id = (SELECT auth.uid())
          AND match.status IN ('proposed', 'requested', 'info_requested', 'accepted', 'active', 'paused')
    )
    SELECT coalesce(string_agg(mentor.told, ','), ''), coalesce(array_agg(DISTINCT mentor.time_zone), '{}'), count(*)
    FROM (
        SELECT found.told, found.time_zone
        FROM (
            -- Read from one index and no table, and in order before anything else is read: the limit ends the rest. Of a
            -- skill that very many know those who know it best: with all of them it took twice as long.
            SELECT taught.profile_id, sum(taught.amount) AS reached
            FROM (
                -- Of a skill itself and of those that imply it what teaches most.
                SELECT known.profile_id, want.wanted, max(
                    want.weight * (least(known.level * want.permille / 1000, want.level) - want.below)
                ) AS amount
                FROM unnest(p_slugs, p_wanted, p_levels, p_from, p_weights, p_permille)
                    AS want (slug, wanted, level, below, weight, permille)
                JOIN public.users_skill AS skill ON skill.slug = want.slug
                CROSS JOIN LATERAL (
                    SELECT entry.profile_id, entry.level FROM public.users_profileskill AS entry
                    WHERE entry.skill_id = skill.id AND entry.is_listed
                      AND entry.level * want.permille / 1000 > want.below
                    ORDER BY entry.level DESC, entry.profile_id DESC LIMIT p_most_of_a_skill
                ) AS known
                WHERE (SELECT auth.uid()) IS NOT NULL
                GROUP BY known.profile_id, want.wanted
            ) AS taught
            GROUP BY taught.profile_id
            ORDER BY reached DESC, taught.profile_id
        ) AS sharing
        -- A limit keeps the planner from joining whole tables instead.
        CROSS JOIN LATERAL (
            SELECT listing.time_zone, private.matches_told(
                listing.described, listing.open_places, listing.rating_mean, listing.rating_count,
                listing.requests_decided, listing.requests_answered, listing.country, listing.attendance_permille
            ) AS told
            FROM public.users_mentorlisting AS listing
            WHERE listing.profile_id = sharing.profile_id
              AND listing.open_places > 0 AND listing.described <> '{}'
              AND (listing.languages::text[] && p_languages OR listing.languages = '{}' OR p_languages = '{}')
              AND NOT p_today <@ ANY (listing.away)
              AND listing.profile_id NOT IN (SELECT id FROM out_of_question)
            LIMIT 1
        ) AS found
        ORDER BY sharing.reached DESC, sharing.profile_id
        LIMIT p_limit
    ) AS mentor
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.matches_weighed(
    p_slugs text[], p_wanted text[], p_levels integer[], p_from integer[], p_weights integer[], p_permille integer[],
    p_languages text[], p_today date, p_limit integer, p_most_of_a_skill integer
)
RETURNS TABLE (mentors text, zones text[], considered bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    WITH out_of_question AS MATERIALIZED (
        SELECT profile.id FROM public.users_profile AS profile WHERE profile.user_id = (SELECT auth.uid())
        UNION ALL
        SELECT profile.id FROM public.matches_mentormatch AS match
        JOIN public.users_profile AS profile ON profile.user_id = match.mentor_id
        WHERE match.learner_id = (SELECT auth.uid())
          AND match.status IN ('proposed', 'requested', 'info_requested', 'accepted', 'active', 'paused')
    )
    SELECT coalesce(string_agg(mentor.told, ','), ''), coalesce(array_agg(DISTINCT mentor.time_zone), '{}'), count(*)
    FROM (
        SELECT found.told, found.time_zone
        FROM (
            -- Read from one index and no table, and in order before anything else is read: the limit ends the rest. Of a
            -- skill that very many know those who know it best: with all of them it took twice as long.
            SELECT taught.profile_id, sum(taught.amount) AS reached
            FROM (
                -- Of a skill itself and of those that imply it what teaches most.
                SELECT known.profile_id, want.wanted, max(
                    want.weight * (least(known.level * want.permille / 1000, want.level) - want.below)
                ) AS amount
                FROM unnest(p_slugs, p_wanted, p_levels, p_from, p_weights, p_permille)
                    AS want (slug, wanted, level, below, weight, permille)
                JOIN public.users_skill AS skill ON skill.slug = want.slug
                CROSS JOIN LATERAL (
                    SELECT entry.profile_id, entry.level FROM public.users_profileskill AS entry
                    WHERE entry.skill_id = skill.id AND entry.is_listed
                      AND entry.level * want.permille / 1000 > want.below
                    ORDER BY entry.level DESC, entry.profile_id DESC LIMIT p_most_of_a_skill
                ) AS known
                WHERE (SELECT auth.uid()) IS NOT NULL
                GROUP BY known.profile_id, want.wanted
            ) AS taught
            GROUP BY taught.profile_id
            ORDER BY reached DESC, taught.profile_id
        ) AS sharing
        -- A limit keeps the planner from joining whole tables instead.
        CROSS JOIN LATERAL (
            SELECT listing.time_zone, private.matches_told(
                listing.described, listing.open_places, listing.rating_mean, listing.rating_count,
                listing.requests_decided, listing.requests_answered
            ) AS told
            FROM public.users_mentorlisting AS listing
            WHERE listing.profile_id = sharing.profile_id
              AND listing.open_places > 0 AND listing.described <> '{}'
              AND (listing.languages::text[] && p_languages OR listing.languages = '{}' OR p_languages = '{}')
              AND NOT p_today <@ ANY (listing.away)
              AND listing.profile_id NOT IN (SELECT id FROM out_of_question)
            LIMIT 1
        ) AS found
        ORDER BY sharing.reached DESC, sharing.profile_id
        LIMIT p_limit
    ) AS mentor
$$;
DROP FUNCTION private.matches_told(text, integer, numeric, integer, integer, integer, text, integer);
DROP TRIGGER matches_attend_removed ON matches_session;
DROP TRIGGER matches_attend_changed ON matches_session;
DROP TRIGGER matches_attend_new ON matches_session;
DROP FUNCTION private.matches_attend();
CREATE OR REPLACE FUNCTION private.matches_refresh_figures(p_mentors uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.users_mentorlisting
    WHERE profile_id IN (SELECT id FROM public.users_profile WHERE user_id = ANY (p_mentors))
    ORDER BY profile_id FOR NO KEY UPDATE;
    UPDATE public.users_mentorlisting AS listing
    SET places_taken = counted.taken, rating_count = counted.ratings, rating_mean = counted.mean,
        requests_decided = counted.decided, requests_answered = counted.answered,
        median_answer_minutes = counted.median, changes_at = counted.changes_at,
        changed_at = CASE
            WHEN (listing.places_taken, listing.rating_count, listing.rating_mean, listing.requests_decided,
                  listing.requests_answered, listing.median_answer_minutes)
                IS DISTINCT FROM (counted.taken, counted.ratings, counted.mean, counted.decided, counted.answered,
                  counted.median)
            THEN clock_timestamp() ELSE listing.changed_at END
    FROM (
        SELECT profile.id AS profile_id, standing.places_taken AS taken,
            review.ratings, CASE WHEN review.ratings >= 3 THEN review.mean END AS mean,
            request.decided, request.answered, CASE WHEN request.answered >= 3 THEN request.median END AS median,
            least(request.oldest + interval '180 days', review.next_at) AS changes_at
        FROM public.users_profile AS profile
        JOIN public.matches_mentorstanding AS standing ON standing.mentor_id = profile.user_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS decided, count(match.answered_at) AS answered, min(match.requested_at) AS oldest,
                percentile_cont(0.5) WITHIN GROUP (
                    ORDER BY greatest(extract(epoch FROM match.answered_at - match.requested_at), 0) / 60
                ) FILTER (WHERE match.answered_at IS NOT NULL)::integer AS median
            FROM public.matches_mentormatch AS match
            WHERE match.mentor_id = profile.user_id AND match.requested_at > now() - interval '180 days'
              AND (match.answered_at IS NOT NULL OR match.status = 'expired')
        ) AS request
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE written.revealed_at <= now()) AS ratings,
                round(avg(written.rating) FILTER (WHERE written.revealed_at <= now()), 2) AS mean,
                min(written.revealed_at) FILTER (WHERE written.revealed_at > now()) AS next_at
            FROM public.matches_review AS written
            WHERE written.subject_id = profile.user_id AND written.subject_is_mentor
        ) AS review
        WHERE profile.user_id = ANY (p_mentors)
    ) AS counted
    WHERE listing.profile_id = counted.profile_id
      AND (listing.places_taken, listing.rating_count, listing.rating_mean, listing.requests_decided,
           listing.requests_answered, listing.median_answer_minutes, listing.changes_at)
        IS DISTINCT FROM (counted.taken, counted.ratings, counted.mean, counted.decided, counted.answered,
           counted.median, counted.changes_at);
END
$$;
