-- A round's answer is looked at before it counts. Applying and undoing a round are one transaction each, whoever asks.

-- What the release before called succeeded has its proposals out already: it was applied when it ended.
DROP TRIGGER round_legal_transition ON matches_matchround;
SET LOCAL ROLE sb_definer;
UPDATE matches_matchround SET status = 'applied', applied_at = finished_at WHERE status = 'succeeded';
RESET ROLE;
CREATE TRIGGER round_legal_transition BEFORE UPDATE ON matches_matchround
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'queued>running', 'queued>failed', 'queued>cancelled',
        'running>proposed', 'running>failed', 'running>cancelled', 'failed>queued',
        'proposed>reviewed', 'proposed>applied', 'proposed>discarded', 'reviewed>applied', 'reviewed>discarded',
        'applied>undone', 'running>succeeded');

-- A worker of the release before, which runs while this migrates, ends a round as succeeded and proposes at once. Its name
-- lets it run behind the guard of steps. To be dropped, with that step, in the release after this one.
CREATE FUNCTION private.matches_ended_by_old_code() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.status := 'applied';
    NEW.applied_at := NEW.finished_at;
    RETURN NEW;
END
$$;
CREATE TRIGGER round_of_old_code BEFORE UPDATE ON matches_matchround
    FOR EACH ROW WHEN (NEW.status = 'succeeded') EXECUTE FUNCTION private.matches_ended_by_old_code();

-- Who decided what. The answer names people by the hundred, and their matches are in the trail already.
SELECT private.audit_table('matches_matchround', '-result', '-outcome', '-input_hash', '-heartbeat_at');

-- Moderators look, and stop a job; admins decide. Applying and undoing write other people's matches: by the functions alone.
GRANT UPDATE (status, finished_at, updated_at) ON matches_matchround TO authenticated;
CREATE POLICY update_moderating ON matches_matchround FOR UPDATE TO authenticated
    USING ((SELECT private.is_moderating()))
    WITH CHECK (
        (status IN ('reviewed', 'cancelled') AND (SELECT private.is_moderating()))
        OR (status = 'discarded' AND (SELECT private.is_admin()))
    );
ALTER POLICY insert_moderating ON matches_matchround
    WITH CHECK (
        (SELECT private.is_moderating()) AND requested_by_id = (SELECT auth.uid()) AND result = '{}' AND outcome = '{}'
        AND heartbeat_at IS NULL
    );

CREATE FUNCTION private.matches_demand_admin() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = '' AS $$
BEGIN
    IF NOT private.is_admin() THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only admins apply and undo rounds';
    END IF;
END
$$;
ALTER FUNCTION private.matches_demand_admin() OWNER TO sb_definer;

-- Makes proposals, until p_until, of those assignments of an answer whose learners are named and which still hold: both are
-- active, seek and offer, the mentor is not away on the day that their own calendar shows and has a place, the learner has
-- nobody, and neither refused the other of late. Of a mentor's assignments the best fitting come first. What is not proposed
-- is in the outcome with its reason. Locks: the round, accounts, profiles; those who take a place or ask for one wait for the
-- profile, and so does this for them.
CREATE FUNCTION private.matches_apply_round(p_round uuid, p_learners uuid[], p_until timestamptz, p_refused_since timestamptz)
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
ALTER FUNCTION private.matches_apply_round(uuid, uuid[], timestamptz, timestamptz) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_apply_round(uuid, uuid[], timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_apply_round(uuid, uuid[], timestamptz, timestamptz)
    TO authenticated, service_role;

-- Withdraws an applied round's proposals, and returns 0; where learners asked for some of them, withdraws nothing and returns
-- how many did. Who turned a proposal down, or let it lapse, does not stand in the way. Locks: the round, its matches.
CREATE FUNCTION private.matches_undo_round(p_round uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    at timestamptz;
    asked_for integer;
BEGIN
    PERFORM private.matches_demand_admin();
    PERFORM 1 FROM public.matches_matchround WHERE id = p_round AND status = 'applied' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM private.matches_refuse('round_legal_transition', 'only a round that is applied is undone');
    END IF;
    PERFORM 1 FROM public.matches_mentormatch WHERE round_id = p_round ORDER BY id FOR NO KEY UPDATE;
    SELECT count(*) INTO asked_for FROM public.matches_mentormatch WHERE round_id = p_round AND requested_at IS NOT NULL;
    IF asked_for > 0 THEN
        RETURN asked_for;
    END IF;
    at := clock_timestamp();
    UPDATE public.matches_mentormatch
    SET status = 'cancelled', ended_at = at, end_reason = 'The round was undone.', updated_at = at
    WHERE round_id = p_round AND status = 'proposed';
    UPDATE public.matches_matchround SET status = 'undone', undone_at = at, updated_at = at WHERE id = p_round;
    RETURN 0;
END
$$;
ALTER FUNCTION private.matches_undo_round(uuid) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_undo_round(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_undo_round(uuid) TO authenticated, service_role;

-- reverse
DROP FUNCTION private.matches_undo_round(uuid);
DROP FUNCTION private.matches_apply_round(uuid, uuid[], timestamptz, timestamptz);
DROP FUNCTION private.matches_demand_admin();
ALTER POLICY insert_moderating ON matches_matchround
    WITH CHECK ((SELECT private.is_moderating()) AND requested_by_id = (SELECT auth.uid()) AND result = '{}');
DROP POLICY update_moderating ON matches_matchround;
REVOKE UPDATE (status, finished_at, updated_at) ON matches_matchround FROM authenticated;
SELECT private.audit_no_more('matches_matchround');
DROP TRIGGER round_of_old_code ON matches_matchround;
DROP FUNCTION private.matches_ended_by_old_code();
DROP TRIGGER round_legal_transition ON matches_matchround;
SET LOCAL ROLE sb_definer;
UPDATE matches_matchround SET status = CASE
        WHEN status IN ('proposed', 'reviewed', 'applied') THEN 'succeeded' ELSE 'failed' END,
    applied_at = NULL, undone_at = NULL
WHERE status NOT IN ('queued', 'running', 'failed');
RESET ROLE;
CREATE TRIGGER round_legal_transition BEFORE UPDATE ON matches_matchround
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'queued>running', 'queued>failed', 'running>succeeded', 'running>failed', 'failed>queued');
