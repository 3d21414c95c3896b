-- Of an account a request reads names and states; not the password, not the address, not when somebody was there.
-- Taking SELECT from the table takes it from the columns too, the three that forum grants included.
REVOKE SELECT ON users_user FROM authenticated;
GRANT SELECT (
    id, handle, display_name, role, is_active, is_staff, is_superuser, token_version, created_at, updated_at
) ON users_user TO authenticated;

-- One's own address.
CREATE FUNCTION private.my_email() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT email FROM public.users_user WHERE id = auth.uid()
$$;
ALTER FUNCTION private.my_email() OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.my_email() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.my_email() TO authenticated;

-- reverse
DROP FUNCTION private.my_email();
REVOKE SELECT ON users_user FROM authenticated;
GRANT SELECT ON users_user TO authenticated;
