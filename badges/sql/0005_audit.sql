-- The audit trail records what an award rests on, and awards (private.audit_table in users/sql/0003_audit.sql).
SELECT private.audit_table('badges_badge');
SELECT private.audit_table('badges_pointsrule');
SELECT private.audit_table('badges_award');

-- reverse
SELECT private.audit_no_more('badges_badge');
SELECT private.audit_no_more('badges_pointsrule');
SELECT private.audit_no_more('badges_award');
