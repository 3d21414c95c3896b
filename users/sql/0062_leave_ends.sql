-- Leave without an end was written as one until the last day there is. What begins after this century is nobody's plan.
SET LOCAL ROLE sb_definer;
DELETE FROM users_leavewindow WHERE starts_on >= '2100-01-01';
UPDATE users_leavewindow SET ends_on = '2099-12-31', updated_at = now() WHERE ends_on >= '2100-01-01';
RESET ROLE;

-- reverse
-- Nobody knows which ones ended later.
SELECT;
