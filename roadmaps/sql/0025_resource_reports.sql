-- A learner reports in their own name, and reads their own; who moderates reads all and decides.
ALTER TABLE roadmaps_resourcereport ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_resourcereport FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON roadmaps_resourcereport TO authenticated;
CREATE POLICY select_own ON roadmaps_resourcereport FOR SELECT TO authenticated
    USING (reporter_id = (SELECT auth.uid()));
CREATE POLICY select_moderating ON roadmaps_resourcereport FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));
CREATE POLICY insert_own ON roadmaps_resourcereport FOR INSERT TO authenticated
    WITH CHECK (reporter_id = (SELECT auth.uid()) AND resolved_by_id IS NULL);

CREATE TRIGGER resource_report_legal_start BEFORE INSERT ON roadmaps_resourcereport
    FOR EACH ROW WHEN (NEW.state <> 'open') EXECUTE FUNCTION private.refuse_illegal_step('state');
CREATE TRIGGER resource_report_legal_transition BEFORE UPDATE ON roadmaps_resourcereport
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION private.refuse_illegal_step('state', 'open>resolved', 'open>rejected');

-- Whoever says that a resource is broken brings its next check forward, unless it has answered within the hour. One
-- that is failing keeps its pauses, or three people at once could quarantine it.
CREATE FUNCTION private.roadmaps_check_reported() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE public.roadmaps_resource SET next_check_at = now()
    WHERE id = NEW.resource_id AND next_check_at > now() AND state <> 'failing'
      AND (checked_at IS NULL OR checked_at < now() - interval '1 hour');
    RETURN NULL;
END
$$;
ALTER FUNCTION private.roadmaps_check_reported() OWNER TO sb_definer;
CREATE TRIGGER resource_report_checked AFTER INSERT ON roadmaps_resourcereport
    FOR EACH ROW WHEN (NEW.reason = 'broken') EXECUTE FUNCTION private.roadmaps_check_reported();

-- reverse
DROP TRIGGER resource_report_checked ON roadmaps_resourcereport;
DROP FUNCTION private.roadmaps_check_reported();
DROP TRIGGER resource_report_legal_transition ON roadmaps_resourcereport;
DROP TRIGGER resource_report_legal_start ON roadmaps_resourcereport;
DROP POLICY insert_own ON roadmaps_resourcereport;
DROP POLICY select_moderating ON roadmaps_resourcereport;
DROP POLICY select_own ON roadmaps_resourcereport;
REVOKE ALL ON roadmaps_resourcereport FROM authenticated;
ALTER TABLE roadmaps_resourcereport NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_resourcereport DISABLE ROW LEVEL SECURITY;
