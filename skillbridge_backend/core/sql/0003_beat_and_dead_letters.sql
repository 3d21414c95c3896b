-- Beat writes slots as the worker's login; nobody needs to read them, for the constraint answers.
GRANT INSERT ON core_tick TO sb_worker;
ALTER TABLE core_tick ENABLE ROW LEVEL SECURITY;
ALTER TABLE core_tick FORCE ROW LEVEL SECURITY;
CREATE POLICY insert_beating ON core_tick FOR INSERT TO sb_worker WITH CHECK (true);

-- What was decided about dead letters is appended by service_role, which bypasses policies, and changed by nobody.
REVOKE UPDATE, DELETE, TRUNCATE ON core_dead_letter_fate FROM service_role, sb_definer;
ALTER TABLE core_dead_letter_fate ENABLE ROW LEVEL SECURITY;
ALTER TABLE core_dead_letter_fate FORCE ROW LEVEL SECURITY;

-- What /metrics and /health/ready show, for the web's login, which reads no row of the outbox itself. Each part stands
-- on a partial index: the many rows that are done are never counted.
CREATE FUNCTION private.outbox_status()
RETURNS TABLE (topic text, waiting bigint, running bigint, failing bigint, attempts bigint, oldest_seconds float8,
               dead bigint, done_recently bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT topic, sum(waiting)::bigint, sum(running)::bigint, sum(failing)::bigint, sum(attempts)::bigint,
           max(oldest_seconds), sum(dead)::bigint, sum(done_recently)::bigint
    FROM (
        SELECT topic, count(*) AS waiting, count(*) FILTER (WHERE running_until > now()) AS running,
               count(*) FILTER (WHERE last_error <> '') AS failing, sum(attempts) AS attempts,
               extract(epoch FROM now() - min(created_at))::float8 AS oldest_seconds, 0 AS dead, 0 AS done_recently
        FROM public.core_outbox WHERE done_at IS NULL AND dead_at IS NULL GROUP BY topic
        UNION ALL
        SELECT topic, 0, 0, 0, 0, 0, count(*), 0 FROM public.core_outbox WHERE dead_at IS NOT NULL GROUP BY topic
        UNION ALL
        SELECT topic, 0, 0, 0, 0, 0, 0, count(*) FROM public.core_outbox
        WHERE done_at IS NOT NULL AND done_at > now() - interval '5 minutes' GROUP BY topic
    ) AS parts
    GROUP BY topic
$$;
ALTER FUNCTION private.outbox_status() OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.outbox_status() TO sb_web, service_role;
REVOKE SELECT (id, topic, created_at, available_at, attempts, done_at, dead_at) ON core_outbox FROM sb_web;

-- reverse
GRANT SELECT (id, topic, created_at, available_at, attempts, done_at, dead_at) ON core_outbox TO sb_web;
DROP FUNCTION private.outbox_status();
ALTER TABLE core_dead_letter_fate NO FORCE ROW LEVEL SECURITY;
ALTER TABLE core_dead_letter_fate DISABLE ROW LEVEL SECURITY;
GRANT UPDATE, DELETE, TRUNCATE ON core_dead_letter_fate TO service_role, sb_definer;
DROP POLICY insert_beating ON core_tick;
ALTER TABLE core_tick NO FORCE ROW LEVEL SECURITY;
ALTER TABLE core_tick DISABLE ROW LEVEL SECURITY;
REVOKE INSERT ON core_tick FROM sb_worker;
