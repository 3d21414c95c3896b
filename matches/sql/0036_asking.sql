-- The learner whom the claims name, as mentors are sought for them, in one statement instead of five: their slots in turn,
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
-- right() passes over one character where substr() counts all there are. The function without country and attendance is of
-- older code and goes with the next release.
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

-- The mentors whom a learner may choose from: they have a skill that is asked for, above the level that the learner has, take
-- learners now, share a language where both sides name any, and are not out of question for the learner. What is asked for is in
-- step: the skill, the number of what is wanted that it is or implies, the level to reach, the level from which, what a level
-- weighs, the thousandths of the mentor's level that count, and whether it implies what is wanted and is not wanted itself. The
-- p_limit of them who can teach most of it, as the JSON that the matcher takes with commas between, in one row, with their time
-- zones and how many they are. Of a skill the p_most are looked at who know it best. Where fewer than p_few are found, all are
-- who know it, and those who have one that implies it.
-- A definer function for speed and not for reach: everybody who is logged in may read all of this about listed mentors, but the
-- policies would be asked for each row. The learner is whom the claims name. PL/pgSQL plans once a connection.
-- Of four times as many as are weighed it is asked whether they are open, not of twice as many: fewer are weighed, of as many.
-- The functions of the same name that take no p_few are of the code before, and go with the next release; so does
-- private.matches_rarity.
CREATE OR REPLACE FUNCTION private.matches_weighed(
    p_slugs text[], p_wanted integer[], p_levels integer[], p_from integer[], p_weights integer[], p_permille integer[],
    p_implied boolean[], p_languages text[], p_at timestamptz, p_refused_since timestamptz,
    p_limit integer, p_most integer, p_few integer
)
RETURNS TABLE (mentors text, zones text[], considered bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    learner constant uuid := auth.uid();
    spoken constant varchar[] := p_languages;
    out_of_question uuid[];
    words varchar[];
    found_near bigint;
    is_everybody boolean := false;
BEGIN
    mentors := '';
    zones := '{}';
    considered := 0;
    IF learner IS NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    out_of_question := ARRAY(
        SELECT profile.id FROM (
            SELECT learner AS id UNION ALL
            SELECT mentor FROM private.matches_out_of_question(learner, p_refused_since) AS mentor
        ) AS person
        -- A limit keeps the planner from reading the whole table instead.
        CROSS JOIN LATERAL (SELECT id FROM public.users_profile WHERE user_id = person.id LIMIT 1) AS profile
    );
    LOOP
        -- The second time round everybody is asked for.
        WITH known AS NOT MATERIALIZED (
            -- Read from one index and no table.
            SELECT entry.profile_id, want.wanted,
                want.weight * (least(entry.level * want.permille / 1000, want.level) - want.below) AS amount
            FROM unnest(p_slugs, p_wanted, p_levels, p_from, p_weights, p_permille, p_implied)
                AS want (slug, wanted, level, below, weight, permille, is_implied)
            JOIN public.users_skill AS skill ON skill.slug = want.slug
            CROSS JOIN LATERAL (
                SELECT one.profile_id, one.level FROM public.users_profileskill AS one
                WHERE one.skill_id = skill.id AND one.is_listed AND one.level * want.permille / 1000 > want.below
                ORDER BY one.level DESC, one.profile_id DESC
                LIMIT CASE WHEN want.is_implied OR NOT is_everybody THEN p_most END
            ) AS entry
            WHERE is_everybody OR NOT want.is_implied
        )
        SELECT coalesce(string_agg(mentor.told, ','), ''), coalesce(array_agg(DISTINCT mentor.time_zone), '{}'), count(*)
        INTO mentors, zones, considered
        FROM (
            SELECT found.told, found.time_zone
            FROM (
                SELECT taught.profile_id, sum(taught.amount) AS reached
                FROM (
                    SELECT profile_id, amount FROM known WHERE NOT is_everybody
                    UNION ALL
                    -- Of a skill itself and of those that imply it what teaches most.
                    SELECT profile_id, max(amount) FROM known WHERE is_everybody GROUP BY profile_id, wanted
                ) AS taught
                GROUP BY taught.profile_id
                ORDER BY reached DESC, taught.profile_id
                -- More than are weighed, for some are full, away or speak other languages.
                LIMIT CASE WHEN NOT is_everybody THEN 4 * p_limit END
            ) AS sharing
            -- A limit keeps the planner from joining whole tables instead.
            CROSS JOIN LATERAL (
                SELECT listing.time_zone, private.matches_told(
                    listing.described, listing.open_places, listing.rating_mean, listing.rating_count,
                    listing.requests_decided, listing.requests_answered, listing.country, listing.attendance_permille
                ) AS told
                FROM public.users_mentorlisting AS listing
                WHERE listing.profile_id = sharing.profile_id
                  AND listing.open_places > 0 AND listing.described <> '{}'
                  AND (listing.languages && spoken OR listing.languages = '{}' OR spoken = '{}')
                  AND (listing.away = '{}' OR NOT (p_at AT TIME ZONE listing.time_zone)::date <@ ANY (listing.away))
                  AND listing.profile_id <> ALL (out_of_question)
                LIMIT 1
            ) AS found
            ORDER BY sharing.reached DESC, sharing.profile_id
            LIMIT p_limit
        ) AS mentor;
        EXIT WHEN is_everybody OR considered >= p_few;

        -- Few of very many speak the language, or have a place: those are found by it and not by the skill, in one index that
        -- has both, and read once.
        words := ARRAY(
            -- With the least level that gives one above the learner's; whoever has a level has those below it.
            SELECT want.slug || ':' || ((want.below + 1) * 1000 + want.permille - 1) / want.permille
            FROM unnest(p_slugs, p_from, p_permille) AS want (slug, below, permille)
        );
        WITH near AS MATERIALIZED (
            SELECT listing.profile_id, listing.skills, listing.time_zone, private.matches_told(
                    listing.described, listing.open_places, listing.rating_mean, listing.rating_count,
                    listing.requests_decided, listing.requests_answered, listing.country, listing.attendance_permille
                ) AS told
            FROM (
                SELECT * FROM public.users_mentorlisting
                WHERE traits @> '{open}' AND skills && words AND languages && spoken
                UNION ALL
                SELECT * FROM public.users_mentorlisting
                WHERE traits @> '{open}' AND skills && words AND languages = '{}' AND spoken <> '{}'
                UNION ALL
                SELECT * FROM public.users_mentorlisting
                WHERE traits @> '{open}' AND skills && words AND spoken = '{}'
            ) AS listing
            WHERE listing.described <> '{}'
              AND (listing.away = '{}' OR NOT (p_at AT TIME ZONE listing.time_zone)::date <@ ANY (listing.away))
              AND listing.profile_id <> ALL (out_of_question)
            LIMIT 4 * p_limit + 1
        ), teaching AS MATERIALIZED (
            SELECT want.slug || ':' || known.level AS word, want.wanted,
                want.weight * (least(known.level * want.permille / 1000, want.level) - want.below) AS amount
            FROM unnest(p_slugs, p_wanted, p_levels, p_from, p_weights, p_permille)
                AS want (slug, wanted, level, below, weight, permille)
            CROSS JOIN generate_series(1, 5) AS known (level)
            WHERE known.level * want.permille / 1000 > want.below
        )
        SELECT coalesce(string_agg(mentor.told, ','), ''), coalesce(array_agg(DISTINCT mentor.time_zone), '{}'), count(*),
            (SELECT count(*) FROM near)
        INTO mentors, zones, considered, found_near
        FROM (
            SELECT near.told, near.time_zone
            FROM (
                SELECT taught.profile_id, sum(taught.amount) AS reached
                FROM (
                    SELECT near.profile_id, max(teaching.amount) AS amount
                    FROM near CROSS JOIN unnest(near.skills) AS word JOIN teaching USING (word)
                    GROUP BY near.profile_id, teaching.wanted
                ) AS taught
                GROUP BY taught.profile_id
            ) AS sharing
            JOIN near USING (profile_id)
            ORDER BY sharing.reached DESC, sharing.profile_id
            LIMIT p_limit
        ) AS mentor;
        EXIT WHEN found_near <= 4 * p_limit;
        is_everybody := true;
    END LOOP;
    RETURN NEXT;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.matches_weighed(
    p_slugs text[], p_wanted integer[], p_levels integer[], p_from integer[], p_weights integer[], p_permille integer[],
    p_implied boolean[], p_languages text[], p_at timestamptz, p_refused_since timestamptz,
    p_limit integer, p_most integer, p_few integer
)
RETURNS TABLE (mentors text, zones text[], considered bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    learner constant uuid := auth.uid();
    spoken constant varchar[] := p_languages;
    out_of_question uuid[];
    words varchar[];
    found_near bigint;
    is_everybody boolean := false;
BEGIN
    mentors := '';
    zones := '{}';
    considered := 0;
    IF learner IS NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    out_of_question := ARRAY(
        SELECT profile.id FROM (
            SELECT learner AS id UNION ALL
            SELECT mentor FROM private.matches_out_of_question(learner, p_refused_since) AS mentor
        ) AS person
        -- A limit keeps the planner from reading the whole table instead.
        CROSS JOIN LATERAL (SELECT id FROM public.users_profile WHERE user_id = person.id LIMIT 1) AS profile
    );
    LOOP
        -- The second time round everybody is asked for.
        WITH known AS NOT MATERIALIZED (
            -- Read from one index and no table.
            SELECT entry.profile_id, want.wanted,
                want.weight * (least(entry.level * want.permille / 1000, want.level) - want.below) AS amount
            FROM unnest(p_slugs, p_wanted, p_levels, p_from, p_weights, p_permille, p_implied)
                AS want (slug, wanted, level, below, weight, permille, is_implied)
            JOIN public.users_skill AS skill ON skill.slug = want.slug
            CROSS JOIN LATERAL (
                SELECT one.profile_id, one.level FROM public.users_profileskill AS one
                WHERE one.skill_id = skill.id AND one.is_listed AND one.level * want.permille / 1000 > want.below
                ORDER BY one.level DESC, one.profile_id DESC
                LIMIT CASE WHEN want.is_implied OR NOT is_everybody THEN p_most END
            ) AS entry
            WHERE is_everybody OR NOT want.is_implied
        )
        SELECT coalesce(string_agg(mentor.told, ','), ''), coalesce(array_agg(DISTINCT mentor.time_zone), '{}'), count(*)
        INTO mentors, zones, considered
        FROM (
            SELECT found.told, found.time_zone
            FROM (
                SELECT taught.profile_id, sum(taught.amount) AS reached
                FROM (
                    SELECT profile_id, amount FROM known WHERE NOT is_everybody
                    UNION ALL
                    -- Of a skill itself and of those that imply it what teaches most.
                    SELECT profile_id, max(amount) FROM known WHERE is_everybody GROUP BY profile_id, wanted
                ) AS taught
                GROUP BY taught.profile_id
                ORDER BY reached DESC, taught.profile_id
                -- As many again for those who are full, away or speak other languages.
                LIMIT CASE WHEN NOT is_everybody THEN 2 * p_limit END
            ) AS sharing
            -- A limit keeps the planner from joining whole tables instead.
            CROSS JOIN LATERAL (
                SELECT listing.time_zone, private.matches_told(
                    listing.described, listing.open_places, listing.rating_mean, listing.rating_count,
                    listing.requests_decided, listing.requests_answered, listing.country, listing.attendance_permille
                ) AS told
                FROM public.users_mentorlisting AS listing
                WHERE listing.profile_id = sharing.profile_id
                  AND listing.open_places > 0 AND listing.described <> '{}'
                  AND (listing.languages && spoken OR listing.languages = '{}' OR spoken = '{}')
                  AND (listing.away = '{}' OR NOT (p_at AT TIME ZONE listing.time_zone)::date <@ ANY (listing.away))
                  AND listing.profile_id <> ALL (out_of_question)
                LIMIT 1
            ) AS found
            ORDER BY sharing.reached DESC, sharing.profile_id
            LIMIT p_limit
        ) AS mentor;
        EXIT WHEN is_everybody OR considered >= p_few;

        -- Few of very many speak the language, or have a place: those are found by it and not by the skill, in one index that
        -- has both, and read once.
        words := ARRAY(
            -- With the least level that gives one above the learner's; whoever has a level has those below it.
            SELECT want.slug || ':' || ((want.below + 1) * 1000 + want.permille - 1) / want.permille
            FROM unnest(p_slugs, p_from, p_permille) AS want (slug, below, permille)
        );
        WITH near AS MATERIALIZED (
            SELECT listing.profile_id, listing.skills, listing.time_zone, private.matches_told(
                    listing.described, listing.open_places, listing.rating_mean, listing.rating_count,
                    listing.requests_decided, listing.requests_answered, listing.country, listing.attendance_permille
                ) AS told
            FROM (
                SELECT * FROM public.users_mentorlisting
                WHERE traits @> '{open}' AND skills && words AND languages && spoken
                UNION ALL
                SELECT * FROM public.users_mentorlisting
                WHERE traits @> '{open}' AND skills && words AND languages = '{}' AND spoken <> '{}'
                UNION ALL
                SELECT * FROM public.users_mentorlisting
                WHERE traits @> '{open}' AND skills && words AND spoken = '{}'
            ) AS listing
            WHERE listing.described <> '{}'
              AND (listing.away = '{}' OR NOT (p_at AT TIME ZONE listing.time_zone)::date <@ ANY (listing.away))
              AND listing.profile_id <> ALL (out_of_question)
            LIMIT 2 * p_limit + 1
        ), teaching AS MATERIALIZED (
            SELECT want.slug || ':' || known.level AS word, want.wanted,
                want.weight * (least(known.level * want.permille / 1000, want.level) - want.below) AS amount
            FROM unnest(p_slugs, p_wanted, p_levels, p_from, p_weights, p_permille)
                AS want (slug, wanted, level, below, weight, permille)
            CROSS JOIN generate_series(1, 5) AS known (level)
            WHERE known.level * want.permille / 1000 > want.below
        )
        SELECT coalesce(string_agg(mentor.told, ','), ''), coalesce(array_agg(DISTINCT mentor.time_zone), '{}'), count(*),
            (SELECT count(*) FROM near)
        INTO mentors, zones, considered, found_near
        FROM (
            SELECT near.told, near.time_zone
            FROM (
                SELECT taught.profile_id, sum(taught.amount) AS reached
                FROM (
                    SELECT near.profile_id, max(teaching.amount) AS amount
                    FROM near CROSS JOIN unnest(near.skills) AS word JOIN teaching USING (word)
                    GROUP BY near.profile_id, teaching.wanted
                ) AS taught
                GROUP BY taught.profile_id
            ) AS sharing
            JOIN near USING (profile_id)
            ORDER BY sharing.reached DESC, sharing.profile_id
            LIMIT p_limit
        ) AS mentor;
        EXIT WHEN found_near <= 2 * p_limit;
        is_everybody := true;
    END LOOP;
    RETURN NEXT;
END
$$;
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
