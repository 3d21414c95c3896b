-- The audit trail records the categories (private.audit_table in users/sql/0003_audit.sql).
SELECT private.audit_table('forum_category');

-- reverse
SELECT private.audit_no_more('forum_category');
