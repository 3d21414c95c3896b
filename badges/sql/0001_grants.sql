-- What a request may do: read. Awards, totals and bookings are written by functions of sb_definer (0002_ledger.sql).
GRANT SELECT ON badges_badge, badges_award, badges_pointsrule, badges_pointsentry, badges_metrictotal TO authenticated;

-- The ledger is append-only for everybody who is not the table's owner; totals are only ever recomputed.
REVOKE UPDATE, DELETE, TRUNCATE ON badges_pointsentry FROM service_role, sb_definer;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON badges_metrictotal FROM service_role;
REVOKE INSERT, DELETE, TRUNCATE ON badges_award FROM service_role;

-- reverse
GRANT INSERT, DELETE, TRUNCATE ON badges_award TO service_role;
GRANT INSERT, UPDATE, DELETE, TRUNCATE ON badges_metrictotal TO service_role;
GRANT UPDATE, DELETE, TRUNCATE ON badges_pointsentry TO service_role, sb_definer;
REVOKE ALL ON badges_badge, badges_award, badges_pointsrule, badges_pointsentry, badges_metrictotal FROM authenticated;
