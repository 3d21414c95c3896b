-- The audit trail records messages to many (private.audit_table in users/sql/0003_audit.sql).
SELECT private.audit_table('notifications_broadcast', '-recipient_count');

-- reverse
SELECT private.audit_no_more('notifications_broadcast');
