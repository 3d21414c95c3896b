-- After a session the two say whether it took place. What one says of the other, the other may dispute.
DROP TRIGGER session_legal_transition ON matches_session;
CREATE TRIGGER session_legal_transition BEFORE UPDATE ON matches_session
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'proposed>confirmed', 'proposed>cancelled',
        'confirmed>cancelled', 'confirmed>done', 'confirmed>no_show_mentor', 'confirmed>no_show_learner',
        'no_show_mentor>disputed', 'no_show_learner>disputed');

-- The other side confirms; either cancels, a confirmed one before it begins; once it has begun either says that it took place,
-- and each that the other did not come.
ALTER POLICY update_own ON matches_session WITH CHECK (
    (learner_id = (SELECT auth.uid()) OR mentor_id = (SELECT auth.uid()))
    AND (
        -- A seat is what a confirmed session has.
        (status = 'cancelled' AND (starts_at > now() OR NOT EXISTS (
            SELECT FROM matches_sessionseat AS seat WHERE seat.session_id = matches_session.id
        )))
        OR (status = 'confirmed' AND proposed_by_id <> (SELECT auth.uid()) AND match_id = ANY (ARRAY(
            SELECT m.id FROM matches_mentormatch m WHERE m.status IN ('accepted', 'active', 'paused')
        )))
        OR (starts_at <= now() AND (
            status = 'done'
            OR (status = 'no_show_mentor' AND learner_id = (SELECT auth.uid()))
            OR (status = 'no_show_learner' AND mentor_id = (SELECT auth.uid()))
        ))
        OR (status = 'disputed' AND ends_at > now() - interval '14 days')
    )
);

-- Whoever is said not to have come hears of it, from the one who says so. The trigger calls it, and `check_derived --fix`.
CREATE FUNCTION private.matches_tell_missed(p_sessions uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(missed.absent, 'session_missed', missed.present, 'match', missed.match_id,
        jsonb_build_object('match_id', missed.match_id, 'session_id', missed.id, 'by', teller.handle),
        'session_missed:' || missed.id)
    FROM (
        SELECT id, match_id,
            CASE status WHEN 'no_show_mentor' THEN mentor_id ELSE learner_id END AS absent,
            CASE status WHEN 'no_show_mentor' THEN learner_id ELSE mentor_id END AS present
        FROM public.matches_session
        WHERE id = ANY (p_sessions) AND status IN ('no_show_mentor', 'no_show_learner') ORDER BY id
    ) AS missed
    JOIN public.users_user AS teller ON teller.id = missed.present;
END
$$;
ALTER FUNCTION private.matches_tell_missed(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_tell_missed(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_tell_missed(uuid[]) TO service_role;

CREATE FUNCTION private.matches_tell_of_sessions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.matches_tell_missed(array_agg(new_rows.id))
    FROM new_rows JOIN old_rows USING (id)
    WHERE new_rows.status <> old_rows.status AND new_rows.status IN ('no_show_mentor', 'no_show_learner')
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.matches_tell_of_sessions() OWNER TO sb_definer;
CREATE TRIGGER matches_tell_of_sessions AFTER UPDATE ON matches_session
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.matches_tell_of_sessions();

-- reverse
DROP TRIGGER matches_tell_of_sessions ON matches_session;
DROP FUNCTION private.matches_tell_of_sessions();
DROP FUNCTION private.matches_tell_missed(uuid[]);
ALTER POLICY update_own ON matches_session WITH CHECK (
    (learner_id = (SELECT auth.uid()) OR mentor_id = (SELECT auth.uid()))
    AND (
        status = 'cancelled'
        OR (status = 'confirmed' AND proposed_by_id <> (SELECT auth.uid()) AND match_id = ANY (ARRAY(
            SELECT m.id FROM matches_mentormatch m WHERE m.status IN ('accepted', 'active', 'paused')
        )))
    )
);
DROP TRIGGER session_legal_transition ON matches_session;
SET LOCAL ROLE sb_definer;
UPDATE matches_session SET status = 'done' WHERE status = 'disputed';
RESET ROLE;
CREATE TRIGGER session_legal_transition BEFORE UPDATE ON matches_session
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'proposed>confirmed', 'proposed>cancelled',
        'confirmed>cancelled', 'confirmed>done', 'confirmed>no_show_mentor', 'confirmed>no_show_learner');
