-- The same policies, and less work to plan and to ask them. A function in SQL is planned anew by each statement that calls
-- it, one in PL/pgSQL once by each connection. And a subquery for one value is asked for each row and never turned into a
-- list of all the mentors there are, as EXISTS may be.
CREATE OR REPLACE FUNCTION private.is_moderating() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM public.users_user WHERE id = auth.uid() AND is_active AND role IN ('moderator', 'admin')
    );
END
$$;
CREATE OR REPLACE FUNCTION private.is_admin() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN EXISTS (SELECT FROM public.users_user WHERE id = auth.uid() AND is_active AND role = 'admin');
END
$$;

-- PostgreSQL asks the policies of a table from the last name to the first, until one says yes: what is in the row comes
-- before what takes a look elsewhere.
ALTER POLICY select_mentors ON users_profile RENAME TO select_shown;
ALTER POLICY select_shown ON users_profile
    USING (is_offering_mentoring AND (SELECT u.is_active FROM users_user u WHERE u.id = users_profile.user_id));

ALTER POLICY select_with_profile ON users_profileskill
    USING ((SELECT true FROM users_profile p WHERE p.id = users_profileskill.profile_id));
ALTER POLICY select_with_profile ON users_wantedskill
    USING ((SELECT true FROM users_profile p WHERE p.id = users_wantedskill.profile_id));
ALTER POLICY select_with_profile ON users_availabilityslot
    USING ((SELECT true FROM users_profile p WHERE p.id = users_availabilityslot.profile_id));
ALTER POLICY select_with_profile ON users_leavewindow
    USING ((SELECT true FROM users_profile p WHERE p.id = users_leavewindow.profile_id));

-- reverse
ALTER POLICY select_with_profile ON users_leavewindow
    USING (EXISTS (SELECT FROM users_profile p WHERE p.id = users_leavewindow.profile_id));
ALTER POLICY select_with_profile ON users_availabilityslot
    USING (EXISTS (SELECT FROM users_profile p WHERE p.id = users_availabilityslot.profile_id));
ALTER POLICY select_with_profile ON users_wantedskill
    USING (EXISTS (SELECT FROM users_profile p WHERE p.id = users_wantedskill.profile_id));
ALTER POLICY select_with_profile ON users_profileskill
    USING (EXISTS (SELECT FROM users_profile p WHERE p.id = users_profileskill.profile_id));
ALTER POLICY select_shown ON users_profile
    USING (is_offering_mentoring
           AND EXISTS (SELECT FROM users_user u WHERE u.id = users_profile.user_id AND u.is_active));
ALTER POLICY select_shown ON users_profile RENAME TO select_mentors;
CREATE OR REPLACE FUNCTION private.is_admin() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT EXISTS (SELECT FROM public.users_user WHERE id = auth.uid() AND is_active AND role = 'admin')
$$;
CREATE OR REPLACE FUNCTION private.is_moderating() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT EXISTS (
        SELECT FROM public.users_user WHERE id = auth.uid() AND is_active AND role IN ('moderator', 'admin')
    )
$$;
