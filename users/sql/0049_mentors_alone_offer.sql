-- Whoever is no mentor any more offers no mentoring: their profile is shown to nobody, and their next change to it is not
-- refused for a word that they cannot have said.
SET LOCAL ROLE sb_definer;
UPDATE users_profile SET is_offering_mentoring = false, updated_at = now()
WHERE is_offering_mentoring AND user_id IN (SELECT id FROM users_user WHERE role <> 'mentor');
UPDATE users_departure SET was_offering = false
WHERE was_offering AND user_id IN (SELECT id FROM users_user WHERE role <> 'mentor');
RESET ROLE;

ALTER POLICY select_shown ON users_profile USING (
    is_offering_mentoring
    AND (SELECT u.is_active AND u.role = 'mentor' FROM users_user u WHERE u.id = users_profile.user_id)
);

-- reverse
ALTER POLICY select_shown ON users_profile
    USING (is_offering_mentoring AND (SELECT u.is_active FROM users_user u WHERE u.id = users_profile.user_id));
