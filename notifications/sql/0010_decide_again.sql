-- The decision about deliveries as a function of notifications, so that `check_derived --fix` decides by the rule that
-- the trigger decides by. A channel that was decided on is left alone.
CREATE FUNCTION private.notifications_decide(p_notifications uuid[]) RETURNS void
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
        FROM public.notifications_notification n
        JOIN public.users_user u ON u.id = n.recipient_id
        JOIN public.notifications_channeldefault d ON d.kind = n.kind
        LEFT JOIN public.notifications_preference p
            ON p.user_id = n.recipient_id AND p.kind = n.kind AND p.channel = d.channel
        WHERE n.id = ANY (p_notifications)
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
        ON CONFLICT (notification_id, channel) DO NOTHING
        RETURNING id, status
    )
    SELECT id FROM deliveries WHERE status <> 'skipped'
    LOOP
        PERFORM private.publish(
            'notifications.deliver', jsonb_build_object('delivery_id', delivery_id), 'delivery:' || delivery_id
        );
    END LOOP;
END
$$;
ALTER FUNCTION private.notifications_decide(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.notifications_decide(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.notifications_decide(uuid[]) TO service_role;

CREATE OR REPLACE FUNCTION private.notifications_decide_deliveries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notifications_decide(ARRAY(SELECT id FROM new_rows));
    RETURN NULL;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.notifications_decide_deliveries() RETURNS trigger
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
DROP FUNCTION private.notifications_decide(uuid[]);
