-- What a copy of a roadmap is made from: what roadmaps/content.py says of it, and its id. For its owner, and for whoever may
-- read it: of a public one by its id or its slug, of an unlisted one by the hash of a link's token too. NULL for all else.
CREATE FUNCTION private.roadmaps_content(p_roadmap uuid, p_slug text, p_token_hash text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT jsonb_build_object(
        'id', r.id,
        'roadmap', jsonb_build_object(
            'title', r.title, 'goal_text', r.goal_text, 'hours_per_week', r.hours_per_week, 'weeks', r.weeks,
            'track', (SELECT t.slug FROM public.users_track AS t WHERE t.id = r.track_id),
            'understood', coalesce((
                SELECT jsonb_object_agg(key, value) FROM jsonb_each(r.understood) WHERE key IN ('track', 'targets')
            ), '{}')),
        'modules', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'id', m.id, 'title', m.title, 'description', m.description, 'skill', s.slug,
                'from_level', m.from_level, 'to_level', m.to_level, 'weight', m.weight,
                'estimated_minutes', m.estimated_minutes, 'milestone', m.milestone,
                'starts_week', m.starts_week, 'ends_week', m.ends_week,
                'requires', ARRAY(
                    SELECT edge.requires_id FROM public.roadmaps_moduleprerequisite AS edge
                    JOIN public.roadmaps_module AS required ON required.id = edge.requires_id
                    WHERE edge.module_id = m.id AND required.status <> 'removed' ORDER BY edge.requires_id
                )
            ) ORDER BY m.position)
            FROM public.roadmaps_module AS m LEFT JOIN public.users_skill AS s ON s.id = m.skill_id
            WHERE m.roadmap_id = r.id AND m.status <> 'removed'
        ), '[]'))
    FROM public.roadmaps_roadmap AS r
    WHERE r.id = coalesce(p_roadmap, (SELECT roadmap_id FROM public.roadmaps_publication WHERE slug = p_slug))
        AND (r.owner_id = auth.uid() OR private.roadmaps_is_open_by(r, p_token_hash))
$$;
ALTER FUNCTION private.roadmaps_content(uuid, text, text) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.roadmaps_content(uuid, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.roadmaps_content(uuid, text, text) TO authenticated;

-- Where a copy comes from, as long as its reader may know: the original's slug, where it is in the gallery, and whose it is.
CREATE FUNCTION private.roadmaps_source(p_roadmap uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT jsonb_build_object(
        'slug', (SELECT slug FROM public.roadmaps_roadmaplisting WHERE roadmap_id = r.id),
        'author', CASE WHEN r.owner_id = auth.uid() THEN (
            SELECT jsonb_build_object('handle', handle, 'display_name', display_name)
            FROM public.users_user WHERE id = r.owner_id
        ) ELSE private.roadmaps_author(r.id) END)
    FROM public.roadmaps_roadmap AS r
    WHERE r.id = p_roadmap
        AND (r.owner_id = auth.uid() OR r.visibility = 'public' AND private.roadmaps_is_open(r))
$$;
ALTER FUNCTION private.roadmaps_source(uuid) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.roadmaps_source(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.roadmaps_source(uuid) TO authenticated;

-- reverse
DROP FUNCTION private.roadmaps_source(uuid);
DROP FUNCTION private.roadmaps_content(uuid, text, text);
