-- What only this app knows of a mentor who is listed: places, ratings, how many requests they answer and how soon. Counted
-- from the rows, under the lock of the mentor's standing, which every writer of them takes first; locks: standing, listing.
--
-- Ratings count from when everybody may read them. Requests count for 180 days, once they are answered or have lapsed.
-- changes_at is when the earliest of these ends, or the next review shows, though nobody writes anything.
CREATE FUNCTION private.matches_refresh_figures(p_mentors uuid[]) RETURNS void
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
ALTER FUNCTION private.matches_refresh_figures(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_refresh_figures(uuid[]) FROM PUBLIC;

-- As before, and the figures with the standing.
CREATE OR REPLACE FUNCTION private.matches_refresh_standings(p_mentors uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.matches_mentorstanding (mentor_id, places_taken, requests_decided, requests_answered)
    SELECT DISTINCT mentor, 0, 0, 0 FROM unnest(p_mentors) AS mentor ORDER BY mentor
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM public.matches_mentorstanding AS standing
    WHERE standing.mentor_id = ANY (p_mentors) ORDER BY standing.mentor_id FOR NO KEY UPDATE;
    UPDATE public.matches_mentorstanding AS standing
    SET places_taken = counted.taken, requests_decided = counted.decided, requests_answered = counted.answered
    FROM (
        SELECT mentor.id,
            count(*) FILTER (WHERE match.status IN ('accepted', 'active', 'paused')) AS taken,
            count(*) FILTER (WHERE match.answered_at IS NOT NULL
                OR (match.status = 'expired' AND match.requested_at IS NOT NULL)) AS decided,
            count(*) FILTER (WHERE match.answered_at IS NOT NULL) AS answered
        FROM unnest(p_mentors) AS mentor (id)
        LEFT JOIN public.matches_mentormatch AS match ON match.mentor_id = mentor.id
        GROUP BY mentor.id
    ) AS counted
    WHERE standing.mentor_id = counted.id
      AND (standing.places_taken, standing.requests_decided, standing.requests_answered)
          IS DISTINCT FROM (counted.taken, counted.decided, counted.answered);
    PERFORM private.matches_refresh_figures(p_mentors);
END
$$;

-- Whoever is listed anew brings no figures along.
CREATE FUNCTION private.matches_count_listed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.matches_refresh_standings(array_agg(profile.user_id))
    FROM new_rows JOIN public.users_profile AS profile ON profile.id = new_rows.profile_id
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.matches_count_listed() OWNER TO sb_definer;
CREATE TRIGGER matches_count_listed AFTER INSERT ON users_mentorlisting
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.matches_count_listed();

-- A hidden review counts for nothing yet, but for when it will.
CREATE FUNCTION private.matches_rate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM private.matches_refresh_standings(array_agg(DISTINCT mentor))
        FROM changed JOIN former USING (id) CROSS JOIN unnest(ARRAY[changed.subject_id, former.subject_id]) AS mentor
        WHERE changed.subject_is_mentor
          AND (changed.subject_id, changed.rating, changed.revealed_at)
            <> (former.subject_id, former.rating, former.revealed_at)
        HAVING count(*) > 0;
    ELSE
        PERFORM private.matches_refresh_standings(array_agg(DISTINCT subject_id)) FROM changed
        WHERE subject_is_mentor HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.matches_rate() OWNER TO sb_definer;
CREATE TRIGGER matches_rate_new AFTER INSERT ON matches_review
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.matches_rate();
CREATE TRIGGER matches_rate_changed AFTER UPDATE ON matches_review
    REFERENCING OLD TABLE AS former NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION private.matches_rate();
CREATE TRIGGER matches_rate_removed AFTER DELETE ON matches_review
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.matches_rate();

-- Counts anew whose time has come, at most so many; how many that were.
CREATE FUNCTION private.matches_refresh_due(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    mentors uuid[];
BEGIN
    SELECT array_agg(due.user_id) INTO mentors
    FROM (
        SELECT profile.user_id FROM public.users_mentorlisting AS listing
        JOIN public.users_profile AS profile ON profile.id = listing.profile_id
        WHERE listing.changes_at <= now() ORDER BY listing.changes_at LIMIT p_limit
    ) AS due;
    PERFORM private.matches_refresh_standings(mentors) WHERE mentors IS NOT NULL;
    RETURN coalesce(cardinality(mentors), 0);
END
$$;
ALTER FUNCTION private.matches_refresh_due(integer) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_refresh_due(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_refresh_due(integer) TO service_role;

-- reverse
DROP FUNCTION private.matches_refresh_due(integer);
DROP TRIGGER matches_rate_removed ON matches_review;
DROP TRIGGER matches_rate_changed ON matches_review;
DROP TRIGGER matches_rate_new ON matches_review;
DROP FUNCTION private.matches_rate();
DROP TRIGGER matches_count_listed ON users_mentorlisting;
DROP FUNCTION private.matches_count_listed();
CREATE OR REPLACE FUNCTION private.matches_refresh_standings(p_mentors uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.matches_mentorstanding (mentor_id, places_taken, requests_decided, requests_answered)
    SELECT DISTINCT mentor, 0, 0, 0 FROM unnest(p_mentors) AS mentor ORDER BY mentor
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM public.matches_mentorstanding AS standing
    WHERE standing.mentor_id = ANY (p_mentors) ORDER BY standing.mentor_id FOR NO KEY UPDATE;
    UPDATE public.matches_mentorstanding AS standing
    SET places_taken = counted.taken, requests_decided = counted.decided, requests_answered = counted.answered
    FROM (
        SELECT mentor.id,
            count(*) FILTER (WHERE match.status IN ('accepted', 'active', 'paused')) AS taken,
            count(*) FILTER (WHERE match.answered_at IS NOT NULL
                OR (match.status = 'expired' AND match.requested_at IS NOT NULL)) AS decided,
            count(*) FILTER (WHERE match.answered_at IS NOT NULL) AS answered
        FROM unnest(p_mentors) AS mentor (id)
        LEFT JOIN public.matches_mentormatch AS match ON match.mentor_id = mentor.id
        GROUP BY mentor.id
    ) AS counted
    WHERE standing.mentor_id = counted.id
      AND (standing.places_taken, standing.requests_decided, standing.requests_answered)
          IS DISTINCT FROM (counted.taken, counted.decided, counted.answered);
END
$$;
DROP FUNCTION private.matches_refresh_figures(uuid[]);
