-- The account service changes accounts, their address and password among them. In the name of a person it changes that
-- person's and no other, whatever the statement says; nobody is named while a login or a link says whose account it is.
ALTER POLICY update_accounts ON users_user
    USING (is_active AND coalesce(id = (SELECT auth.uid()), true)) WITH CHECK (is_active);

-- reverse
ALTER POLICY update_accounts ON users_user USING (is_active) WITH CHECK (is_active);
