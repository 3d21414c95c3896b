-- Who is ranked stands beside the points, so that a rank is counted in one index and asks no account. Only the row of
-- `points` of an open account is ranked; whoever writes that row decides it anew under the row's lock.
CREATE OR REPLACE FUNCTION private.badges_lock_people(p_users uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.badges_metrictotal (id, user_id, metric, amount, points, updated_at, is_ranked)
    SELECT private.new_id(), person, 'points', 0, 0, now(),
        coalesce((SELECT is_active FROM public.users_user WHERE id = person), false)
    FROM (SELECT DISTINCT unnest(p_users) AS person) AS people
    WHERE person IS NOT NULL
    ORDER BY person
    ON CONFLICT (user_id, metric) DO NOTHING;
    PERFORM 1 FROM public.badges_metrictotal
    WHERE metric = 'points' AND user_id = ANY (p_users)
    ORDER BY user_id FOR UPDATE;
END
$$;

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
        week_starts_on = s.week, week_points = s.week_points, month_starts_on = s.month, month_points = s.month_points,
        is_ranked = s.is_ranked
    FROM (
        SELECT touched.user_id, touched.metric, coalesce(sum(e.amount), 0) AS amount, coalesce(sum(e.points), 0) AS points,
            NULL::date AS week, 0 AS week_points, NULL::date AS month, 0 AS month_points,
            false AS is_ranked
        FROM (SELECT DISTINCT * FROM unnest(p_users, p_metrics) AS p (user_id, metric)) AS touched
        LEFT JOIN public.badges_pointsentry e USING (user_id, metric)
        WHERE touched.metric <> 'points'
        GROUP BY touched.user_id, touched.metric
        UNION ALL
        SELECT person, 'points', coalesce(sum(e.points), 0), coalesce(sum(e.points), 0),
            this_week, coalesce(sum(e.points) FILTER (WHERE e.created_at >= this_week AT TIME ZONE 'UTC'), 0),
            this_month, coalesce(sum(e.points) FILTER (WHERE e.created_at >= this_month AT TIME ZONE 'UTC'), 0),
            coalesce((SELECT is_active FROM public.users_user WHERE id = person), false)
        FROM (SELECT DISTINCT unnest(p_users) AS person) AS people
        LEFT JOIN public.badges_pointsentry e ON e.user_id = person
        GROUP BY person
    ) AS s
    WHERE t.user_id = s.user_id AND t.metric = s.metric;
END
$$;

-- A closed account leaves the ranks and an opened one comes back. The row is made where there is none and locked: a
-- first booking at the same moment waits, and reads the account as it is then.
CREATE FUNCTION private.badges_rank_accounts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    people uuid[] := ARRAY(
        SELECT n.id FROM new_rows n JOIN old_rows o USING (id) WHERE n.is_active <> o.is_active ORDER BY n.id
    );
BEGIN
    IF cardinality(people) > 0 THEN
        PERFORM private.badges_lock_people(people);
        UPDATE public.badges_metrictotal t SET is_ranked = u.is_active
        FROM public.users_user u
        WHERE u.id = t.user_id AND t.metric = 'points' AND t.user_id = ANY (people) AND t.is_ranked <> u.is_active;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.badges_rank_accounts() OWNER TO sb_definer;
CREATE TRIGGER badges_rank_accounts AFTER UPDATE ON users_user
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.badges_rank_accounts();

-- Totals → awards, where more than the rank has changed.
CREATE OR REPLACE FUNCTION private.badges_award_on_totals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.badges_evaluate(user_id) FROM (
        SELECT DISTINCT n.user_id FROM new_rows n JOIN old_rows o USING (id)
        WHERE n.is_ranked = o.is_ranked OR n.amount <> o.amount
        ORDER BY user_id
    ) AS people;
    RETURN NULL;
END
$$;
DROP TRIGGER badges_award_on_totals ON badges_metrictotal;
CREATE TRIGGER badges_award_on_totals AFTER UPDATE ON badges_metrictotal
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.badges_award_on_totals();

-- reverse
DROP TRIGGER badges_award_on_totals ON badges_metrictotal;
CREATE OR REPLACE FUNCTION private.badges_award_on_totals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.badges_evaluate(user_id) FROM (SELECT DISTINCT user_id FROM new_rows ORDER BY user_id) AS people;
    RETURN NULL;
END
$$;
CREATE TRIGGER badges_award_on_totals AFTER UPDATE ON badges_metrictotal
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.badges_award_on_totals();
DROP TRIGGER badges_rank_accounts ON users_user;
DROP FUNCTION private.badges_rank_accounts();
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
CREATE OR REPLACE FUNCTION private.badges_lock_people(p_users uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.badges_metrictotal (id, user_id, metric, amount, points, updated_at)
    SELECT private.new_id(), person, 'points', 0, 0, now()
    FROM (SELECT DISTINCT unnest(p_users) AS person) AS people
    WHERE person IS NOT NULL
    ORDER BY person
    ON CONFLICT (user_id, metric) DO NOTHING;
    PERFORM 1 FROM public.badges_metrictotal
    WHERE metric = 'points' AND user_id = ANY (p_users)
    ORDER BY user_id FOR UPDATE;
END
$$;
