-- Who reads the audit trail; the same rules as visible_to() in querysets.py. Nobody writes it by a policy.
GRANT SELECT ON users_auditentry, users_auditseal TO authenticated;
CREATE POLICY select_own ON users_auditentry FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) AND table_name = '');
CREATE POLICY select_admin ON users_auditentry FOR SELECT TO authenticated USING ((SELECT private.is_admin()));

ALTER TABLE users_auditseal ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_auditseal FORCE ROW LEVEL SECURITY;
CREATE POLICY select_admin ON users_auditseal FOR SELECT TO authenticated USING ((SELECT private.is_admin()));

ALTER TABLE users_auditpending ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_auditpending FORCE ROW LEVEL SECURITY;

-- reverse
ALTER TABLE users_auditpending NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_auditpending DISABLE ROW LEVEL SECURITY;
DROP POLICY select_admin ON users_auditseal;
ALTER TABLE users_auditseal NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_auditseal DISABLE ROW LEVEL SECURITY;
DROP POLICY select_admin ON users_auditentry;
DROP POLICY select_own ON users_auditentry;
REVOKE SELECT ON users_auditentry, users_auditseal FROM authenticated;
