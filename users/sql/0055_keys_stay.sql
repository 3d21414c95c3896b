-- The key of an audited row never changes: a change is recorded by what has the same key before and after, so that one of
-- the key itself would be in no entry.
CREATE FUNCTION private.audit_refuse_new_key() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION 'the key of a row of % never changes', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
GRANT EXECUTE ON FUNCTION private.audit_refuse_new_key() TO PUBLIC;

CREATE OR REPLACE FUNCTION private.audit_table(p_table regclass, VARIADIC p_columns text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    hidden text[] := ARRAY(SELECT c FROM unnest(p_columns) AS c WHERE left(c, 1) NOT IN ('~', '-'));
    masked text[] := ARRAY(SELECT substr(c, 2) FROM unnest(p_columns) AS c WHERE left(c, 1) = '~');
    ignored text[] := '{updated_at}' || ARRAY(SELECT substr(c, 2) FROM unnest(p_columns) AS c WHERE left(c, 1) = '-');
    columns CONSTANT text[] := ARRAY(
        SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = p_table AND attnum > 0 AND NOT attisdropped
    );
    unknown CONSTANT text[] := ARRAY(
        SELECT c FROM unnest('id'::text || hidden || masked || ignored) AS c
        WHERE c <> 'updated_at' AND c <> ALL (columns)
    );
    subject text;
    event record;
BEGIN
    IF unknown <> '{}' THEN
        RAISE EXCEPTION '% has no column %', p_table, array_to_string(unknown, ', ') USING ERRCODE = 'undefined_column';
    END IF;
    IF p_table = 'public.users_user'::regclass THEN
        subject := 'id';
    ELSE
        SELECT c INTO subject FROM unnest(ARRAY['user_id', 'person_id', 'owner_id']) WITH ORDINALITY AS known(c, place)
        WHERE c = ANY (columns) ORDER BY place LIMIT 1;
    END IF;
    FOR event IN
        SELECT * FROM (VALUES
            ('inserted', 'INSERT', 'NEW TABLE AS new_rows'),
            ('updated', 'UPDATE', 'OLD TABLE AS old_rows NEW TABLE AS new_rows'),
            ('deleted', 'DELETE', 'OLD TABLE AS old_rows')
        ) AS events(name, operation, tables)
    LOOP
        EXECUTE format(
            'CREATE TRIGGER audit_%s AFTER %s ON %s REFERENCING %s'
            ' FOR EACH STATEMENT EXECUTE FUNCTION private.audit_rows(%L, %L, %L, %L)',
            event.name, event.operation, p_table, event.tables, hidden, masked, ignored, coalesce(subject, '')
        );
    END LOOP;
    EXECUTE format(
        'CREATE TRIGGER audit_key_stays BEFORE UPDATE OF id ON %s FOR EACH ROW WHEN (NEW.id IS DISTINCT FROM OLD.id)'
        ' EXECUTE FUNCTION private.audit_refuse_new_key()', p_table
    );
    -- TRUNCATE removes without a trace, so it is left to the owner.
    EXECUTE format('REVOKE TRUNCATE ON %s FROM service_role, sb_definer', p_table);
END
$$;

CREATE OR REPLACE FUNCTION private.audit_no_more(p_table regclass) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    event text;
BEGIN
    FOREACH event IN ARRAY ARRAY['inserted', 'updated', 'deleted'] LOOP
        EXECUTE format('DROP TRIGGER audit_%s ON %s', event, p_table);
    END LOOP;
    EXECUTE format('DROP TRIGGER audit_key_stays ON %s', p_table);
    EXECUTE format('GRANT TRUNCATE ON %s TO service_role, sb_definer', p_table);
END
$$;

-- Those that are audited already.
DO $$
DECLARE
    audited regclass;
BEGIN
    FOR audited IN SELECT tgrelid FROM pg_catalog.pg_trigger WHERE tgname = 'audit_updated' ORDER BY tgrelid LOOP
        EXECUTE format(
            'CREATE TRIGGER audit_key_stays BEFORE UPDATE OF id ON %s FOR EACH ROW WHEN (NEW.id IS DISTINCT FROM OLD.id)'
            ' EXECUTE FUNCTION private.audit_refuse_new_key()', audited
        );
    END LOOP;
END
$$;

-- reverse
DO $$
DECLARE
    audited regclass;
BEGIN
    FOR audited IN SELECT tgrelid FROM pg_catalog.pg_trigger WHERE tgname = 'audit_updated' ORDER BY tgrelid LOOP
        EXECUTE format('DROP TRIGGER audit_key_stays ON %s', audited);
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION private.audit_table(p_table regclass, VARIADIC p_columns text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    hidden text[] := ARRAY(SELECT c FROM unnest(p_columns) AS c WHERE left(c, 1) NOT IN ('~', '-'));
    masked text[] := ARRAY(SELECT substr(c, 2) FROM unnest(p_columns) AS c WHERE left(c, 1) = '~');
    ignored text[] := '{updated_at}' || ARRAY(SELECT substr(c, 2) FROM unnest(p_columns) AS c WHERE left(c, 1) = '-');
    columns CONSTANT text[] := ARRAY(
        SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = p_table AND attnum > 0 AND NOT attisdropped
    );
    unknown CONSTANT text[] := ARRAY(
        SELECT c FROM unnest('id'::text || hidden || masked || ignored) AS c
        WHERE c <> 'updated_at' AND c <> ALL (columns)
    );
    subject text;
    event record;
BEGIN
    IF unknown <> '{}' THEN
        RAISE EXCEPTION '% has no column %', p_table, array_to_string(unknown, ', ') USING ERRCODE = 'undefined_column';
    END IF;
    IF p_table = 'public.users_user'::regclass THEN
        subject := 'id';
    ELSE
        SELECT c INTO subject FROM unnest(ARRAY['user_id', 'person_id', 'owner_id']) WITH ORDINALITY AS known(c, place)
        WHERE c = ANY (columns) ORDER BY place LIMIT 1;
    END IF;
    FOR event IN
        SELECT * FROM (VALUES
            ('inserted', 'INSERT', 'NEW TABLE AS new_rows'),
            ('updated', 'UPDATE', 'OLD TABLE AS old_rows NEW TABLE AS new_rows'),
            ('deleted', 'DELETE', 'OLD TABLE AS old_rows')
        ) AS events(name, operation, tables)
    LOOP
        EXECUTE format(
            'CREATE TRIGGER audit_%s AFTER %s ON %s REFERENCING %s'
            ' FOR EACH STATEMENT EXECUTE FUNCTION private.audit_rows(%L, %L, %L, %L)',
            event.name, event.operation, p_table, event.tables, hidden, masked, ignored, coalesce(subject, '')
        );
    END LOOP;
    -- TRUNCATE removes without a trace, so it is left to the owner.
    EXECUTE format('REVOKE TRUNCATE ON %s FROM service_role, sb_definer', p_table);
END
$$;

CREATE OR REPLACE FUNCTION private.audit_no_more(p_table regclass) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    event text;
BEGIN
    FOREACH event IN ARRAY ARRAY['inserted', 'updated', 'deleted'] LOOP
        EXECUTE format('DROP TRIGGER audit_%s ON %s', event, p_table);
    END LOOP;
    EXECUTE format('GRANT TRUNCATE ON %s TO service_role, sb_definer', p_table);
END
$$;
DROP FUNCTION private.audit_refuse_new_key();
