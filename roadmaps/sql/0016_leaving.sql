-- What a mentor read goes with the learner whose it was, and stays under the ghost when the mentor leaves.
GRANT DELETE, UPDATE (mentor_id) ON roadmaps_grantedread TO sb_definer;

-- reverse
REVOKE DELETE, UPDATE (mentor_id) ON roadmaps_grantedread FROM sb_definer;
