-- What a request may do. Deliveries are written by the intake of webhooks, their outcome by workers, sums by triggers.
GRANT SELECT, INSERT ON progress_progresslog TO authenticated;
GRANT SELECT, INSERT ON progress_repository TO authenticated;
GRANT UPDATE (webhook_secret, previous_secret, previous_secret_expires_at, disconnected_at, updated_at)
    ON progress_repository TO authenticated;
GRANT SELECT ON progress_webhookdelivery, progress_dailyactivity TO authenticated;

-- The intake reads the secret that a delivery is signed with, looks for the same body, and appends.
GRANT SELECT ON progress_repository TO webhook_service;
GRANT SELECT (id, repository_id, delivery_guid, event, body_hash, received_at), INSERT
    ON progress_webhookdelivery TO webhook_service;

-- Append-only for everybody who is not the table's owner.
REVOKE UPDATE, DELETE, TRUNCATE ON progress_progresslog FROM service_role, sb_definer;

-- reverse
GRANT UPDATE, DELETE, TRUNCATE ON progress_progresslog TO service_role, sb_definer;
REVOKE ALL ON progress_progresslog, progress_repository, progress_webhookdelivery, progress_dailyactivity
    FROM authenticated;
REVOKE ALL (id, repository_id, delivery_guid, event, body_hash, received_at)
    ON progress_webhookdelivery FROM webhook_service;
REVOKE ALL ON progress_repository, progress_webhookdelivery FROM webhook_service;
