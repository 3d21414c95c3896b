-- Only mentors begin to offer mentoring. Whoever stops being one may still say so for a moment: role and offer change one
-- after the other, and the list looks at both. After the row, so that a policy that forbids more speaks first.
CREATE FUNCTION private.users_refuse_no_mentor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.users_user WHERE id = NEW.user_id AND role = 'mentor') THEN
        RAISE EXCEPTION 'only mentors offer mentoring; an admin gives you that role'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'profile_offering_by_mentor', TABLE = 'users_profile';
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.users_refuse_no_mentor() OWNER TO sb_definer;
CREATE TRIGGER users_refuse_no_mentor_new AFTER INSERT ON users_profile
    FOR EACH ROW WHEN (NEW.is_offering_mentoring) EXECUTE FUNCTION private.users_refuse_no_mentor();
CREATE TRIGGER users_refuse_no_mentor AFTER UPDATE ON users_profile
    FOR EACH ROW WHEN (NEW.is_offering_mentoring AND NOT OLD.is_offering_mentoring)
    EXECUTE FUNCTION private.users_refuse_no_mentor();

-- As before, but that an offer comes back to mentors only: who has another role by now could not stay.
CREATE OR REPLACE FUNCTION private.users_stay() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE public.users_profile AS profile
    SET is_offering_mentoring = OLD.was_offering AND person.role = 'mentor', is_seeking_mentoring = OLD.was_seeking,
        updated_at = now()
    FROM public.users_user AS person
    WHERE profile.user_id = OLD.user_id AND person.id = OLD.user_id AND (OLD.was_offering OR OLD.was_seeking);
    RETURN NULL;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.users_stay() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE public.users_profile
    SET is_offering_mentoring = OLD.was_offering, is_seeking_mentoring = OLD.was_seeking, updated_at = now()
    WHERE user_id = OLD.user_id AND (OLD.was_offering OR OLD.was_seeking);
    RETURN NULL;
END
$$;
DROP TRIGGER users_refuse_no_mentor ON users_profile;
DROP TRIGGER users_refuse_no_mentor_new ON users_profile;
DROP FUNCTION private.users_refuse_no_mentor();
