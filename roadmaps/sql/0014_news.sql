-- Who is told of what, as functions of the facts: the triggers call them, and `check_derived --fix` where news are
-- missing. Keys make a repeat harmless.

-- The owner hears when the job that plans their roadmap ends: that it failed, once, and that it succeeded, once, even
-- when it failed before and was opened again.
CREATE FUNCTION private.roadmaps_tell_of_generations(p_generations uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        roadmap.owner_id,
        CASE ended.status WHEN 'succeeded' THEN 'roadmap_ready' ELSE 'roadmap_failed' END,
        NULL, 'roadmap', roadmap.id,
        jsonb_build_object('title', roadmap.title, 'roadmap_id', roadmap.id, 'generation_id', ended.id),
        'roadmap_generation:' || ended.id || CASE WHEN ended.status = 'succeeded' AND EXISTS (
            SELECT FROM public.notifications_notification AS told
            WHERE told.uniqueness_key = 'roadmap_generation:' || ended.id AND told.kind = 'roadmap_failed'
        ) THEN ':opened_again' ELSE '' END)
    FROM public.roadmaps_generation AS ended
    JOIN public.roadmaps_roadmap AS roadmap ON roadmap.id = ended.roadmap_id
    WHERE ended.id = ANY (p_generations) AND ended.status IN ('succeeded', 'failed');
END
$$;
ALTER FUNCTION private.roadmaps_tell_of_generations(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.roadmaps_tell_of_generations(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.roadmaps_tell_of_generations(uuid[]) TO service_role;

CREATE OR REPLACE FUNCTION private.roadmaps_tell_of_generation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.roadmaps_tell_of_generations(ARRAY(
        SELECT ended.id FROM new_rows AS ended JOIN old_rows AS former USING (id)
        WHERE ended.status IN ('succeeded', 'failed') AND former.status <> ended.status
    ));
    RETURN NULL;
END
$$;

-- The mentor hears what was opened to them.
CREATE FUNCTION private.roadmaps_tell_of_grants(p_grants uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        given.mentor_id, 'roadmap_shared', given.owner_id, 'roadmap', given.roadmap_id,
        jsonb_build_object('title', given.title, 'by', learner.handle, 'roadmap_id', given.roadmap_id),
        'roadmap_shared:' || given.id)
    FROM public.roadmaps_roadmapgrant AS given JOIN public.users_user AS learner ON learner.id = given.owner_id
    WHERE given.id = ANY (p_grants);
END
$$;
ALTER FUNCTION private.roadmaps_tell_of_grants(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.roadmaps_tell_of_grants(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.roadmaps_tell_of_grants(uuid[]) TO service_role;

CREATE OR REPLACE FUNCTION private.roadmaps_tell_of_grant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.roadmaps_tell_of_grants(ARRAY(SELECT id FROM new_rows));
    RETURN NULL;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.roadmaps_tell_of_grant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        given.mentor_id, 'roadmap_shared', given.owner_id, 'roadmap', given.roadmap_id,
        jsonb_build_object('title', given.title, 'by', learner.handle, 'roadmap_id', given.roadmap_id),
        'roadmap_shared:' || given.id)
    FROM new_rows AS given JOIN public.users_user AS learner ON learner.id = given.owner_id;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION private.roadmaps_tell_of_generation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        roadmap.owner_id,
        CASE ended.status WHEN 'succeeded' THEN 'roadmap_ready' ELSE 'roadmap_failed' END,
        NULL, 'roadmap', roadmap.id,
        jsonb_build_object('title', roadmap.title, 'roadmap_id', roadmap.id, 'generation_id', ended.id),
        'roadmap_generation:' || ended.id)
    FROM new_rows AS ended
    JOIN old_rows AS before USING (id)
    JOIN public.roadmaps_roadmap AS roadmap ON roadmap.id = ended.roadmap_id
    WHERE ended.status IN ('succeeded', 'failed') AND before.status <> ended.status;
    RETURN NULL;
END
$$;
DROP FUNCTION private.roadmaps_tell_of_grants(uuid[]);
DROP FUNCTION private.roadmaps_tell_of_generations(uuid[]);
