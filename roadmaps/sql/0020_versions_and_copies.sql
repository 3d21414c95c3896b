-- What a roadmap said before its changes, and what a copy was made from: their owner's, like the roadmap. They go with it,
-- also where code that knows nothing of them deletes that.
ALTER TABLE roadmaps_roadmapversion ADD CONSTRAINT roadmap_version_of_roadmap
    FOREIGN KEY (roadmap_id) REFERENCES roadmaps_roadmap (id) ON DELETE CASCADE;
ALTER TABLE roadmaps_roadmapversion ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_roadmapversion FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON roadmaps_roadmapversion TO authenticated;
CREATE POLICY select_own ON roadmaps_roadmapversion FOR SELECT TO authenticated
    USING (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));
CREATE POLICY select_moderating ON roadmaps_roadmapversion FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));
CREATE POLICY insert_own ON roadmaps_roadmapversion FOR INSERT TO authenticated
    WITH CHECK (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));
CREATE POLICY delete_own ON roadmaps_roadmapversion FOR DELETE TO authenticated
    USING (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));

ALTER TABLE roadmaps_forkbase ADD CONSTRAINT fork_base_of_roadmap
    FOREIGN KEY (roadmap_id) REFERENCES roadmaps_roadmap (id) ON DELETE CASCADE;
ALTER TABLE roadmaps_forkbase ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_forkbase FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON roadmaps_forkbase TO authenticated;
CREATE POLICY select_own ON roadmaps_forkbase FOR SELECT TO authenticated
    USING (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));
CREATE POLICY select_moderating ON roadmaps_forkbase FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));
CREATE POLICY insert_own ON roadmaps_forkbase FOR INSERT TO authenticated
    WITH CHECK (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));
CREATE POLICY update_own ON roadmaps_forkbase FOR UPDATE TO authenticated
    USING (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())))
    WITH CHECK (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));

-- A module that is completed no longer is not counted from another one either, whoever opens it again.
CREATE FUNCTION private.roadmaps_uncount() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.counted_from := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER roadmaps_module_uncount BEFORE UPDATE ON roadmaps_module
    FOR EACH ROW WHEN (OLD.status = 'completed' AND NEW.status <> 'completed' AND NEW.counted_from IS NOT NULL)
    EXECUTE FUNCTION private.roadmaps_uncount();

-- A module that was taken out comes back with a former version; one that was counted from another is not begun after all.
DROP TRIGGER module_legal_transition ON roadmaps_module;
CREATE TRIGGER module_legal_transition BEFORE UPDATE ON roadmaps_module
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'pending>in_progress', 'pending>completed', 'pending>skipped', 'pending>removed',
        'in_progress>pending', 'in_progress>completed', 'in_progress>skipped', 'in_progress>removed',
        'completed>in_progress', 'completed>pending',
        'skipped>pending', 'skipped>removed',
        'removed>pending');

-- reverse
DROP TRIGGER module_legal_transition ON roadmaps_module;
CREATE TRIGGER module_legal_transition BEFORE UPDATE ON roadmaps_module
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'pending>in_progress', 'pending>completed', 'pending>skipped', 'pending>removed',
        'in_progress>pending', 'in_progress>completed', 'in_progress>skipped', 'in_progress>removed',
        'completed>in_progress',
        'skipped>pending', 'skipped>removed');
DROP TRIGGER roadmaps_module_uncount ON roadmaps_module;
DROP FUNCTION private.roadmaps_uncount();
DROP POLICY update_own ON roadmaps_forkbase;
DROP POLICY insert_own ON roadmaps_forkbase;
DROP POLICY select_moderating ON roadmaps_forkbase;
DROP POLICY select_own ON roadmaps_forkbase;
REVOKE ALL ON roadmaps_forkbase FROM authenticated;
ALTER TABLE roadmaps_forkbase NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_forkbase DISABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_forkbase DROP CONSTRAINT fork_base_of_roadmap;
DROP POLICY delete_own ON roadmaps_roadmapversion;
DROP POLICY insert_own ON roadmaps_roadmapversion;
DROP POLICY select_moderating ON roadmaps_roadmapversion;
DROP POLICY select_own ON roadmaps_roadmapversion;
REVOKE ALL ON roadmaps_roadmapversion FROM authenticated;
ALTER TABLE roadmaps_roadmapversion NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_roadmapversion DISABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_roadmapversion DROP CONSTRAINT roadmap_version_of_roadmap;
