-- Which step may follow which. The trigger's arguments are the edges, written 'from>to'; any other change of status is
-- refused as a violated check (23514) whose constraint is the trigger's name.
CREATE FUNCTION private.roadmaps_refuse_illegal_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF (OLD.status || '>' || NEW.status) = ANY (TG_ARGV) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% cannot go from % to %', TG_TABLE_NAME, OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$$;

-- A completed module is reopened before it is skipped or removed, so that what its completion earned is taken back.
CREATE TRIGGER roadmaps_module_step BEFORE UPDATE ON roadmaps_module
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.roadmaps_refuse_illegal_step(
        'pending>in_progress', 'pending>completed', 'pending>skipped', 'pending>removed',
        'in_progress>pending', 'in_progress>completed', 'in_progress>skipped', 'in_progress>removed',
        'completed>in_progress',
        'skipped>pending', 'skipped>removed');

CREATE TRIGGER roadmaps_generation_step BEFORE UPDATE ON roadmaps_generation
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.roadmaps_refuse_illegal_step(
        'queued>running', 'queued>failed', 'running>succeeded', 'running>failed');

CREATE TRIGGER roadmaps_roadmap_step BEFORE UPDATE ON roadmaps_roadmap
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.roadmaps_refuse_illegal_step(
        'draft>ready', 'draft>archived',
        'generating>ready', 'generating>failed',
        'ready>archived',
        'failed>generating', 'failed>archived',
        'archived>ready');

-- reverse
DROP TRIGGER roadmaps_module_step ON roadmaps_module;
DROP TRIGGER roadmaps_generation_step ON roadmaps_generation;
DROP TRIGGER roadmaps_roadmap_step ON roadmaps_roadmap;
DROP FUNCTION private.roadmaps_refuse_illegal_step();
