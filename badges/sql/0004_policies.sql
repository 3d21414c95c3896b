-- Whose rows a request may read: what visible_to(actor) of each queryset says (badges/querysets.py). Nobody writes here
-- but functions of sb_definer, workers and the admin. Leaderboards go through private.badges_leaderboard.
ALTER TABLE badges_badge ENABLE ROW LEVEL SECURITY;
ALTER TABLE badges_badge FORCE ROW LEVEL SECURITY;
ALTER TABLE badges_pointsrule ENABLE ROW LEVEL SECURITY;
ALTER TABLE badges_pointsrule FORCE ROW LEVEL SECURITY;
ALTER TABLE badges_award ENABLE ROW LEVEL SECURITY;
ALTER TABLE badges_award FORCE ROW LEVEL SECURITY;
ALTER TABLE badges_pointsentry ENABLE ROW LEVEL SECURITY;
ALTER TABLE badges_pointsentry FORCE ROW LEVEL SECURITY;
ALTER TABLE badges_metrictotal ENABLE ROW LEVEL SECURITY;
ALTER TABLE badges_metrictotal FORCE ROW LEVEL SECURITY;

CREATE POLICY select_everybody ON badges_badge FOR SELECT TO authenticated USING (true);
CREATE POLICY select_everybody ON badges_pointsrule FOR SELECT TO authenticated USING (true);

CREATE POLICY select_own ON badges_award FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()));
CREATE POLICY select_moderating ON badges_award FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));
CREATE POLICY select_held ON badges_award FOR SELECT TO authenticated
    USING (
        revoked_at IS NULL
        AND EXISTS (SELECT 1 FROM public.users_user u WHERE u.id = user_id AND u.is_active)
    );

CREATE POLICY select_own ON badges_pointsentry FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()));
CREATE POLICY select_moderating ON badges_pointsentry FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));

CREATE POLICY select_own ON badges_metrictotal FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()));
CREATE POLICY select_moderating ON badges_metrictotal FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));

-- reverse
DROP POLICY select_own ON badges_metrictotal;
DROP POLICY select_moderating ON badges_metrictotal;
DROP POLICY select_own ON badges_pointsentry;
DROP POLICY select_moderating ON badges_pointsentry;
DROP POLICY select_own ON badges_award;
DROP POLICY select_moderating ON badges_award;
DROP POLICY select_held ON badges_award;
DROP POLICY select_everybody ON badges_badge;
DROP POLICY select_everybody ON badges_pointsrule;
ALTER TABLE badges_badge NO FORCE ROW LEVEL SECURITY;
ALTER TABLE badges_badge DISABLE ROW LEVEL SECURITY;
ALTER TABLE badges_pointsrule NO FORCE ROW LEVEL SECURITY;
ALTER TABLE badges_pointsrule DISABLE ROW LEVEL SECURITY;
ALTER TABLE badges_award NO FORCE ROW LEVEL SECURITY;
ALTER TABLE badges_award DISABLE ROW LEVEL SECURITY;
ALTER TABLE badges_pointsentry NO FORCE ROW LEVEL SECURITY;
ALTER TABLE badges_pointsentry DISABLE ROW LEVEL SECURITY;
ALTER TABLE badges_metrictotal NO FORCE ROW LEVEL SECURITY;
ALTER TABLE badges_metrictotal DISABLE ROW LEVEL SECURITY;
