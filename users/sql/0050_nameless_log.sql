-- Deletes rows by their keys, and before them what hangs on them. What refers to an account says on its column what
-- becomes of it (core/erasure.py); anything else may say so, or goes along where it must name the row, and lets go where
-- it need not.
-- The admin's log forgets what it called them. A number is a key of several tables, and no page of the admin is about a row
-- that has one and goes with somebody: ids alone are looked for.
CREATE OR REPLACE FUNCTION private.erase_rows(p_table regclass, p_keys text[]) RETURNS void
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
    -- The admin's log calls a row by what it said, such as a profile by its headline, and keeps what a form changed.
    UPDATE public.django_admin_log SET object_repr = 'Deleted', change_message = '[]'
    WHERE object_id = ANY (p_keys) AND EXISTS (
        SELECT FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = p_table AND i.indisprimary AND a.atttypid = 'uuid'::regtype
    );
    EXECUTE (
        SELECT format('DELETE FROM %s WHERE %I = ANY ($1::%s[])', p_table, a.attname, format_type(a.atttypid, NULL))
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = p_table AND i.indisprimary
    ) USING p_keys;
END
$$;

-- Answers that are kept for a day hold what the person sent.
CREATE OR REPLACE FUNCTION private.erasing_users(p_person uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    DELETE FROM public.core_idempotency WHERE user_id = p_person;
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.erasing_users(p_person uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    DELETE FROM public.core_idempotency WHERE user_id = p_person;
    UPDATE public.django_admin_log SET object_repr = 'Deleted member' WHERE object_id = p_person::text;
$$;
CREATE OR REPLACE FUNCTION private.erase_rows(p_table regclass, p_keys text[]) RETURNS void
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
