-- Whom somebody keeps away is theirs to know, and the admins': the other is never told. Matching honours it in both directions.
GRANT SELECT, INSERT, DELETE ON matches_block TO authenticated;
ALTER TABLE matches_block ENABLE ROW LEVEL SECURITY;
ALTER TABLE matches_block FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON matches_block FOR SELECT TO authenticated USING (owner_id = (SELECT auth.uid()));
CREATE POLICY select_admin ON matches_block FOR SELECT TO authenticated USING ((SELECT private.is_admin()));
CREATE POLICY insert_own ON matches_block FOR INSERT TO authenticated WITH CHECK (owner_id = (SELECT auth.uid()));
CREATE POLICY delete_own ON matches_block FOR DELETE TO authenticated USING (owner_id = (SELECT auth.uid()));

-- Rounds tell the matcher each of these pairs: a person has a number of them that a request holds.
CREATE FUNCTION private.matches_few_blocks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('matches_blocks:' || owner.id, 0))
    FROM (SELECT DISTINCT owner_id AS id FROM new_rows ORDER BY owner_id) AS owner;
    IF EXISTS (
        SELECT FROM public.matches_block
        WHERE owner_id IN (SELECT owner_id FROM new_rows) GROUP BY owner_id HAVING count(*) > 500
    ) THEN
        PERFORM private.matches_refuse('block_to_500', '500 people are possible; let one of them come near again first');
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.matches_few_blocks() OWNER TO sb_definer;
CREATE TRIGGER matches_few_blocks AFTER INSERT ON matches_block
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.matches_few_blocks();

-- Whether one of the two keeps the other away.
CREATE FUNCTION private.matches_are_apart(p_one uuid, p_other uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT EXISTS (SELECT FROM public.matches_block WHERE owner_id = p_one AND person_id = p_other)
        OR EXISTS (SELECT FROM public.matches_block WHERE owner_id = p_other AND person_id = p_one)
$$;
ALTER FUNCTION private.matches_are_apart(uuid, uuid) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_are_apart(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_are_apart(uuid, uuid) TO service_role;

-- Whether whom the claims name may ask this mentor. It tells no more than asking does, and not who keeps whom away.
CREATE FUNCTION private.matches_may_ask(p_mentor uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT NOT private.matches_are_apart((SELECT auth.uid()), p_mentor)
$$;
ALTER FUNCTION private.matches_may_ask(uuid) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_may_ask(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_may_ask(uuid) TO authenticated, service_role;

-- Nobody asks whom they keep away, or who keeps them away; said as of a mentor who takes nobody now.
CREATE FUNCTION private.matches_keep_apart() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF (TG_OP = 'INSERT' OR OLD.status = 'proposed') AND private.matches_are_apart(NEW.learner_id, NEW.mentor_id) THEN
        PERFORM private.matches_refuse(
            'match_mentor_available', 'all places are taken, or the mentor is away; look at the other suggestions'
        );
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION private.matches_keep_apart() OWNER TO sb_definer;
CREATE TRIGGER matches_keep_apart BEFORE INSERT OR UPDATE ON matches_mentormatch
    FOR EACH ROW WHEN (NEW.status = 'requested') EXECUTE FUNCTION private.matches_keep_apart();

-- As before, and who keeps the learner away, or is kept away by them.
CREATE OR REPLACE FUNCTION private.matches_out_of_question(p_learner uuid, p_refused_since timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT match.mentor_id FROM public.matches_mentormatch AS match
    LEFT JOIN public.matches_matchround AS round ON round.id = match.round_id
    WHERE match.learner_id = p_learner
      AND (
          match.status IN ('proposed', 'requested', 'info_requested', 'accepted', 'active', 'paused')
          OR match.status IN ('declined', 'cancelled', 'ended_early') AND match.ended_at > p_refused_since
          AND round.undone_at IS DISTINCT FROM match.ended_at
      )
    UNION ALL
    SELECT block.person_id FROM public.matches_block AS block WHERE block.owner_id = p_learner
    UNION ALL
    SELECT block.owner_id FROM public.matches_block AS block WHERE block.person_id = p_learner
$$;

-- As before, and a pair of whom one keeps the other away by now is left out as one that refused: no more is told.
CREATE OR REPLACE FUNCTION private.matches_apply_round(p_round uuid, p_learners uuid[], p_until timestamptz, p_refused_since timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    at constant timestamptz := clock_timestamp();
    answer jsonb;
    people uuid[];
    came_of_it jsonb;
BEGIN
    PERFORM private.matches_demand_admin();
    UPDATE public.matches_matchround SET status = 'applied', applied_at = at, updated_at = at
    WHERE id = p_round AND status IN ('proposed', 'reviewed') RETURNING result INTO answer;
    IF NOT FOUND THEN
        PERFORM private.matches_refuse('round_legal_transition', 'only a round that is proposed or reviewed is applied');
    END IF;
    people := ARRAY(
        SELECT (pair ->> side)::uuid
        FROM jsonb_array_elements(answer -> 'assignments') AS pair CROSS JOIN unnest('{learner,mentor}'::text[]) AS side
        WHERE (pair ->> 'learner')::uuid = ANY (p_learners)
    );
    PERFORM 1 FROM public.users_user WHERE id = ANY (people) ORDER BY id FOR SHARE;
    PERFORM 1 FROM public.users_profile WHERE user_id = ANY (people) ORDER BY user_id FOR NO KEY UPDATE;
    -- A statement of its own, so that it sees what was committed while this waited.
    WITH assigned AS (
        SELECT pair, (pair ->> 'learner')::uuid AS learner, (pair ->> 'mentor')::uuid AS mentor,
            (pair ->> 'score')::integer AS score
        FROM jsonb_array_elements(answer -> 'assignments') AS pair
    ), looked_at AS (
        SELECT assigned.*, coalesce(offering.places, 0) AS places, CASE
            WHEN NOT assigned.learner = ANY (p_learners) THEN 'not_chosen'
            WHEN NOT EXISTS (
                SELECT FROM public.users_profile AS profile JOIN public.users_user AS person ON person.id = profile.user_id
                WHERE profile.user_id = assigned.learner AND profile.is_seeking_mentoring AND person.is_active
            ) THEN 'learner_not_seeking'
            WHEN offering.places IS NULL THEN 'mentor_not_offering'
            WHEN EXISTS (
                SELECT FROM public.users_leavewindow AS leave
                WHERE leave.profile_id = offering.profile_id AND offering.today BETWEEN leave.starts_on AND leave.ends_on
            ) THEN 'mentor_on_leave'
            WHEN EXISTS (
                SELECT FROM public.matches_mentormatch AS match
                WHERE match.learner_id = assigned.learner
                  AND match.status IN ('proposed', 'requested', 'info_requested', 'accepted', 'active', 'paused')
            ) THEN 'learner_has_somebody'
            WHEN EXISTS (
                SELECT FROM public.matches_mentormatch AS match
                LEFT JOIN public.matches_matchround AS round ON round.id = match.round_id
                WHERE match.learner_id = assigned.learner AND match.mentor_id = assigned.mentor
                  AND match.status IN ('declined', 'cancelled', 'ended_early') AND match.ended_at > p_refused_since
                  -- A proposal that was withdrawn is nobody's refusal.
                  AND round.undone_at IS DISTINCT FROM match.ended_at
            ) OR private.matches_are_apart(assigned.learner, assigned.mentor) THEN 'refused_of_late'
        END AS obstacle
        FROM assigned
        LEFT JOIN LATERAL (
            SELECT profile.id AS profile_id, (at AT TIME ZONE profile.time_zone)::date AS today,
                profile.mentoring_capacity - (
                    SELECT count(*) FROM public.matches_mentormatch AS held
                    WHERE held.mentor_id = profile.user_id AND held.status IN ('accepted', 'active', 'paused')
                ) AS places
            FROM public.users_profile AS profile JOIN public.users_user AS person ON person.id = profile.user_id
            WHERE profile.user_id = assigned.mentor AND profile.is_offering_mentoring
              AND person.is_active AND person.role = 'mentor'
        ) AS offering ON true
    ), decided AS (
        SELECT looked_at.*, CASE
            WHEN obstacle IS NULL AND row_number() OVER (
                PARTITION BY mentor, obstacle IS NULL ORDER BY score DESC, learner
            ) > places THEN 'mentor_full' ELSE obstacle
        END AS reason
        FROM looked_at
    ), proposed AS (
        INSERT INTO public.matches_mentormatch
            (id, learner_id, mentor_id, round_id, status, message, answer, end_reason, score, components, matcher,
             expires_at, created_at, updated_at)
        SELECT private.new_id(), learner, mentor, p_round, 'proposed', '', '', '', score, pair -> 'components',
            jsonb_build_object(
                'solver', answer -> 'solver', 'version', answer -> 'version', 'input_hash', answer -> 'input_hash',
                'matched_skills', pair -> 'matched_skills', 'overlap_minutes', pair -> 'overlap_minutes',
                'shared_languages', pair -> 'shared_languages'
            ), p_until, at, at
        FROM decided WHERE reason IS NULL ORDER BY learner
        RETURNING learner_id
    )
    SELECT jsonb_build_object(
        'proposed', (SELECT count(*) FROM proposed),
        'left_out', coalesce(jsonb_agg(
            jsonb_build_object('learner', learner, 'mentor', mentor, 'reason', reason) ORDER BY learner
        ) FILTER (WHERE reason IS NOT NULL), '[]')
    ) INTO came_of_it FROM decided;
    UPDATE public.matches_matchround SET outcome = came_of_it WHERE id = p_round;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.matches_apply_round(p_round uuid, p_learners uuid[], p_until timestamptz, p_refused_since timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    at constant timestamptz := clock_timestamp();
    answer jsonb;
    people uuid[];
    came_of_it jsonb;
BEGIN
    PERFORM private.matches_demand_admin();
    UPDATE public.matches_matchround SET status = 'applied', applied_at = at, updated_at = at
    WHERE id = p_round AND status IN ('proposed', 'reviewed') RETURNING result INTO answer;
    IF NOT FOUND THEN
        PERFORM private.matches_refuse('round_legal_transition', 'only a round that is proposed or reviewed is applied');
    END IF;
    people := ARRAY(
        SELECT (pair ->> side)::uuid
        FROM jsonb_array_elements(answer -> 'assignments') AS pair CROSS JOIN unnest('{learner,mentor}'::text[]) AS side
        WHERE (pair ->> 'learner')::uuid = ANY (p_learners)
    );
    PERFORM 1 FROM public.users_user WHERE id = ANY (people) ORDER BY id FOR SHARE;
    PERFORM 1 FROM public.users_profile WHERE user_id = ANY (people) ORDER BY user_id FOR NO KEY UPDATE;
    -- A statement of its own, so that it sees what was committed while this waited.
    WITH assigned AS (
        SELECT pair, (pair ->> 'learner')::uuid AS learner, (pair ->> 'mentor')::uuid AS mentor,
            (pair ->> 'score')::integer AS score
        FROM jsonb_array_elements(answer -> 'assignments') AS pair
    ), looked_at AS (
        SELECT assigned.*, coalesce(offering.places, 0) AS places, CASE
            WHEN NOT assigned.learner = ANY (p_learners) THEN 'not_chosen'
            WHEN NOT EXISTS (
                SELECT FROM public.users_profile AS profile JOIN public.users_user AS person ON person.id = profile.user_id
                WHERE profile.user_id = assigned.learner AND profile.is_seeking_mentoring AND person.is_active
            ) THEN 'learner_not_seeking'
            WHEN offering.places IS NULL THEN 'mentor_not_offering'
            WHEN EXISTS (
                SELECT FROM public.users_leavewindow AS leave
                WHERE leave.profile_id = offering.profile_id AND offering.today BETWEEN leave.starts_on AND leave.ends_on
            ) THEN 'mentor_on_leave'
            WHEN EXISTS (
                SELECT FROM public.matches_mentormatch AS match
                WHERE match.learner_id = assigned.learner
                  AND match.status IN ('proposed', 'requested', 'info_requested', 'accepted', 'active', 'paused')
            ) THEN 'learner_has_somebody'
            WHEN EXISTS (
                SELECT FROM public.matches_mentormatch AS match
                LEFT JOIN public.matches_matchround AS round ON round.id = match.round_id
                WHERE match.learner_id = assigned.learner AND match.mentor_id = assigned.mentor
                  AND match.status IN ('declined', 'cancelled', 'ended_early') AND match.ended_at > p_refused_since
                  -- A proposal that was withdrawn is nobody's refusal.
                  AND round.undone_at IS DISTINCT FROM match.ended_at
            ) THEN 'refused_of_late'
        END AS obstacle
        FROM assigned
        LEFT JOIN LATERAL (
            SELECT profile.id AS profile_id, (at AT TIME ZONE profile.time_zone)::date AS today,
                profile.mentoring_capacity - (
                    SELECT count(*) FROM public.matches_mentormatch AS held
                    WHERE held.mentor_id = profile.user_id AND held.status IN ('accepted', 'active', 'paused')
                ) AS places
            FROM public.users_profile AS profile JOIN public.users_user AS person ON person.id = profile.user_id
            WHERE profile.user_id = assigned.mentor AND profile.is_offering_mentoring
              AND person.is_active AND person.role = 'mentor'
        ) AS offering ON true
    ), decided AS (
        SELECT looked_at.*, CASE
            WHEN obstacle IS NULL AND row_number() OVER (
                PARTITION BY mentor, obstacle IS NULL ORDER BY score DESC, learner
            ) > places THEN 'mentor_full' ELSE obstacle
        END AS reason
        FROM looked_at
    ), proposed AS (
        INSERT INTO public.matches_mentormatch
            (id, learner_id, mentor_id, round_id, status, message, answer, end_reason, score, components, matcher,
             expires_at, created_at, updated_at)
        SELECT private.new_id(), learner, mentor, p_round, 'proposed', '', '', '', score, pair -> 'components',
            jsonb_build_object(
                'solver', answer -> 'solver', 'version', answer -> 'version', 'input_hash', answer -> 'input_hash',
                'matched_skills', pair -> 'matched_skills', 'overlap_minutes', pair -> 'overlap_minutes',
                'shared_languages', pair -> 'shared_languages'
            ), p_until, at, at
        FROM decided WHERE reason IS NULL ORDER BY learner
        RETURNING learner_id
    )
    SELECT jsonb_build_object(
        'proposed', (SELECT count(*) FROM proposed),
        'left_out', coalesce(jsonb_agg(
            jsonb_build_object('learner', learner, 'mentor', mentor, 'reason', reason) ORDER BY learner
        ) FILTER (WHERE reason IS NOT NULL), '[]')
    ) INTO came_of_it FROM decided;
    UPDATE public.matches_matchround SET outcome = came_of_it WHERE id = p_round;
END
$$;
CREATE OR REPLACE FUNCTION private.matches_out_of_question(p_learner uuid, p_refused_since timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT match.mentor_id FROM public.matches_mentormatch AS match
    LEFT JOIN public.matches_matchround AS round ON round.id = match.round_id
    WHERE match.learner_id = p_learner
      AND (
          match.status IN ('proposed', 'requested', 'info_requested', 'accepted', 'active', 'paused')
          OR match.status IN ('declined', 'cancelled', 'ended_early') AND match.ended_at > p_refused_since
          AND round.undone_at IS DISTINCT FROM match.ended_at
      )
$$;
DROP TRIGGER matches_keep_apart ON matches_mentormatch;
DROP FUNCTION private.matches_keep_apart();
DROP FUNCTION private.matches_may_ask(uuid);
DROP FUNCTION private.matches_are_apart(uuid, uuid);
DROP TRIGGER matches_few_blocks ON matches_block;
DROP FUNCTION private.matches_few_blocks();
DROP POLICY delete_own ON matches_block;
DROP POLICY insert_own ON matches_block;
DROP POLICY select_admin ON matches_block;
DROP POLICY select_own ON matches_block;
ALTER TABLE matches_block NO FORCE ROW LEVEL SECURITY;
ALTER TABLE matches_block DISABLE ROW LEVEL SECURITY;
REVOKE SELECT, INSERT, DELETE ON matches_block FROM authenticated;
