-- Whose rows a request sees and changes; the same rules as visible_to() in querysets.py. Definer functions say what is
-- one's own: policies that read each other's tables would recurse.
CREATE FUNCTION private.matches_my_matches() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT match.id FROM public.matches_mentormatch AS match
    WHERE match.learner_id = (SELECT auth.uid())
       OR (match.mentor_id = (SELECT auth.uid()) AND match.requested_at IS NOT NULL)
$$;
ALTER FUNCTION private.matches_my_matches() OWNER TO sb_definer;

CREATE FUNCTION private.matches_my_conversations() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT conversation.id FROM public.matches_conversation AS conversation
    WHERE conversation.match_id = ANY (ARRAY(SELECT private.matches_my_matches()))
$$;
ALTER FUNCTION private.matches_my_conversations() OWNER TO sb_definer;

-- Those on the other side of one's matches, over or not: names stand beside old conversations too.
CREATE FUNCTION private.matches_my_partners() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT match.mentor_id FROM public.matches_mentormatch AS match WHERE match.learner_id = (SELECT auth.uid())
    UNION
    SELECT match.learner_id FROM public.matches_mentormatch AS match
    WHERE match.mentor_id = (SELECT auth.uid()) AND match.requested_at IS NOT NULL
$$;
ALTER FUNCTION private.matches_my_partners() OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.matches_my_matches(), private.matches_my_conversations(),
    private.matches_my_partners() TO authenticated;

ALTER TABLE matches_mentormatch ENABLE ROW LEVEL SECURITY;
ALTER TABLE matches_mentormatch FORCE ROW LEVEL SECURITY;
CREATE POLICY select_learner ON matches_mentormatch FOR SELECT TO authenticated
    USING (learner_id = (SELECT auth.uid()));
-- From the moment they were asked: a round's proposals are the learner's to turn down unheard.
CREATE POLICY select_mentor ON matches_mentormatch FOR SELECT TO authenticated
    USING (mentor_id = (SELECT auth.uid()) AND requested_at IS NOT NULL);
CREATE POLICY insert_learner ON matches_mentormatch FOR INSERT TO authenticated
    WITH CHECK (
        learner_id = (SELECT auth.uid()) AND status = 'requested' AND round_id IS NULL AND answer = ''
        AND end_reason = '' AND answered_at IS NULL AND started_at IS NULL AND ended_at IS NULL
        AND EXISTS (SELECT FROM users_profile p WHERE p.user_id = mentor_id AND p.is_offering_mentoring)
    );
-- Which steps, and what changes with each: private.matches_guard_step.
CREATE POLICY update_learner ON matches_mentormatch FOR UPDATE TO authenticated
    USING (learner_id = (SELECT auth.uid())) WITH CHECK (learner_id = (SELECT auth.uid()));
CREATE POLICY update_mentor ON matches_mentormatch FOR UPDATE TO authenticated
    USING (mentor_id = (SELECT auth.uid()) AND requested_at IS NOT NULL)
    WITH CHECK (mentor_id = (SELECT auth.uid()) AND requested_at IS NOT NULL);

-- What a person changes of a match is one step that is theirs, with the fields that belong to it; the clock is the
-- database's, and so is the number of requests that wait for an answer. A score is the matcher's: only a login that may
-- become account_service, as the API's does and no other client's, hands it in. Runs with the person's rights: triggers,
-- workers and the admin are not people's steps.
CREATE FUNCTION private.matches_guard_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    side constant text := CASE auth.uid() WHEN NEW.learner_id THEN 'learner' WHEN NEW.mentor_id THEN 'mentor' END;
    is_api constant boolean := pg_has_role(session_user, 'account_service', 'MEMBER');
    waiting constant text[] := '{requested,info_requested}';
    fields text[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT step.fields || '{status,updated_at}'::text[] INTO fields
        FROM (VALUES
            ('learner', 'proposed', 'requested', '{message,score,components,matcher,requested_at,expires_at}'::text[]),
            ('learner', 'info_requested', 'requested', '{expires_at}'),
            ('learner', 'proposed', 'cancelled', '{end_reason,ended_at}'),
            ('learner', 'requested', 'cancelled', '{end_reason,ended_at}'),
            ('learner', 'info_requested', 'cancelled', '{end_reason,ended_at}'),
            ('learner', 'accepted', 'cancelled', '{end_reason,ended_at}'),
            ('mentor', 'requested', 'info_requested', '{answered_at}'),
            ('mentor', 'requested', 'accepted', '{answer,answered_at}'),
            ('mentor', 'info_requested', 'accepted', '{answer,answered_at}'),
            ('mentor', 'requested', 'declined', '{answer,answered_at,ended_at}'),
            ('mentor', 'info_requested', 'declined', '{answer,answered_at,ended_at}'),
            ('either', 'accepted', 'active', '{started_at}'),
            ('either', 'active', 'paused', '{}'),
            ('either', 'paused', 'active', '{}'),
            ('either', 'active', 'completed', '{ended_at}'),
            ('either', 'paused', 'completed', '{ended_at}'),
            ('either', 'accepted', 'ended_early', '{end_reason,ended_at}'),
            ('either', 'active', 'ended_early', '{end_reason,ended_at}'),
            ('either', 'paused', 'ended_early', '{end_reason,ended_at}')
        ) AS step (who, source, target, fields)
        WHERE step.who IN (side, 'either') AND step.source = OLD.status AND step.target = NEW.status;
        IF fields IS NULL OR (to_jsonb(NEW) - fields) <> (to_jsonb(OLD) - fields) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'match_step_of_its_person',
                MESSAGE = format('the %s of a match does not take it from %s to %s, with these changes',
                    coalesce(side, 'stranger'), OLD.status, NEW.status);
        END IF;
    END IF;
    IF NEW.status = 'requested' THEN
        IF TG_OP = 'INSERT' OR OLD.status = 'proposed' THEN
            -- Of two requests at once the second counts the first: in a statement of its own, after the lock.
            PERFORM 1 FROM public.users_profile WHERE user_id = NEW.learner_id FOR NO KEY UPDATE;
            IF (SELECT count(*) FROM public.matches_mentormatch AS other
                WHERE other.learner_id = NEW.learner_id AND other.status = ANY (waiting)) >= 5 THEN
                RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'match_open_requests',
                    MESSAGE = 'wait for an answer, or cancel one of your 5 requests';
            END IF;
            NEW.requested_at := clock_timestamp();
            IF NOT is_api THEN
                NEW.score := CASE TG_OP WHEN 'UPDATE' THEN OLD.score END;
                NEW.components := CASE TG_OP WHEN 'UPDATE' THEN OLD.components ELSE '{}' END;
                NEW.matcher := CASE TG_OP WHEN 'UPDATE' THEN OLD.matcher ELSE '{}' END;
            END IF;
        END IF;
        NEW.expires_at := least(NEW.expires_at, clock_timestamp() + interval '7 days');
    END IF;
    IF NEW.status IN ('info_requested', 'accepted', 'declined') THEN
        NEW.answered_at := coalesce(OLD.answered_at, clock_timestamp());
    ELSIF NEW.status = 'active' THEN
        NEW.started_at := coalesce(OLD.started_at, clock_timestamp());
    END IF;
    IF NEW.status IN ('declined', 'cancelled', 'completed', 'ended_early') THEN
        NEW.ended_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER matches_guard_step BEFORE INSERT OR UPDATE ON matches_mentormatch
    FOR EACH ROW WHEN (current_user = 'authenticated') EXECUTE FUNCTION private.matches_guard_step();

-- What matching knows of mentors; it names no learner.
ALTER TABLE matches_mentorstanding ENABLE ROW LEVEL SECURITY;
ALTER TABLE matches_mentorstanding FORCE ROW LEVEL SECURITY;
CREATE POLICY select_all ON matches_mentorstanding FOR SELECT TO authenticated USING (true);

ALTER TABLE matches_matchround ENABLE ROW LEVEL SECURITY;
ALTER TABLE matches_matchround FORCE ROW LEVEL SECURITY;
CREATE POLICY select_moderating ON matches_matchround FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));
CREATE POLICY insert_moderating ON matches_matchround FOR INSERT TO authenticated
    WITH CHECK ((SELECT private.is_moderating()) AND requested_by_id = (SELECT auth.uid()) AND result = '{}');

ALTER TABLE matches_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE matches_session FORCE ROW LEVEL SECURITY;
CREATE POLICY select_learner ON matches_session FOR SELECT TO authenticated
    USING (learner_id = (SELECT auth.uid()));
CREATE POLICY select_mentor ON matches_session FOR SELECT TO authenticated
    USING (mentor_id = (SELECT auth.uid()));
CREATE POLICY insert_own ON matches_session FOR INSERT TO authenticated
    WITH CHECK (
        proposed_by_id = (SELECT auth.uid())
        AND match_id = ANY (ARRAY(
            SELECT m.id FROM matches_mentormatch m WHERE m.status IN ('accepted', 'active', 'paused')
        ))
    );
-- The other side confirms, either cancels; a session that took place is closed by nobody's request.
CREATE POLICY update_own ON matches_session FOR UPDATE TO authenticated
    USING (learner_id = (SELECT auth.uid()) OR mentor_id = (SELECT auth.uid()))
    WITH CHECK (
        (learner_id = (SELECT auth.uid()) OR mentor_id = (SELECT auth.uid()))
        AND (
            status = 'cancelled'
            OR (status = 'confirmed' AND proposed_by_id <> (SELECT auth.uid()) AND match_id = ANY (ARRAY(
                SELECT m.id FROM matches_mentormatch m WHERE m.status IN ('accepted', 'active', 'paused')
            )))
        )
    );
REVOKE UPDATE ON matches_session FROM authenticated;
GRANT UPDATE (status, updated_at) ON matches_session TO authenticated;

GRANT SELECT ON matches_sessionseat TO authenticated;
ALTER TABLE matches_sessionseat ENABLE ROW LEVEL SECURITY;
ALTER TABLE matches_sessionseat FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON matches_sessionseat FOR SELECT TO authenticated
    USING (person_id = (SELECT auth.uid()));

-- Conversations are for the two who talk and for nobody else, moderators included. The mentor's reaction opens one.
ALTER TABLE matches_conversation ENABLE ROW LEVEL SECURITY;
ALTER TABLE matches_conversation FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON matches_conversation FOR SELECT TO authenticated
    USING (match_id = ANY (ARRAY(SELECT private.matches_my_matches())));
CREATE POLICY insert_mentor ON matches_conversation FOR INSERT TO authenticated
    WITH CHECK (
        last_seq = 0 AND last_message_at IS NULL
        AND match_id = ANY (ARRAY(
            SELECT m.id FROM matches_mentormatch m
            WHERE m.mentor_id = (SELECT auth.uid()) AND m.answered_at IS NOT NULL
        ))
    );

ALTER TABLE matches_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE matches_message FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON matches_message FOR SELECT TO authenticated
    USING (conversation_id = ANY (ARRAY(SELECT private.matches_my_conversations())));
CREATE POLICY insert_own ON matches_message FOR INSERT TO authenticated
    WITH CHECK (
        sender_id = (SELECT auth.uid())
        AND conversation_id = ANY (ARRAY(SELECT private.matches_my_conversations()))
        AND sent_at BETWEEN statement_timestamp() - interval '5 minutes' AND statement_timestamp() + interval '5 minutes'
    );

ALTER TABLE matches_readpointer ENABLE ROW LEVEL SECURITY;
ALTER TABLE matches_readpointer FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON matches_readpointer FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()));
CREATE POLICY insert_own ON matches_readpointer FOR INSERT TO authenticated
    WITH CHECK (
        user_id = (SELECT auth.uid())
        AND conversation_id = ANY (ARRAY(SELECT private.matches_my_conversations()))
    );
CREATE POLICY update_own ON matches_readpointer FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));
REVOKE UPDATE ON matches_readpointer FROM authenticated;
GRANT UPDATE (last_read_seq, updated_at) ON matches_readpointer TO authenticated;

-- One's own, and every one that is revealed; that it is of the other side and in time: private.matches_guard_review.
ALTER TABLE matches_review ENABLE ROW LEVEL SECURITY;
ALTER TABLE matches_review FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON matches_review FOR SELECT TO authenticated
    USING (author_id = (SELECT auth.uid()));
CREATE POLICY select_revealed ON matches_review FOR SELECT TO authenticated
    USING (revealed_at <= statement_timestamp());
CREATE POLICY insert_own ON matches_review FOR INSERT TO authenticated
    WITH CHECK (author_id = (SELECT auth.uid()));

-- The two of a match see each other's profile: headline and time zone stand beside the match.
CREATE POLICY select_partner ON users_profile FOR SELECT TO authenticated
    USING (user_id = ANY (ARRAY(SELECT private.matches_my_partners())));

-- reverse
DROP POLICY select_partner ON users_profile;
DROP POLICY insert_own ON matches_review;
DROP POLICY select_revealed ON matches_review;
DROP POLICY select_own ON matches_review;
ALTER TABLE matches_review NO FORCE ROW LEVEL SECURITY;
ALTER TABLE matches_review DISABLE ROW LEVEL SECURITY;
REVOKE UPDATE (last_read_seq, updated_at) ON matches_readpointer FROM authenticated;
GRANT UPDATE ON matches_readpointer TO authenticated;
DROP POLICY update_own ON matches_readpointer;
DROP POLICY insert_own ON matches_readpointer;
DROP POLICY select_own ON matches_readpointer;
ALTER TABLE matches_readpointer NO FORCE ROW LEVEL SECURITY;
ALTER TABLE matches_readpointer DISABLE ROW LEVEL SECURITY;
DROP POLICY insert_own ON matches_message;
DROP POLICY select_own ON matches_message;
ALTER TABLE matches_message NO FORCE ROW LEVEL SECURITY;
ALTER TABLE matches_message DISABLE ROW LEVEL SECURITY;
DROP POLICY insert_mentor ON matches_conversation;
DROP POLICY select_own ON matches_conversation;
ALTER TABLE matches_conversation NO FORCE ROW LEVEL SECURITY;
ALTER TABLE matches_conversation DISABLE ROW LEVEL SECURITY;
DROP POLICY select_own ON matches_sessionseat;
ALTER TABLE matches_sessionseat NO FORCE ROW LEVEL SECURITY;
ALTER TABLE matches_sessionseat DISABLE ROW LEVEL SECURITY;
REVOKE SELECT ON matches_sessionseat FROM authenticated;
REVOKE UPDATE (status, updated_at) ON matches_session FROM authenticated;
GRANT UPDATE ON matches_session TO authenticated;
DROP POLICY update_own ON matches_session;
DROP POLICY insert_own ON matches_session;
DROP POLICY select_mentor ON matches_session;
DROP POLICY select_learner ON matches_session;
ALTER TABLE matches_session NO FORCE ROW LEVEL SECURITY;
ALTER TABLE matches_session DISABLE ROW LEVEL SECURITY;
DROP POLICY insert_moderating ON matches_matchround;
DROP POLICY select_moderating ON matches_matchround;
ALTER TABLE matches_matchround NO FORCE ROW LEVEL SECURITY;
ALTER TABLE matches_matchround DISABLE ROW LEVEL SECURITY;
DROP POLICY select_all ON matches_mentorstanding;
ALTER TABLE matches_mentorstanding NO FORCE ROW LEVEL SECURITY;
ALTER TABLE matches_mentorstanding DISABLE ROW LEVEL SECURITY;
DROP TRIGGER matches_guard_step ON matches_mentormatch;
DROP FUNCTION private.matches_guard_step();
DROP POLICY update_mentor ON matches_mentormatch;
DROP POLICY update_learner ON matches_mentormatch;
DROP POLICY insert_learner ON matches_mentormatch;
DROP POLICY select_mentor ON matches_mentormatch;
DROP POLICY select_learner ON matches_mentormatch;
ALTER TABLE matches_mentormatch NO FORCE ROW LEVEL SECURITY;
ALTER TABLE matches_mentormatch DISABLE ROW LEVEL SECURITY;
DROP FUNCTION private.matches_my_partners();
DROP FUNCTION private.matches_my_conversations();
DROP FUNCTION private.matches_my_matches();
