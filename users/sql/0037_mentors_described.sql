-- What the matcher is told of a mentor stands ready in their listing, so that two thousand of them are read as quickly as one
-- column; and the skills of who is listed are marked, so that candidates are found in one index.

GRANT SELECT (described) ON users_mentorlisting TO authenticated;

-- As before, and with what the matcher is told: `described` is the mentor in the contract of matcher-rs, but for the figures,
-- with slots in minutes since Monday 00:00 on the mentor's clock, an end past midnight on the next day.
CREATE OR REPLACE FUNCTION private.users_refresh_listings(p_profiles uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.users_profile WHERE id = ANY (p_profiles) ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM public.users_mentorlisting AS listing
    WHERE listing.profile_id = ANY (p_profiles) AND NOT EXISTS (
        SELECT FROM public.users_profile AS profile
        JOIN public.users_user AS person ON person.id = profile.user_id
        WHERE profile.id = listing.profile_id AND profile.is_offering_mentoring AND profile.mentoring_capacity > 0
          AND person.is_active AND person.role = 'mentor'
    );
    INSERT INTO public.users_mentorlisting AS listing
        (profile_id, search, skills, languages, country, time_zone, away, capacity, described, changes_at, changed_at)
    SELECT profile.id,
        setweight(to_tsvector('pg_catalog.simple', person.handle || ' ' || person.display_name), 'A')
            || setweight(to_tsvector('pg_catalog.simple', profile.headline || ' ' || known.names), 'B')
            || setweight(to_tsvector('pg_catalog.simple', profile.bio), 'D'),
        known.words, profile.languages, profile.country, profile.time_zone, leave.windows, profile.mentoring_capacity,
        json_build_object(
            'id', profile.user_id, 'skills', level.known, 'languages', spoken.languages, 'time_zone', profile.time_zone,
            'slots', week.slots
        )::text,
        now(), clock_timestamp()
    FROM public.users_profile AS profile
    JOIN public.users_user AS person ON person.id = profile.user_id
    CROSS JOIN LATERAL (
        SELECT coalesce(string_agg(alias.names, ' ' ORDER BY skill.slug), '') AS names,
            coalesce(array_agg(word ORDER BY skill.slug, word) FILTER (WHERE word IS NOT NULL), '{}') AS words
        FROM public.users_profileskill AS known
        JOIN public.users_skill AS skill ON skill.id = known.skill_id
        CROSS JOIN LATERAL (
            SELECT skill.slug || CASE level WHEN 0 THEN '' ELSE ':' || level END AS word, level
            FROM generate_series(0, known.level) AS level
        ) AS words
        LEFT JOIN LATERAL (
            SELECT string_agg(written.text, ' ' ORDER BY written.normalised) AS names
            FROM public.users_skillalias AS written WHERE written.skill_id = skill.id AND words.level = 0
        ) AS alias ON true
        WHERE known.profile_id = profile.id
    ) AS known
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(daterange(starts_on, ends_on, '[]') ORDER BY starts_on, ends_on), '{}') AS windows
        FROM public.users_leavewindow WHERE profile_id = profile.id
    ) AS leave
    CROSS JOIN LATERAL (
        SELECT coalesce(
            json_agg(json_build_object('skill', skill.slug, 'level', known.level) ORDER BY skill.slug), '[]'
        ) AS known
        FROM public.users_profileskill AS known JOIN public.users_skill AS skill ON skill.id = known.skill_id
        WHERE known.profile_id = profile.id
    ) AS level
    CROSS JOIN LATERAL (
        SELECT coalesce(json_agg(language ORDER BY place), '[]') AS languages
        FROM (
            SELECT language, min(place) AS place
            FROM unnest(profile.languages) WITH ORDINALITY AS named (language, place) GROUP BY language
        ) AS once
    ) AS spoken
    CROSS JOIN LATERAL (
        SELECT coalesce(json_agg(json_build_array(
            slot.starts, slot.ends + CASE WHEN slot.ends <= slot.starts THEN 1440 ELSE 0 END
        ) ORDER BY slot.starts) FILTER (WHERE slot.starts <> slot.ends), '[]') AS slots
        FROM (
            SELECT weekday * 1440 + floor(extract(epoch FROM starts_at) / 60)::integer AS starts,
                weekday * 1440 + floor(extract(epoch FROM ends_at) / 60)::integer AS ends
            FROM public.users_availabilityslot WHERE profile_id = profile.id
        ) AS slot
    ) AS week
    WHERE profile.id = ANY (p_profiles) AND profile.is_offering_mentoring AND profile.mentoring_capacity > 0
      AND person.is_active AND person.role = 'mentor'
    ORDER BY profile.id
    ON CONFLICT (profile_id) DO UPDATE SET search = excluded.search, skills = excluded.skills,
        languages = excluded.languages, country = excluded.country, time_zone = excluded.time_zone,
        away = excluded.away, capacity = excluded.capacity, described = excluded.described,
        changed_at = excluded.changed_at
    WHERE (listing.search, listing.skills, listing.languages, listing.country, listing.time_zone, listing.away,
           listing.capacity, listing.described)
        IS DISTINCT FROM (excluded.search, excluded.skills, excluded.languages, excluded.country, excluded.time_zone,
           excluded.away, excluded.capacity, excluded.described);
    UPDATE public.users_profileskill AS known SET is_listed = NOT known.is_listed
    WHERE known.profile_id = ANY (p_profiles) AND known.is_listed <> EXISTS (
        SELECT FROM public.users_mentorlisting AS listing WHERE listing.profile_id = known.profile_id
    );
END
$$;

-- Of skills that changed themselves, and of those whose mark does not say what is: who saves a row as it was read before may
-- bring an old mark back. What the function above leaves agrees, and so ends.
CREATE FUNCTION private.users_list_changed_skills() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.users_refresh_listings(array_agg(DISTINCT profile.id))
    FROM changed JOIN former USING (id) JOIN public.users_profile AS profile ON profile.id = changed.profile_id
    WHERE (profile.is_offering_mentoring AND (changed.skill_id, changed.level) <> (former.skill_id, former.level))
       OR (changed.is_listed <> former.is_listed AND changed.is_listed <> EXISTS (
            SELECT FROM public.users_mentorlisting AS listing WHERE listing.profile_id = changed.profile_id
       ))
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.users_list_changed_skills() OWNER TO sb_definer;
CREATE OR REPLACE TRIGGER users_list_changed AFTER UPDATE ON users_profileskill
    REFERENCING OLD TABLE AS former NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_changed_skills();

CREATE TRIGGER users_list_new AFTER INSERT ON users_availabilityslot
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_parts();
CREATE TRIGGER users_list_changed AFTER UPDATE ON users_availabilityslot
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_parts();
CREATE TRIGGER users_list_removed AFTER DELETE ON users_availabilityslot
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_parts();

-- reverse
DROP TRIGGER users_list_removed ON users_availabilityslot;
DROP TRIGGER users_list_changed ON users_availabilityslot;
DROP TRIGGER users_list_new ON users_availabilityslot;
CREATE OR REPLACE TRIGGER users_list_changed AFTER UPDATE ON users_profileskill
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_parts();
DROP FUNCTION private.users_list_changed_skills();
CREATE OR REPLACE FUNCTION private.users_refresh_listings(p_profiles uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.users_profile WHERE id = ANY (p_profiles) ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM public.users_mentorlisting AS listing
    WHERE listing.profile_id = ANY (p_profiles) AND NOT EXISTS (
        SELECT FROM public.users_profile AS profile
        JOIN public.users_user AS person ON person.id = profile.user_id
        WHERE profile.id = listing.profile_id AND profile.is_offering_mentoring AND profile.mentoring_capacity > 0
          AND person.is_active AND person.role = 'mentor'
    );
    INSERT INTO public.users_mentorlisting AS listing
        (profile_id, search, skills, languages, country, time_zone, away, capacity, changes_at, changed_at)
    SELECT profile.id,
        setweight(to_tsvector('pg_catalog.simple', person.handle || ' ' || person.display_name), 'A')
            || setweight(to_tsvector('pg_catalog.simple', profile.headline || ' ' || known.names), 'B')
            || setweight(to_tsvector('pg_catalog.simple', profile.bio), 'D'),
        known.words, profile.languages, profile.country, profile.time_zone, leave.windows, profile.mentoring_capacity,
        now(), clock_timestamp()
    FROM public.users_profile AS profile
    JOIN public.users_user AS person ON person.id = profile.user_id
    CROSS JOIN LATERAL (
        SELECT coalesce(string_agg(alias.names, ' ' ORDER BY skill.slug), '') AS names,
            coalesce(array_agg(word ORDER BY skill.slug, word) FILTER (WHERE word IS NOT NULL), '{}') AS words
        FROM public.users_profileskill AS known
        JOIN public.users_skill AS skill ON skill.id = known.skill_id
        CROSS JOIN LATERAL (
            SELECT skill.slug || CASE level WHEN 0 THEN '' ELSE ':' || level END AS word, level
            FROM generate_series(0, known.level) AS level
        ) AS words
        LEFT JOIN LATERAL (
            SELECT string_agg(written.text, ' ' ORDER BY written.normalised) AS names
            FROM public.users_skillalias AS written WHERE written.skill_id = skill.id AND words.level = 0
        ) AS alias ON true
        WHERE known.profile_id = profile.id
    ) AS known
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(daterange(starts_on, ends_on, '[]') ORDER BY starts_on, ends_on), '{}') AS windows
        FROM public.users_leavewindow WHERE profile_id = profile.id
    ) AS leave
    WHERE profile.id = ANY (p_profiles) AND profile.is_offering_mentoring AND profile.mentoring_capacity > 0
      AND person.is_active AND person.role = 'mentor'
    ORDER BY profile.id
    ON CONFLICT (profile_id) DO UPDATE SET search = excluded.search, skills = excluded.skills,
        languages = excluded.languages, country = excluded.country, time_zone = excluded.time_zone,
        away = excluded.away, capacity = excluded.capacity, changed_at = excluded.changed_at
    WHERE (listing.search, listing.skills, listing.languages, listing.country, listing.time_zone, listing.away,
           listing.capacity)
        IS DISTINCT FROM (excluded.search, excluded.skills, excluded.languages, excluded.country, excluded.time_zone,
           excluded.away, excluded.capacity);
END
$$;

REVOKE SELECT (described) ON users_mentorlisting FROM authenticated;
