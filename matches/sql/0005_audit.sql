-- The audit trail records who is matched with whom, without what they wrote (private.audit_table in users/sql/0003_audit.sql).
SELECT private.audit_table('matches_mentormatch', 'message', 'answer', 'end_reason', '-score', '-components', '-matcher');

-- reverse
SELECT private.audit_no_more('matches_mentormatch');
