-- Prerequisites stay within one roadmap and close no cycle: a module that waits for itself is never begun. The roadmaps
-- are locked first, so that of two transactions that each add half of a cycle the second sees the first one's half.
CREATE FUNCTION private.roadmaps_refuse_prerequisites(p_modules uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.roadmaps_roadmap
    WHERE id IN (SELECT roadmap_id FROM public.roadmaps_module WHERE id = ANY (p_modules))
    ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM public.roadmaps_moduleprerequisite AS edge
        JOIN public.roadmaps_module AS module ON module.id = edge.module_id
        JOIN public.roadmaps_module AS required ON required.id = edge.requires_id
        WHERE module.roadmap_id <> required.roadmap_id
          AND (edge.module_id = ANY (p_modules) OR edge.requires_id = ANY (p_modules))
    ) THEN
        RAISE EXCEPTION 'a module builds on modules of its own roadmap'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'module_prerequisite_in_roadmap',
                  TABLE = 'roadmaps_moduleprerequisite';
    END IF;
    IF EXISTS (
        WITH RECURSIVE reachable(start_id, reached_id) AS (
            SELECT module_id, requires_id FROM public.roadmaps_moduleprerequisite WHERE module_id = ANY (p_modules)
            UNION
            SELECT reachable.start_id, edge.requires_id
            FROM reachable JOIN public.roadmaps_moduleprerequisite AS edge ON edge.module_id = reachable.reached_id
        )
        SELECT FROM reachable WHERE start_id = reached_id
    ) THEN
        RAISE EXCEPTION 'a module cannot come to build on itself'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'module_prerequisite_no_cycle',
                  TABLE = 'roadmaps_moduleprerequisite';
    END IF;
END
$$;
ALTER FUNCTION private.roadmaps_refuse_prerequisites(uuid[]) OWNER TO sb_definer;

CREATE FUNCTION private.roadmaps_prerequisites_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.roadmaps_refuse_prerequisites(ARRAY(SELECT DISTINCT module_id FROM new_rows));
    RETURN NULL;
END
$$;
ALTER FUNCTION private.roadmaps_prerequisites_written() OWNER TO sb_definer;
CREATE TRIGGER roadmaps_prerequisite_inserted AFTER INSERT ON roadmaps_moduleprerequisite
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_prerequisites_written();
CREATE TRIGGER roadmaps_prerequisite_updated AFTER UPDATE ON roadmaps_moduleprerequisite
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_prerequisites_written();

-- A module that moves away may leave none behind that it builds on, or that builds on it.
CREATE FUNCTION private.roadmaps_modules_moved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    moved uuid[] := ARRAY(
        SELECT n.id FROM new_rows AS n JOIN old_rows AS o USING (id) WHERE n.roadmap_id <> o.roadmap_id
    );
BEGIN
    IF cardinality(moved) > 0 THEN
        PERFORM private.roadmaps_refuse_prerequisites(moved);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.roadmaps_modules_moved() OWNER TO sb_definer;
-- After the trigger that locks the roadmaps of both sides, by its name.
CREATE TRIGGER roadmaps_module_stays_by_what_it_requires AFTER UPDATE ON roadmaps_module
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_modules_moved();

-- reverse
DROP TRIGGER roadmaps_module_stays_by_what_it_requires ON roadmaps_module;
DROP FUNCTION private.roadmaps_modules_moved();
DROP TRIGGER roadmaps_prerequisite_updated ON roadmaps_moduleprerequisite;
DROP TRIGGER roadmaps_prerequisite_inserted ON roadmaps_moduleprerequisite;
DROP FUNCTION private.roadmaps_prerequisites_written();
DROP FUNCTION private.roadmaps_refuse_prerequisites(uuid[]);
