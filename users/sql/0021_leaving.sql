-- Leaving: two weeks to change one's mind, then the person is gone. Reasons: docs/decisions/0010-leaving.md

-- One's own departure is one's own to see; the account service writes it, in the person's name. At a login nobody is named
-- yet, and it must be able to say that the account is about to go.
GRANT SELECT ON users_departure TO authenticated;
GRANT SELECT, INSERT, DELETE ON users_departure TO account_service;
ALTER TABLE users_departure ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_departure FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON users_departure FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY select_logins ON users_departure FOR SELECT TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY insert_own ON users_departure FOR INSERT TO account_service WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY delete_own ON users_departure FOR DELETE TO account_service USING (user_id = (SELECT auth.uid()));

-- Who is leaving is in no list of mentors and in no round. What they offered and sought is remembered, and comes back.
CREATE FUNCTION private.users_depart() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    SELECT profile.is_offering_mentoring, profile.is_seeking_mentoring INTO NEW.was_offering, NEW.was_seeking
    FROM public.users_profile AS profile WHERE profile.user_id = NEW.user_id FOR NO KEY UPDATE;
    NEW.was_offering := coalesce(NEW.was_offering, false);
    NEW.was_seeking := coalesce(NEW.was_seeking, false);
    UPDATE public.users_profile SET is_offering_mentoring = false, is_seeking_mentoring = false, updated_at = now()
    WHERE user_id = NEW.user_id AND (is_offering_mentoring OR is_seeking_mentoring);
    RETURN NEW;
END
$$;
ALTER FUNCTION private.users_depart() OWNER TO sb_definer;
CREATE TRIGGER users_depart BEFORE INSERT ON users_departure FOR EACH ROW EXECUTE FUNCTION private.users_depart();

CREATE FUNCTION private.users_stay() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE public.users_profile
    SET is_offering_mentoring = OLD.was_offering, is_seeking_mentoring = OLD.was_seeking, updated_at = now()
    WHERE user_id = OLD.user_id AND (OLD.was_offering OR OLD.was_seeking);
    RETURN NULL;
END
$$;
ALTER FUNCTION private.users_stay() OWNER TO sb_definer;
CREATE TRIGGER users_stay AFTER DELETE ON users_departure FOR EACH ROW EXECUTE FUNCTION private.users_stay();

-- Nobody comes back into the lists by the way of the profile while they are leaving.
CREATE FUNCTION private.users_refuse_offers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF EXISTS (SELECT FROM public.users_departure WHERE user_id = NEW.user_id) THEN
        RAISE EXCEPTION 'this account is about to be erased: it offers and seeks no mentoring'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'profile_of_somebody_who_stays', TABLE = 'users_profile';
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION private.users_refuse_offers() OWNER TO sb_definer;
CREATE TRIGGER users_refuse_offers BEFORE UPDATE ON users_profile
    FOR EACH ROW WHEN (
        NEW.is_offering_mentoring AND NOT OLD.is_offering_mentoring
        OR NEW.is_seeking_mentoring AND NOT OLD.is_seeking_mentoring
    ) EXECUTE FUNCTION private.users_refuse_offers();

-- A copy of one's data: asked for by oneself, made by a worker.
GRANT SELECT, INSERT ON users_dataexport TO authenticated;
ALTER TABLE users_dataexport ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_dataexport FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON users_dataexport FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY insert_own ON users_dataexport FOR INSERT TO authenticated WITH CHECK (
    user_id = (SELECT auth.uid()) AND status = 'queued' AND file = '' AND finished_at IS NULL
);
CREATE POLICY insert_export ON core_outbox FOR INSERT TO authenticated WITH CHECK (
    topic = 'users.export' AND key IS NULL AND actor_id = (SELECT auth.uid())
    AND EXISTS (SELECT FROM users_dataexport e WHERE e.id = (payload ->> 'export_id')::uuid)
);

-- A copy waits, then is made, then is there for a while or was not to be had.
CREATE TRIGGER export_legal_start BEFORE INSERT ON users_dataexport
    FOR EACH ROW WHEN (NEW.status <> 'queued') EXECUTE FUNCTION private.refuse_illegal_step('status');
CREATE TRIGGER export_legal_transition BEFORE UPDATE ON users_dataexport
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'queued>running', 'queued>failed', 'running>ready', 'running>failed');

-- Who stands where somebody stood whom others still need: no login, no address, and a handle that no person can have.
CREATE FUNCTION private.ghost_id() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = '' AS $$
    SELECT '00000000-0000-7000-8000-000000000001'::uuid
$$;
GRANT EXECUTE ON FUNCTION private.ghost_id() TO sb_definer, service_role;

-- Deletes rows by their keys, and before them what hangs on them. What refers to an account says on its column what
-- becomes of it (core/erasure.py); anything else may say so, or goes along where it must name the row, and lets go where
-- it need not.
CREATE FUNCTION private.erase_rows(p_table regclass, p_keys text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    reference record;
    keys text[];
BEGIN
    FOR reference IN
        SELECT c.conrelid::regclass AS relation, a.attname AS name, format_type(a.atttypid, NULL) AS type,
               k.attname AS key_name,
               coalesce(substring(col_description(c.conrelid, a.attnum) FROM '^At erasure: (gone|ghost|unnamed)$'),
                        CASE WHEN p_table = 'public.users_user'::regclass THEN NULL
                             WHEN a.attnotnull THEN 'gone' ELSE 'unnamed' END) AS fate
        FROM pg_catalog.pg_constraint AS c
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        JOIN pg_catalog.pg_index AS i ON i.indrelid = c.conrelid AND i.indisprimary
        JOIN pg_catalog.pg_attribute AS k ON k.attrelid = c.conrelid AND k.attnum = i.indkey[0]
        -- Twice: what the first round deletes lets triggers write about the person once more, such as their totals.
        CROSS JOIN generate_series(1, 2) AS round
        WHERE c.contype = 'f' AND c.confrelid = p_table
        ORDER BY round, c.conrelid::regclass::text, a.attname
    LOOP
        CASE reference.fate
            WHEN 'gone' THEN
                EXECUTE format('SELECT array_agg(%I::text) FROM %s WHERE %I = ANY ($1::%s[])',
                    reference.key_name, reference.relation, reference.name, reference.type) INTO keys USING p_keys;
                IF keys IS NOT NULL THEN
                    PERFORM private.erase_rows(reference.relation, keys);
                END IF;
            WHEN 'ghost' THEN
                EXECUTE format('UPDATE %s SET %I = $2 WHERE %2$I = ANY ($1::%s[])',
                    reference.relation, reference.name, reference.type) USING p_keys, private.ghost_id();
            WHEN 'unnamed' THEN
                EXECUTE format('UPDATE %s SET %I = NULL WHERE %2$I = ANY ($1::%s[])',
                    reference.relation, reference.name, reference.type) USING p_keys;
            ELSE
                RAISE EXCEPTION '%.% does not say what becomes of it when the person leaves',
                    reference.relation, reference.name USING ERRCODE = 'object_not_in_prerequisite_state';
        END CASE;
    END LOOP;
    EXECUTE (
        SELECT format('DELETE FROM %s WHERE %I = ANY ($1::%s[])', p_table, a.attname, format_type(a.atttypid, NULL))
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = p_table AND i.indisprimary
    ) USING p_keys;
END
$$;
ALTER FUNCTION private.erase_rows(regclass, text[]) OWNER TO sb_definer;

-- The person is gone after this, all at once or not at all; false when they were gone before. Only who asked for it and
-- did not change their mind in time, or never confirmed their address. An app that has more to do than its columns say
-- has a function private.erasing_<app>(uuid), which is called first.
CREATE FUNCTION private.erase_account(p_person uuid) RETURNS boolean
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
ALTER FUNCTION private.erase_account(uuid) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.erase_rows(regclass, text[]), private.erase_account(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.erase_account(uuid) TO service_role;

-- Answers that are kept for a day hold what the person sent, and the admin's log calls them by their handle.
CREATE FUNCTION private.erasing_users(p_person uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    DELETE FROM public.core_idempotency WHERE user_id = p_person;
    UPDATE public.django_admin_log SET object_repr = 'Deleted member' WHERE object_id = p_person::text;
$$;
ALTER FUNCTION private.erasing_users(uuid) OWNER TO sb_definer;

-- Columns of Django's own tables; of ours the models say it.
COMMENT ON COLUMN users_user_groups.user_id IS 'At erasure: gone';
COMMENT ON COLUMN users_user_user_permissions.user_id IS 'At erasure: gone';
COMMENT ON COLUMN django_admin_log.user_id IS 'At erasure: ghost';

-- reverse
COMMENT ON COLUMN django_admin_log.user_id IS NULL;
COMMENT ON COLUMN users_user_user_permissions.user_id IS NULL;
COMMENT ON COLUMN users_user_groups.user_id IS NULL;
DROP FUNCTION private.erasing_users(uuid);
DROP FUNCTION private.erase_account(uuid);
DROP FUNCTION private.erase_rows(regclass, text[]);
DROP FUNCTION private.ghost_id();
DROP TRIGGER export_legal_transition ON users_dataexport;
DROP TRIGGER export_legal_start ON users_dataexport;
DROP POLICY insert_export ON core_outbox;
DROP POLICY insert_own ON users_dataexport;
DROP POLICY select_own ON users_dataexport;
ALTER TABLE users_dataexport NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_dataexport DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON users_dataexport FROM authenticated;
DROP TRIGGER users_refuse_offers ON users_profile;
DROP FUNCTION private.users_refuse_offers();
DROP TRIGGER users_stay ON users_departure;
DROP FUNCTION private.users_stay();
DROP TRIGGER users_depart ON users_departure;
DROP FUNCTION private.users_depart();
DROP POLICY delete_own ON users_departure;
DROP POLICY insert_own ON users_departure;
DROP POLICY select_logins ON users_departure;
DROP POLICY select_own ON users_departure;
ALTER TABLE users_departure NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_departure DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON users_departure FROM authenticated, account_service;
