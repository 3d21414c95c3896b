-- Who may touch the outbox: every role of the web may append, only the worker's login reads and moves rows on.
-- sb_web itself, in no role, reads what /metrics and /health/ready show.
GRANT INSERT ON core_outbox TO authenticated, account_service, webhook_service;
GRANT SELECT, INSERT, UPDATE ON core_outbox TO sb_worker;
GRANT SELECT, INSERT ON core_inbox TO sb_worker;
GRANT SELECT (id, topic, created_at, available_at, attempts, done_at, dead_at) ON core_outbox TO sb_web;
GRANT SELECT, INSERT, UPDATE ON core_idempotency TO authenticated;

-- For triggers: the same row that core/outbox.py's publish() writes. The key makes a repeat harmless.
CREATE FUNCTION private.publish(topic text, payload jsonb, key text DEFAULT NULL) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO public.core_outbox
        (id, topic, payload, key, actor_id, request_id, created_at, available_at, attempts, last_error)
    VALUES (private.new_id(), topic, payload, key, auth.uid(),
            -- The request that caused it, as core/access.py put it among the claims.
            coalesce(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'request_id', ''),
            now(), now(), 0, '')
    ON CONFLICT DO NOTHING
$$;
ALTER FUNCTION private.publish(text, jsonb, text) OWNER TO sb_definer;

-- Wakes the relay at commit, once a statement however many rows it wrote.
CREATE FUNCTION private.core_outbox_wake() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NOTIFY core_outbox;
    RETURN NULL;
END
$$;
GRANT EXECUTE ON FUNCTION private.core_outbox_wake() TO PUBLIC;
CREATE TRIGGER core_outbox_wake AFTER INSERT ON core_outbox
    FOR EACH STATEMENT EXECUTE FUNCTION private.core_outbox_wake();

-- reverse
DROP TRIGGER core_outbox_wake ON core_outbox;
DROP FUNCTION private.core_outbox_wake();
DROP FUNCTION private.publish(text, jsonb, text);
REVOKE ALL ON core_outbox, core_inbox, core_idempotency
    FROM authenticated, account_service, webhook_service, sb_worker, sb_web;
