-- The audit trail records connected repositories, without their secrets (private.audit_table in users/sql/0003_audit.sql).
SELECT private.audit_table('progress_repository', 'webhook_secret', 'previous_secret', '-last_delivery_at');

-- reverse
SELECT private.audit_no_more('progress_repository');
