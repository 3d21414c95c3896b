-- A UUIDv7 of that time: the kind keeps tables apart, the number rows of the same millisecond.
CREATE OR REPLACE FUNCTION pg_temp.scale_id(p_at timestamptz, p_kind integer, p_number bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM p_at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(p_kind), 3, '0')
        || '8' || lpad(to_hex(p_number), 15, '0'))::uuid
$$;
GRANT EXECUTE ON FUNCTION pg_temp.scale_id(timestamptz, integer, bigint) TO sb_definer;
