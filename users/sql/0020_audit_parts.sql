-- What an entry tells of a person can be erased, and the chain still verifies: not the personal columns are sealed but a
-- salted hash of each part. Of an erased part the columns are empty and the salt is gone, and without the salt nobody
-- gets from the hash back to an address, however few addresses there are. The two parts are two people's: `told` (before,
-- after, details) is of whom the entry is about, `source` (address, user agent) of who did it.
-- Reasons: docs/decisions/0010-leaving.md
CREATE FUNCTION private.audit_salt_parts() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.told_salt := gen_random_uuid();
    NEW.told_hash := sha256(convert_to(
        NEW.told_salt::text || jsonb_build_array(NEW.before, NEW.after, NEW.details)::text, 'UTF8'
    ));
    NEW.source_salt := gen_random_uuid();
    NEW.source_hash := sha256(convert_to(
        NEW.source_salt::text || jsonb_build_array(host(NEW.ip_address), NEW.user_agent)::text, 'UTF8'
    ));
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_salt_parts BEFORE INSERT ON users_auditentry
    FOR EACH ROW EXECUTE FUNCTION private.audit_salt_parts();

-- Entries from before there were parts are sealed with everything in them, and verify as they did.
CREATE OR REPLACE FUNCTION private.audit_digest(entry public.users_auditentry) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = '' AS $$
    SELECT sha256(convert_to(CASE WHEN entry.told_hash IS NULL THEN jsonb_build_array(
        entry.id, (extract(epoch FROM entry.occurred_at) * 1000000)::bigint, entry.user_id, entry.actor_id,
        entry.login, entry.role, entry.action, entry.table_name, entry.row_id, entry.before::text, entry.after::text,
        host(entry.ip_address), entry.user_agent, entry.request_id, entry.details::text
    ) ELSE jsonb_build_array(
        entry.id, (extract(epoch FROM entry.occurred_at) * 1000000)::bigint, entry.user_id, entry.actor_id,
        entry.login, entry.role, entry.action, entry.table_name, entry.row_id, entry.request_id,
        encode(entry.told_hash, 'hex'), encode(entry.source_hash, 'hex')
    ) END::text, 'UTF8'))
$$;

-- The one change there is: a part is emptied. Whoever gets to UPDATE can do nothing else.
CREATE FUNCTION private.audit_refuse_rewrite() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF (NEW.id, NEW.occurred_at, NEW.user_id, NEW.actor_id, NEW.login, NEW.role, NEW.action, NEW.table_name, NEW.row_id,
        NEW.request_id, NEW.told_hash, NEW.source_hash)
        IS DISTINCT FROM (OLD.id, OLD.occurred_at, OLD.user_id, OLD.actor_id, OLD.login, OLD.role, OLD.action,
        OLD.table_name, OLD.row_id, OLD.request_id, OLD.told_hash, OLD.source_hash)
        OR (NEW.told_salt IS NOT NULL OR NEW.before IS NOT NULL OR NEW.after IS NOT NULL OR NEW.details <> '{}')
        AND (NEW.told_salt, NEW.before, NEW.after, NEW.details)
            IS DISTINCT FROM (OLD.told_salt, OLD.before, OLD.after, OLD.details)
        OR (NEW.source_salt IS NOT NULL OR NEW.ip_address IS NOT NULL OR NEW.user_agent <> '')
        AND (NEW.source_salt, NEW.ip_address, NEW.user_agent)
            IS DISTINCT FROM (OLD.source_salt, OLD.ip_address, OLD.user_agent)
    THEN
        RAISE EXCEPTION 'UPDATE of users_auditentry is refused: the audit trail is append-only'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_refuse_rewrite BEFORE UPDATE ON users_auditentry
    FOR EACH ROW EXECUTE FUNCTION private.audit_refuse_rewrite();
GRANT UPDATE (before, after, details, told_salt, ip_address, user_agent, source_salt) ON users_auditentry TO sb_definer;

-- Empties what the trail tells of a person: who they were, and where from they did things, to others too. For
-- private.erase_account, which nobody else calls it for.
CREATE FUNCTION private.audit_erase(p_person uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE public.users_auditentry SET before = NULL, after = NULL, details = '{}', told_salt = NULL
    WHERE user_id = p_person;
    -- By the index over all that an entry can be found by: there is none on the actor alone.
    UPDATE public.users_auditentry SET ip_address = NULL, user_agent = '', source_salt = NULL
    WHERE ARRAY[user_id::text, actor_id::text, row_id, request_id]::text[] @> ARRAY[p_person::text]
      AND coalesce(actor_id, user_id) = p_person;
END
$$;
ALTER FUNCTION private.audit_erase(uuid) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.audit_erase(uuid) FROM PUBLIC;

-- An admin's log names the thing that was changed; that a person was is enough to know.
SELECT private.audit_no_more('django_admin_log');
SELECT private.audit_table('django_admin_log', 'object_repr');

-- reverse
SELECT private.audit_no_more('django_admin_log');
SELECT private.audit_table('django_admin_log');
DROP FUNCTION private.audit_erase(uuid);
REVOKE UPDATE (before, after, details, told_salt, ip_address, user_agent, source_salt) ON users_auditentry
    FROM sb_definer;
DROP TRIGGER audit_refuse_rewrite ON users_auditentry;
DROP FUNCTION private.audit_refuse_rewrite();
CREATE OR REPLACE FUNCTION private.audit_digest(entry public.users_auditentry) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = '' AS $$
    SELECT sha256(convert_to(jsonb_build_array(
        entry.id, (extract(epoch FROM entry.occurred_at) * 1000000)::bigint, entry.user_id, entry.actor_id,
        entry.login, entry.role, entry.action, entry.table_name, entry.row_id, entry.before::text, entry.after::text,
        host(entry.ip_address), entry.user_agent, entry.request_id, entry.details::text
    )::text, 'UTF8'))
$$;
DROP TRIGGER audit_salt_parts ON users_auditentry;
DROP FUNCTION private.audit_salt_parts();
