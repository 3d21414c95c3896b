-- Second factors and passkeys are for the account service alone: requests reach them through its endpoints, never by a
-- query of their own. In the name of a person it sees that person's; nobody is named at a login.
ALTER TABLE users_authenticatorapp ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_authenticatorapp FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON users_authenticatorapp TO account_service;
CREATE POLICY select_asked ON users_authenticatorapp FOR SELECT TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY insert_asked ON users_authenticatorapp FOR INSERT TO account_service
    WITH CHECK (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY update_asked ON users_authenticatorapp FOR UPDATE TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY delete_asked ON users_authenticatorapp FOR DELETE TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));

ALTER TABLE users_passkey ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_passkey FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON users_passkey TO account_service;
CREATE POLICY select_asked ON users_passkey FOR SELECT TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY insert_asked ON users_passkey FOR INSERT TO account_service
    WITH CHECK (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY update_asked ON users_passkey FOR UPDATE TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY delete_asked ON users_passkey FOR DELETE TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));

ALTER TABLE users_recoverycode ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_recoverycode FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON users_recoverycode TO account_service;
CREATE POLICY select_asked ON users_recoverycode FOR SELECT TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY insert_asked ON users_recoverycode FOR INSERT TO account_service
    WITH CHECK (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY update_asked ON users_recoverycode FOR UPDATE TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY delete_asked ON users_recoverycode FOR DELETE TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));

ALTER TABLE users_challenge ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_challenge FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON users_challenge TO account_service;
CREATE POLICY select_asked ON users_challenge FOR SELECT TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY insert_asked ON users_challenge FOR INSERT TO account_service
    WITH CHECK (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY update_asked ON users_challenge FOR UPDATE TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));

GRANT UPDATE (has_short_password) ON users_user TO account_service;
-- Beside their other logins a person sees who looks through their eyes.
GRANT SELECT (impersonated_by) ON users_refreshtokenfamily TO authenticated;

SELECT private.audit_table('users_authenticatorapp', 'secret', '-last_step', '-last_used_at');
SELECT private.audit_table('users_passkey', 'credential_id', 'public_key', '-counter', '-last_used_at');
SELECT private.audit_table('users_recoverycode', 'code_hash');

-- reverse
DROP TRIGGER audit_inserted ON users_recoverycode;
DROP TRIGGER audit_updated ON users_recoverycode;
DROP TRIGGER audit_deleted ON users_recoverycode;
DROP TRIGGER audit_inserted ON users_passkey;
DROP TRIGGER audit_updated ON users_passkey;
DROP TRIGGER audit_deleted ON users_passkey;
DROP TRIGGER audit_inserted ON users_authenticatorapp;
DROP TRIGGER audit_updated ON users_authenticatorapp;
DROP TRIGGER audit_deleted ON users_authenticatorapp;
REVOKE SELECT (impersonated_by) ON users_refreshtokenfamily FROM authenticated;
REVOKE UPDATE (has_short_password) ON users_user FROM account_service;
DROP POLICY update_asked ON users_challenge;
DROP POLICY insert_asked ON users_challenge;
DROP POLICY select_asked ON users_challenge;
REVOKE ALL ON users_challenge FROM account_service;
ALTER TABLE users_challenge NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_challenge DISABLE ROW LEVEL SECURITY;
DROP POLICY delete_asked ON users_recoverycode;
DROP POLICY update_asked ON users_recoverycode;
DROP POLICY insert_asked ON users_recoverycode;
DROP POLICY select_asked ON users_recoverycode;
REVOKE ALL ON users_recoverycode FROM account_service;
ALTER TABLE users_recoverycode NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_recoverycode DISABLE ROW LEVEL SECURITY;
DROP POLICY delete_asked ON users_passkey;
DROP POLICY update_asked ON users_passkey;
DROP POLICY insert_asked ON users_passkey;
DROP POLICY select_asked ON users_passkey;
REVOKE ALL ON users_passkey FROM account_service;
ALTER TABLE users_passkey NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_passkey DISABLE ROW LEVEL SECURITY;
DROP POLICY delete_asked ON users_authenticatorapp;
DROP POLICY update_asked ON users_authenticatorapp;
DROP POLICY insert_asked ON users_authenticatorapp;
DROP POLICY select_asked ON users_authenticatorapp;
REVOKE ALL ON users_authenticatorapp FROM account_service;
ALTER TABLE users_authenticatorapp NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_authenticatorapp DISABLE ROW LEVEL SECURITY;
