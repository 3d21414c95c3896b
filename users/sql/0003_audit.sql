-- The audit trail: who changed what in the sensitive tables, before and after, and what happened to accounts. Written by
-- the two definer functions below and by nobody else; what is written stays.
-- Attach a table with private.audit_table('table'); reasons: docs/decisions/0007-audit-trail.md

-- The role's changes are now rows of the trail like any other.
DROP TRIGGER user_role_changed ON users_user;
DROP FUNCTION private.users_audit_role_change();

INSERT INTO users_auditentry
    (occurred_at, user_id, actor_id, login, role, action, table_name, row_id, before, after,
     ip_address, user_agent, request_id, details)
SELECT occurred_at, user_id, (details ->> 'by')::uuid, coalesce(details ->> 'login', ''), '',
       CASE action WHEN 'role_changed' THEN 'updated' ELSE action END,
       CASE action WHEN 'role_changed' THEN 'users_user' ELSE '' END,
       CASE action WHEN 'role_changed' THEN user_id::text ELSE '' END,
       CASE action WHEN 'role_changed' THEN jsonb_build_object('role', details -> 'from') END,
       CASE action WHEN 'role_changed' THEN jsonb_build_object('role', details -> 'to') END,
       ip_address, user_agent, request_id,
       CASE action WHEN 'role_changed' THEN '{}' ELSE details END
FROM former_auditentry ORDER BY occurred_at, id;
DROP TABLE former_auditentry;

-- What is told of a masked value: its first letter, and of an address the domain.
CREATE FUNCTION private.audit_masked(p_value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_jsonb(left(p_value #>> '{}', 1) || '***' || coalesce(substring(p_value #>> '{}' FROM '@.*$'), ''))
$$;
GRANT EXECUTE ON FUNCTION private.audit_masked(jsonb) TO sb_definer;

-- Arguments, given by private.audit_table: columns hidden, masked and ignored, and the one that names whose row it is.
CREATE FUNCTION private.audit_rows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    hidden CONSTANT text[] := TG_ARGV[0];
    masked CONSTANT text[] := TG_ARGV[1];
    ignored CONSTANT text[] := TG_ARGV[2];
    subject CONSTANT text := TG_ARGV[3];
    hidden_told CONSTANT jsonb := CASE WHEN hidden = '{}' THEN '{}'
        ELSE jsonb_object(hidden, array_fill('(hidden)'::text, ARRAY[cardinality(hidden)])) END;
    has_masked CONSTANT boolean := masked <> '{}';
    claims CONSTANT jsonb := nullif(current_setting('request.jwt.claims', true), '');
    actor CONSTANT uuid := auth.uid();
    acting_role CONSTANT text := current_setting('role');
    request CONSTANT text := coalesce(left(claims ->> 'request_id', 64), '');
    address CONSTANT inet := claims ->> 'ip';
    agent CONSTANT text := coalesce(left(claims ->> 'user_agent', 200), '');
    at CONSTANT timestamptz := clock_timestamp();
BEGIN
    -- OFFSET 0 keeps to_jsonb() from being computed again wherever its value is used.
    IF TG_OP = 'INSERT' THEN
        WITH written AS (
            INSERT INTO public.users_auditentry
                (occurred_at, user_id, actor_id, login, role, action, table_name, row_id, before, after,
                 ip_address, user_agent, request_id, details)
            SELECT at, (data ->> subject)::uuid, actor, session_user, acting_role, 'inserted', TG_TABLE_NAME, data ->> 'id',
                   NULL,
                   data - ignored || hidden_told || CASE WHEN has_masked
                       THEN (SELECT jsonb_object_agg(c, private.audit_masked(data -> c)) FROM unnest(masked) AS c)
                       ELSE '{}' END,
                   address, agent, request, '{}'
            FROM (SELECT to_jsonb(n) AS data FROM new_rows AS n OFFSET 0) AS inserted
            RETURNING id
        )
        INSERT INTO public.users_auditpending (entry_id) SELECT id FROM written;
    ELSIF TG_OP = 'DELETE' THEN
        WITH written AS (
            INSERT INTO public.users_auditentry
                (occurred_at, user_id, actor_id, login, role, action, table_name, row_id, before, after,
                 ip_address, user_agent, request_id, details)
            SELECT at, (data ->> subject)::uuid, actor, session_user, acting_role, 'deleted', TG_TABLE_NAME, data ->> 'id',
                   data - ignored || hidden_told || CASE WHEN has_masked
                       THEN (SELECT jsonb_object_agg(c, private.audit_masked(data -> c)) FROM unnest(masked) AS c)
                       ELSE '{}' END,
                   NULL,
                   address, agent, request, '{}'
            FROM (SELECT to_jsonb(o) AS data FROM old_rows AS o OFFSET 0) AS deleted
            RETURNING id
        )
        INSERT INTO public.users_auditpending (entry_id) SELECT id FROM written;
    ELSE
        WITH written AS (
            INSERT INTO public.users_auditentry
                (occurred_at, user_id, actor_id, login, role, action, table_name, row_id, before, after,
                 ip_address, user_agent, request_id, details)
            SELECT at, (was ->> subject)::uuid, actor, session_user, acting_role, 'updated', TG_TABLE_NAME, was ->> 'id',
                   before, after,
                   address, agent, request, '{}'
            FROM (
                SELECT to_jsonb(o) AS was, to_jsonb(n) AS became FROM old_rows AS o JOIN new_rows AS n ON n.id = o.id
                OFFSET 0
            ) AS pair
            CROSS JOIN LATERAL (
                SELECT jsonb_object_agg(key, CASE WHEN key = ANY (hidden) THEN '"(hidden)"'
                                                  WHEN key = ANY (masked) THEN private.audit_masked(was -> key)
                                                  ELSE was -> key END) AS before,
                       jsonb_object_agg(key, CASE WHEN key = ANY (hidden) THEN '"(hidden)"'
                                                  WHEN key = ANY (masked) THEN private.audit_masked(value)
                                                  ELSE value END) AS after
                FROM jsonb_each(became)
                WHERE value IS DISTINCT FROM was -> key AND key <> ALL (ignored)
            ) AS change
            WHERE after IS NOT NULL
            RETURNING id
        )
        INSERT INTO public.users_auditpending (entry_id) SELECT id FROM written;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.audit_rows() OWNER TO sb_definer;

-- Records every change of a table from here on. Columns are hidden (a change is recorded, a value never); with ~ before
-- them they are masked, with - before them a change of them alone is no change. Call it once, in a migration.
CREATE FUNCTION private.audit_table(p_table regclass, VARIADIC p_columns text[] DEFAULT '{}') RETURNS void
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

-- The way back, for the reverse of a migration.
CREATE FUNCTION private.audit_no_more(p_table regclass) RETURNS void
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

-- Something that happened to an account and is no change of a row, such as a login.
CREATE FUNCTION private.audit_event(p_action text, p_user uuid, p_details jsonb, p_address inet, p_agent text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    WITH written AS (
        INSERT INTO public.users_auditentry
            (occurred_at, user_id, actor_id, login, role, action, table_name, row_id, before, after,
             ip_address, user_agent, request_id, details)
        VALUES (clock_timestamp(), p_user, auth.uid(), session_user, current_setting('role'), p_action, '', '',
                NULL, NULL, p_address, p_agent,
                coalesce(left(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'request_id', 64), ''),
                p_details)
        RETURNING id
    )
    INSERT INTO public.users_auditpending (entry_id) SELECT id FROM written
$$;
ALTER FUNCTION private.audit_event(text, uuid, jsonb, inet, text) OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.audit_event(text, uuid, jsonb, inet, text) TO account_service, service_role;

-- Append-only. The rights keep out every role but the owner, the triggers keep out the owner too.
REVOKE ALL ON users_auditentry FROM service_role, sb_definer;
GRANT SELECT ON users_auditentry TO service_role;
GRANT SELECT, INSERT, DELETE ON users_auditentry TO sb_definer;

CREATE FUNCTION private.audit_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: the audit trail is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
GRANT EXECUTE ON FUNCTION private.audit_refuse() TO PUBLIC;
CREATE TRIGGER audit_refuse_change BEFORE UPDATE OR DELETE ON users_auditentry
    FOR EACH STATEMENT WHEN (current_user <> 'sb_definer') EXECUTE FUNCTION private.audit_refuse();
-- What private.audit_archive may not do either.
CREATE TRIGGER audit_refuse_young BEFORE DELETE ON users_auditentry
    FOR EACH ROW WHEN (OLD.occurred_at > now() - interval '1 year') EXECUTE FUNCTION private.audit_refuse();
CREATE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON users_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION private.audit_refuse();

SELECT private.audit_table('users_user', 'password', '~email', '~display_name', '-last_login');
SELECT private.audit_table('users_user_groups');
SELECT private.audit_table('users_user_user_permissions');
SELECT private.audit_table('auth_group');
SELECT private.audit_table('auth_group_permissions');
SELECT private.audit_table('django_admin_log');
SELECT private.audit_table('users_skill');
SELECT private.audit_table('users_skillalias');
SELECT private.audit_table('users_skillprerequisite');
SELECT private.audit_table('users_track');
SELECT private.audit_table('users_trackskill');

-- reverse
SELECT private.audit_no_more(name::regclass) FROM unnest(ARRAY[
    'users_user', 'users_user_groups', 'users_user_user_permissions', 'auth_group', 'auth_group_permissions',
    'django_admin_log', 'users_skill', 'users_skillalias', 'users_skillprerequisite', 'users_track', 'users_trackskill'
]) AS name;
CREATE TEMPORARY TABLE former_auditentry ON COMMIT DROP AS
    SELECT private.new_id() AS id, entry.* FROM (
        SELECT user_id, action, occurred_at, ip_address, user_agent, request_id, details
        FROM users_auditentry WHERE table_name = ''
        UNION ALL
        SELECT user_id, 'role_changed', occurred_at, ip_address, user_agent, request_id,
               jsonb_build_object('from', before -> 'role', 'to', after -> 'role', 'by', actor_id, 'login', login)
        FROM users_auditentry WHERE table_name = 'users_user' AND action = 'updated' AND after ? 'role'
        ORDER BY occurred_at
    ) AS entry;
DROP TRIGGER audit_refuse_truncate ON users_auditentry;
DROP TRIGGER audit_refuse_young ON users_auditentry;
DROP TRIGGER audit_refuse_change ON users_auditentry;
DROP FUNCTION private.audit_refuse();
DROP FUNCTION private.audit_event(text, uuid, jsonb, inet, text);
DROP FUNCTION private.audit_no_more(regclass);
DROP FUNCTION private.audit_table(regclass, text[]);
DROP FUNCTION private.audit_rows();
DROP FUNCTION private.audit_masked(jsonb);
CREATE FUNCTION private.users_audit_role_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.users_auditentry (id, user_id, action, occurred_at, user_agent, request_id, details)
    VALUES (
        private.new_id(), NEW.id, 'role_changed', now(), '', '',
        jsonb_build_object('from', OLD.role, 'to', NEW.role, 'by', auth.uid(), 'login', session_user)
    );
    RETURN NULL;
END
$$;
ALTER FUNCTION private.users_audit_role_change() OWNER TO sb_definer;
CREATE TRIGGER user_role_changed AFTER UPDATE OF role ON users_user
    FOR EACH ROW WHEN (OLD.role IS DISTINCT FROM NEW.role)
    EXECUTE FUNCTION private.users_audit_role_change();
