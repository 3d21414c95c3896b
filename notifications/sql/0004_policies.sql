-- Whose rows a request sees and changes; the same rules as visible_to() in querysets.py.
ALTER TABLE notifications_notification ENABLE ROW LEVEL SECURITY;
ALTER TABLE notifications_notification FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON notifications_notification FOR SELECT TO authenticated
    USING (recipient_id = (SELECT auth.uid()));
CREATE POLICY update_own ON notifications_notification FOR UPDATE TO authenticated
    USING (recipient_id = (SELECT auth.uid())) WITH CHECK (recipient_id = (SELECT auth.uid()));

ALTER TABLE notifications_delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE notifications_delivery FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON notifications_delivery FOR SELECT TO authenticated
    USING (EXISTS (
        SELECT FROM notifications_notification n
        WHERE n.id = notifications_delivery.notification_id AND n.recipient_id = (SELECT auth.uid())
    ));

ALTER TABLE notifications_preference ENABLE ROW LEVEL SECURITY;
ALTER TABLE notifications_preference FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON notifications_preference FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()));
CREATE POLICY insert_own ON notifications_preference FOR INSERT TO authenticated
    WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY update_own ON notifications_preference FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY delete_own ON notifications_preference FOR DELETE TO authenticated
    USING (user_id = (SELECT auth.uid()));

GRANT SELECT ON notifications_broadcast TO authenticated;
ALTER TABLE notifications_broadcast ENABLE ROW LEVEL SECURITY;
ALTER TABLE notifications_broadcast FORCE ROW LEVEL SECURITY;
CREATE POLICY select_moderating ON notifications_broadcast FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));

ALTER VIEW notifications_channeldefault SET (security_invoker = true);

-- reverse
ALTER VIEW notifications_channeldefault RESET (security_invoker);
DROP POLICY select_moderating ON notifications_broadcast;
ALTER TABLE notifications_broadcast NO FORCE ROW LEVEL SECURITY;
ALTER TABLE notifications_broadcast DISABLE ROW LEVEL SECURITY;
REVOKE SELECT ON notifications_broadcast FROM authenticated;
DROP POLICY delete_own ON notifications_preference;
DROP POLICY update_own ON notifications_preference;
DROP POLICY insert_own ON notifications_preference;
DROP POLICY select_own ON notifications_preference;
ALTER TABLE notifications_preference NO FORCE ROW LEVEL SECURITY;
ALTER TABLE notifications_preference DISABLE ROW LEVEL SECURITY;
DROP POLICY select_own ON notifications_delivery;
ALTER TABLE notifications_delivery NO FORCE ROW LEVEL SECURITY;
ALTER TABLE notifications_delivery DISABLE ROW LEVEL SECURITY;
DROP POLICY update_own ON notifications_notification;
DROP POLICY select_own ON notifications_notification;
ALTER TABLE notifications_notification NO FORCE ROW LEVEL SECURITY;
ALTER TABLE notifications_notification DISABLE ROW LEVEL SECURITY;
