-- The chain of seals over the audit trail. An entry is written with a row in users_auditpending; about every second
-- private.audit_seal takes what is pending into a seal: the entries' numbers in order, a digest of each, and a head over
-- all of it and the head before. Numbers become visible out of order (a transaction that began earlier may commit later),
-- so a seal names its entries one by one and is no range. Reasons: docs/decisions/0007-audit-trail.md

-- What is sealed of an entry. `manage.py audit_verify` has the same expression and does not trust this function.
CREATE FUNCTION private.audit_digest(entry public.users_auditentry) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = '' AS $$
    SELECT sha256(convert_to(jsonb_build_array(
        entry.id, (extract(epoch FROM entry.occurred_at) * 1000000)::bigint, entry.user_id, entry.actor_id,
        entry.login, entry.role, entry.action, entry.table_name, entry.row_id, entry.before::text, entry.after::text,
        host(entry.ip_address), entry.user_agent, entry.request_id, entry.details::text
    )::text, 'UTF8'))
$$;
GRANT EXECUTE ON FUNCTION private.audit_digest(public.users_auditentry) TO sb_definer;

-- Seals at most p_limit pending entries and gives the new seal; no row when nothing is pending. An entry that is gone
-- before it was sealed stays pending, for audit_verify to name.
CREATE FUNCTION private.audit_seal(p_limit integer)
RETURNS TABLE (sequence bigint, head text, entry_count integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
-- Look-ups by key, however empty the statistics say that the pending are.
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    previous record;
    ids bigint[];
    all_digests bytea;
    at CONSTANT timestamptz := clock_timestamp();
BEGIN
    -- The number of a seal is given inside this lock, so that the chain is one line whoever seals.
    PERFORM pg_advisory_xact_lock(hashtext('users_auditseal'));
    WITH taken AS (
        DELETE FROM public.users_auditpending WHERE entry_id IN (
            SELECT pending.entry_id FROM public.users_auditpending AS pending
            JOIN public.users_auditentry AS entry ON entry.id = pending.entry_id
            ORDER BY pending.entry_id LIMIT p_limit
        )
        RETURNING entry_id
    )
    SELECT array_agg(entry.id ORDER BY entry.id),
           string_agg(private.audit_digest(entry), ''::bytea ORDER BY entry.id)
    INTO ids, all_digests
    FROM taken JOIN public.users_auditentry AS entry ON entry.id = taken.entry_id;
    IF ids IS NULL THEN
        RETURN;
    END IF;
    SELECT seal.sequence, seal.head INTO previous FROM public.users_auditseal AS seal ORDER BY seal.sequence DESC LIMIT 1;
    sequence := coalesce(previous.sequence, 0) + 1;
    entry_count := cardinality(ids);
    head := encode(sha256(
        convert_to(concat_ws(E'\n', sequence, coalesce(previous.head, ''),
                             (extract(epoch FROM at) * 1000000)::bigint, array_to_string(ids, ',')), 'UTF8')
        || all_digests
    ), 'hex');
    INSERT INTO public.users_auditseal (sequence, sealed_at, entry_count, entry_ids, digests, previous_head, head)
    VALUES (sequence, at, entry_count, ids, all_digests, coalesce(previous.head, ''), head);
    RETURN NEXT;
END
$$;
ALTER FUNCTION private.audit_seal(integer) OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.audit_seal(integer) TO service_role;

-- What /metrics shows of the sealer: how many entries wait, counted as far as 100,000, and since when the oldest does.
CREATE FUNCTION private.audit_unsealed() RETURNS TABLE (entries bigint, oldest_seconds float8)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT (SELECT count(*) FROM (SELECT FROM public.users_auditpending LIMIT 100000) AS pending),
           coalesce((
               SELECT extract(epoch FROM now() - entry.occurred_at)::float8 FROM public.users_auditentry AS entry
               WHERE entry.id = (SELECT min(entry_id) FROM public.users_auditpending)
           ), 0)
$$;
ALTER FUNCTION private.audit_unsealed() OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.audit_unsealed() TO sb_web, service_role;

-- Removes the entries of the seals up to a number and records that it did; gives how many went. The seals stay, so the
-- chain still verifies. For `manage.py audit_archive`, which has copied them before: nobody but the owner may call it, and
-- a trigger refuses it what is younger than a year.
CREATE FUNCTION private.audit_archive(p_through_seal bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    removed bigint;
BEGIN
    DELETE FROM public.users_auditentry WHERE id IN (
        SELECT unnest(entry_ids) FROM public.users_auditseal WHERE sequence <= p_through_seal
    );
    GET DIAGNOSTICS removed = ROW_COUNT;
    PERFORM private.audit_event(
        'archived', NULL, jsonb_build_object('through_seal', p_through_seal, 'entries', removed), NULL, ''
    );
    RETURN removed;
END
$$;
ALTER FUNCTION private.audit_archive(bigint) OWNER TO sb_definer;

REVOKE ALL ON users_auditseal, users_auditpending FROM service_role, sb_definer;
GRANT SELECT ON users_auditseal, users_auditpending TO service_role;
GRANT SELECT, INSERT ON users_auditseal TO sb_definer;
GRANT SELECT, INSERT, DELETE ON users_auditpending TO sb_definer;
CREATE TRIGGER audit_refuse_change BEFORE UPDATE OR DELETE ON users_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION private.audit_refuse();
CREATE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON users_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION private.audit_refuse();

-- Emptied every second: cleaned by the number of rows, for a share of a table that is nearly empty says nothing.
ALTER TABLE users_auditpending SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000
);

-- What was written before there were seals.
INSERT INTO users_auditpending (entry_id) SELECT id FROM users_auditentry;

-- reverse
DROP TRIGGER audit_refuse_truncate ON users_auditseal;
DROP TRIGGER audit_refuse_change ON users_auditseal;
DROP FUNCTION private.audit_archive(bigint);
DROP FUNCTION private.audit_unsealed();
DROP FUNCTION private.audit_seal(integer);
DROP FUNCTION private.audit_digest(public.users_auditentry);
