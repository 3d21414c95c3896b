-- Zones that a machine's list had and PostgreSQL does not know, such as localtime: each statement that asked for the day there
-- failed.
SET LOCAL ROLE sb_definer;
UPDATE users_profile SET time_zone = 'UTC', updated_at = now()
WHERE time_zone NOT IN (SELECT name FROM pg_catalog.pg_timezone_names);
RESET ROLE;

-- reverse
-- Which zone it was nobody knows any more.
SELECT;
