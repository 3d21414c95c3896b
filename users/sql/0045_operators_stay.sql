-- Whoever may use the admin is erased when they ask for it, and never for an address that was not confirmed.
-- `createsuperuser` left theirs so: what somebody typed at the shell of the installation was theirs to say.
SET LOCAL ROLE sb_definer;
UPDATE users_user SET email_confirmed_at = created_at WHERE is_superuser AND email_confirmed_at IS NULL;
RESET ROLE;

-- The person is gone after this, all at once or not at all; false when they were gone before. Only who asked for it and
-- did not change their mind in time, or never confirmed their address and may not use the admin. An app that has more to do
-- than its columns say has a function private.erasing_<app>(uuid), which is called first.
CREATE OR REPLACE FUNCTION private.erase_account(p_person uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    person public.users_user;
    hook text;
BEGIN
    SELECT * INTO person FROM public.users_user WHERE id = p_person FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF NOT EXISTS (SELECT FROM public.users_departure WHERE user_id = p_person AND due_at <= now())
        AND (person.email_confirmed_at IS NOT NULL OR person.created_at > now() - interval '1 day'
             OR person.is_staff OR person.is_superuser OR p_person = private.ghost_id())
    THEN
        RAISE EXCEPTION 'this account is not to be erased: nobody asked for it, or it is not time yet'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.users_user
        (id, email, handle, display_name, password, role, is_active, is_staff, is_superuser, token_version, created_at,
         updated_at)
    VALUES (private.ghost_id(), '[deleted]', '[deleted]', 'Deleted member', '!', 'learner', false, false, false, 1,
            now(), now())
    ON CONFLICT (id) DO NOTHING;
    FOR hook IN
        SELECT proname FROM pg_catalog.pg_proc
        WHERE pronamespace = 'private'::regnamespace AND starts_with(proname, 'erasing_') ORDER BY proname
    LOOP
        EXECUTE format('SELECT private.%I($1)', hook) USING p_person;
    END LOOP;
    PERFORM private.erase_rows('public.users_user', ARRAY[p_person::text]);
    -- Whatever still names the person stops it here.
    SET CONSTRAINTS ALL IMMEDIATE;
    PERFORM private.audit_erase(p_person);
    PERFORM private.audit_event('erased', p_person, '{}', NULL, '');
    RETURN true;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.erase_account(p_person uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    person public.users_user;
    hook text;
BEGIN
    SELECT * INTO person FROM public.users_user WHERE id = p_person FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF NOT EXISTS (SELECT FROM public.users_departure WHERE user_id = p_person AND due_at <= now())
        AND (person.email_confirmed_at IS NOT NULL OR person.created_at > now() - interval '1 day'
             OR p_person = private.ghost_id())
    THEN
        RAISE EXCEPTION 'this account is not to be erased: nobody asked for it, or it is not time yet'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.users_user
        (id, email, handle, display_name, password, role, is_active, is_staff, is_superuser, token_version, created_at,
         updated_at)
    VALUES (private.ghost_id(), '[deleted]', '[deleted]', 'Deleted member', '!', 'learner', false, false, false, 1,
            now(), now())
    ON CONFLICT (id) DO NOTHING;
    FOR hook IN
        SELECT proname FROM pg_catalog.pg_proc
        WHERE pronamespace = 'private'::regnamespace AND starts_with(proname, 'erasing_') ORDER BY proname
    LOOP
        EXECUTE format('SELECT private.%I($1)', hook) USING p_person;
    END LOOP;
    PERFORM private.erase_rows('public.users_user', ARRAY[p_person::text]);
    -- Whatever still names the person stops it here.
    SET CONSTRAINTS ALL IMMEDIATE;
    PERFORM private.audit_erase(p_person);
    PERFORM private.audit_event('erased', p_person, '{}', NULL, '');
    RETURN true;
END
$$;
