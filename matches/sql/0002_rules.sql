-- The rules of mentoring that every writer obeys, whoever it is. A refusal is a check_violation that carries the name of
-- its rule as the constraint's name: match_capacity, match_people_stay, message_by_participant, message_chat_open,
-- review_after_mentorship, and those of private.refuse_illegal_step.

CREATE TRIGGER match_legal_start BEFORE INSERT ON matches_mentormatch
    FOR EACH ROW WHEN (NEW.status NOT IN ('proposed', 'requested'))
    EXECUTE FUNCTION private.refuse_illegal_step('status');
CREATE TRIGGER match_legal_transition BEFORE UPDATE ON matches_mentormatch
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'proposed>requested', 'proposed>cancelled', 'proposed>expired',
        'requested>info_requested', 'requested>accepted', 'requested>declined', 'requested>cancelled',
        'requested>expired',
        'info_requested>requested', 'info_requested>accepted', 'info_requested>declined', 'info_requested>cancelled',
        'info_requested>expired',
        'accepted>active', 'accepted>cancelled', 'accepted>ended_early',
        'active>paused', 'active>completed', 'active>ended_early',
        'paused>active', 'paused>completed', 'paused>ended_early');

CREATE TRIGGER session_legal_start BEFORE INSERT ON matches_session
    FOR EACH ROW WHEN (NEW.status <> 'proposed') EXECUTE FUNCTION private.refuse_illegal_step('status');
CREATE TRIGGER session_legal_transition BEFORE UPDATE ON matches_session
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'proposed>confirmed', 'proposed>cancelled',
        'confirmed>cancelled', 'confirmed>done', 'confirmed>no_show_mentor', 'confirmed>no_show_learner');

CREATE TRIGGER round_legal_start BEFORE INSERT ON matches_matchround
    FOR EACH ROW WHEN (NEW.status <> 'queued') EXECUTE FUNCTION private.refuse_illegal_step('status');
CREATE TRIGGER round_legal_transition BEFORE UPDATE ON matches_matchround
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'queued>running', 'queued>failed', 'running>succeeded', 'running>failed');

CREATE FUNCTION private.matches_refuse(p_rule text, p_message text) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = p_rule, MESSAGE = p_message;
END
$$;
ALTER FUNCTION private.matches_refuse(text, text) OWNER TO sb_definer;

-- The mentor's capacity. Whoever takes a place locks the mentor's profile first and counts after that, in a
-- statement with its own snapshot: of two acceptances at once the second sees the first. Locks: match, then profile.
CREATE FUNCTION private.matches_guard_match() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    former text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.status ELSE '' END;
    taking constant text[] := ARRAY['accepted', 'active', 'paused'];
    places integer;
    taken integer;
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.learner_id, OLD.mentor_id) IS DISTINCT FROM (NEW.learner_id, NEW.mentor_id) THEN
        PERFORM private.matches_refuse('match_people_stay', 'a match keeps its learner and its mentor');
    END IF;
    IF NEW.status = ANY (taking) AND NOT former = ANY (taking) THEN
        SELECT profile.mentoring_capacity INTO places FROM public.users_profile AS profile
        WHERE profile.user_id = NEW.mentor_id FOR NO KEY UPDATE;
        SELECT count(*) INTO taken FROM public.matches_mentormatch AS other
        WHERE other.mentor_id = NEW.mentor_id AND other.status = ANY (taking) AND other.id <> NEW.id;
        IF taken >= coalesce(places, 0) THEN
            PERFORM private.matches_refuse('match_capacity', format('all %s places are taken', coalesce(places, 0)));
        END IF;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION private.matches_guard_match() OWNER TO sb_definer;
CREATE TRIGGER matches_guard_match BEFORE INSERT OR UPDATE ON matches_mentormatch
    FOR EACH ROW EXECUTE FUNCTION private.matches_guard_match();

-- Standings are recomputed from the rows. The standing is locked before the count, so that the later of two writers
-- counts what the earlier one committed; ascending, so that two never wait for each other.
CREATE FUNCTION private.matches_refresh_standings(p_mentors uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.matches_mentorstanding (mentor_id, places_taken, requests_decided, requests_answered)
    SELECT DISTINCT mentor, 0, 0, 0 FROM unnest(p_mentors) AS mentor ORDER BY mentor
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM public.matches_mentorstanding AS standing
    WHERE standing.mentor_id = ANY (p_mentors) ORDER BY standing.mentor_id FOR NO KEY UPDATE;
    UPDATE public.matches_mentorstanding AS standing
    SET places_taken = counted.taken, requests_decided = counted.decided, requests_answered = counted.answered
    FROM (
        SELECT mentor.id,
            count(*) FILTER (WHERE match.status IN ('accepted', 'active', 'paused')) AS taken,
            count(*) FILTER (WHERE match.answered_at IS NOT NULL
                OR (match.status = 'expired' AND match.requested_at IS NOT NULL)) AS decided,
            count(*) FILTER (WHERE match.answered_at IS NOT NULL) AS answered
        FROM unnest(p_mentors) AS mentor (id)
        LEFT JOIN public.matches_mentormatch AS match ON match.mentor_id = mentor.id
        GROUP BY mentor.id
    ) AS counted
    WHERE standing.mentor_id = counted.id
      AND (standing.places_taken, standing.requests_decided, standing.requests_answered)
          IS DISTINCT FROM (counted.taken, counted.decided, counted.answered);
END
$$;
ALTER FUNCTION private.matches_refresh_standings(uuid[]) OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.matches_refresh_standings(uuid[]) TO service_role;

CREATE FUNCTION private.matches_count_new() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.matches_refresh_standings(array_agg(DISTINCT mentor_id)) FROM new_rows HAVING count(*) > 0;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.matches_count_new() OWNER TO sb_definer;
CREATE TRIGGER matches_count_new AFTER INSERT ON matches_mentormatch
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.matches_count_new();

CREATE FUNCTION private.matches_count_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.matches_refresh_standings(array_agg(DISTINCT new_rows.mentor_id))
    FROM new_rows JOIN old_rows USING (id)
    WHERE new_rows.status <> old_rows.status OR new_rows.answered_at IS DISTINCT FROM old_rows.answered_at
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.matches_count_changed() OWNER TO sb_definer;
CREATE TRIGGER matches_count_changed AFTER UPDATE ON matches_mentormatch
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.matches_count_changed();

CREATE FUNCTION private.matches_count_removed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.matches_refresh_standings(array_agg(DISTINCT mentor_id)) FROM old_rows HAVING count(*) > 0;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.matches_count_removed() OWNER TO sb_definer;
CREATE TRIGGER matches_count_removed AFTER DELETE ON matches_mentormatch
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION private.matches_count_removed();

-- A session's people are those of its match, so that the exclusion constraints can stand on them.
CREATE FUNCTION private.matches_guard_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    SELECT match.learner_id, match.mentor_id INTO NEW.learner_id, NEW.mentor_id
    FROM public.matches_mentormatch AS match WHERE match.id = NEW.match_id;
    RETURN NEW;
END
$$;
ALTER FUNCTION private.matches_guard_session() OWNER TO sb_definer;
CREATE TRIGGER matches_guard_session BEFORE INSERT OR UPDATE ON matches_session
    FOR EACH ROW EXECUTE FUNCTION private.matches_guard_session();

-- A conversation begins empty, whatever its writer says.
CREATE FUNCTION private.matches_begin_conversation() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.last_seq := 0;
    NEW.last_message_at := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER matches_begin_conversation BEFORE INSERT ON matches_conversation
    FOR EACH ROW EXECUTE FUNCTION private.matches_begin_conversation();

-- Brings back what a conversation knows of its newest message. A number once given is not given again.
CREATE FUNCTION private.matches_recount_conversations(p_conversations uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.matches_conversation WHERE id = ANY (p_conversations) ORDER BY id FOR NO KEY UPDATE;
    UPDATE public.matches_conversation AS conversation
    SET last_seq = greatest(conversation.last_seq, coalesce(newest.seq, 0)), last_message_at = newest.sent_at
    FROM unnest(p_conversations) AS wanted (id)
    LEFT JOIN LATERAL (
        SELECT message.seq, message.sent_at FROM public.matches_message AS message
        WHERE message.conversation_id = wanted.id ORDER BY message.seq DESC LIMIT 1
    ) AS newest ON true
    WHERE conversation.id = wanted.id;
END
$$;
ALTER FUNCTION private.matches_recount_conversations(uuid[]) OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.matches_recount_conversations(uuid[]) TO service_role;

-- The next number of the conversation: the UPDATE is the lock, so numbers have no gaps and come in the order of commit.
CREATE FUNCTION private.matches_number_message() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    match record;
BEGIN
    SELECT found.learner_id, found.mentor_id, found.status, found.answered_at INTO match
    FROM public.matches_conversation AS conversation
    JOIN public.matches_mentormatch AS found ON found.id = conversation.match_id
    WHERE conversation.id = NEW.conversation_id;
    IF NEW.sender_id NOT IN (match.learner_id, match.mentor_id) THEN
        PERFORM private.matches_refuse('message_by_participant', 'the sender is not part of this conversation');
    END IF;
    -- Open from the mentor's first reaction on, until the match is refused or over.
    IF match.status NOT IN ('info_requested', 'accepted', 'active', 'paused')
        AND NOT (match.status = 'requested' AND match.answered_at IS NOT NULL)
    THEN
        PERFORM private.matches_refuse('message_chat_open', format('nobody writes in a match that is %s', match.status));
    END IF;
    UPDATE public.matches_conversation AS conversation
    SET last_seq = conversation.last_seq + 1, last_message_at = NEW.sent_at, updated_at = NEW.sent_at
    WHERE conversation.id = NEW.conversation_id
    RETURNING conversation.last_seq INTO NEW.seq;
    RETURN NEW;
END
$$;
ALTER FUNCTION private.matches_number_message() OWNER TO sb_definer;
CREATE TRIGGER matches_number_message BEFORE INSERT ON matches_message
    FOR EACH ROW EXECUTE FUNCTION private.matches_number_message();

-- A review is of the other side, after a mentorship that took place, within 14 days of its end; that is also when it
-- shows at the latest, so nobody can answer the other's review with their own. The match is locked, so that of two
-- reviews at once the second finds the first.
CREATE FUNCTION private.matches_guard_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    match record;
BEGIN
    SELECT found.learner_id, found.mentor_id, found.status, found.started_at, found.ended_at INTO match
    FROM public.matches_mentormatch AS found WHERE found.id = NEW.match_id FOR NO KEY UPDATE;
    IF match.status NOT IN ('completed', 'ended_early') OR match.started_at IS NULL OR match.ended_at IS NULL
        OR NEW.author_id NOT IN (match.learner_id, match.mentor_id)
        OR match.ended_at + interval '14 days' <= now()
    THEN
        PERFORM private.matches_refuse('review_after_mentorship',
            'the two review each other in the 14 days after a mentorship that took place');
    END IF;
    NEW.subject_is_mentor := NEW.author_id = match.learner_id;
    NEW.subject_id := CASE WHEN NEW.subject_is_mentor THEN match.mentor_id ELSE match.learner_id END;
    NEW.revealed_at := match.ended_at + interval '14 days';
    RETURN NEW;
END
$$;
ALTER FUNCTION private.matches_guard_review() OWNER TO sb_definer;
CREATE TRIGGER matches_guard_review BEFORE INSERT ON matches_review
    FOR EACH ROW EXECUTE FUNCTION private.matches_guard_review();

CREATE FUNCTION private.matches_reveal(p_matches uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    UPDATE public.matches_review AS review SET revealed_at = now(), updated_at = now()
    WHERE review.revealed_at > now() AND review.match_id IN (
        SELECT written.match_id FROM public.matches_review AS written
        WHERE written.match_id = ANY (p_matches)
        GROUP BY written.match_id HAVING count(*) = 2
    )
$$;
ALTER FUNCTION private.matches_reveal(uuid[]) OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.matches_reveal(uuid[]) TO service_role;

CREATE FUNCTION private.matches_reveal_reviews() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.matches_reveal(ARRAY(SELECT match_id FROM new_rows));
    RETURN NULL;
END
$$;
ALTER FUNCTION private.matches_reveal_reviews() OWNER TO sb_definer;
CREATE TRIGGER matches_reveal_reviews AFTER INSERT ON matches_review
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.matches_reveal_reviews();

-- reverse
DROP TRIGGER matches_reveal_reviews ON matches_review;
DROP TRIGGER matches_guard_review ON matches_review;
DROP TRIGGER matches_number_message ON matches_message;
DROP TRIGGER matches_begin_conversation ON matches_conversation;
DROP TRIGGER matches_guard_session ON matches_session;
DROP TRIGGER matches_count_removed ON matches_mentormatch;
DROP TRIGGER matches_count_changed ON matches_mentormatch;
DROP TRIGGER matches_count_new ON matches_mentormatch;
DROP TRIGGER matches_guard_match ON matches_mentormatch;
DROP TRIGGER round_legal_transition ON matches_matchround;
DROP TRIGGER round_legal_start ON matches_matchround;
DROP TRIGGER session_legal_transition ON matches_session;
DROP TRIGGER session_legal_start ON matches_session;
DROP TRIGGER match_legal_transition ON matches_mentormatch;
DROP TRIGGER match_legal_start ON matches_mentormatch;
DROP FUNCTION private.matches_reveal_reviews();
DROP FUNCTION private.matches_reveal(uuid[]);
DROP FUNCTION private.matches_guard_review();
DROP FUNCTION private.matches_number_message();
DROP FUNCTION private.matches_recount_conversations(uuid[]);
DROP FUNCTION private.matches_begin_conversation();
DROP FUNCTION private.matches_guard_session();
DROP FUNCTION private.matches_count_removed();
DROP FUNCTION private.matches_count_changed();
DROP FUNCTION private.matches_count_new();
DROP FUNCTION private.matches_refresh_standings(uuid[]);
DROP FUNCTION private.matches_guard_match();
DROP FUNCTION private.matches_refuse(text, text);
