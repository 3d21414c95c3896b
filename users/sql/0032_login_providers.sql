-- Login providers. Links are written by the account service alone, in the name of the person; at a login nobody is named
-- yet. A person reads their own, for the copy of their data. Visits are the account service's alone.
ALTER TABLE users_sociallink ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_sociallink FORCE ROW LEVEL SECURITY;
GRANT SELECT ON users_sociallink TO authenticated;
CREATE POLICY select_own ON users_sociallink FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
GRANT SELECT, INSERT, DELETE ON users_sociallink TO account_service;
GRANT UPDATE (email, login, name, last_used_at) ON users_sociallink TO account_service;
CREATE POLICY select_asked ON users_sociallink FOR SELECT TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY insert_asked ON users_sociallink FOR INSERT TO account_service
    WITH CHECK (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY update_asked ON users_sociallink FOR UPDATE TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY delete_asked ON users_sociallink FOR DELETE TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));

ALTER TABLE users_providervisit ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_providervisit FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON users_providervisit TO account_service;
CREATE POLICY select_asked ON users_providervisit FOR SELECT TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY insert_asked ON users_providervisit FOR INSERT TO account_service
    WITH CHECK (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY update_asked ON users_providervisit FOR UPDATE TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));

SELECT private.audit_table('users_sociallink', '~email', '-login', '-name', '-last_used_at');

-- reverse
DROP TRIGGER audit_inserted ON users_sociallink;
DROP TRIGGER audit_updated ON users_sociallink;
DROP TRIGGER audit_deleted ON users_sociallink;
DROP POLICY update_asked ON users_providervisit;
DROP POLICY insert_asked ON users_providervisit;
DROP POLICY select_asked ON users_providervisit;
REVOKE ALL ON users_providervisit FROM account_service;
ALTER TABLE users_providervisit NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_providervisit DISABLE ROW LEVEL SECURITY;
DROP POLICY delete_asked ON users_sociallink;
DROP POLICY update_asked ON users_sociallink;
DROP POLICY insert_asked ON users_sociallink;
DROP POLICY select_asked ON users_sociallink;
DROP POLICY select_own ON users_sociallink;
REVOKE ALL ON users_sociallink FROM authenticated, account_service;
ALTER TABLE users_sociallink NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_sociallink DISABLE ROW LEVEL SECURITY;
