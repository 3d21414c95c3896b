-- Whoever disowns the factors of their account ends the access tokens, and the link, by its version.
GRANT UPDATE (token_version) ON users_user TO account_service;

-- reverse
REVOKE UPDATE (token_version) ON users_user FROM account_service;
