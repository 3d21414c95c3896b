-- What is booked from modules, roadmaps, the log and repositories. Each settles the wanted amount of the rows that changed
-- (private.badges_settle), so a module that is reopened, or deleted, takes back what it brought.
-- The triggers' names begin with s, so that they run after the tables' own triggers (roadmaps_…, progress_…): a person's
-- totals are locked last.

CREATE FUNCTION private.badges_settle_modules(p_modules uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    SELECT private.badges_settle('modules_completed', 'module',
        array_agg(r.owner_id), array_agg(touched.id), array_agg(CASE m.status WHEN 'completed' THEN 1 ELSE 0 END))
    FROM unnest(p_modules) AS touched (id)
    LEFT JOIN public.roadmaps_module m ON m.id = touched.id
    LEFT JOIN public.roadmaps_roadmap r ON r.id = m.roadmap_id
    HAVING count(*) > 0
$$;
ALTER FUNCTION private.badges_settle_modules(uuid[]) OWNER TO sb_definer;

CREATE FUNCTION private.badges_settle_roadmaps(p_roadmaps uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.badges_settle('roadmaps_completed', 'roadmap',
        array_agg(r.owner_id), array_agg(touched.id), array_agg((r.completed_at IS NOT NULL)::integer))
    FROM unnest(p_roadmaps) AS touched (id)
    LEFT JOIN public.roadmaps_roadmap r ON r.id = touched.id
    HAVING count(*) > 0;
END
$$;
ALTER FUNCTION private.badges_settle_roadmaps(uuid[]) OWNER TO sb_definer;

-- Settles both. Everybody concerned, those who were ever booked for one of them too, is locked at once and in one order.
CREATE FUNCTION private.badges_settle_plans(p_modules uuid[], p_roadmaps uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.badges_lock_people(ARRAY(
        SELECT r.owner_id FROM public.roadmaps_roadmap r WHERE r.id = ANY (p_roadmaps)
        UNION
        SELECT r.owner_id FROM public.roadmaps_roadmap r JOIN public.roadmaps_module m ON m.roadmap_id = r.id
        WHERE m.id = ANY (p_modules)
        UNION
        SELECT e.user_id FROM public.badges_pointsentry e
        WHERE e.metric IN ('modules_completed', 'roadmaps_completed') AND e.source_id = ANY (p_modules || p_roadmaps)
    ));
    PERFORM private.badges_settle_modules(p_modules);
    PERFORM private.badges_settle_roadmaps(p_roadmaps);
END
$$;
ALTER FUNCTION private.badges_settle_plans(uuid[], uuid[]) OWNER TO sb_definer;

-- After the trigger of roadmaps, so the progress of the roadmaps is right by now.
CREATE FUNCTION private.badges_book_modules() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    modules uuid[];
    roadmaps uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        modules := ARRAY(SELECT id FROM new_rows WHERE status = 'completed');
        roadmaps := ARRAY(SELECT DISTINCT roadmap_id FROM new_rows);
    ELSIF TG_OP = 'UPDATE' THEN
        modules := ARRAY(
            SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE 'completed' IN (n.status, o.status)
              AND (n.status, n.roadmap_id) IS DISTINCT FROM (o.status, o.roadmap_id)
        );
        roadmaps := ARRAY(
            SELECT DISTINCT unnest(ARRAY[n.roadmap_id, o.roadmap_id]) FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE (n.status, n.weight, n.roadmap_id) IS DISTINCT FROM (o.status, o.weight, o.roadmap_id)
        );
    ELSE
        modules := ARRAY(SELECT id FROM old_rows WHERE status = 'completed');
        roadmaps := ARRAY(SELECT DISTINCT roadmap_id FROM old_rows);
    END IF;
    IF cardinality(modules || roadmaps) > 0 THEN
        PERFORM private.badges_settle_plans(modules, roadmaps);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.badges_book_modules() OWNER TO sb_definer;
CREATE TRIGGER settle_modules_inserted AFTER INSERT ON roadmaps_module
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.badges_book_modules();
CREATE TRIGGER settle_modules_updated AFTER UPDATE ON roadmaps_module
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.badges_book_modules();
CREATE TRIGGER settle_modules_deleted AFTER DELETE ON roadmaps_module
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION private.badges_book_modules();

-- A roadmap that changes hands takes its modules' bookings along. What changes because its modules did is settled with
-- them: two locks one after the other would be in no order.
CREATE FUNCTION private.badges_book_roadmaps() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    roadmaps uuid[];
    modules uuid[] := '{}';
BEGIN
    IF pg_trigger_depth() > 1 THEN
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        roadmaps := ARRAY(SELECT id FROM new_rows WHERE completed_at IS NOT NULL);
    ELSIF TG_OP = 'UPDATE' THEN
        roadmaps := ARRAY(
            SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE (n.completed_at IS NULL, n.owner_id) IS DISTINCT FROM (o.completed_at IS NULL, o.owner_id)
        );
        modules := ARRAY(
            SELECT m.id FROM new_rows n JOIN old_rows o ON o.id = n.id
            JOIN public.roadmaps_module m ON m.roadmap_id = n.id AND m.status = 'completed'
            WHERE n.owner_id <> o.owner_id
        );
    ELSE
        roadmaps := ARRAY(SELECT id FROM old_rows WHERE completed_at IS NOT NULL);
    END IF;
    IF cardinality(modules || roadmaps) > 0 THEN
        PERFORM private.badges_settle_plans(modules, roadmaps);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.badges_book_roadmaps() OWNER TO sb_definer;
CREATE TRIGGER settle_roadmaps_inserted AFTER INSERT ON roadmaps_roadmap
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.badges_book_roadmaps();
CREATE TRIGGER settle_roadmaps_updated AFTER UPDATE ON roadmaps_roadmap
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.badges_book_roadmaps();
CREATE TRIGGER settle_roadmaps_deleted AFTER DELETE ON roadmaps_roadmap
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION private.badges_book_roadmaps();

-- The log only grows, so its minutes and commits are booked once for each entry; the streak settles at its longest.
CREATE FUNCTION private.badges_settle_log(p_entries uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.badges_lock_people(
        ARRAY(SELECT DISTINCT l.user_id FROM public.progress_progresslog l WHERE l.id = ANY (p_entries))
    );
    PERFORM private.badges_settle('minutes_learned', 'progress_log',
        array_agg(l.user_id), array_agg(l.id), array_agg(l.minutes))
    FROM public.progress_progresslog l WHERE l.id = ANY (p_entries) AND l.minutes > 0 HAVING count(*) > 0;
    PERFORM private.badges_settle('commits_pushed', 'progress_log',
        array_agg(l.user_id), array_agg(l.id), array_agg(l.commits))
    FROM public.progress_progresslog l WHERE l.id = ANY (p_entries) AND l.commits > 0 HAVING count(*) > 0;
END
$$;
ALTER FUNCTION private.badges_settle_log(uuid[]) OWNER TO sb_definer;

CREATE FUNCTION private.badges_settle_streaks(p_users uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    -- Before the streak is measured, so that of two entries at once the later one measures both.
    PERFORM private.badges_lock_people(p_users);
    PERFORM private.badges_settle('streak_days', 'user',
        array_agg(person), array_agg(person), array_agg(private.progress_longest_streak(person)))
    FROM (SELECT DISTINCT unnest(p_users) AS person) AS people HAVING count(*) > 0;
END
$$;
ALTER FUNCTION private.badges_settle_streaks(uuid[]) OWNER TO sb_definer;

CREATE FUNCTION private.badges_book_log() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.badges_settle_log(ARRAY(SELECT id FROM new_rows));
    PERFORM private.badges_settle_streaks(ARRAY(SELECT DISTINCT user_id FROM new_rows));
    RETURN NULL;
END
$$;
ALTER FUNCTION private.badges_book_log() OWNER TO sb_definer;
CREATE TRIGGER settle_log_inserted AFTER INSERT ON progress_progresslog
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.badges_book_log();

CREATE FUNCTION private.badges_settle_repositories(p_repositories uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    SELECT private.badges_settle('repositories_connected', 'repository',
        array_agg(r.owner_id), array_agg(r.id), array_agg((r.disconnected_at IS NULL)::integer))
    FROM public.progress_repository r WHERE r.id = ANY (p_repositories) HAVING count(*) > 0
$$;
ALTER FUNCTION private.badges_settle_repositories(uuid[]) OWNER TO sb_definer;

CREATE FUNCTION private.badges_book_repositories() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    touched uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        touched := ARRAY(SELECT id FROM new_rows WHERE disconnected_at IS NULL);
    ELSE
        touched := ARRAY(
            SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE (n.disconnected_at IS NULL, n.owner_id) IS DISTINCT FROM (o.disconnected_at IS NULL, o.owner_id)
        );
    END IF;
    PERFORM private.badges_settle_repositories(touched);
    RETURN NULL;
END
$$;
ALTER FUNCTION private.badges_book_repositories() OWNER TO sb_definer;
CREATE TRIGGER settle_repositories_inserted AFTER INSERT ON progress_repository
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.badges_book_repositories();
CREATE TRIGGER settle_repositories_updated AFTER UPDATE ON progress_repository
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.badges_book_repositories();

REVOKE EXECUTE ON FUNCTION private.badges_settle_modules(uuid[]), private.badges_settle_roadmaps(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    private.badges_settle_modules(uuid[]), private.badges_settle_roadmaps(uuid[]), private.badges_settle_log(uuid[]),
    private.badges_settle_streaks(uuid[]), private.badges_settle_repositories(uuid[]) TO service_role;

-- reverse
DROP TRIGGER settle_repositories_updated ON progress_repository;
DROP TRIGGER settle_repositories_inserted ON progress_repository;
DROP TRIGGER settle_log_inserted ON progress_progresslog;
DROP TRIGGER settle_roadmaps_deleted ON roadmaps_roadmap;
DROP TRIGGER settle_roadmaps_updated ON roadmaps_roadmap;
DROP TRIGGER settle_roadmaps_inserted ON roadmaps_roadmap;
DROP TRIGGER settle_modules_deleted ON roadmaps_module;
DROP TRIGGER settle_modules_updated ON roadmaps_module;
DROP TRIGGER settle_modules_inserted ON roadmaps_module;
DROP FUNCTION private.badges_book_repositories();
DROP FUNCTION private.badges_settle_repositories(uuid[]);
DROP FUNCTION private.badges_book_log();
DROP FUNCTION private.badges_settle_streaks(uuid[]);
DROP FUNCTION private.badges_settle_log(uuid[]);
DROP FUNCTION private.badges_book_roadmaps();
DROP FUNCTION private.badges_book_modules();
DROP FUNCTION private.badges_settle_plans(uuid[], uuid[]);
DROP FUNCTION private.badges_settle_roadmaps(uuid[]);
DROP FUNCTION private.badges_settle_modules(uuid[]);
