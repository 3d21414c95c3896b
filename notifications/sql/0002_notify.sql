-- What holds for people who switched nothing: one row per kind and channel. A view and not a table, so that only a
-- migration changes it and no copy of it can be lost or edited by hand.
CREATE VIEW notifications_channeldefault AS
SELECT kind || ':' || channel AS id, kind, channel, is_enabled, is_mandatory
FROM (
    SELECT kind, 'in_app' AS channel, true AS is_enabled, kind = 'account_security' AS is_mandatory
    FROM unnest(ARRAY[
        'badge_awarded', 'roadmap_ready', 'roadmap_failed', 'roadmap_shared', 'work_recorded', 'module_completed',
        'match_requested', 'match_info_requested', 'match_accepted', 'match_declined', 'match_cancelled',
        'match_expired', 'message_received', 'reply_posted', 'solution_accepted', 'mentioned', 'sanctioned',
        'account_security', 'announcement'
    ]) AS kind
    UNION ALL
    VALUES
        ('badge_awarded', 'email', true, false),
        ('roadmap_ready', 'email', true, false),
        ('roadmap_failed', 'email', true, false),
        ('roadmap_shared', 'email', true, false),
        ('work_recorded', 'email', false, false),
        ('module_completed', 'email', false, false),
        ('match_requested', 'email', true, false),
        ('match_info_requested', 'email', true, false),
        ('match_accepted', 'email', true, false),
        ('match_declined', 'email', true, false),
        ('match_cancelled', 'email', true, false),
        ('match_expired', 'email', true, false),
        ('message_received', 'email', true, false),
        ('reply_posted', 'email', true, false),
        ('solution_accepted', 'email', true, false),
        ('mentioned', 'email', true, false),
        ('sanctioned', 'email', true, false),
        ('account_security', 'email', true, true),
        ('announcement', 'email', true, false)
) AS defaults;

-- Tells a person something, once per key. Nobody is told what they did themselves, except about their own achievements.
-- For trigger functions of any app (owned by sb_definer); p_key NULL means that the fact cannot come twice.
CREATE FUNCTION private.notify(
    p_recipient uuid, p_kind text, p_actor uuid, p_target_type text, p_target_id uuid, p_data jsonb, p_key text
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO public.notifications_notification
        (id, recipient_id, kind, actor_id, target_type, target_id, data, uniqueness_key, created_at)
    SELECT id, p_recipient, p_kind, p_actor, coalesce(p_target_type, ''), p_target_id, coalesce(p_data, '{}'),
           coalesce(p_key, id::text), now()
    FROM private.new_id() AS id
    WHERE p_recipient IS NOT NULL
      AND (p_actor IS DISTINCT FROM p_recipient OR p_kind IN (
          'badge_awarded', 'roadmap_ready', 'roadmap_failed', 'work_recorded', 'module_completed', 'account_security'
      ))
    ON CONFLICT (uniqueness_key) DO NOTHING
$$;
ALTER FUNCTION private.notify(uuid, text, uuid, text, uuid, jsonb, text) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.notify(uuid, text, uuid, text, uuid, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.notify(uuid, text, uuid, text, uuid, jsonb, text) TO service_role;

-- Decides for each new notification and channel whether it goes out, and why; what goes out gets its outbox row.
-- The list in the application needs no sending, so in_app is sent at once; its outbox row is for the live connection.
CREATE FUNCTION private.notifications_decide_deliveries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    delivery_id uuid;
BEGIN
    FOR delivery_id IN
    WITH decisions AS (
        SELECT private.new_id() AS id, n.id AS notification_id, d.channel,
            CASE
                WHEN NOT u.is_active THEN 'inactive'
                WHEN d.channel = 'email' AND u.email_confirmed_at IS NULL THEN 'no_confirmed_address'
                WHEN d.is_mandatory THEN 'mandatory'
                WHEN p.is_enabled THEN 'preference_on'
                WHEN NOT p.is_enabled THEN 'preference_off'
                WHEN d.is_enabled THEN 'default_on'
                ELSE 'default_off'
            END AS reason
        FROM new_rows n
        JOIN public.users_user u ON u.id = n.recipient_id
        JOIN public.notifications_channeldefault d ON d.kind = n.kind
        LEFT JOIN public.notifications_preference p
            ON p.user_id = n.recipient_id AND p.kind = n.kind AND p.channel = d.channel
    ), deliveries AS (
        INSERT INTO public.notifications_delivery
            (id, notification_id, channel, status, reason, attempts, sent_at, created_at, updated_at)
        SELECT id, notification_id, channel, status, reason, 0, CASE status WHEN 'sent' THEN now() END, now(), now()
        FROM (
            SELECT *, CASE
                WHEN reason NOT IN ('mandatory', 'preference_on', 'default_on') THEN 'skipped'
                WHEN channel = 'in_app' THEN 'sent'
                ELSE 'pending'
            END AS status
            FROM decisions
        ) AS decided
        RETURNING id, status
    )
    SELECT id FROM deliveries WHERE status <> 'skipped'
    LOOP
        PERFORM private.publish(
            'notifications.deliver', jsonb_build_object('delivery_id', delivery_id), 'delivery:' || delivery_id
        );
    END LOOP;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.notifications_decide_deliveries() OWNER TO sb_definer;
CREATE TRIGGER notifications_decide_deliveries AFTER INSERT ON notifications_notification
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.notifications_decide_deliveries();

-- A delivery is decided on at once; one that waits is sent, skipped or given up. Given up is not for good: the message
-- is a dead letter then, which somebody may replay.
CREATE TRIGGER delivery_legal_start BEFORE INSERT ON notifications_delivery
    FOR EACH ROW WHEN (NEW.status = 'failed') EXECUTE FUNCTION private.refuse_illegal_step('status');
CREATE TRIGGER delivery_legal_transition BEFORE UPDATE ON notifications_delivery
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'pending>sent', 'pending>skipped', 'pending>failed', 'failed>sent', 'failed>skipped');

CREATE TRIGGER broadcast_legal_start BEFORE INSERT ON notifications_broadcast
    FOR EACH ROW WHEN (NEW.status <> 'running') EXECUTE FUNCTION private.refuse_illegal_step('status');
CREATE TRIGGER broadcast_legal_transition BEFORE UPDATE ON notifications_broadcast
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status', 'running>done');

-- reverse
DROP TRIGGER broadcast_legal_transition ON notifications_broadcast;
DROP TRIGGER broadcast_legal_start ON notifications_broadcast;
DROP TRIGGER delivery_legal_transition ON notifications_delivery;
DROP TRIGGER delivery_legal_start ON notifications_delivery;
DROP TRIGGER notifications_decide_deliveries ON notifications_notification;
DROP FUNCTION private.notifications_decide_deliveries();
DROP FUNCTION private.notify(uuid, text, uuid, text, uuid, jsonb, text);
DROP VIEW notifications_channeldefault;
