-- Whether a profile is offered is asked once nobody else is changing it: who looked before saw what stood there before, and
-- so did the other, who had not seen this change either. Between the two nobody brought the listing up to date.
CREATE OR REPLACE FUNCTION private.users_relist(p_profiles uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.users_profile WHERE id = ANY (p_profiles) ORDER BY id FOR NO KEY UPDATE;
    -- A skill's names are read with its mentor. Whoever writes them holds the skill (users_list_known) and brings up to date
    -- whom they find listed with it; so whoever adds it to a listing waits for them.
    PERFORM 1 FROM public.users_skill AS skill
    WHERE skill.id IN (
        SELECT known.skill_id FROM public.users_profileskill AS known
        JOIN public.users_profile AS profile ON profile.id = known.profile_id
        WHERE profile.id = ANY (p_profiles) AND profile.is_offering_mentoring AND NOT known.is_listed
    )
    ORDER BY skill.id FOR SHARE;
    PERFORM private.users_refresh_listings(array_agg(profile.id))
    FROM public.users_profile AS profile
    WHERE profile.id = ANY (p_profiles) AND (
        profile.is_offering_mentoring
        OR EXISTS (SELECT FROM public.users_mentorlisting AS listing WHERE listing.profile_id = profile.id)
        OR EXISTS (
            SELECT FROM public.users_profileskill AS known WHERE known.profile_id = profile.id AND known.is_listed
        )
    )
    HAVING count(*) > 0;
END
$$;

-- A new profile is seen by nobody who closes its account meanwhile: the account is waited for.
CREATE OR REPLACE FUNCTION private.users_list_profiles() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM 1 FROM public.users_user WHERE id IN (SELECT user_id FROM changed WHERE is_offering_mentoring)
        ORDER BY id FOR SHARE;
        PERFORM private.users_relist(array_agg(changed.id)) FROM changed
        WHERE changed.is_offering_mentoring HAVING count(*) > 0;
    ELSE
        PERFORM private.users_relist(array_agg(changed.id))
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

CREATE OR REPLACE FUNCTION private.users_list_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.users_relist(array_agg(profile.id))
    FROM changed JOIN former USING (id) JOIN public.users_profile AS profile ON profile.user_id = changed.id
    WHERE (changed.handle, changed.display_name, changed.role, changed.is_active)
        IS DISTINCT FROM (former.handle, former.display_name, former.role, former.is_active)
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION private.users_list_changed_skills() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    -- As in users_relist: a row that becomes another skill's keeps its mark.
    PERFORM 1 FROM public.users_skill
    WHERE id IN (SELECT skill_id FROM changed EXCEPT SELECT skill_id FROM former) ORDER BY id FOR SHARE;
    PERFORM private.users_relist(array_agg(touched.profile_id))
    FROM (
        (SELECT profile_id, skill_id, level FROM changed EXCEPT SELECT profile_id, skill_id, level FROM former)
        UNION ALL
        (SELECT profile_id, skill_id, level FROM former EXCEPT SELECT profile_id, skill_id, level FROM changed)
        UNION ALL
        SELECT profile_id, skill_id, level FROM changed WHERE is_listed <> EXISTS (
            SELECT FROM public.users_mentorlisting AS listing WHERE listing.profile_id = changed.profile_id
        )
    ) AS touched
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

-- What a skill is called is in the words of whoever is listed with it. The catalogue changes seldom. Locks: skills, profiles.
CREATE OR REPLACE FUNCTION private.users_list_known() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    named uuid[];
BEGIN
    IF TG_TABLE_NAME = 'users_skill' THEN
        SELECT array_agg(changed.id) INTO named FROM changed JOIN former USING (id) WHERE changed.slug <> former.slug;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT array_agg(skill) INTO named FROM changed JOIN former USING (id)
        CROSS JOIN unnest(ARRAY[changed.skill_id, former.skill_id]) AS skill
        WHERE (changed.skill_id, changed.text) <> (former.skill_id, former.text);
    ELSE
        SELECT array_agg(changed.skill_id) INTO named FROM changed;
    END IF;
    PERFORM 1 FROM public.users_skill WHERE id = ANY (named) ORDER BY id FOR NO KEY UPDATE;
    PERFORM private.users_refresh_listings(array_agg(DISTINCT listing.profile_id))
    FROM public.users_profileskill AS known
    JOIN public.users_mentorlisting AS listing ON listing.profile_id = known.profile_id
    WHERE known.skill_id = ANY (named)
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.users_list_known() RETURNS trigger
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
CREATE OR REPLACE FUNCTION private.users_list_changed_skills() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.users_relist(array_agg(touched.profile_id))
    FROM (
        (SELECT profile_id, skill_id, level FROM changed EXCEPT SELECT profile_id, skill_id, level FROM former)
        UNION ALL
        (SELECT profile_id, skill_id, level FROM former EXCEPT SELECT profile_id, skill_id, level FROM changed)
        UNION ALL
        SELECT profile_id, skill_id, level FROM changed WHERE is_listed <> EXISTS (
            SELECT FROM public.users_mentorlisting AS listing WHERE listing.profile_id = changed.profile_id
        )
    ) AS touched
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION private.users_list_people() RETURNS trigger
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
CREATE OR REPLACE FUNCTION private.users_list_profiles() RETURNS trigger
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
CREATE OR REPLACE FUNCTION private.users_relist(p_profiles uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.users_refresh_listings(array_agg(profile.id))
    FROM public.users_profile AS profile
    WHERE profile.id = ANY (p_profiles) AND (profile.is_offering_mentoring OR EXISTS (
        SELECT FROM public.users_profileskill AS known WHERE known.profile_id = profile.id AND known.is_listed
    ))
    HAVING count(*) > 0;
END
$$;
