-- Others keep what they were told, without the handle of who did it.
CREATE FUNCTION private.erasing_notifications(p_person uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    UPDATE public.notifications_notification SET data = data || '{"by": "Deleted member"}'
    WHERE actor_id = p_person AND data ? 'by'
$$;
ALTER FUNCTION private.erasing_notifications(uuid) OWNER TO sb_definer;

-- reverse
DROP FUNCTION private.erasing_notifications(uuid);
