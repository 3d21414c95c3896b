-- Whose rows a request may touch: what each queryset says by visible_to(actor) and owned_by(actor) (roadmaps/querysets.py).
ALTER TABLE roadmaps_roadmap ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_roadmap FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_module ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_module FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_moduleprerequisite ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_moduleprerequisite FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_generation ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_generation FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_note ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_note FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_ownresource ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_ownresource FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_resource ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_resource FORCE ROW LEVEL SECURITY;

-- A person's own roadmaps. A definer function, so that a policy on modules does not run those on roadmaps as well.
-- Policies take it as `= ANY (ARRAY(SELECT …))`: computed once a statement, and an index can serve it.
CREATE FUNCTION private.roadmaps_mine() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT id FROM public.roadmaps_roadmap WHERE owner_id = auth.uid()
$$;
ALTER FUNCTION private.roadmaps_mine() OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.roadmaps_mine() TO authenticated;

CREATE POLICY select_own ON roadmaps_roadmap FOR SELECT TO authenticated
    USING (owner_id = (SELECT auth.uid()));
CREATE POLICY select_moderating ON roadmaps_roadmap FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));
CREATE POLICY insert_own ON roadmaps_roadmap FOR INSERT TO authenticated
    WITH CHECK (owner_id = (SELECT auth.uid()));
CREATE POLICY update_own ON roadmaps_roadmap FOR UPDATE TO authenticated
    USING (owner_id = (SELECT auth.uid())) WITH CHECK (owner_id = (SELECT auth.uid()));
CREATE POLICY delete_own ON roadmaps_roadmap FOR DELETE TO authenticated
    USING (owner_id = (SELECT auth.uid()));

CREATE POLICY select_own ON roadmaps_module FOR SELECT TO authenticated
    USING (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));
CREATE POLICY select_moderating ON roadmaps_module FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));
CREATE POLICY insert_own ON roadmaps_module FOR INSERT TO authenticated
    WITH CHECK (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));
CREATE POLICY update_own ON roadmaps_module FOR UPDATE TO authenticated
    USING (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())))
    WITH CHECK (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));
CREATE POLICY delete_own ON roadmaps_module FOR DELETE TO authenticated
    USING (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));

-- Whoever sees a module, by its own policies, sees what it builds on; nobody rewrites an edge, it goes or comes.
CREATE POLICY select_with_module ON roadmaps_moduleprerequisite FOR SELECT TO authenticated
    USING (EXISTS (SELECT 1 FROM public.roadmaps_module m WHERE m.id = module_id));
CREATE POLICY insert_own ON roadmaps_moduleprerequisite FOR INSERT TO authenticated
    WITH CHECK (EXISTS (
        SELECT 1 FROM public.roadmaps_module m
        JOIN public.roadmaps_module required ON required.roadmap_id = m.roadmap_id
        WHERE m.id = module_id AND required.id = requires_id
          AND m.roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine()))
    ));
CREATE POLICY delete_own ON roadmaps_moduleprerequisite FOR DELETE TO authenticated
    USING (EXISTS (
        SELECT 1 FROM public.roadmaps_module m
        WHERE m.id = module_id AND m.roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine()))
    ));
REVOKE UPDATE ON roadmaps_moduleprerequisite FROM authenticated;

-- The worker plans with the rights of the owner, so it is the owner who writes the job.
CREATE POLICY select_own ON roadmaps_generation FOR SELECT TO authenticated
    USING (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));
CREATE POLICY select_moderating ON roadmaps_generation FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));
CREATE POLICY insert_own ON roadmaps_generation FOR INSERT TO authenticated
    WITH CHECK (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));
CREATE POLICY update_own ON roadmaps_generation FOR UPDATE TO authenticated
    USING (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())))
    WITH CHECK (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));
CREATE POLICY delete_own ON roadmaps_generation FOR DELETE TO authenticated
    USING (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));

-- Notes and own addresses are their writer's alone, moderators included, and hang on modules of the writer's roadmaps.
CREATE POLICY select_own ON roadmaps_note FOR SELECT TO authenticated
    USING (owner_id = (SELECT auth.uid()));
CREATE POLICY insert_own ON roadmaps_note FOR INSERT TO authenticated
    WITH CHECK (owner_id = (SELECT auth.uid()) AND EXISTS (
        SELECT 1 FROM public.roadmaps_module m
        WHERE m.id = module_id AND m.roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine()))
    ));
CREATE POLICY update_own ON roadmaps_note FOR UPDATE TO authenticated
    USING (owner_id = (SELECT auth.uid()))
    WITH CHECK (owner_id = (SELECT auth.uid()) AND EXISTS (
        SELECT 1 FROM public.roadmaps_module m
        WHERE m.id = module_id AND m.roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine()))
    ));
CREATE POLICY delete_own ON roadmaps_note FOR DELETE TO authenticated
    USING (owner_id = (SELECT auth.uid()));

CREATE POLICY select_own ON roadmaps_ownresource FOR SELECT TO authenticated
    USING (owner_id = (SELECT auth.uid()));
CREATE POLICY insert_own ON roadmaps_ownresource FOR INSERT TO authenticated
    WITH CHECK (owner_id = (SELECT auth.uid()) AND EXISTS (
        SELECT 1 FROM public.roadmaps_module m
        WHERE m.id = module_id AND m.roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine()))
    ));
CREATE POLICY delete_own ON roadmaps_ownresource FOR DELETE TO authenticated
    USING (owner_id = (SELECT auth.uid()));
REVOKE UPDATE ON roadmaps_ownresource FROM authenticated;

CREATE POLICY select_everybody ON roadmaps_resource FOR SELECT TO authenticated, anon USING (true);

-- Deleting a roadmap takes the pointer to it out of its forks, which are other people's rows.
REVOKE UPDATE (forked_from_id) ON roadmaps_roadmap FROM authenticated;
CREATE FUNCTION private.roadmaps_let_forks_go() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE public.roadmaps_roadmap SET forked_from_id = NULL
    WHERE forked_from_id IN (SELECT id FROM old_rows);
    RETURN NULL;
END
$$;
ALTER FUNCTION private.roadmaps_let_forks_go() OWNER TO sb_definer;
CREATE TRIGGER roadmaps_let_forks_go AFTER DELETE ON roadmaps_roadmap
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_let_forks_go();

-- reverse
DROP TRIGGER roadmaps_let_forks_go ON roadmaps_roadmap;
DROP FUNCTION private.roadmaps_let_forks_go();
GRANT UPDATE (forked_from_id) ON roadmaps_roadmap TO authenticated;
DROP POLICY select_everybody ON roadmaps_resource;
GRANT UPDATE ON roadmaps_ownresource TO authenticated;
DROP POLICY select_own ON roadmaps_ownresource;
DROP POLICY insert_own ON roadmaps_ownresource;
DROP POLICY delete_own ON roadmaps_ownresource;
DROP POLICY select_own ON roadmaps_note;
DROP POLICY insert_own ON roadmaps_note;
DROP POLICY update_own ON roadmaps_note;
DROP POLICY delete_own ON roadmaps_note;
DROP POLICY select_own ON roadmaps_generation;
DROP POLICY select_moderating ON roadmaps_generation;
DROP POLICY insert_own ON roadmaps_generation;
DROP POLICY update_own ON roadmaps_generation;
DROP POLICY delete_own ON roadmaps_generation;
GRANT UPDATE ON roadmaps_moduleprerequisite TO authenticated;
DROP POLICY select_with_module ON roadmaps_moduleprerequisite;
DROP POLICY insert_own ON roadmaps_moduleprerequisite;
DROP POLICY delete_own ON roadmaps_moduleprerequisite;
DROP POLICY select_own ON roadmaps_module;
DROP POLICY select_moderating ON roadmaps_module;
DROP POLICY insert_own ON roadmaps_module;
DROP POLICY update_own ON roadmaps_module;
DROP POLICY delete_own ON roadmaps_module;
DROP POLICY select_own ON roadmaps_roadmap;
DROP POLICY select_moderating ON roadmaps_roadmap;
DROP POLICY insert_own ON roadmaps_roadmap;
DROP POLICY update_own ON roadmaps_roadmap;
DROP POLICY delete_own ON roadmaps_roadmap;
DROP FUNCTION private.roadmaps_mine();
ALTER TABLE roadmaps_roadmap NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_roadmap DISABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_module NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_module DISABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_moduleprerequisite NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_moduleprerequisite DISABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_generation NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_generation DISABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_note NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_note DISABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_ownresource NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_ownresource DISABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_resource NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_resource DISABLE ROW LEVEL SECURITY;
