-- Learners hear of what a round proposes to them, and of what it takes back. The platform does both, not the mentor.
CREATE OR REPLACE FUNCTION private.matches_tell(p_match uuid, p_learner uuid, p_mentor uuid, p_from text, p_to text, p_asked boolean)
RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    told uuid;
    doer uuid;
    kind text;
    occasion text := '';
BEGIN
    SELECT news.kind, news.told, news.doer INTO kind, told, doer
    FROM (VALUES
        ('proposed', 'match_proposed', p_learner, NULL::uuid),
        ('requested', 'match_requested', p_mentor, p_learner),
        ('info_requested', 'match_info_requested', p_learner, p_mentor),
        ('accepted', 'match_accepted', p_learner, p_mentor),
        ('declined', 'match_declined', p_learner, p_mentor),
        ('cancelled', 'match_cancelled', p_mentor, p_learner),
        ('expired', 'match_expired', p_learner, p_mentor)
    ) AS news (status, kind, told, doer)
    WHERE news.status = p_to;
    -- The mentor never hears of a proposal that comes to nothing; the learner's answer is news as a message.
    IF kind IS NULL OR (NOT p_asked AND p_to <> 'proposed') OR (p_from = 'info_requested' AND p_to = 'requested') THEN
        RETURN;
    END IF;
    IF p_to = 'info_requested' THEN
        occasion := ':' || extract(epoch FROM now())::text;
    END IF;
    PERFORM private.notify(told, kind, doer, 'match', p_match,
        jsonb_strip_nulls(jsonb_build_object(
            'match_id', p_match, 'by', (SELECT handle FROM public.users_user WHERE id = doer)
        )),
        kind || ':' || p_match || occasion);
END
$$;

-- Those to whom these proposals were made, of whom none was asked for, hear that they are gone.
CREATE FUNCTION private.matches_tell_withdrawn(p_matches uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(match.learner_id, 'match_withdrawn', NULL, 'match', match.id,
        jsonb_build_object('match_id', match.id), 'match_withdrawn:' || match.id)
    FROM public.matches_mentormatch AS match WHERE match.id = ANY (p_matches) ORDER BY match.id;
END
$$;
ALTER FUNCTION private.matches_tell_withdrawn(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_tell_withdrawn(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_tell_withdrawn(uuid[]) TO service_role;

CREATE OR REPLACE FUNCTION private.matches_undo_round(p_round uuid) RETURNS integer
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
    PERFORM private.matches_tell_withdrawn(ARRAY(
        SELECT id FROM public.matches_mentormatch WHERE round_id = p_round AND status = 'cancelled' AND ended_at = at
    ));
    UPDATE public.matches_matchround SET status = 'undone', undone_at = at, updated_at = at WHERE id = p_round;
    RETURN 0;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.matches_undo_round(p_round uuid) RETURNS integer
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
DROP FUNCTION private.matches_tell_withdrawn(uuid[]);
CREATE OR REPLACE FUNCTION private.matches_tell(p_match uuid, p_learner uuid, p_mentor uuid, p_from text, p_to text, p_asked boolean)
RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    told uuid;
    doer uuid;
    kind text;
    occasion text := '';
BEGIN
    SELECT news.kind, news.told, news.doer INTO kind, told, doer
    FROM (VALUES
        ('requested', 'match_requested', p_mentor, p_learner),
        ('info_requested', 'match_info_requested', p_learner, p_mentor),
        ('accepted', 'match_accepted', p_learner, p_mentor),
        ('declined', 'match_declined', p_learner, p_mentor),
        ('cancelled', 'match_cancelled', p_mentor, p_learner),
        ('expired', 'match_expired', p_learner, p_mentor)
    ) AS news (status, kind, told, doer)
    WHERE news.status = p_to;
    -- The mentor never heard of a proposal that came to nothing; the learner's answer is news as a message.
    IF kind IS NULL OR NOT p_asked OR (p_from = 'info_requested' AND p_to = 'requested') THEN
        RETURN;
    END IF;
    IF p_to = 'info_requested' THEN
        occasion := ':' || extract(epoch FROM now())::text;
    END IF;
    PERFORM private.notify(told, kind, doer, 'match', p_match,
        jsonb_build_object('match_id', p_match, 'by', (SELECT handle FROM public.users_user WHERE id = doer)),
        kind || ':' || p_match || occasion);
END
$$;
