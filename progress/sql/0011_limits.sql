-- The API's limits hold for whoever writes as a person: what they enter brings points and badges. Workers, webhooks and the
-- admin are bound by none of them.

-- Work by hand is of the last 30 days (progress/services/log.py); five minutes are for clocks that differ.
ALTER POLICY insert_own ON progress_progresslog WITH CHECK (
    user_id = (SELECT auth.uid())
    AND occurred_at BETWEEN now() - interval '30 days 5 minutes' AND now() + interval '5 minutes'
    AND evidence = 'self' AND commits = 0
    AND external_id IS NULL AND repository_id IS NULL AND delivery_id IS NULL
    AND (kind = 'manual' OR (kind IN ('module_completed', 'module_reopened') AND minutes IS NULL))
);

-- After progress_roll_up_new_entries, by its name: the day's sum is right by then, and its row is locked, so that of two
-- entries at once the second counts the first.
CREATE FUNCTION private.progress_within_a_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF EXISTS (
        SELECT FROM new_rows AS entry
        JOIN public.progress_dailyactivity AS sum ON sum.user_id = entry.user_id AND sum.day = entry.occurred_on
        WHERE entry.minutes IS NOT NULL AND sum.minutes > 1440
    ) THEN
        RAISE EXCEPTION 'a day has 24 hours' USING ERRCODE = 'check_violation', CONSTRAINT = 'log_day_of_24_hours',
            TABLE = 'progress_progresslog';
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.progress_within_a_day() OWNER TO sb_definer;
CREATE TRIGGER progress_within_a_day AFTER INSERT ON progress_progresslog
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN (current_user = 'authenticated') EXECUTE FUNCTION private.progress_within_a_day();

-- Under the lock that the API takes before it counts.
CREATE FUNCTION private.progress_few_repositories() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('progress_repositories:' || owner.id, 0))
    FROM (SELECT DISTINCT owner_id AS id FROM new_rows ORDER BY owner_id) AS owner;
    IF EXISTS (
        SELECT FROM public.progress_repository
        WHERE owner_id IN (SELECT owner_id FROM new_rows) AND disconnected_at IS NULL
        GROUP BY owner_id HAVING count(*) > 20
    ) THEN
        RAISE EXCEPTION '20 repositories are possible; disconnect one first'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'repository_to_20', TABLE = 'progress_repository';
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.progress_few_repositories() OWNER TO sb_definer;
CREATE TRIGGER progress_few_repositories AFTER INSERT ON progress_repository
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN (current_user = 'authenticated') EXECUTE FUNCTION private.progress_few_repositories();

-- reverse
DROP TRIGGER progress_few_repositories ON progress_repository;
DROP FUNCTION private.progress_few_repositories();
DROP TRIGGER progress_within_a_day ON progress_progresslog;
DROP FUNCTION private.progress_within_a_day();
ALTER POLICY insert_own ON progress_progresslog WITH CHECK (
    user_id = (SELECT auth.uid())
    AND evidence = 'self' AND commits = 0
    AND external_id IS NULL AND repository_id IS NULL AND delivery_id IS NULL
    AND (kind = 'manual' OR (kind IN ('module_completed', 'module_reopened') AND minutes IS NULL))
);
