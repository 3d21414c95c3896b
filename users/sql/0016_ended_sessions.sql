-- An access token lives for minutes after its session was ended, unless each request asks. One that is no longer known
-- ended at least a month ago: no token of it is left.
CREATE FUNCTION private.is_session_over(p_family uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM public.users_refreshtokenfamily
        WHERE id = p_family AND user_id = auth.uid() AND (revoked_at IS NOT NULL OR expires_at <= now())
    );
END
$$;
ALTER FUNCTION private.is_session_over(uuid) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.is_session_over(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.is_session_over(uuid) TO authenticated;

-- reverse
DROP FUNCTION private.is_session_over(uuid);
