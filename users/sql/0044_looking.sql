-- A session by which an admin looks through somebody's eyes is shown to that person, and in the copy of their data: it says
-- nothing of where the admin was.
SET LOCAL ROLE sb_definer;
UPDATE users_refreshtokenfamily SET ip_address = NULL, user_agent = ''
WHERE impersonated_by IS NOT NULL AND (ip_address IS NOT NULL OR user_agent <> '');
RESET ROLE;

-- reverse
SELECT 'what they said is not known any more';
