-- The list of mentors: a row for each who is open for learners, which everybody who is logged in may read. It is a table of
-- its own because policies that look elsewhere, or at a column, would keep full-text search from its index.
ALTER TABLE users_mentorlisting ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_mentorlisting FORCE ROW LEVEL SECURITY;
CREATE POLICY select_all ON users_mentorlisting FOR SELECT TO authenticated USING (true);
-- But for changes_at: it would tell that a review is waiting to be seen.
GRANT SELECT (profile_id, search, skills, languages, country, time_zone, away, capacity, places_taken, open_places,
    rating_count, rating_mean, requests_decided, requests_answered, median_answer_minutes, changed_at, by_rating,
    by_answer_time) ON users_mentorlisting TO authenticated;

-- Makes, brings up to date or removes the listings of these profiles, from the rows. The profile is locked before anything
-- is read, so that the later of two writers reads what the earlier one committed; ascending, so that two never wait for
-- each other. The figures are due at once: the app that knows them counts them when it sees the new row, or at the latest
-- when it looks for those whose time has come (changes_at).
CREATE FUNCTION private.users_refresh_listings(p_profiles uuid[]) RETURNS void
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
ALTER FUNCTION private.users_refresh_listings(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.users_refresh_listings(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.users_refresh_listings(uuid[]) TO service_role;

-- Of those who offer mentoring alone, or did until now: nobody else is listed, and they are few.
CREATE FUNCTION private.users_list_profiles() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM private.users_refresh_listings(array_agg(changed.id)) FROM changed
        WHERE changed.is_offering_mentoring HAVING count(*) > 0;
    ELSE
        PERFORM private.users_refresh_listings(array_agg(changed.id))
        FROM changed JOIN former USING (id)
        WHERE (changed.is_offering_mentoring OR former.is_offering_mentoring)
          AND (changed.headline, changed.bio, changed.country, changed.time_zone, changed.languages,
               changed.is_offering_mentoring, changed.mentoring_capacity)
            IS DISTINCT FROM (former.headline, former.bio, former.country, former.time_zone, former.languages,
               former.is_offering_mentoring, former.mentoring_capacity)
        HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.users_list_profiles() OWNER TO sb_definer;
CREATE TRIGGER users_list_new AFTER INSERT ON users_profile
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_profiles();
CREATE TRIGGER users_list_changed AFTER UPDATE ON users_profile
    REFERENCING OLD TABLE AS former NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_profiles();

CREATE FUNCTION private.users_list_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.users_refresh_listings(array_agg(profile.id))
    FROM changed JOIN former USING (id)
    JOIN public.users_profile AS profile ON profile.user_id = changed.id AND profile.is_offering_mentoring
    WHERE (changed.handle, changed.display_name, changed.role, changed.is_active)
        IS DISTINCT FROM (former.handle, former.display_name, former.role, former.is_active)
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.users_list_people() OWNER TO sb_definer;
CREATE TRIGGER users_list_changed AFTER UPDATE ON users_user
    REFERENCING OLD TABLE AS former NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_people();

-- Of rows that hang on profiles: skills that people have, and windows of leave.
CREATE FUNCTION private.users_list_parts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.users_refresh_listings(array_agg(DISTINCT profile.id))
    FROM changed JOIN public.users_profile AS profile ON profile.id = changed.profile_id
    WHERE profile.is_offering_mentoring
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.users_list_parts() OWNER TO sb_definer;
CREATE TRIGGER users_list_new AFTER INSERT ON users_profileskill
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_parts();
CREATE TRIGGER users_list_changed AFTER UPDATE ON users_profileskill
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_parts();
CREATE TRIGGER users_list_removed AFTER DELETE ON users_profileskill
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_parts();
CREATE TRIGGER users_list_new AFTER INSERT ON users_leavewindow
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_parts();
CREATE TRIGGER users_list_changed AFTER UPDATE ON users_leavewindow
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_parts();
CREATE TRIGGER users_list_removed AFTER DELETE ON users_leavewindow
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_parts();

-- What a skill is called is in the words of whoever knows it. The catalogue changes seldom.
CREATE FUNCTION private.users_list_known() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    skills uuid[];
BEGIN
    IF TG_TABLE_NAME = 'users_skill' THEN
        SELECT array_agg(changed.id) INTO skills FROM changed JOIN former USING (id) WHERE changed.slug <> former.slug;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT array_agg(skill) INTO skills FROM changed JOIN former USING (id)
        CROSS JOIN unnest(ARRAY[changed.skill_id, former.skill_id]) AS skill
        WHERE (changed.skill_id, changed.text) <> (former.skill_id, former.text);
    ELSE
        SELECT array_agg(changed.skill_id) INTO skills FROM changed;
    END IF;
    PERFORM private.users_refresh_listings(array_agg(DISTINCT profile.id))
    FROM public.users_profileskill AS known
    JOIN public.users_profile AS profile ON profile.id = known.profile_id AND profile.is_offering_mentoring
    WHERE known.skill_id = ANY (skills)
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.users_list_known() OWNER TO sb_definer;
CREATE TRIGGER users_list_changed AFTER UPDATE ON users_skill
    REFERENCING OLD TABLE AS former NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_known();
CREATE TRIGGER users_list_new AFTER INSERT ON users_skillalias
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_known();
CREATE TRIGGER users_list_changed AFTER UPDATE ON users_skillalias
    REFERENCING OLD TABLE AS former NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_known();
CREATE TRIGGER users_list_removed AFTER DELETE ON users_skillalias
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION private.users_list_known();

-- reverse
DROP TRIGGER users_list_removed ON users_skillalias;
DROP TRIGGER users_list_changed ON users_skillalias;
DROP TRIGGER users_list_new ON users_skillalias;
DROP TRIGGER users_list_changed ON users_skill;
DROP FUNCTION private.users_list_known();
DROP TRIGGER users_list_removed ON users_leavewindow;
DROP TRIGGER users_list_changed ON users_leavewindow;
DROP TRIGGER users_list_new ON users_leavewindow;
DROP TRIGGER users_list_removed ON users_profileskill;
DROP TRIGGER users_list_changed ON users_profileskill;
DROP TRIGGER users_list_new ON users_profileskill;
DROP FUNCTION private.users_list_parts();
DROP TRIGGER users_list_changed ON users_user;
DROP FUNCTION private.users_list_people();
DROP TRIGGER users_list_changed ON users_profile;
DROP TRIGGER users_list_new ON users_profile;
DROP FUNCTION private.users_list_profiles();
DROP FUNCTION private.users_refresh_listings(uuid[]);
REVOKE ALL ON users_mentorlisting FROM authenticated;
DROP POLICY select_all ON users_mentorlisting;
ALTER TABLE users_mentorlisting NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_mentorlisting DISABLE ROW LEVEL SECURITY;
