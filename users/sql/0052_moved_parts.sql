-- Brings up to date what the list knows of these profiles, of which few are listed: of those alone who offer mentoring, or
-- whose skills are still marked as if they did.
CREATE FUNCTION private.users_relist(p_profiles uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.users_refresh_listings(array_agg(profile.id))
    FROM public.users_profile AS profile
    WHERE profile.id = ANY (p_profiles) AND (profile.is_offering_mentoring OR EXISTS (
        SELECT FROM public.users_profileskill AS known WHERE known.profile_id = profile.id AND known.is_listed
    ))
    HAVING count(*) > 0;
END
$$;
ALTER FUNCTION private.users_relist(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.users_relist(uuid[]) FROM PUBLIC;

-- Of rows that hang on profiles. One that moves to another profile concerns both.
CREATE OR REPLACE FUNCTION private.users_list_parts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM private.users_relist(ARRAY(SELECT profile_id FROM changed UNION SELECT profile_id FROM former));
    ELSE
        PERFORM private.users_relist(ARRAY(SELECT DISTINCT profile_id FROM changed));
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER users_list_changed AFTER UPDATE ON users_leavewindow
    REFERENCING OLD TABLE AS former NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_parts();
CREATE OR REPLACE TRIGGER users_list_changed AFTER UPDATE ON users_availabilityslot
    REFERENCING OLD TABLE AS former NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_parts();

-- Of skills that changed themselves or moved to another profile, and of those whose mark does not say what is. Compared as
-- sets and not by id, which may change as well.
CREATE OR REPLACE FUNCTION private.users_list_changed_skills() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.users_relist(array_agg(touched.profile_id))
    FROM (
        (SELECT profile_id, skill_id, level FROM changed EXCEPT SELECT profile_id, skill_id, level FROM former)
        UNION ALL
        (SELECT profile_id, skill_id, level FROM former EXCEPT SELECT profile_id, skill_id, level FROM changed)
        UNION ALL
        SELECT profile_id, skill_id, level FROM changed WHERE is_listed <> EXISTS (
            SELECT FROM public.users_mentorlisting AS listing WHERE listing.profile_id = changed.profile_id
        )
    ) AS touched
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.users_list_changed_skills() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.users_refresh_listings(array_agg(DISTINCT profile.id))
    FROM changed JOIN former USING (id) JOIN public.users_profile AS profile ON profile.id = changed.profile_id
    WHERE (profile.is_offering_mentoring AND (changed.skill_id, changed.level) <> (former.skill_id, former.level))
       OR (changed.is_listed <> former.is_listed AND changed.is_listed <> EXISTS (
            SELECT FROM public.users_mentorlisting AS listing WHERE listing.profile_id = changed.profile_id
       ))
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER users_list_changed AFTER UPDATE ON users_availabilityslot
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_parts();
CREATE OR REPLACE TRIGGER users_list_changed AFTER UPDATE ON users_leavewindow
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_parts();
CREATE OR REPLACE FUNCTION private.users_list_parts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.users_refresh_listings(array_agg(DISTINCT profile.id))
    FROM changed JOIN public.users_profile AS profile ON profile.id = changed.profile_id
    WHERE profile.is_offering_mentoring
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
DROP FUNCTION private.users_relist(uuid[]);
