-- What the roles of the web may do with accounts, profiles and the catalogue. Columns are named where a role may only
-- change some: nobody raises their own role or token_version with an UPDATE of theirs.
GRANT SELECT ON users_skill, users_skillalias, users_skillprerequisite, users_track, users_trackskill
    TO anon, authenticated;

GRANT SELECT ON users_user TO authenticated;
GRANT UPDATE (handle, display_name, updated_at) ON users_user TO authenticated;
GRANT SELECT, INSERT, UPDATE ON users_profile TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON users_profileskill, users_wantedskill, users_availabilityslot, users_leavewindow TO authenticated;

-- Sign-up, confirmation, login, refresh, logout, and nothing else.
GRANT SELECT, INSERT ON users_user TO account_service;
GRANT UPDATE (password, last_login, email_confirmed_at, updated_at) ON users_user TO account_service;
GRANT INSERT ON users_profile TO account_service;
GRANT SELECT, INSERT, UPDATE ON users_refreshtokenfamily TO account_service;
GRANT INSERT ON users_auditentry TO account_service;

-- Append-only for everybody who is not the table's owner.
REVOKE UPDATE, DELETE, TRUNCATE ON users_auditentry FROM service_role, sb_definer;

-- reverse
GRANT UPDATE, DELETE, TRUNCATE ON users_auditentry TO service_role, sb_definer;
REVOKE ALL ON users_skill, users_skillalias, users_skillprerequisite, users_track, users_trackskill
    FROM anon, authenticated;
REVOKE ALL ON users_user, users_profile, users_profileskill, users_wantedskill, users_availabilityslot,
    users_leavewindow FROM authenticated;
REVOKE ALL ON users_user, users_profile, users_refreshtokenfamily, users_auditentry FROM account_service;
