-- A roadmap's progress belongs to the database: whoever writes modules, the API, a task, the admin or psql, the number
-- follows in the same transaction. Recomputed from the rows, never counted up and down, so it cannot drift.

-- Percent of weight that is completed; skipped and removed modules leave the denominator, no module is 0. Cut off, not
-- rounded: 100 is said only when everything is completed, and only then there is a time of completion.
CREATE FUNCTION private.roadmaps_recompute_progress(p_roadmaps uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    -- A statement of its own: the one below must see what the transaction that held the row has committed. NO KEY, for
    -- whoever inserts a module holds a KEY SHARE on its roadmap, and two of them would wait for each other.
    PERFORM 1 FROM public.roadmaps_roadmap WHERE id = ANY (p_roadmaps) ORDER BY id FOR NO KEY UPDATE;
    UPDATE public.roadmaps_roadmap AS roadmap
    SET progress = now_is.progress,
        completed_at = CASE WHEN now_is.progress = 100 THEN coalesce(roadmap.completed_at, now()) END,
        updated_at = clock_timestamp()
    FROM (
        SELECT r.id,
               coalesce(trunc(
                   100.0 * sum(m.weight) FILTER (WHERE m.status = 'completed')
                   / sum(m.weight) FILTER (WHERE m.status NOT IN ('skipped', 'removed')), 2), 0) AS progress
        FROM public.roadmaps_roadmap AS r
        LEFT JOIN public.roadmaps_module AS m ON m.roadmap_id = r.id
        WHERE r.id = ANY (p_roadmaps)
        GROUP BY r.id
    ) AS now_is
    WHERE roadmap.id = now_is.id
      AND (roadmap.progress, roadmap.completed_at IS NOT NULL) IS DISTINCT FROM (now_is.progress, now_is.progress = 100);
END
$$;
ALTER FUNCTION private.roadmaps_recompute_progress(uuid[]) OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.roadmaps_recompute_progress(uuid[]) TO service_role;

CREATE FUNCTION private.roadmaps_modules_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    touched uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT roadmap_id) INTO touched FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT roadmap_id) INTO touched FROM old_rows;
    ELSE
        SELECT array_agg(DISTINCT roadmap_id) INTO touched
        FROM (SELECT roadmap_id FROM old_rows UNION ALL SELECT roadmap_id FROM new_rows) AS both_sides;
    END IF;
    IF touched IS NOT NULL THEN
        PERFORM private.roadmaps_recompute_progress(touched);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.roadmaps_modules_changed() OWNER TO sb_definer;

CREATE TRIGGER roadmaps_module_progress_insert AFTER INSERT ON roadmaps_module
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_modules_changed();
CREATE TRIGGER roadmaps_module_progress_update AFTER UPDATE ON roadmaps_module
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_modules_changed();
CREATE TRIGGER roadmaps_module_progress_delete AFTER DELETE ON roadmaps_module
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_modules_changed();

-- A new roadmap has no modules, whatever its writer says.
CREATE FUNCTION private.roadmaps_start_at_zero() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.progress := 0;
    NEW.completed_at := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER roadmaps_roadmap_start_at_zero BEFORE INSERT ON roadmaps_roadmap
    FOR EACH ROW EXECUTE FUNCTION private.roadmaps_start_at_zero();

-- reverse
DROP TRIGGER roadmaps_roadmap_start_at_zero ON roadmaps_roadmap;
DROP FUNCTION private.roadmaps_start_at_zero();
DROP TRIGGER roadmaps_module_progress_insert ON roadmaps_module;
DROP TRIGGER roadmaps_module_progress_update ON roadmaps_module;
DROP TRIGGER roadmaps_module_progress_delete ON roadmaps_module;
DROP FUNCTION private.roadmaps_modules_changed();
DROP FUNCTION private.roadmaps_recompute_progress(uuid[]);
