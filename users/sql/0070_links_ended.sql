-- Who uses a link for a new password ends it, and so does who changes the password beside a second factor.
GRANT UPDATE (links_ended_at) ON users_user TO account_service;

-- reverse
REVOKE UPDATE (links_ended_at) ON users_user FROM account_service;
