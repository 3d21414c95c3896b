-- The points of the week and of the month, kept beside the total, so that a leaderboard reads its first places from an
-- index and never adds up a ledger. They say of which week and month they are: those of the person's last booking.
CREATE OR REPLACE FUNCTION private.badges_add_up(p_users uuid[], p_metrics text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    this_week CONSTANT timestamp := date_trunc('week', now() AT TIME ZONE 'UTC');
    this_month CONSTANT timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
BEGIN
    PERFORM private.badges_lock_people(p_users);
    INSERT INTO public.badges_metrictotal (id, user_id, metric, amount, points, updated_at)
    SELECT private.new_id(), user_id, metric, 0, 0, now()
    FROM (SELECT DISTINCT * FROM unnest(p_users, p_metrics) AS p (user_id, metric)) AS touched
    ON CONFLICT (user_id, metric) DO NOTHING;
    UPDATE public.badges_metrictotal t
    SET amount = s.amount, points = s.points, updated_at = now(),
        week_starts_on = s.week, week_points = s.week_points, month_starts_on = s.month, month_points = s.month_points
    FROM (
        SELECT touched.user_id, touched.metric, coalesce(sum(e.amount), 0) AS amount, coalesce(sum(e.points), 0) AS points,
            NULL::date AS week, 0 AS week_points, NULL::date AS month, 0 AS month_points
        FROM (SELECT DISTINCT * FROM unnest(p_users, p_metrics) AS p (user_id, metric)) AS touched
        LEFT JOIN public.badges_pointsentry e USING (user_id, metric)
        WHERE touched.metric <> 'points'
        GROUP BY touched.user_id, touched.metric
        UNION ALL
        SELECT person, 'points', coalesce(sum(e.points), 0), coalesce(sum(e.points), 0),
            this_week, coalesce(sum(e.points) FILTER (WHERE e.created_at >= this_week AT TIME ZONE 'UTC'), 0),
            this_month, coalesce(sum(e.points) FILTER (WHERE e.created_at >= this_month AT TIME ZONE 'UTC'), 0)
        FROM (SELECT DISTINCT unnest(p_users) AS person) AS people
        LEFT JOIN public.badges_pointsentry e ON e.user_id = person
        GROUP BY person
    ) AS s
    WHERE t.user_id = s.user_id AND t.metric = s.metric;
END
$$;

-- Of those who were booked for before this.
SET LOCAL ROLE sb_definer;
SELECT private.badges_add_up(array_agg(user_id), array_agg(metric)) FROM badges_metrictotal
WHERE metric = 'points' HAVING count(*) > 0;
RESET ROLE;

DROP FUNCTION private.badges_leaderboard(timestamptz, text, integer, uuid);
-- The p_limit people with the most points of a period (week, month, all) that begins on p_starts_on, and p_me wherever
-- they stand; equal points share a rank, which is NULL behind the first thousand: counting on would read everybody.
-- A definer function, because nobody may read another's points. p_track keeps those who have a roadmap of the track.
CREATE FUNCTION private.badges_leaderboard(p_period text, p_starts_on date, p_track text, p_limit integer, p_me uuid)
RETURNS TABLE (rank bigint, user_id uuid, handle text, display_name text, points bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    -- Planned for the column at hand: each has an index of its own.
    amount CONSTANT text := CASE p_period WHEN 'week' THEN 't.week_points' WHEN 'month' THEN 't.month_points'
        ELSE 't.points' END;
    people CONSTANT text := 'public.badges_metrictotal t JOIN public.users_user u ON u.id = t.user_id AND u.is_active'
        || ' WHERE t.metric = ''points'' AND ' || amount || ' > 0'
        || CASE p_period WHEN 'week' THEN ' AND t.week_starts_on = $1' WHEN 'month' THEN ' AND t.month_starts_on = $1'
            ELSE '' END
        || CASE WHEN p_track IS NULL THEN '' ELSE
            ' AND EXISTS (SELECT 1 FROM public.roadmaps_roadmap r JOIN public.users_track k ON k.id = r.track_id'
            ' WHERE r.owner_id = t.user_id AND k.slug = $2)' END;
BEGIN
    RETURN QUERY EXECUTE
        'WITH firsts AS ('
        ' SELECT u.id, u.handle::text, u.display_name::text, ' || amount || ' AS points FROM ' || people
        || ' ORDER BY ' || amount || ' DESC, u.handle LIMIT $3'
        '), me AS ('
        ' SELECT u.id, u.handle::text, u.display_name::text, ' || amount || ' AS points FROM ' || people
        || ' AND t.user_id = $4 AND NOT EXISTS (SELECT 1 FROM firsts WHERE firsts.id = t.user_id)'
        ') SELECT rank() OVER (ORDER BY points DESC), id, handle, display_name, points FROM firsts'
        ' UNION ALL'
        ' SELECT ('
        '  SELECT CASE WHEN count(*) < 1000 THEN count(*) + 1 END FROM ('
        '   SELECT 1 FROM ' || people || ' AND ' || amount || ' > me.points ORDER BY ' || amount || ' DESC LIMIT 1000'
        '  ) AS above'
        ' ), id, handle, display_name, points FROM me'
        ' ORDER BY points DESC, handle'
    USING p_starts_on, p_track, p_limit, p_me;
END
$$;
ALTER FUNCTION private.badges_leaderboard(text, date, text, integer, uuid) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.badges_leaderboard(text, date, text, integer, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.badges_leaderboard(text, date, text, integer, uuid) TO authenticated, service_role;

-- reverse
DROP FUNCTION private.badges_leaderboard(text, date, text, integer, uuid);
-- The p_limit people with the most points since p_since, and p_me wherever they stand; equal points share a rank.
-- A definer function, because nobody may read another's ledger. p_track keeps those who have a roadmap of the track.
CREATE FUNCTION private.badges_leaderboard(p_since timestamptz, p_track text, p_limit integer, p_me uuid)
RETURNS TABLE (rank bigint, user_id uuid, handle text, display_name text, points bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    WITH earned AS (
        SELECT e.user_id, sum(e.points) AS points
        FROM public.badges_pointsentry e
        WHERE p_since IS NULL OR e.created_at >= p_since
        GROUP BY e.user_id
        HAVING sum(e.points) > 0
    ), ranked AS (
        SELECT rank() OVER (ORDER BY earned.points DESC) AS rank,
            row_number() OVER (ORDER BY earned.points DESC, u.handle) AS place,
            u.id, u.handle, u.display_name, earned.points
        FROM earned JOIN public.users_user u ON u.id = earned.user_id
        WHERE u.is_active AND (p_track IS NULL OR EXISTS (
            SELECT 1 FROM public.roadmaps_roadmap r JOIN public.users_track t ON t.id = r.track_id
            WHERE r.owner_id = u.id AND t.slug = p_track
        ))
    )
    SELECT ranked.rank, ranked.id, ranked.handle, ranked.display_name, ranked.points
    FROM ranked WHERE ranked.place <= p_limit OR ranked.id = p_me
    ORDER BY ranked.place
$$;
ALTER FUNCTION private.badges_leaderboard(timestamptz, text, integer, uuid) OWNER TO sb_definer;

REVOKE EXECUTE ON FUNCTION private.badges_leaderboard(timestamptz, text, integer, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.badges_leaderboard(timestamptz, text, integer, uuid) TO authenticated, service_role;
CREATE OR REPLACE FUNCTION private.badges_add_up(p_users uuid[], p_metrics text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.badges_lock_people(p_users);
    INSERT INTO public.badges_metrictotal (id, user_id, metric, amount, points, updated_at)
    SELECT private.new_id(), user_id, metric, 0, 0, now()
    FROM (SELECT DISTINCT * FROM unnest(p_users, p_metrics) AS p (user_id, metric)) AS touched
    ON CONFLICT (user_id, metric) DO NOTHING;
    UPDATE public.badges_metrictotal t
    SET amount = s.amount, points = s.points, updated_at = now()
    FROM (
        SELECT touched.user_id, touched.metric, coalesce(sum(e.amount), 0) AS amount, coalesce(sum(e.points), 0) AS points
        FROM (SELECT DISTINCT * FROM unnest(p_users, p_metrics) AS p (user_id, metric)) AS touched
        LEFT JOIN public.badges_pointsentry e USING (user_id, metric)
        WHERE touched.metric <> 'points'
        GROUP BY touched.user_id, touched.metric
        UNION ALL
        SELECT person, 'points', coalesce(sum(e.points), 0), coalesce(sum(e.points), 0)
        FROM (SELECT DISTINCT unnest(p_users) AS person) AS people
        LEFT JOIN public.badges_pointsentry e ON e.user_id = person
        GROUP BY person
    ) AS s
    WHERE t.user_id = s.user_id AND t.metric = s.metric;
END
$$;
