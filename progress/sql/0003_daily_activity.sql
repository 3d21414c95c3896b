-- Log → daily sums; deliveries → the repository's last delivery and the learner's notification.

-- Recomputes the sums of these (learner, day) pairs, the arrays in step, and returns how many were not right.
-- A reopened module is no work of its day, so it does not count as an entry. Rows are locked in (user, day) order and
-- read anew after the lock.
CREATE FUNCTION private.progress_roll_up(p_users uuid[], p_days date[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    corrected integer;
BEGIN
    INSERT INTO public.progress_dailyactivity
        (id, user_id, day, entries, minutes, commits, pull_requests, modules_completed)
    SELECT private.new_id(), pair.user_id, pair.day, 0, 0, 0, 0, 0
    FROM (SELECT DISTINCT * FROM unnest(p_users, p_days) AS p (user_id, day)) AS pair
    ORDER BY pair.user_id, pair.day
    ON CONFLICT (user_id, day) DO NOTHING;
    PERFORM 1 FROM public.progress_dailyactivity a
    JOIN (SELECT DISTINCT * FROM unnest(p_users, p_days) AS p (user_id, day)) AS pair USING (user_id, day)
    ORDER BY a.user_id, a.day FOR UPDATE OF a;
    UPDATE public.progress_dailyactivity a
    SET entries = s.entries, minutes = s.minutes, commits = s.commits, pull_requests = s.pull_requests,
        modules_completed = s.modules_completed
    FROM (
        SELECT pair.user_id, pair.day,
            count(l.id) FILTER (WHERE l.kind <> 'module_reopened') AS entries,
            coalesce(sum(l.minutes), 0) AS minutes,
            coalesce(sum(l.commits), 0) AS commits,
            count(l.id) FILTER (WHERE l.kind = 'pull_request_merged') AS pull_requests,
            count(l.id) FILTER (WHERE l.kind = 'module_completed') AS modules_completed
        FROM (SELECT DISTINCT * FROM unnest(p_users, p_days) AS p (user_id, day)) AS pair
        LEFT JOIN public.progress_progresslog l ON l.user_id = pair.user_id AND l.occurred_on = pair.day
        GROUP BY pair.user_id, pair.day
    ) AS s
    WHERE a.user_id = s.user_id AND a.day = s.day
      AND (a.entries, a.minutes, a.commits, a.pull_requests, a.modules_completed)
          IS DISTINCT FROM (s.entries, s.minutes, s.commits, s.pull_requests, s.modules_completed);
    GET DIAGNOSTICS corrected = ROW_COUNT;
    RETURN corrected;
END
$$;
ALTER FUNCTION private.progress_roll_up(uuid[], date[]) OWNER TO sb_definer;

-- The same for every pair from this day on, whether the log or the sums know of it. For the hourly roll-up.
CREATE FUNCTION private.progress_roll_up_since(p_day date) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    SELECT private.progress_roll_up(coalesce(array_agg(user_id), '{}'), coalesce(array_agg(day), '{}'))
    FROM (
        SELECT user_id, occurred_on AS day FROM public.progress_progresslog WHERE occurred_on >= p_day
        UNION
        SELECT user_id, day FROM public.progress_dailyactivity WHERE day >= p_day
    ) AS pairs
$$;
ALTER FUNCTION private.progress_roll_up_since(date) OWNER TO sb_definer;

CREATE FUNCTION private.progress_roll_up_new_entries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.progress_roll_up(array_agg(user_id), array_agg(occurred_on)) FROM new_rows HAVING count(*) > 0;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.progress_roll_up_new_entries() OWNER TO sb_definer;
CREATE TRIGGER progress_roll_up_new_entries AFTER INSERT ON progress_progresslog
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.progress_roll_up_new_entries();

-- The longest run of days in a row on which something was done, ever: the metric behind streak badges, which are awarded
-- in the transaction of the work. `progress/streaks.py` answers the same for a list of days; a test holds them together.
CREATE FUNCTION private.progress_longest_streak(p_user uuid) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT coalesce(max(length), 0)::integer FROM (
        SELECT count(*) AS length
        FROM (
            -- Days in a row, less their number, are one and the same day.
            SELECT day - (row_number() OVER (ORDER BY day))::integer AS run
            FROM public.progress_dailyactivity WHERE user_id = p_user AND entries > 0
        ) AS numbered
        GROUP BY run
    ) AS runs
$$;
ALTER FUNCTION private.progress_longest_streak(uuid) OWNER TO sb_definer;

-- The time of each repository's newest delivery; it stays when old deliveries are thrown away.
CREATE FUNCTION private.progress_date_repositories(p_repositories uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.progress_repository WHERE id = ANY (p_repositories) ORDER BY id FOR NO KEY UPDATE;
    UPDATE public.progress_repository r
    SET last_delivery_at = newest.received_at
    FROM unnest(p_repositories) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT d.received_at FROM public.progress_webhookdelivery d
        WHERE d.repository_id = wanted.id ORDER BY d.id DESC LIMIT 1
    ) AS newest
    WHERE r.id = wanted.id AND r.last_delivery_at IS DISTINCT FROM newest.received_at;
END
$$;
ALTER FUNCTION private.progress_date_repositories(uuid[]) OWNER TO sb_definer;

CREATE FUNCTION private.progress_note_last_delivery() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.progress_date_repositories(ARRAY(SELECT DISTINCT repository_id FROM new_rows));
    RETURN NULL;
END
$$;
ALTER FUNCTION private.progress_note_last_delivery() OWNER TO sb_definer;
CREATE TRIGGER progress_note_last_delivery AFTER INSERT ON progress_webhookdelivery
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.progress_note_last_delivery();

-- A delivery that became work tells the learner, once.
CREATE FUNCTION private.progress_notify_work_recorded() RETURNS trigger
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
ALTER FUNCTION private.progress_notify_work_recorded() OWNER TO sb_definer;
CREATE TRIGGER progress_notify_work_recorded AFTER UPDATE ON progress_webhookdelivery
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.progress_notify_work_recorded();

-- A delivery waits, then what became of it stays.
CREATE TRIGGER webhook_legal_start BEFORE INSERT ON progress_webhookdelivery
    FOR EACH ROW WHEN (NEW.status <> 'received') EXECUTE FUNCTION private.refuse_illegal_step('status');
CREATE TRIGGER webhook_legal_transition BEFORE UPDATE ON progress_webhookdelivery
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'received>processed', 'received>ignored', 'received>failed');

REVOKE EXECUTE ON FUNCTION
    private.progress_roll_up(uuid[], date[]), private.progress_roll_up_since(date),
    private.progress_longest_streak(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    private.progress_roll_up(uuid[], date[]), private.progress_roll_up_since(date),
    private.progress_longest_streak(uuid), private.progress_date_repositories(uuid[]) TO service_role;

-- reverse
DROP TRIGGER webhook_legal_transition ON progress_webhookdelivery;
DROP TRIGGER webhook_legal_start ON progress_webhookdelivery;
DROP TRIGGER progress_notify_work_recorded ON progress_webhookdelivery;
DROP TRIGGER progress_note_last_delivery ON progress_webhookdelivery;
DROP TRIGGER progress_roll_up_new_entries ON progress_progresslog;
DROP FUNCTION private.progress_notify_work_recorded();
DROP FUNCTION private.progress_note_last_delivery();
DROP FUNCTION private.progress_date_repositories(uuid[]);
DROP FUNCTION private.progress_longest_streak(uuid);
DROP FUNCTION private.progress_roll_up_new_entries();
DROP FUNCTION private.progress_roll_up_since(date);
DROP FUNCTION private.progress_roll_up(uuid[], date[]);
