-- The learner whom the claims name, as mentors are sought for them, in one statement where it were five: their slots in turn,
-- the levels of the skills that they have and of those that they want, by slug, and what private.matches_histories tells.
-- A definer function for speed and not for reach: everybody may read all of this of themselves.
CREATE FUNCTION private.matches_asking(p_at timestamptz)
RETURNS TABLE (
    country text, time_zone text, languages text[], weekdays smallint[], starts time[], ends time[],
    has jsonb, wants jsonb, attendance_permille integer, met jsonb
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN QUERY
    SELECT profile.country::text, profile.time_zone::text, profile.languages::text[], slots.weekdays, slots.starts,
        slots.ends, known.levels, wanted.levels, history.attendance_permille, history.met
    FROM public.users_profile AS profile
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(slot.weekday ORDER BY slot.weekday, slot.starts_at), '{}') AS weekdays,
            coalesce(array_agg(slot.starts_at ORDER BY slot.weekday, slot.starts_at), '{}') AS starts,
            coalesce(array_agg(slot.ends_at ORDER BY slot.weekday, slot.starts_at), '{}') AS ends
        FROM public.users_availabilityslot AS slot WHERE slot.profile_id = profile.id
    ) AS slots
    CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_object_agg(skill.slug, known.level), '{}') AS levels
        FROM public.users_profileskill AS known JOIN public.users_skill AS skill ON skill.id = known.skill_id
        WHERE known.profile_id = profile.id
    ) AS known
    CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_object_agg(skill.slug, wanted.level), '{}') AS levels
        FROM public.users_wantedskill AS wanted JOIN public.users_skill AS skill ON skill.id = wanted.skill_id
        WHERE wanted.profile_id = profile.id
    ) AS wanted
    CROSS JOIN LATERAL private.matches_histories(ARRAY[profile.user_id], p_at) AS history
    WHERE profile.user_id = auth.uid();
END
$$;
ALTER FUNCTION private.matches_asking(timestamptz) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_asking(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_asking(timestamptz) TO authenticated, service_role;

-- What the matcher is told of a mentor: what they say of themselves, as it stands ready, and the figures. As before, but that
-- right() passes over one character where substr() counts all there are.
CREATE OR REPLACE FUNCTION private.matches_told(
    described text, open_places integer, rating_mean numeric, rating_count integer, decided integer, answered integer,
    country text, attendance_permille integer
)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT '{"capacity":' || open_places::text || ',"rating":'
        || coalesce('{"mean_milli":' || (rating_mean * 1000)::integer::text || ',"count":' || rating_count::text || '}', 'null')
        || ',"answer_rate_permille":' || coalesce((answered * 1000 / nullif(decided, 0))::text, 'null')
        || ',"attendance_permille":' || coalesce(attendance_permille::text, 'null')
        || ',"country":' || coalesce('"' || nullif(country, '') || '"', 'null')
        || ',' || right(described, -1)
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.matches_told(
    described text, open_places integer, rating_mean numeric, rating_count integer, decided integer, answered integer,
    country text, attendance_permille integer
)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT '{"capacity":' || open_places::text || ',"rating":'
        || coalesce('{"mean_milli":' || (rating_mean * 1000)::integer::text || ',"count":' || rating_count::text || '}', 'null')
        || ',"answer_rate_permille":' || coalesce((answered * 1000 / nullif(decided, 0))::text, 'null')
        || ',"attendance_permille":' || coalesce(attendance_permille::text, 'null')
        || ',"country":' || coalesce('"' || nullif(country, '') || '"', 'null')
        || ',' || substr(described, 2)
$$;
DROP FUNCTION private.matches_asking(timestamptz);
