-- Whose rows a request sees and changes; the same rules as visible_to() in querysets.py. Upper apps open more: matches
-- shows the profiles of partners, forum shows visitors who wrote a post.

-- The catalogue is everybody's to read.
ALTER TABLE users_skill ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_skill FORCE ROW LEVEL SECURITY;
CREATE POLICY select_everybody ON users_skill FOR SELECT TO anon, authenticated USING (true);
ALTER TABLE users_skillalias ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_skillalias FORCE ROW LEVEL SECURITY;
CREATE POLICY select_everybody ON users_skillalias FOR SELECT TO anon, authenticated USING (true);
ALTER TABLE users_skillprerequisite ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_skillprerequisite FORCE ROW LEVEL SECURITY;
CREATE POLICY select_everybody ON users_skillprerequisite FOR SELECT TO anon, authenticated USING (true);
ALTER TABLE users_track ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_track FORCE ROW LEVEL SECURITY;
CREATE POLICY select_everybody ON users_track FOR SELECT TO anon, authenticated USING (true);
ALTER TABLE users_trackskill ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_trackskill FORCE ROW LEVEL SECURITY;
CREATE POLICY select_everybody ON users_trackskill FOR SELECT TO anon, authenticated USING (true);

GRANT SELECT ON users_skillsuggestion TO authenticated;
ALTER TABLE users_skillsuggestion ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_skillsuggestion FORCE ROW LEVEL SECURITY;
CREATE POLICY select_moderating ON users_skillsuggestion FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));

-- Accounts: everybody who is logged in reads names, those of closed accounts too, for what they wrote stays.
ALTER TABLE users_user ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_user FORCE ROW LEVEL SECURITY;
CREATE POLICY select_names ON users_user FOR SELECT TO authenticated USING (true);
CREATE POLICY update_own ON users_user FOR UPDATE TO authenticated
    USING (id = (SELECT auth.uid())) WITH CHECK (id = (SELECT auth.uid()));
CREATE POLICY select_accounts ON users_user FOR SELECT TO account_service USING (true);
-- Who signs up is a learner without a confirmed address, whatever the statement says.
CREATE POLICY insert_learner ON users_user FOR INSERT TO account_service WITH CHECK (
    role = 'learner' AND is_active AND NOT is_staff AND NOT is_superuser AND email_confirmed_at IS NULL
);
CREATE POLICY update_accounts ON users_user FOR UPDATE TO account_service USING (is_active) WITH CHECK (is_active);

ALTER TABLE users_refreshtokenfamily ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_refreshtokenfamily FORCE ROW LEVEL SECURITY;
CREATE POLICY select_logins ON users_refreshtokenfamily FOR SELECT TO account_service USING (true);
CREATE POLICY insert_logins ON users_refreshtokenfamily FOR INSERT TO account_service WITH CHECK (revoked_at IS NULL);
CREATE POLICY update_logins ON users_refreshtokenfamily FOR UPDATE TO account_service
    USING (revoked_at IS NULL) WITH CHECK (true);

-- Read by the service and by admins, who go around policies; written by definer functions.
ALTER TABLE users_auditentry ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_auditentry FORCE ROW LEVEL SECURITY;

-- Profiles: one's own, those of mentors who are open for learners, all to moderators.
ALTER TABLE users_profile ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_profile FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON users_profile FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY select_mentors ON users_profile FOR SELECT TO authenticated
    USING (is_offering_mentoring
           AND EXISTS (SELECT FROM users_user u WHERE u.id = users_profile.user_id AND u.is_active));
CREATE POLICY select_moderating ON users_profile FOR SELECT TO authenticated USING ((SELECT private.is_moderating()));
CREATE POLICY insert_own ON users_profile FOR INSERT TO authenticated WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY update_own ON users_profile FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY insert_learner ON users_profile FOR INSERT TO account_service WITH CHECK (NOT is_offering_mentoring);

-- What hangs on a profile is seen with it: the inner query is under the policies of users_profile.
ALTER TABLE users_profileskill ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_profileskill FORCE ROW LEVEL SECURITY;
CREATE POLICY select_with_profile ON users_profileskill FOR SELECT TO authenticated
    USING (EXISTS (SELECT FROM users_profile p WHERE p.id = users_profileskill.profile_id));
-- A level that a mentor or evidence vouches for is not the person's to write, change or remove.
CREATE POLICY insert_own ON users_profileskill FOR INSERT TO authenticated WITH CHECK (
    source = 'self' AND verified_at IS NULL
    AND EXISTS (
        SELECT FROM users_profile p WHERE p.id = users_profileskill.profile_id AND p.user_id = (SELECT auth.uid())
    )
);
CREATE POLICY update_own ON users_profileskill FOR UPDATE TO authenticated
    USING (source = 'self' AND EXISTS (
        SELECT FROM users_profile p WHERE p.id = users_profileskill.profile_id AND p.user_id = (SELECT auth.uid())
    ))
    WITH CHECK (source = 'self' AND verified_at IS NULL AND EXISTS (
        SELECT FROM users_profile p WHERE p.id = users_profileskill.profile_id AND p.user_id = (SELECT auth.uid())
    ));
CREATE POLICY delete_own ON users_profileskill FOR DELETE TO authenticated
    USING (source = 'self' AND EXISTS (
        SELECT FROM users_profile p WHERE p.id = users_profileskill.profile_id AND p.user_id = (SELECT auth.uid())
    ));

ALTER TABLE users_wantedskill ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_wantedskill FORCE ROW LEVEL SECURITY;
CREATE POLICY select_with_profile ON users_wantedskill FOR SELECT TO authenticated
    USING (EXISTS (SELECT FROM users_profile p WHERE p.id = users_wantedskill.profile_id));
CREATE POLICY insert_own ON users_wantedskill FOR INSERT TO authenticated WITH CHECK (EXISTS (
    SELECT FROM users_profile p WHERE p.id = users_wantedskill.profile_id AND p.user_id = (SELECT auth.uid())
));
CREATE POLICY update_own ON users_wantedskill FOR UPDATE TO authenticated
    USING (EXISTS (
        SELECT FROM users_profile p WHERE p.id = users_wantedskill.profile_id AND p.user_id = (SELECT auth.uid())
    ))
    WITH CHECK (EXISTS (
        SELECT FROM users_profile p WHERE p.id = users_wantedskill.profile_id AND p.user_id = (SELECT auth.uid())
    ));
CREATE POLICY delete_own ON users_wantedskill FOR DELETE TO authenticated USING (EXISTS (
    SELECT FROM users_profile p WHERE p.id = users_wantedskill.profile_id AND p.user_id = (SELECT auth.uid())
));

ALTER TABLE users_availabilityslot ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_availabilityslot FORCE ROW LEVEL SECURITY;
CREATE POLICY select_with_profile ON users_availabilityslot FOR SELECT TO authenticated
    USING (EXISTS (SELECT FROM users_profile p WHERE p.id = users_availabilityslot.profile_id));
CREATE POLICY insert_own ON users_availabilityslot FOR INSERT TO authenticated WITH CHECK (EXISTS (
    SELECT FROM users_profile p WHERE p.id = users_availabilityslot.profile_id AND p.user_id = (SELECT auth.uid())
));
CREATE POLICY update_own ON users_availabilityslot FOR UPDATE TO authenticated
    USING (EXISTS (
        SELECT FROM users_profile p WHERE p.id = users_availabilityslot.profile_id AND p.user_id = (SELECT auth.uid())
    ))
    WITH CHECK (EXISTS (
        SELECT FROM users_profile p WHERE p.id = users_availabilityslot.profile_id AND p.user_id = (SELECT auth.uid())
    ));
CREATE POLICY delete_own ON users_availabilityslot FOR DELETE TO authenticated USING (EXISTS (
    SELECT FROM users_profile p WHERE p.id = users_availabilityslot.profile_id AND p.user_id = (SELECT auth.uid())
));

ALTER TABLE users_leavewindow ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_leavewindow FORCE ROW LEVEL SECURITY;
CREATE POLICY select_with_profile ON users_leavewindow FOR SELECT TO authenticated
    USING (EXISTS (SELECT FROM users_profile p WHERE p.id = users_leavewindow.profile_id));
CREATE POLICY insert_own ON users_leavewindow FOR INSERT TO authenticated WITH CHECK (EXISTS (
    SELECT FROM users_profile p WHERE p.id = users_leavewindow.profile_id AND p.user_id = (SELECT auth.uid())
));
CREATE POLICY update_own ON users_leavewindow FOR UPDATE TO authenticated
    USING (EXISTS (
        SELECT FROM users_profile p WHERE p.id = users_leavewindow.profile_id AND p.user_id = (SELECT auth.uid())
    ))
    WITH CHECK (EXISTS (
        SELECT FROM users_profile p WHERE p.id = users_leavewindow.profile_id AND p.user_id = (SELECT auth.uid())
    ));
CREATE POLICY delete_own ON users_leavewindow FOR DELETE TO authenticated USING (EXISTS (
    SELECT FROM users_profile p WHERE p.id = users_leavewindow.profile_id AND p.user_id = (SELECT auth.uid())
));

-- reverse
DROP POLICY delete_own ON users_leavewindow;
DROP POLICY update_own ON users_leavewindow;
DROP POLICY insert_own ON users_leavewindow;
DROP POLICY select_with_profile ON users_leavewindow;
DROP POLICY delete_own ON users_availabilityslot;
DROP POLICY update_own ON users_availabilityslot;
DROP POLICY insert_own ON users_availabilityslot;
DROP POLICY select_with_profile ON users_availabilityslot;
DROP POLICY delete_own ON users_wantedskill;
DROP POLICY update_own ON users_wantedskill;
DROP POLICY insert_own ON users_wantedskill;
DROP POLICY select_with_profile ON users_wantedskill;
DROP POLICY delete_own ON users_profileskill;
DROP POLICY update_own ON users_profileskill;
DROP POLICY insert_own ON users_profileskill;
DROP POLICY select_with_profile ON users_profileskill;
DROP POLICY insert_learner ON users_profile;
DROP POLICY update_own ON users_profile;
DROP POLICY insert_own ON users_profile;
DROP POLICY select_moderating ON users_profile;
DROP POLICY select_mentors ON users_profile;
DROP POLICY select_own ON users_profile;
DROP POLICY update_logins ON users_refreshtokenfamily;
DROP POLICY insert_logins ON users_refreshtokenfamily;
DROP POLICY select_logins ON users_refreshtokenfamily;
DROP POLICY update_accounts ON users_user;
DROP POLICY insert_learner ON users_user;
DROP POLICY select_accounts ON users_user;
DROP POLICY update_own ON users_user;
DROP POLICY select_names ON users_user;
DROP POLICY select_moderating ON users_skillsuggestion;
DROP POLICY select_everybody ON users_trackskill;
DROP POLICY select_everybody ON users_track;
DROP POLICY select_everybody ON users_skillprerequisite;
DROP POLICY select_everybody ON users_skillalias;
DROP POLICY select_everybody ON users_skill;
REVOKE SELECT ON users_skillsuggestion FROM authenticated;
ALTER TABLE users_leavewindow NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_leavewindow DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_availabilityslot NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_availabilityslot DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_wantedskill NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_wantedskill DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_profileskill NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_profileskill DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_profile NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_profile DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_auditentry NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_auditentry DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_refreshtokenfamily NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_refreshtokenfamily DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_user NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_user DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_skillsuggestion NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_skillsuggestion DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_trackskill NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_trackskill DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_track NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_track DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_skillprerequisite NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_skillprerequisite DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_skillalias NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_skillalias DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_skill NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_skill DISABLE ROW LEVEL SECURITY;
