-- For policies: what the person of auth.uid() is today, read from the account and not from the claims, which may be
-- five minutes old. False for nobody. Written as (SELECT private.is_moderating()), so that it runs once a statement.
CREATE FUNCTION private.is_moderating() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT EXISTS (
        SELECT FROM public.users_user WHERE id = auth.uid() AND is_active AND role IN ('moderator', 'admin')
    )
$$;
ALTER FUNCTION private.is_moderating() OWNER TO sb_definer;
CREATE FUNCTION private.is_admin() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT EXISTS (SELECT FROM public.users_user WHERE id = auth.uid() AND is_active AND role = 'admin')
$$;
ALTER FUNCTION private.is_admin() OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.is_moderating(), private.is_admin() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.is_moderating(), private.is_admin() TO authenticated;

-- reverse
DROP FUNCTION private.is_moderating();
DROP FUNCTION private.is_admin();
