-- Who is asked is a mentor whose account is open, and offers it: as the list of mentors has it.
ALTER POLICY insert_learner ON matches_mentormatch WITH CHECK (
    learner_id = (SELECT auth.uid()) AND status = 'requested' AND round_id IS NULL AND answer = ''
    AND end_reason = '' AND answered_at IS NULL AND started_at IS NULL AND ended_at IS NULL
    AND EXISTS (SELECT FROM users_profile p WHERE p.user_id = mentor_id AND p.is_offering_mentoring)
    AND EXISTS (SELECT FROM users_user u WHERE u.id = mentor_id AND u.role = 'mentor' AND u.is_active)
);

-- reverse
ALTER POLICY insert_learner ON matches_mentormatch WITH CHECK (
    learner_id = (SELECT auth.uid()) AND status = 'requested' AND round_id IS NULL AND answer = ''
    AND end_reason = '' AND answered_at IS NULL AND started_at IS NULL AND ended_at IS NULL
    AND EXISTS (SELECT FROM users_profile p WHERE p.user_id = mentor_id AND p.is_offering_mentoring)
);
