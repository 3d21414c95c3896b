-- What a plan was asked for is its owner's to write, like the goal.
GRANT UPDATE (deadline, wishes) ON roadmaps_roadmap TO authenticated;

-- What a job tells: the worker writes it with the rights of the owner, as it does the plan, and nobody rewrites it. It
-- goes with its job, also where code that knows nothing of it deletes that.
ALTER TABLE roadmaps_generationevent ADD CONSTRAINT generation_event_of_job
    FOREIGN KEY (generation_id) REFERENCES roadmaps_generation (id) ON DELETE CASCADE;
ALTER TABLE roadmaps_generationevent ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_generationevent FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON roadmaps_generationevent TO authenticated;
CREATE POLICY select_own ON roadmaps_generationevent FOR SELECT TO authenticated
    USING (EXISTS (
        SELECT FROM public.roadmaps_generation AS job
        WHERE job.id = generation_id AND job.roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine()))
    ));
CREATE POLICY select_moderating ON roadmaps_generationevent FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));
CREATE POLICY insert_own ON roadmaps_generationevent FOR INSERT TO authenticated
    WITH CHECK (EXISTS (
        SELECT FROM public.roadmaps_generation AS job
        WHERE job.id = generation_id AND job.roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine()))
    ));

-- What was spent is shown to whom it was spent for; only the service writes it.
ALTER TABLE roadmaps_modelspending ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_modelspending FORCE ROW LEVEL SECURITY;
GRANT SELECT ON roadmaps_modelspending TO authenticated;
CREATE POLICY select_own ON roadmaps_modelspending FOR SELECT TO authenticated
    USING (owner_id = (SELECT auth.uid()));
CREATE POLICY select_moderating ON roadmaps_modelspending FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));

-- Answers that equal requests share are nobody's: the service alone reads them.
ALTER TABLE roadmaps_modelanswer ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_modelanswer FORCE ROW LEVEL SECURITY;

-- A learner may cancel: a job that waits or runs, and with it the planning of its roadmap, which is a draft again.
DROP TRIGGER generation_legal_transition ON roadmaps_generation;
CREATE TRIGGER generation_legal_transition BEFORE UPDATE ON roadmaps_generation
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'queued>running', 'queued>failed', 'queued>cancelled',
        'running>succeeded', 'running>failed', 'running>cancelled',
        'failed>queued');
DROP TRIGGER roadmap_legal_transition ON roadmaps_roadmap;
CREATE TRIGGER roadmap_legal_transition BEFORE UPDATE ON roadmaps_roadmap
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'draft>ready', 'draft>archived', 'draft>generating',
        'generating>ready', 'generating>failed', 'generating>draft',
        'ready>archived',
        'failed>generating', 'failed>archived',
        'archived>ready');

-- reverse
DROP TRIGGER roadmap_legal_transition ON roadmaps_roadmap;
CREATE TRIGGER roadmap_legal_transition BEFORE UPDATE ON roadmaps_roadmap
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'draft>ready', 'draft>archived',
        'generating>ready', 'generating>failed',
        'ready>archived',
        'failed>generating', 'failed>archived',
        'archived>ready');
DROP TRIGGER generation_legal_transition ON roadmaps_generation;
CREATE TRIGGER generation_legal_transition BEFORE UPDATE ON roadmaps_generation
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'queued>running', 'queued>failed', 'running>succeeded', 'running>failed', 'failed>queued');
ALTER TABLE roadmaps_generationevent DROP CONSTRAINT generation_event_of_job;
DROP POLICY insert_own ON roadmaps_generationevent;
DROP POLICY select_moderating ON roadmaps_generationevent;
DROP POLICY select_own ON roadmaps_generationevent;
REVOKE ALL ON roadmaps_generationevent FROM authenticated;
ALTER TABLE roadmaps_generationevent NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_generationevent DISABLE ROW LEVEL SECURITY;
DROP POLICY select_moderating ON roadmaps_modelspending;
DROP POLICY select_own ON roadmaps_modelspending;
REVOKE ALL ON roadmaps_modelspending FROM authenticated;
ALTER TABLE roadmaps_modelspending NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_modelspending DISABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_modelanswer NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_modelanswer DISABLE ROW LEVEL SECURITY;
REVOKE UPDATE (deadline, wishes) ON roadmaps_roadmap FROM authenticated;
