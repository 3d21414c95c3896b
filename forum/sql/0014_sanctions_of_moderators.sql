-- Who decides about whom, whoever writes: nobody about themselves, only admins about those who moderate, and each in
-- their own name. `forum/services/sanctions.py` says the same to those who come by the API.
CREATE FUNCTION private.forum_may_sanction(p_person uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT private.is_moderating() AND p_person <> auth.uid() AND (
        private.is_admin()
        OR NOT EXISTS (SELECT FROM public.users_user WHERE id = p_person AND role IN ('moderator', 'admin'))
    )
$$;
ALTER FUNCTION private.forum_may_sanction(uuid) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.forum_may_sanction(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.forum_may_sanction(uuid) TO authenticated;

DROP POLICY insert_moderating ON forum_sanction;
CREATE POLICY insert_moderating ON forum_sanction FOR INSERT TO authenticated
    WITH CHECK (imposed_by_id = (SELECT auth.uid()) AND (SELECT private.forum_may_sanction(person_id)));
DROP POLICY update_moderating ON forum_sanction;
CREATE POLICY update_moderating ON forum_sanction FOR UPDATE TO authenticated
    USING ((SELECT private.forum_may_sanction(person_id)))
    WITH CHECK (
        coalesce(lifted_by_id = (SELECT auth.uid()), lifted_at IS NULL)
        AND (SELECT private.forum_may_sanction(person_id))
    );

-- reverse
DROP POLICY update_moderating ON forum_sanction;
CREATE POLICY update_moderating ON forum_sanction FOR UPDATE TO authenticated
    USING ((SELECT private.is_moderating())) WITH CHECK ((SELECT private.is_moderating()));
DROP POLICY insert_moderating ON forum_sanction;
CREATE POLICY insert_moderating ON forum_sanction FOR INSERT TO authenticated
    WITH CHECK ((SELECT private.is_moderating()) AND imposed_by_id = (SELECT auth.uid()));
DROP FUNCTION private.forum_may_sanction(uuid);
