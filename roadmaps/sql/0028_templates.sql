-- The platform itself owns a roadmap for each track of the catalogue, which everybody may read. Its account is no person:
-- no login, no address, and a handle that nobody can have.
CREATE FUNCTION private.platform_id() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = '' AS $$
    SELECT '00000000-0000-7000-8000-000000000002'::uuid
$$;
GRANT EXECUTE ON FUNCTION private.platform_id() TO sb_definer, service_role;

-- As before, besides that the platform's account is closed and its roadmaps are open: 0027_sharing.sql.
CREATE OR REPLACE FUNCTION private.roadmaps_is_open(p_roadmap public.roadmaps_roadmap) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT p_roadmap.visibility <> 'private' AND p_roadmap.status IN ('draft', 'ready')
        AND EXISTS (
            SELECT FROM public.roadmaps_publication WHERE roadmap_id = p_roadmap.id AND taken_down_at IS NULL
        )
        AND (p_roadmap.owner_id = private.platform_id()
             OR EXISTS (SELECT FROM public.users_user WHERE id = p_roadmap.owner_id AND is_active))
        AND NOT EXISTS (SELECT FROM public.users_departure WHERE user_id = p_roadmap.owner_id)
$$;

CREATE OR REPLACE FUNCTION private.roadmaps_write_listings(p_roadmaps uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    DELETE FROM public.roadmaps_roadmaplisting AS listing
    WHERE listing.roadmap_id = ANY (p_roadmaps) AND NOT EXISTS (
        SELECT FROM public.roadmaps_roadmap AS r
        WHERE r.id = listing.roadmap_id AND r.visibility = 'public' AND private.roadmaps_is_open(r)
    );
    INSERT INTO public.roadmaps_roadmaplisting AS listing
        (id, roadmap_id, slug, title, goal_text, track_id, language, hours_per_week, weeks, search, rating_count,
         rating_mean, is_template)
    SELECT p.id, r.id, p.slug, r.title, r.goal_text, r.track_id, p.language, r.hours_per_week, r.weeks,
        to_tsvector('pg_catalog.simple', concat_ws(' ', r.title, r.goal_text)), rated.number, rated.mean,
        r.owner_id = private.platform_id()
    FROM public.roadmaps_roadmap AS r
    JOIN public.roadmaps_publication AS p ON p.roadmap_id = r.id
    CROSS JOIN LATERAL (
        SELECT count(*) AS number, round(avg(value), 2) AS mean
        FROM public.roadmaps_roadmaprating WHERE roadmap_id = r.id
    ) AS rated
    WHERE r.id = ANY (p_roadmaps) AND r.visibility = 'public' AND private.roadmaps_is_open(r)
    ON CONFLICT (roadmap_id) DO UPDATE SET
        slug = EXCLUDED.slug, title = EXCLUDED.title, goal_text = EXCLUDED.goal_text, track_id = EXCLUDED.track_id,
        language = EXCLUDED.language, hours_per_week = EXCLUDED.hours_per_week, weeks = EXCLUDED.weeks,
        search = EXCLUDED.search, rating_count = EXCLUDED.rating_count, rating_mean = EXCLUDED.rating_mean,
        is_template = EXCLUDED.is_template;
END
$$;

CREATE OR REPLACE FUNCTION private.roadmaps_shown(p_slug text, p_token_hash text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT jsonb_build_object(
        'slug', p.slug, 'title', r.title, 'goal', r.goal_text, 'language', p.language,
        'track', (SELECT t.name FROM public.users_track AS t WHERE t.id = r.track_id),
        'hours_per_week', r.hours_per_week, 'weeks', r.weeks, 'is_listed', r.visibility = 'public',
        'is_template', r.owner_id = private.platform_id(),
        'progress', CASE WHEN p.shows_progress THEN r.progress END,
        'author', private.roadmaps_author(r.id),
        'rating', (
            SELECT jsonb_build_object('mean', listing.rating_mean, 'count', listing.rating_count)
            FROM public.roadmaps_roadmaplisting AS listing
            WHERE listing.roadmap_id = r.id AND listing.rating_count > 0
        ),
        'modules', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'id', m.id, 'title', m.title, 'description', m.description,
                'skill_id', m.skill_id, 'skill', s.name, 'from_level', m.from_level, 'to_level', m.to_level,
                'minutes', m.estimated_minutes, 'starts_week', m.starts_week, 'ends_week', m.ends_week,
                'milestone', m.milestone, 'status', CASE WHEN p.shows_progress THEN m.status END,
                'requires', ARRAY(
                    SELECT edge.requires_id FROM public.roadmaps_moduleprerequisite AS edge
                    JOIN public.roadmaps_module AS required ON required.id = edge.requires_id
                    WHERE edge.module_id = m.id AND required.status <> 'removed' ORDER BY edge.id
                )
            ) ORDER BY m.position)
            FROM public.roadmaps_module AS m LEFT JOIN public.users_skill AS s ON s.id = m.skill_id
            WHERE m.roadmap_id = r.id AND m.status <> 'removed'
        ), '[]'))
    FROM public.roadmaps_publication AS p JOIN public.roadmaps_roadmap AS r ON r.id = p.roadmap_id
    WHERE p.slug = p_slug AND private.roadmaps_is_open(r)
        AND (r.visibility = 'public' OR EXISTS (
            SELECT FROM public.roadmaps_sharelink AS link
            WHERE link.roadmap_id = r.id AND link.token_hash = p_token_hash AND link.revoked_at IS NULL
                AND (link.expires_at IS NULL OR link.expires_at > now())
        ))
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.roadmaps_shown(p_slug text, p_token_hash text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT jsonb_build_object(
        'slug', p.slug, 'title', r.title, 'goal', r.goal_text, 'language', p.language,
        'track', (SELECT t.name FROM public.users_track AS t WHERE t.id = r.track_id),
        'hours_per_week', r.hours_per_week, 'weeks', r.weeks, 'is_listed', r.visibility = 'public',
        'progress', CASE WHEN p.shows_progress THEN r.progress END,
        'author', private.roadmaps_author(r.id),
        'rating', (
            SELECT jsonb_build_object('mean', listing.rating_mean, 'count', listing.rating_count)
            FROM public.roadmaps_roadmaplisting AS listing
            WHERE listing.roadmap_id = r.id AND listing.rating_count > 0
        ),
        'modules', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'id', m.id, 'title', m.title, 'description', m.description,
                'skill_id', m.skill_id, 'skill', s.name, 'from_level', m.from_level, 'to_level', m.to_level,
                'minutes', m.estimated_minutes, 'starts_week', m.starts_week, 'ends_week', m.ends_week,
                'milestone', m.milestone, 'status', CASE WHEN p.shows_progress THEN m.status END,
                'requires', ARRAY(
                    SELECT edge.requires_id FROM public.roadmaps_moduleprerequisite AS edge
                    JOIN public.roadmaps_module AS required ON required.id = edge.requires_id
                    WHERE edge.module_id = m.id AND required.status <> 'removed' ORDER BY edge.id
                )
            ) ORDER BY m.position)
            FROM public.roadmaps_module AS m LEFT JOIN public.users_skill AS s ON s.id = m.skill_id
            WHERE m.roadmap_id = r.id AND m.status <> 'removed'
        ), '[]'))
    FROM public.roadmaps_publication AS p JOIN public.roadmaps_roadmap AS r ON r.id = p.roadmap_id
    WHERE p.slug = p_slug AND private.roadmaps_is_open(r)
        AND (r.visibility = 'public' OR EXISTS (
            SELECT FROM public.roadmaps_sharelink AS link
            WHERE link.roadmap_id = r.id AND link.token_hash = p_token_hash AND link.revoked_at IS NULL
                AND (link.expires_at IS NULL OR link.expires_at > now())
        ))
$$;
CREATE OR REPLACE FUNCTION private.roadmaps_write_listings(p_roadmaps uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    DELETE FROM public.roadmaps_roadmaplisting AS listing
    WHERE listing.roadmap_id = ANY (p_roadmaps) AND NOT EXISTS (
        SELECT FROM public.roadmaps_roadmap AS r
        WHERE r.id = listing.roadmap_id AND r.visibility = 'public' AND private.roadmaps_is_open(r)
    );
    INSERT INTO public.roadmaps_roadmaplisting AS listing
        (id, roadmap_id, slug, title, goal_text, track_id, language, hours_per_week, weeks, search, rating_count,
         rating_mean)
    SELECT p.id, r.id, p.slug, r.title, r.goal_text, r.track_id, p.language, r.hours_per_week, r.weeks,
        to_tsvector('pg_catalog.simple', concat_ws(' ', r.title, r.goal_text)), rated.number, rated.mean
    FROM public.roadmaps_roadmap AS r
    JOIN public.roadmaps_publication AS p ON p.roadmap_id = r.id
    CROSS JOIN LATERAL (
        SELECT count(*) AS number, round(avg(value), 2) AS mean
        FROM public.roadmaps_roadmaprating WHERE roadmap_id = r.id
    ) AS rated
    WHERE r.id = ANY (p_roadmaps) AND r.visibility = 'public' AND private.roadmaps_is_open(r)
    ON CONFLICT (roadmap_id) DO UPDATE SET
        slug = EXCLUDED.slug, title = EXCLUDED.title, goal_text = EXCLUDED.goal_text, track_id = EXCLUDED.track_id,
        language = EXCLUDED.language, hours_per_week = EXCLUDED.hours_per_week, weeks = EXCLUDED.weeks,
        search = EXCLUDED.search, rating_count = EXCLUDED.rating_count, rating_mean = EXCLUDED.rating_mean;
END
$$;
CREATE OR REPLACE FUNCTION private.roadmaps_is_open(p_roadmap public.roadmaps_roadmap) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT p_roadmap.visibility <> 'private' AND p_roadmap.status IN ('draft', 'ready')
        AND EXISTS (
            SELECT FROM public.roadmaps_publication WHERE roadmap_id = p_roadmap.id AND taken_down_at IS NULL
        )
        AND EXISTS (SELECT FROM public.users_user WHERE id = p_roadmap.owner_id AND is_active)
        AND NOT EXISTS (SELECT FROM public.users_departure WHERE user_id = p_roadmap.owner_id)
$$;
DROP FUNCTION private.platform_id();
