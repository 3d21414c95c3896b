-- A module that is completed because another roadmap's was is no work of its own, and brings nothing.
CREATE OR REPLACE FUNCTION private.badges_settle_modules(p_modules uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    SELECT private.badges_settle('modules_completed', 'module',
        array_agg(r.owner_id), array_agg(touched.id),
        array_agg(CASE WHEN m.status = 'completed' AND m.counted_from IS NULL THEN 1 ELSE 0 END))
    FROM unnest(p_modules) AS touched (id)
    LEFT JOIN public.roadmaps_module m ON m.id = touched.id
    LEFT JOIN public.roadmaps_roadmap r ON r.id = m.roadmap_id
    HAVING count(*) > 0
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.badges_settle_modules(p_modules uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    SELECT private.badges_settle('modules_completed', 'module',
        array_agg(r.owner_id), array_agg(touched.id), array_agg(CASE m.status WHEN 'completed' THEN 1 ELSE 0 END))
    FROM unnest(p_modules) AS touched (id)
    LEFT JOIN public.roadmaps_module m ON m.id = touched.id
    LEFT JOIN public.roadmaps_roadmap r ON r.id = m.roadmap_id
    HAVING count(*) > 0
$$;
