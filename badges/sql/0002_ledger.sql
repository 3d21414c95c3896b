-- The points ledger and what follows from it: ledger → totals (recomputed) → awards → notification, each by a statement
-- trigger in the transaction of the fact. Every function is owned by sb_definer.

-- One person's bookings come one after the other: the row of `points` is their lock, taken before any other total.
CREATE FUNCTION private.badges_lock_people(p_users uuid[]) RETURNS void
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
ALTER FUNCTION private.badges_lock_people(uuid[]) OWNER TO sb_definer;

-- Books p_amount units of a metric for a person, once per key; points by the rule of the day, 0 without one.
-- For trigger functions of any app. One that books for two people books in the order of their ids, or two such
-- transactions may wait for each other.
CREATE FUNCTION private.book(
    p_user uuid, p_metric text, p_amount integer, p_source_type text, p_source_id uuid, p_key text
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO public.badges_pointsentry
        (id, user_id, metric, amount, points, source_type, source_id, key, note, created_at)
    SELECT private.new_id(), p_user, p_metric, p_amount,
           p_amount * coalesce((SELECT r.points FROM public.badges_pointsrule r WHERE r.metric = p_metric), 0),
           p_source_type, p_source_id, p_key, '', clock_timestamp()
    WHERE p_user IS NOT NULL AND p_amount <> 0
    ON CONFLICT (key) DO NOTHING
$$;
ALTER FUNCTION private.book(uuid, text, integer, text, uuid, text) OWNER TO sb_definer;

-- Books what is missing, or too much, until each source's bookings add up to the wanted amount (arrays run in step).
-- A source that is gone has a NULL user and amount 0: what was booked for it is taken back, to the point, whatever the
-- rule says by now. The same state settled twice books nothing.
CREATE FUNCTION private.badges_settle(
    p_metric text, p_source_type text, p_users uuid[], p_sources uuid[], p_amounts integer[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.badges_lock_people(p_users || ARRAY(
        SELECT e.user_id FROM public.badges_pointsentry e WHERE e.metric = p_metric AND e.source_id = ANY (p_sources)
    ));
    INSERT INTO public.badges_pointsentry
        (id, user_id, metric, amount, points, source_type, source_id, key, note, created_at)
    WITH wanted AS (
        SELECT * FROM unnest(p_users, p_sources, p_amounts) AS w (user_id, source_id, amount)
    ), booked AS (
        SELECT e.user_id, e.source_id, sum(e.amount) AS amount, sum(e.points) AS points
        FROM public.badges_pointsentry e
        WHERE e.metric = p_metric AND e.source_id = ANY (p_sources)
        GROUP BY e.user_id, e.source_id
    ), differences AS (
        SELECT user_id, source_id,
            coalesce(w.amount, 0) - coalesce(b.amount, 0) AS amount,
            CASE coalesce(w.amount, 0)
                WHEN 0 THEN -coalesce(b.points, 0)
                ELSE (w.amount - coalesce(b.amount, 0))
                    * coalesce((SELECT r.points FROM public.badges_pointsrule r WHERE r.metric = p_metric), 0)
            END AS points
        FROM wanted w FULL JOIN booked b USING (user_id, source_id)
    )
    SELECT private.new_id(), d.user_id, p_metric, d.amount, d.points, p_source_type, d.source_id,
        p_metric || ':' || d.source_id || ':' || (
            SELECT count(*) FROM public.badges_pointsentry e WHERE e.metric = p_metric AND e.source_id = d.source_id
        ) + row_number() OVER (PARTITION BY d.source_id ORDER BY d.user_id),
        '', clock_timestamp()
    FROM differences d
    WHERE d.user_id IS NOT NULL AND d.amount <> 0;
END
$$;
ALTER FUNCTION private.badges_settle(text, text, uuid[], uuid[], integer[]) OWNER TO sb_definer;

-- Ledger → totals: the sums of these (person, metric) pairs, the arrays in step, and the points of each of the people,
-- read anew after the lock.
CREATE FUNCTION private.badges_add_up(p_users uuid[], p_metrics text[]) RETURNS void
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
ALTER FUNCTION private.badges_add_up(uuid[], text[]) OWNER TO sb_definer;

CREATE FUNCTION private.badges_recompute_totals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.badges_add_up(array_agg(user_id), array_agg(metric)) FROM new_rows HAVING count(*) > 0;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.badges_recompute_totals() OWNER TO sb_definer;
CREATE TRIGGER badges_recompute_totals AFTER INSERT ON badges_pointsentry
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.badges_recompute_totals();

-- How much of a metric a person has; with p_since, only what was booked after it.
CREATE FUNCTION private.badges_amount(p_user uuid, p_metric text, p_since timestamptz) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT coalesce(CASE WHEN p_since IS NULL THEN (
        SELECT t.amount FROM public.badges_metrictotal t WHERE t.user_id = p_user AND t.metric = p_metric
    ) ELSE (
        SELECT sum(CASE p_metric WHEN 'points' THEN e.points ELSE e.amount END)
        FROM public.badges_pointsentry e
        WHERE e.user_id = p_user AND (e.metric = p_metric OR p_metric = 'points') AND e.created_at > p_since
    ) END, 0)
$$;
ALTER FUNCTION private.badges_amount(uuid, text, timestamptz) OWNER TO sb_definer;

-- Who has earned what and does not hold it: the one place that decides about declared criteria. NULL means everybody, and
-- all active badges; a badge that is named may be inactive, so that it can be looked at before it is activated.
-- Groups are ORed, the conditions of a group ANDed; an empty group is met by nobody. After a revocation only what was
-- booked since then counts, so the badge has to be earned again.
CREATE FUNCTION private.badges_due(p_badge uuid, p_user uuid)
RETURNS TABLE (badge_id uuid, user_id uuid, seq integer, reason jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT b.id, person.user_id, coalesce(past.seq, 0) + 1,
        jsonb_build_object('conditions', met.conditions, 'counted_since', past.revoked_at)
    FROM public.badges_badge b
    CROSS JOIN (
        SELECT t.user_id FROM public.badges_metrictotal t
        WHERE t.metric = 'points' AND (p_user IS NULL OR t.user_id = p_user)
    ) AS person
    CROSS JOIN LATERAL (
        SELECT max(a.seq) AS seq, max(a.revoked_at) AS revoked_at, bool_or(a.revoked_at IS NULL) AS is_held
        FROM public.badges_award a WHERE a.badge_id = b.id AND a.user_id = person.user_id
    ) AS past
    CROSS JOIN LATERAL (
        SELECT checked.conditions
        FROM jsonb_array_elements(b.criteria) WITH ORDINALITY AS groups (conditions, position)
        CROSS JOIN LATERAL (
            SELECT bool_and(c.amount >= c.at_least) AS is_met,
                jsonb_agg(jsonb_build_object('metric', c.metric, 'at_least', c.at_least, 'amount', c.amount))
                    AS conditions
            FROM (
                SELECT item ->> 'metric' AS metric, (item ->> 'at_least')::bigint AS at_least,
                    private.badges_amount(person.user_id, item ->> 'metric', past.revoked_at) AS amount
                FROM jsonb_array_elements(groups.conditions) AS item
            ) AS c
        ) AS checked
        WHERE checked.is_met
        ORDER BY groups.position
        LIMIT 1
    ) AS met
    WHERE past.is_held IS NOT TRUE AND (b.id = p_badge OR (p_badge IS NULL AND b.is_active))
$$;
ALTER FUNCTION private.badges_due(uuid, uuid) OWNER TO sb_definer;

-- Awards what is due and returns how many; NULL means all. Harmless to repeat.
CREATE FUNCTION private.badges_award_due(p_badge uuid, p_user uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    awarded integer;
BEGIN
    INSERT INTO public.badges_award (id, badge_id, user_id, seq, awarded_at, reason, revoke_reason)
    SELECT private.new_id(), d.badge_id, d.user_id, d.seq, now(), d.reason, ''
    FROM private.badges_due(p_badge, p_user) AS d
    ORDER BY d.user_id, d.badge_id
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS awarded = ROW_COUNT;
    RETURN awarded;
END
$$;
ALTER FUNCTION private.badges_award_due(uuid, uuid) OWNER TO sb_definer;

-- Awards everything that a person has earned.
CREATE FUNCTION private.badges_evaluate(p_user uuid) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$ SELECT private.badges_award_due(NULL, p_user) $$;
ALTER FUNCTION private.badges_evaluate(uuid) OWNER TO sb_definer;

-- Totals → awards.
CREATE FUNCTION private.badges_award_on_totals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.badges_evaluate(user_id) FROM (SELECT DISTINCT user_id FROM new_rows ORDER BY user_id) AS people;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.badges_award_on_totals() OWNER TO sb_definer;
CREATE TRIGGER badges_award_on_totals AFTER UPDATE ON badges_metrictotal
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.badges_award_on_totals();

-- A revocation → awards: what was booked while it was on its way counts from it on, and nothing else would look again.
CREATE FUNCTION private.badges_award_on_revocation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    people uuid[] := ARRAY(
        SELECT DISTINCT n.user_id FROM new_rows n JOIN old_rows o USING (id)
        WHERE n.revoked_at IS DISTINCT FROM o.revoked_at ORDER BY n.user_id
    );
BEGIN
    IF cardinality(people) > 0 THEN
        PERFORM private.badges_lock_people(people);
        PERFORM private.badges_evaluate(person) FROM unnest(people) AS person;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.badges_award_on_revocation() OWNER TO sb_definer;
CREATE TRIGGER badges_award_on_revocation AFTER UPDATE ON badges_award
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.badges_award_on_revocation();

-- Awards → notification, once for each award.
CREATE FUNCTION private.badges_notify_awarded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        a.user_id, 'badge_awarded', NULL, 'award', a.id,
        jsonb_build_object('title', b.name, 'slug', b.slug, 'description', b.description, 'tier', b.tier),
        'badge_awarded:' || a.id
    )
    FROM new_rows a JOIN public.badges_badge b ON b.id = a.badge_id;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.badges_notify_awarded() OWNER TO sb_definer;
CREATE TRIGGER badges_notify_awarded AFTER INSERT ON badges_award
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.badges_notify_awarded();

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

REVOKE EXECUTE ON FUNCTION
    private.badges_lock_people(uuid[]), private.book(uuid, text, integer, text, uuid, text),
    private.badges_settle(text, text, uuid[], uuid[], integer[]), private.badges_amount(uuid, text, timestamptz),
    private.badges_due(uuid, uuid), private.badges_award_due(uuid, uuid), private.badges_evaluate(uuid),
    private.badges_leaderboard(timestamptz, text, integer, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    private.book(uuid, text, integer, text, uuid, text), private.badges_due(uuid, uuid),
    private.badges_award_due(uuid, uuid), private.badges_evaluate(uuid), private.badges_add_up(uuid[], text[])
    TO service_role;
GRANT EXECUTE ON FUNCTION private.badges_leaderboard(timestamptz, text, integer, uuid) TO authenticated, service_role;

-- reverse
DROP TRIGGER badges_notify_awarded ON badges_award;
DROP TRIGGER badges_award_on_revocation ON badges_award;
DROP FUNCTION private.badges_award_on_revocation();
DROP TRIGGER badges_award_on_totals ON badges_metrictotal;
DROP TRIGGER badges_recompute_totals ON badges_pointsentry;
DROP FUNCTION private.badges_leaderboard(timestamptz, text, integer, uuid);
DROP FUNCTION private.badges_notify_awarded();
DROP FUNCTION private.badges_award_on_totals();
DROP FUNCTION private.badges_evaluate(uuid);
DROP FUNCTION private.badges_award_due(uuid, uuid);
DROP FUNCTION private.badges_due(uuid, uuid);
DROP FUNCTION private.badges_amount(uuid, text, timestamptz);
DROP FUNCTION private.badges_recompute_totals();
DROP FUNCTION private.badges_add_up(uuid[], text[]);
DROP FUNCTION private.badges_settle(text, text, uuid[], uuid[], integer[]);
DROP FUNCTION private.book(uuid, text, integer, text, uuid, text);
DROP FUNCTION private.badges_lock_people(uuid[]);
