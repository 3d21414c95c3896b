-- A hundred places at most, and one's own place: who is named in the transaction gets nobody else's, whomever they ask for,
-- nor the whole table. p_me is for callers who act for nobody. Besides, the function is as it was: 0017_ranks.sql.
CREATE OR REPLACE FUNCTION private.badges_leaderboard(
    p_period text, p_starts_on date, p_track text, p_limit integer, p_me uuid
)
RETURNS TABLE (rank bigint, user_id uuid, handle text, display_name text, points bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    -- Planned for the column at hand: each has an index of its own.
    amount CONSTANT text := CASE p_period WHEN 'week' THEN 't.week_points' WHEN 'month' THEN 't.month_points'
        ELSE 't.points' END;
    booked CONSTANT text := ' WHERE t.metric = ''points'' AND t.is_ranked AND ' || amount || ' > 0'
        || CASE p_period WHEN 'week' THEN ' AND t.week_starts_on = $1' WHEN 'month' THEN ' AND t.month_starts_on = $1'
            ELSE '' END
        || CASE WHEN p_track IS NULL THEN '' ELSE
            ' AND EXISTS (SELECT 1 FROM public.roadmaps_roadmap r JOIN public.users_track k ON k.id = r.track_id'
            ' WHERE r.owner_id = t.user_id AND k.slug = $2)' END;
    people CONSTANT text := 'public.badges_metrictotal t JOIN public.users_user u ON u.id = t.user_id'
        || booked;
BEGIN
    -- Whoever stands above is only counted, in an index of those who are ranked.
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
        '   SELECT 1 FROM public.badges_metrictotal t' || booked || ' AND ' || amount || ' > me.points'
        '   ORDER BY ' || amount || ' DESC LIMIT 1000'
        '  ) AS above'
        ' ), id, handle, display_name, points FROM me'
        ' ORDER BY points DESC, handle'
    USING p_starts_on, p_track, least(p_limit, 100), coalesce(auth.uid(), p_me);
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.badges_leaderboard(
    p_period text, p_starts_on date, p_track text, p_limit integer, p_me uuid
)
RETURNS TABLE (rank bigint, user_id uuid, handle text, display_name text, points bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    -- Planned for the column at hand: each has an index of its own.
    amount CONSTANT text := CASE p_period WHEN 'week' THEN 't.week_points' WHEN 'month' THEN 't.month_points'
        ELSE 't.points' END;
    booked CONSTANT text := ' WHERE t.metric = ''points'' AND t.is_ranked AND ' || amount || ' > 0'
        || CASE p_period WHEN 'week' THEN ' AND t.week_starts_on = $1' WHEN 'month' THEN ' AND t.month_starts_on = $1'
            ELSE '' END
        || CASE WHEN p_track IS NULL THEN '' ELSE
            ' AND EXISTS (SELECT 1 FROM public.roadmaps_roadmap r JOIN public.users_track k ON k.id = r.track_id'
            ' WHERE r.owner_id = t.user_id AND k.slug = $2)' END;
    people CONSTANT text := 'public.badges_metrictotal t JOIN public.users_user u ON u.id = t.user_id'
        || booked;
BEGIN
    -- Whoever stands above is only counted, in an index of those who are ranked.
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
        '   SELECT 1 FROM public.badges_metrictotal t' || booked || ' AND ' || amount || ' > me.points'
        '   ORDER BY ' || amount || ' DESC LIMIT 1000'
        '  ) AS above'
        ' ), id, handle, display_name, points FROM me'
        ' ORDER BY points DESC, handle'
    USING p_starts_on, p_track, p_limit, p_me;
END
$$;
