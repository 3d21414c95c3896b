-- The log of somebody who leaves goes with them.
GRANT DELETE ON progress_progresslog TO sb_definer;

-- reverse
REVOKE DELETE ON progress_progresslog FROM sb_definer;
