-- What a request may do. Notifications and deliveries are written by triggers and workers only.
GRANT SELECT, UPDATE (read_at) ON notifications_notification TO authenticated;
GRANT SELECT ON notifications_delivery, notifications_channeldefault TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON notifications_preference TO authenticated;

-- reverse
REVOKE ALL ON notifications_notification, notifications_delivery, notifications_channeldefault,
    notifications_preference FROM authenticated;
