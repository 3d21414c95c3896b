-- auth.uid() and auth.role() as Supabase has them; where they exist already (on Supabase) they are left alone.
-- default rights: service_role may do everything with every table that sb_owner creates from here on, sb_definer too;
-- everybody else only what a grant says.
DO $$
BEGIN
    IF to_regprocedure('auth.uid()') IS NULL THEN
        CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
        -- After a transaction the setting is '' and not NULL, hence the nullif.
        $f$ SELECT nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid $f$;
    END IF;
    IF to_regprocedure('auth.role()') IS NULL THEN
        CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS
        $f$ SELECT nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role', '') $f$;
    END IF;
END
$$;
GRANT EXECUTE ON FUNCTION auth.uid(), auth.role() TO PUBLIC;

-- Functions made from here on are nobody's to call but by a grant: a definer function that anon may call is a way around
-- every other grant. For all schemas, because IN SCHEMA only ever adds to what is granted without it.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- A UUIDv7 for rows that triggers write (PostgreSQL has its own from 18 on): 48 bits of milliseconds over a random UUID.
CREATE FUNCTION private.new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE SET search_path = '' AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6),
            52, 1), 53, 1),
        'hex')::uuid
$$;
GRANT EXECUTE ON FUNCTION private.new_id() TO sb_definer, service_role;

-- The state machines' one guard. A trigger's arguments are the column and the steps that may be taken, written
-- 'from>to'; any other is refused as a violated check (23514) whose constraint is the trigger's name. By convention
-- that is <thing>_legal_transition BEFORE UPDATE, WHEN the column changes, and <thing>_legal_start BEFORE INSERT, WHEN a
-- row does not begin where it should.
CREATE FUNCTION private.refuse_illegal_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    wanted constant text := to_jsonb(NEW) ->> TG_ARGV[0];
    former text;
    refusal text := format('a row of %s cannot begin as %s', TG_TABLE_NAME, wanted);
BEGIN
    IF TG_OP = 'UPDATE' THEN
        former := to_jsonb(OLD) ->> TG_ARGV[0];
        IF (former || '>' || wanted) = ANY (TG_ARGV) THEN
            RETURN NEW;
        END IF;
        refusal := format('a row of %s cannot go from %s to %s', TG_TABLE_NAME, former, wanted);
    END IF;
    RAISE EXCEPTION USING MESSAGE = refusal, ERRCODE = 'check_violation', CONSTRAINT = TG_NAME,
        TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$$;

ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO service_role, sb_definer;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO service_role, sb_definer;
-- Tables that other apps' migrations made before this one.
GRANT ALL ON ALL TABLES IN SCHEMA public TO service_role, sb_definer;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO service_role, sb_definer;
GRANT SELECT ON django_migrations TO sb_web, sb_worker;

-- reverse
DROP FUNCTION private.refuse_illegal_step();
DROP FUNCTION private.new_id();
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM service_role, sb_definer;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE USAGE, SELECT ON SEQUENCES FROM service_role, sb_definer;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
REVOKE SELECT ON django_migrations FROM sb_web, sb_worker;
