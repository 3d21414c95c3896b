-- The ledger of somebody who leaves goes with them, and who booked for others by hand stays as the ghost.
GRANT DELETE, UPDATE (booked_by_id) ON badges_pointsentry TO sb_definer;

-- reverse
REVOKE DELETE, UPDATE (booked_by_id) ON badges_pointsentry FROM sb_definer;
