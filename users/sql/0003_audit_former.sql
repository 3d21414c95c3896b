-- Sets aside the entries that were written before the trail got its present shape; 0003_audit.sql takes them over.
CREATE TEMPORARY TABLE former_auditentry ON COMMIT DROP AS SELECT * FROM users_auditentry;

-- reverse
INSERT INTO users_auditentry (id, user_id, action, occurred_at, ip_address, user_agent, request_id, details)
    -- The present trail outlives the accounts, the former one referred to them.
    SELECT id, (SELECT u.id FROM users_user u WHERE u.id = user_id), action, occurred_at, ip_address, user_agent,
           request_id, details
    FROM former_auditentry;
DROP TABLE former_auditentry;
GRANT INSERT ON users_auditentry TO account_service;
REVOKE UPDATE, DELETE, TRUNCATE ON users_auditentry FROM service_role, sb_definer;
