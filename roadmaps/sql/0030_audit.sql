-- Who opened a roadmap to whom, who took one down, and what the catalogue recommends: all of it is decided about others.
-- What checking a link finds out is no decision.
SELECT private.audit_table('roadmaps_publication', 'slug');
SELECT private.audit_table('roadmaps_sharelink', 'token_hash', 'hint');
SELECT private.audit_table(
    'roadmaps_resource', '-state', '-checked_at', '-next_check_at', '-failures', '-final_url', '-last_error'
);

-- reverse
SELECT private.audit_no_more('roadmaps_resource');
SELECT private.audit_no_more('roadmaps_sharelink');
SELECT private.audit_no_more('roadmaps_publication');
