-- Who was an admin once, and kept the admin when the role went.
SET LOCAL ROLE sb_definer;
DELETE FROM users_user_groups
WHERE user_id IN (SELECT id FROM users_user WHERE is_superuser AND role <> 'admin');
DELETE FROM users_user_user_permissions
WHERE user_id IN (SELECT id FROM users_user WHERE is_superuser AND role <> 'admin');
UPDATE users_user SET is_superuser = false, is_staff = false, token_version = token_version + 1, updated_at = now()
WHERE is_superuser AND role <> 'admin';
RESET ROLE;

-- reverse
-- Nobody gets back what they should not have had.
SELECT;
