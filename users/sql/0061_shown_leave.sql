-- The days on which the weekly slots of a public profile do not hold, told to whoever is told the slots (`availability` of
-- private.users_public_profile); NULL to others, and where there are none.
CREATE FUNCTION private.users_shown_leave(p_handle text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT jsonb_agg(jsonb_build_object('starts_on', away.starts_on, 'ends_on', away.ends_on) ORDER BY away.starts_on)
    FROM private.users_public_profile(p_handle) AS shown
    JOIN public.users_profile AS profile ON profile.user_id = shown.id
    JOIN public.users_leavewindow AS away ON away.profile_id = profile.id
    WHERE shown.availability IS NOT NULL
$$;
ALTER FUNCTION private.users_shown_leave(text) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.users_shown_leave(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.users_shown_leave(text) TO anon, authenticated;

-- reverse
DROP FUNCTION private.users_shown_leave(text);
