-- An account that is closed ends what lets in: sessions, logins that wait for their second factor, changes of address that
-- nobody confirmed, personal tokens. None of it comes back when the account is opened again, whoever closes it and by
-- which way. Its access tokens end by the version; a model that is saved as a whole says the former one.
CREATE FUNCTION private.users_closing() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.token_version := greatest(NEW.token_version, OLD.token_version + 1);
    RETURN NEW;
END
$$;
GRANT EXECUTE ON FUNCTION private.users_closing() TO PUBLIC;
CREATE TRIGGER users_closing BEFORE UPDATE OF is_active ON users_user
    FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION private.users_closing();

CREATE FUNCTION private.users_closed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    ended uuid;
BEGIN
    UPDATE public.users_challenge SET answered_at = now()
    WHERE user_id = NEW.id AND purpose = 'login' AND answered_at IS NULL;
    FOR ended IN
        SELECT id FROM public.users_refreshtokenfamily
        WHERE user_id = NEW.id AND revoked_at IS NULL ORDER BY id FOR UPDATE
    LOOP
        UPDATE public.users_refreshtokenfamily SET revoked_at = now() WHERE id = ended;
        PERFORM private.audit_event(
            'logged_out', NEW.id, jsonb_build_object('family', ended, 'reason', 'account_closed'), NULL, ''
        );
    END LOOP;
    DELETE FROM public.users_emailchange WHERE user_id = NEW.id AND confirmed_at IS NULL;
    FOR ended IN DELETE FROM public.users_personaltoken WHERE user_id = NEW.id RETURNING id LOOP
        PERFORM private.audit_event(
            'personal_token_removed', NEW.id, jsonb_build_object('token', ended, 'reason', 'account_closed'), NULL, ''
        );
    END LOOP;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.users_closed() OWNER TO sb_definer;
CREATE TRIGGER users_closed AFTER UPDATE OF is_active ON users_user
    FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION private.users_closed();

-- Those that are closed already.
SET LOCAL ROLE sb_definer;
UPDATE users_refreshtokenfamily SET revoked_at = now()
WHERE revoked_at IS NULL AND user_id IN (SELECT id FROM users_user WHERE NOT is_active);
DELETE FROM users_emailchange
WHERE confirmed_at IS NULL AND user_id IN (SELECT id FROM users_user WHERE NOT is_active);
DELETE FROM users_personaltoken WHERE user_id IN (SELECT id FROM users_user WHERE NOT is_active);
RESET ROLE;

-- reverse
DROP TRIGGER users_closed ON users_user;
DROP FUNCTION private.users_closed();
DROP TRIGGER users_closing ON users_user;
DROP FUNCTION private.users_closing();
