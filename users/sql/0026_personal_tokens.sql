-- Personal tokens are for the account service alone: in the name of a person it sees that person's, and nobody is named
-- while a token says who asks. Requests never read one; workers write when it was used.
ALTER TABLE users_personaltoken ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_personaltoken FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON users_personaltoken TO account_service;
CREATE POLICY select_asked ON users_personaltoken FOR SELECT TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY insert_asked ON users_personaltoken FOR INSERT TO account_service
    WITH CHECK (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY delete_asked ON users_personaltoken FOR DELETE TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));

SELECT private.audit_table('users_personaltoken', '-token_hash', '-last_used_at');

-- reverse
DROP TRIGGER audit_inserted ON users_personaltoken;
DROP TRIGGER audit_updated ON users_personaltoken;
DROP TRIGGER audit_deleted ON users_personaltoken;
DROP POLICY delete_asked ON users_personaltoken;
DROP POLICY insert_asked ON users_personaltoken;
DROP POLICY select_asked ON users_personaltoken;
REVOKE ALL ON users_personaltoken FROM account_service;
ALTER TABLE users_personaltoken NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_personaltoken DISABLE ROW LEVEL SECURITY;
