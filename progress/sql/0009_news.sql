-- Who is told of what, as functions of the facts: the triggers call them, and `check_derived --fix` where news are
-- missing. Keys make a repeat harmless.

-- Once for each delivery that became work.
CREATE FUNCTION private.progress_tell_of_work(p_deliveries uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        r.owner_id, 'work_recorded', NULL, 'repository', r.id,
        jsonb_build_object('title', r.full_name, 'entries', d.entries_recorded, 'event', d.event),
        'work_recorded:' || d.id
    )
    FROM public.progress_webhookdelivery d JOIN public.progress_repository r ON r.id = d.repository_id
    WHERE d.id = ANY (p_deliveries) AND d.status = 'processed';
END
$$;
ALTER FUNCTION private.progress_tell_of_work(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.progress_tell_of_work(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.progress_tell_of_work(uuid[]) TO service_role;

CREATE OR REPLACE FUNCTION private.progress_notify_work_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.progress_tell_of_work(ARRAY(
        SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
        WHERE n.status = 'processed' AND o.status <> 'processed'
    ));
    RETURN NULL;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.progress_notify_work_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        r.owner_id, 'work_recorded', NULL, 'repository', r.id,
        jsonb_build_object('title', r.full_name, 'entries', n.entries_recorded, 'event', n.event),
        'work_recorded:' || n.id
    )
    FROM new_rows n
    JOIN old_rows o ON o.id = n.id
    JOIN public.progress_repository r ON r.id = n.repository_id
    WHERE n.status = 'processed' AND o.status <> 'processed';
    RETURN NULL;
END
$$;
DROP FUNCTION private.progress_tell_of_work(uuid[]);
