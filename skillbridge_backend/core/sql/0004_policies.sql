-- The outbox: requests append what they are there to publish, and nothing in another's name. A key is the topic's own,
-- or somebody could take the key of a message that is to come and so keep it away.
ALTER TABLE core_outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE core_outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY insert_plan ON core_outbox FOR INSERT TO authenticated WITH CHECK (
    topic = 'roadmaps.generate' AND key IS NULL AND actor_id = (SELECT auth.uid())
    AND payload ->> 'owner_id' = (SELECT auth.uid())::text
);
CREATE POLICY insert_round ON core_outbox FOR INSERT TO authenticated WITH CHECK (
    topic = 'matches.run_round' AND starts_with(key, 'matches.run_round:') AND actor_id = (SELECT auth.uid())
    AND (SELECT private.is_moderating())
);
CREATE POLICY insert_account_email ON core_outbox FOR INSERT TO account_service WITH CHECK (
    topic = 'notifications.send_account_email' AND starts_with(key, 'account-email:')
);
CREATE POLICY insert_delivery ON core_outbox FOR INSERT TO webhook_service WITH CHECK (
    topic = 'progress.process_delivery' AND starts_with(key, 'process_delivery:')
);
-- Workers and the relay move rows on, as their login and in no other role.
CREATE POLICY work_off ON core_outbox TO sb_worker USING (true) WITH CHECK (true);

ALTER TABLE core_inbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE core_inbox FORCE ROW LEVEL SECURITY;
CREATE POLICY take_receipt ON core_inbox TO sb_worker USING (true) WITH CHECK (true);

ALTER TABLE core_idempotency ENABLE ROW LEVEL SECURITY;
ALTER TABLE core_idempotency FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON core_idempotency FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY insert_own ON core_idempotency FOR INSERT TO authenticated WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY update_own ON core_idempotency FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));

-- Django's own tables: the owner migrates them, the service and admins go around policies, nobody else sees a row.
ALTER TABLE django_migrations ENABLE ROW LEVEL SECURITY;
ALTER TABLE django_migrations FORCE ROW LEVEL SECURITY;
CREATE POLICY migrate ON django_migrations TO sb_owner USING (true) WITH CHECK (true);
CREATE POLICY select_applied ON django_migrations FOR SELECT TO sb_web, sb_worker USING (true);
ALTER TABLE django_content_type ENABLE ROW LEVEL SECURITY;
ALTER TABLE django_content_type FORCE ROW LEVEL SECURITY;
CREATE POLICY migrate ON django_content_type TO sb_owner USING (true) WITH CHECK (true);
ALTER TABLE auth_permission ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth_permission FORCE ROW LEVEL SECURITY;
CREATE POLICY migrate ON auth_permission TO sb_owner USING (true) WITH CHECK (true);
ALTER TABLE auth_group ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth_group FORCE ROW LEVEL SECURITY;
ALTER TABLE auth_group_permissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE auth_group_permissions FORCE ROW LEVEL SECURITY;
ALTER TABLE django_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE django_session FORCE ROW LEVEL SECURITY;
ALTER TABLE django_admin_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE django_admin_log FORCE ROW LEVEL SECURITY;
ALTER TABLE users_user_groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_user_groups FORCE ROW LEVEL SECURITY;
ALTER TABLE users_user_user_permissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_user_user_permissions FORCE ROW LEVEL SECURITY;

-- reverse
DROP POLICY migrate ON auth_permission;
DROP POLICY migrate ON django_content_type;
DROP POLICY select_applied ON django_migrations;
DROP POLICY migrate ON django_migrations;
DROP POLICY update_own ON core_idempotency;
DROP POLICY insert_own ON core_idempotency;
DROP POLICY select_own ON core_idempotency;
DROP POLICY take_receipt ON core_inbox;
DROP POLICY work_off ON core_outbox;
DROP POLICY insert_delivery ON core_outbox;
DROP POLICY insert_account_email ON core_outbox;
DROP POLICY insert_round ON core_outbox;
DROP POLICY insert_plan ON core_outbox;
ALTER TABLE users_user_user_permissions NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_user_user_permissions DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_user_groups NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_user_groups DISABLE ROW LEVEL SECURITY;
ALTER TABLE django_admin_log NO FORCE ROW LEVEL SECURITY;
ALTER TABLE django_admin_log DISABLE ROW LEVEL SECURITY;
ALTER TABLE django_session NO FORCE ROW LEVEL SECURITY;
ALTER TABLE django_session DISABLE ROW LEVEL SECURITY;
ALTER TABLE auth_group_permissions NO FORCE ROW LEVEL SECURITY;
ALTER TABLE auth_group_permissions DISABLE ROW LEVEL SECURITY;
ALTER TABLE auth_group NO FORCE ROW LEVEL SECURITY;
ALTER TABLE auth_group DISABLE ROW LEVEL SECURITY;
ALTER TABLE auth_permission NO FORCE ROW LEVEL SECURITY;
ALTER TABLE auth_permission DISABLE ROW LEVEL SECURITY;
ALTER TABLE django_content_type NO FORCE ROW LEVEL SECURITY;
ALTER TABLE django_content_type DISABLE ROW LEVEL SECURITY;
ALTER TABLE django_migrations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE django_migrations DISABLE ROW LEVEL SECURITY;
ALTER TABLE core_idempotency NO FORCE ROW LEVEL SECURITY;
ALTER TABLE core_idempotency DISABLE ROW LEVEL SECURITY;
ALTER TABLE core_inbox NO FORCE ROW LEVEL SECURITY;
ALTER TABLE core_inbox DISABLE ROW LEVEL SECURITY;
ALTER TABLE core_outbox NO FORCE ROW LEVEL SECURITY;
ALTER TABLE core_outbox DISABLE ROW LEVEL SECURITY;
