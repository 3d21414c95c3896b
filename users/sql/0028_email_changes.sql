-- Changes of addresses are written by the account service alone: in the name of a person it sees theirs, and nobody is
-- named while a link says whose change it is. A person reads their own.
ALTER TABLE users_emailchange ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_emailchange FORCE ROW LEVEL SECURITY;
GRANT SELECT ON users_emailchange TO authenticated;
CREATE POLICY select_own ON users_emailchange FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
GRANT SELECT, INSERT, UPDATE, DELETE ON users_emailchange TO account_service;
CREATE POLICY select_asked ON users_emailchange FOR SELECT TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY insert_asked ON users_emailchange FOR INSERT TO account_service
    WITH CHECK (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY update_asked ON users_emailchange FOR UPDATE TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
CREATE POLICY delete_asked ON users_emailchange FOR DELETE TO account_service
    USING (coalesce(user_id = (SELECT auth.uid()), true));
GRANT UPDATE (email) ON users_user TO account_service;

-- reverse
REVOKE UPDATE (email) ON users_user FROM account_service;
DROP POLICY delete_asked ON users_emailchange;
DROP POLICY update_asked ON users_emailchange;
DROP POLICY insert_asked ON users_emailchange;
DROP POLICY select_asked ON users_emailchange;
REVOKE ALL ON users_emailchange FROM account_service;
DROP POLICY select_own ON users_emailchange;
REVOKE ALL ON users_emailchange FROM authenticated;
ALTER TABLE users_emailchange NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_emailchange DISABLE ROW LEVEL SECURITY;
