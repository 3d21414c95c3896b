-- Modules are locked before their roadmaps, as by every other write of modules. The foreign keys of a prerequisite lock
-- both modules too, but at the commit, when the roadmap was locked already: whoever was deleting or moving one of them
-- waited for the roadmap meanwhile, and neither could go on. Besides, the function is as it was: 0009_prerequisites.sql.
CREATE OR REPLACE FUNCTION private.roadmaps_prerequisites_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.roadmaps_module
    WHERE id IN (SELECT module_id FROM new_rows UNION ALL SELECT requires_id FROM new_rows)
    ORDER BY id FOR KEY SHARE;
    PERFORM private.roadmaps_refuse_prerequisites(ARRAY(SELECT DISTINCT module_id FROM new_rows));
    RETURN NULL;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.roadmaps_prerequisites_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.roadmaps_refuse_prerequisites(ARRAY(SELECT DISTINCT module_id FROM new_rows));
    RETURN NULL;
END
$$;
