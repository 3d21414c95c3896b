-- A person sees their own logins: where and when, and nothing of the tokens.
GRANT SELECT (id, user_id, user_agent, ip_address, created_at, rotated_at, expires_at, revoked_at)
    ON users_refreshtokenfamily TO authenticated;
CREATE POLICY select_own ON users_refreshtokenfamily FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()));

-- The account service ends a person's sessions in that person's name, and then sees no others. Nobody is named where
-- nobody is known yet: at a login or a refresh.
ALTER POLICY select_logins ON users_refreshtokenfamily USING (coalesce(user_id = (SELECT auth.uid()), true));
ALTER POLICY update_logins ON users_refreshtokenfamily
    USING (revoked_at IS NULL AND coalesce(user_id = (SELECT auth.uid()), true));

-- reverse
ALTER POLICY update_logins ON users_refreshtokenfamily USING (revoked_at IS NULL);
ALTER POLICY select_logins ON users_refreshtokenfamily USING (true);
DROP POLICY select_own ON users_refreshtokenfamily;
REVOKE SELECT (id, user_id, user_agent, ip_address, created_at, rotated_at, expires_at, revoked_at)
    ON users_refreshtokenfamily FROM authenticated;
