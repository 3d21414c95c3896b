-- Who is on the other side of an active match finds how the other wants to be reached, and nobody else does.
CREATE FUNCTION private.matches_my_active_partners() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN QUERY
    SELECT match.mentor_id FROM public.matches_mentormatch AS match
    WHERE match.learner_id = (SELECT auth.uid()) AND match.status = 'active'
    UNION
    SELECT match.learner_id FROM public.matches_mentormatch AS match
    WHERE match.mentor_id = (SELECT auth.uid()) AND match.status = 'active';
END
$$;
ALTER FUNCTION private.matches_my_active_partners() OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_my_active_partners() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_my_active_partners() TO authenticated;

CREATE POLICY select_as_partner ON users_contactchannel FOR SELECT TO authenticated USING (
    (SELECT p.user_id FROM users_profile p WHERE p.id = users_contactchannel.profile_id)
    = ANY (ARRAY(SELECT private.matches_my_active_partners()))
);

-- reverse
DROP POLICY select_as_partner ON users_contactchannel;
DROP FUNCTION private.matches_my_active_partners();
