-- How PostgreSQL keeps this app's busiest tables.

-- Rows come and go: cleaned by their number, for a share of a table that is nearly empty says nothing.
ALTER TABLE core_outbox SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);

-- reverse
ALTER TABLE core_outbox RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
