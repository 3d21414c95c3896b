-- A completed module is reopened before it is skipped or removed, so that what its completion earned is taken back. A
-- module may begin anywhere: a plan that is copied or imported has some behind it.
CREATE TRIGGER module_legal_transition BEFORE UPDATE ON roadmaps_module
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'pending>in_progress', 'pending>completed', 'pending>skipped', 'pending>removed',
        'in_progress>pending', 'in_progress>completed', 'in_progress>skipped', 'in_progress>removed',
        'completed>in_progress',
        'skipped>pending', 'skipped>removed');

CREATE TRIGGER generation_legal_start BEFORE INSERT ON roadmaps_generation
    FOR EACH ROW WHEN (NEW.status <> 'queued') EXECUTE FUNCTION private.refuse_illegal_step('status');
CREATE TRIGGER generation_legal_transition BEFORE UPDATE ON roadmaps_generation
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'queued>running', 'queued>failed', 'running>succeeded', 'running>failed');

CREATE TRIGGER roadmap_legal_start BEFORE INSERT ON roadmaps_roadmap
    FOR EACH ROW WHEN (NEW.status NOT IN ('draft', 'generating', 'ready'))
    EXECUTE FUNCTION private.refuse_illegal_step('status');
CREATE TRIGGER roadmap_legal_transition BEFORE UPDATE ON roadmaps_roadmap
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'draft>ready', 'draft>archived',
        'generating>ready', 'generating>failed',
        'ready>archived',
        'failed>generating', 'failed>archived',
        'archived>ready');

-- reverse
DROP TRIGGER module_legal_transition ON roadmaps_module;
DROP TRIGGER generation_legal_start ON roadmaps_generation;
DROP TRIGGER generation_legal_transition ON roadmaps_generation;
DROP TRIGGER roadmap_legal_start ON roadmaps_roadmap;
DROP TRIGGER roadmap_legal_transition ON roadmaps_roadmap;
