-- Who is told of what, as functions of the facts: the triggers call them, and `check_derived --fix` where news are
-- missing. Keys make a repeat harmless.

-- Once for each award.
CREATE FUNCTION private.badges_tell_of_awards(p_awards uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        a.user_id, 'badge_awarded', NULL, 'award', a.id,
        jsonb_build_object('title', b.name, 'slug', b.slug, 'description', b.description, 'tier', b.tier),
        'badge_awarded:' || a.id
    )
    FROM public.badges_award a JOIN public.badges_badge b ON b.id = a.badge_id
    WHERE a.id = ANY (p_awards);
END
$$;
ALTER FUNCTION private.badges_tell_of_awards(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.badges_tell_of_awards(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.badges_tell_of_awards(uuid[]) TO service_role;

CREATE OR REPLACE FUNCTION private.badges_notify_awarded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.badges_tell_of_awards(ARRAY(SELECT id FROM new_rows));
    RETURN NULL;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.badges_notify_awarded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        a.user_id, 'badge_awarded', NULL, 'award', a.id,
        jsonb_build_object('title', b.name, 'slug', b.slug, 'description', b.description, 'tier', b.tier),
        'badge_awarded:' || a.id
    )
    FROM new_rows a JOIN public.badges_badge b ON b.id = a.badge_id;
    RETURN NULL;
END
$$;
DROP FUNCTION private.badges_tell_of_awards(uuid[]);
