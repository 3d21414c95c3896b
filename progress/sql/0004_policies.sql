-- Whose rows a request may touch: what visible_to(actor) of each queryset says (progress/querysets.py).
ALTER TABLE progress_progresslog ENABLE ROW LEVEL SECURITY;
ALTER TABLE progress_progresslog FORCE ROW LEVEL SECURITY;
ALTER TABLE progress_repository ENABLE ROW LEVEL SECURITY;
ALTER TABLE progress_repository FORCE ROW LEVEL SECURITY;
ALTER TABLE progress_webhookdelivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE progress_webhookdelivery FORCE ROW LEVEL SECURITY;
ALTER TABLE progress_dailyactivity ENABLE ROW LEVEL SECURITY;
ALTER TABLE progress_dailyactivity FORCE ROW LEVEL SECURITY;

CREATE POLICY select_own ON progress_progresslog FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()));
CREATE POLICY select_moderating ON progress_progresslog FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));
-- People write what they vouch for themselves. Commits and merged pull requests, which bring points, come from signed
-- deliveries only, and so do the external ids that make them count once.
CREATE POLICY insert_own ON progress_progresslog FOR INSERT TO authenticated
    WITH CHECK (
        user_id = (SELECT auth.uid())
        AND evidence = 'self' AND commits = 0
        AND external_id IS NULL AND repository_id IS NULL AND delivery_id IS NULL
        AND (kind = 'manual' OR (kind IN ('module_completed', 'module_reopened') AND minutes IS NULL))
    );

-- Disconnected ones too, for the log and the deliveries name them.
CREATE POLICY select_own ON progress_repository FOR SELECT TO authenticated
    USING (owner_id = (SELECT auth.uid()));
CREATE POLICY insert_own ON progress_repository FOR INSERT TO authenticated
    WITH CHECK (owner_id = (SELECT auth.uid()) AND last_delivery_at IS NULL);
CREATE POLICY update_own ON progress_repository FOR UPDATE TO authenticated
    USING (owner_id = (SELECT auth.uid()) AND disconnected_at IS NULL)
    WITH CHECK (owner_id = (SELECT auth.uid()));
CREATE POLICY select_intake ON progress_repository FOR SELECT TO webhook_service
    USING (disconnected_at IS NULL);

CREATE POLICY select_own ON progress_webhookdelivery FOR SELECT TO authenticated
    USING (repository_id = ANY (ARRAY(
        SELECT r.id FROM public.progress_repository r WHERE r.owner_id = (SELECT auth.uid()))));
-- Seen through the policy on repositories: those that are connected.
CREATE POLICY select_intake ON progress_webhookdelivery FOR SELECT TO webhook_service
    USING (EXISTS (SELECT 1 FROM public.progress_repository r WHERE r.id = repository_id));
CREATE POLICY insert_intake ON progress_webhookdelivery FOR INSERT TO webhook_service
    WITH CHECK (
        status = 'received' AND EXISTS (SELECT 1 FROM public.progress_repository r WHERE r.id = repository_id)
    );

CREATE POLICY select_own ON progress_dailyactivity FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()));

-- A secret is shown once, when it is made, and read by the intake of webhooks only.
REVOKE SELECT ON progress_repository FROM authenticated;
GRANT SELECT (
    id, owner_id, full_name, previous_secret_expires_at, last_delivery_at, disconnected_at, created_at, updated_at
) ON progress_repository TO authenticated;
REVOKE UPDATE (webhook_secret, previous_secret, previous_secret_expires_at) ON progress_repository FROM authenticated;

-- So replacing one's own needs more rights than a person has: the replaced one signs for 24 hours more. p_secret is
-- encrypted already (core/fields.py). True when there was one to replace, else NULL.
CREATE FUNCTION private.progress_rotate_secret(p_repository uuid, p_secret text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    UPDATE public.progress_repository
    SET previous_secret = webhook_secret, previous_secret_expires_at = now() + interval '24 hours',
        webhook_secret = p_secret, updated_at = now()
    WHERE id = p_repository AND owner_id = auth.uid() AND disconnected_at IS NULL
    RETURNING true
$$;
ALTER FUNCTION private.progress_rotate_secret(uuid, text) OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.progress_rotate_secret(uuid, text) TO authenticated;

-- reverse
DROP FUNCTION private.progress_rotate_secret(uuid, text);
REVOKE SELECT (
    id, owner_id, full_name, previous_secret_expires_at, last_delivery_at, disconnected_at, created_at, updated_at
) ON progress_repository FROM authenticated;
GRANT SELECT, UPDATE (webhook_secret, previous_secret, previous_secret_expires_at)
    ON progress_repository TO authenticated;
DROP POLICY select_own ON progress_dailyactivity;
DROP POLICY select_own ON progress_webhookdelivery;
DROP POLICY select_intake ON progress_webhookdelivery;
DROP POLICY insert_intake ON progress_webhookdelivery;
DROP POLICY select_own ON progress_repository;
DROP POLICY insert_own ON progress_repository;
DROP POLICY update_own ON progress_repository;
DROP POLICY select_intake ON progress_repository;
DROP POLICY select_own ON progress_progresslog;
DROP POLICY select_moderating ON progress_progresslog;
DROP POLICY insert_own ON progress_progresslog;
ALTER TABLE progress_progresslog NO FORCE ROW LEVEL SECURITY;
ALTER TABLE progress_progresslog DISABLE ROW LEVEL SECURITY;
ALTER TABLE progress_repository NO FORCE ROW LEVEL SECURITY;
ALTER TABLE progress_repository DISABLE ROW LEVEL SECURITY;
ALTER TABLE progress_webhookdelivery NO FORCE ROW LEVEL SECURITY;
ALTER TABLE progress_webhookdelivery DISABLE ROW LEVEL SECURITY;
ALTER TABLE progress_dailyactivity NO FORCE ROW LEVEL SECURITY;
ALTER TABLE progress_dailyactivity DISABLE ROW LEVEL SECURITY;
