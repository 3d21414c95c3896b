-- Who is told, and what is booked, in the transaction of the fact itself. Keys make a repeat harmless.

-- One row for each step that somebody is told of.
CREATE FUNCTION private.matches_tell(p_match uuid, p_learner uuid, p_mentor uuid, p_from text, p_to text, p_asked boolean)
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
ALTER FUNCTION private.matches_tell(uuid, uuid, uuid, text, text, boolean) OWNER TO sb_definer;

CREATE FUNCTION private.matches_tell_new() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.matches_tell(id, learner_id, mentor_id, '', status, requested_at IS NOT NULL)
    FROM (SELECT * FROM new_rows ORDER BY id) AS ordered;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.matches_tell_new() OWNER TO sb_definer;
CREATE TRIGGER matches_tell_new AFTER INSERT ON matches_mentormatch
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.matches_tell_new();

-- What mentorships bring: booked once each, so a repeat is harmless; taken back by nothing. A learner counts once among
-- those a mentor has mentored, however many mentorships the two have. All people are locked first, in one order.
CREATE FUNCTION private.matches_book(p_matches uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.badges_lock_people(ARRAY(
        SELECT unnest(ARRAY[match.learner_id, match.mentor_id]) FROM public.matches_mentormatch AS match
        WHERE match.id = ANY (p_matches)
    ));
    PERFORM private.book(fact.person, fact.metric, 1, 'match', match.id, fact.key)
    FROM public.matches_mentormatch AS match
    CROSS JOIN LATERAL (VALUES
        (1, match.learner_id, 'mentorships_started', 'mentorships_started:' || match.id || ':' || match.learner_id),
        (1, match.mentor_id, 'mentorships_started', 'mentorships_started:' || match.id || ':' || match.mentor_id),
        (1, match.mentor_id, 'learners_mentored', 'learners_mentored:' || match.mentor_id || ':' || match.learner_id),
        (2, match.learner_id, 'mentorships_completed', 'mentorships_completed:' || match.id || ':' || match.learner_id),
        (2, match.mentor_id, 'mentorships_completed', 'mentorships_completed:' || match.id || ':' || match.mentor_id)
    ) AS fact (stage, person, metric, key)
    WHERE match.id = ANY (p_matches)
      AND (match.status = 'completed' OR (match.status IN ('active', 'paused') AND fact.stage = 1));
END
$$;
ALTER FUNCTION private.matches_book(uuid[]) OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.matches_book(uuid[]) TO service_role;

CREATE FUNCTION private.matches_tell_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    step record;
BEGIN
    FOR step IN
        SELECT new_rows.*, old_rows.status AS former FROM new_rows JOIN old_rows USING (id)
        WHERE new_rows.status <> old_rows.status ORDER BY new_rows.id
    LOOP
        PERFORM private.matches_tell(step.id, step.learner_id, step.mentor_id, step.former, step.status,
            step.requested_at IS NOT NULL);
    END LOOP;
    PERFORM private.matches_book(array_agg(new_rows.id))
    FROM new_rows JOIN old_rows USING (id)
    WHERE new_rows.status <> old_rows.status AND new_rows.status IN ('active', 'completed')
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.matches_tell_changed() OWNER TO sb_definer;
CREATE TRIGGER matches_tell_changed AFTER UPDATE ON matches_mentormatch
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.matches_tell_changed();

-- The key holds how far the receiver has read: until they read on, further messages are the same news.
CREATE FUNCTION private.matches_tell_message() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(told.receiver, 'message_received', told.sender_id, 'conversation', told.conversation_id,
        jsonb_build_object('conversation_id', told.conversation_id, 'by', told.handle),
        'message_received:' || told.conversation_id || ':' || told.receiver || ':' || told.read_seq)
    FROM (
        SELECT DISTINCT message.conversation_id, message.sender_id, sender.handle,
            CASE WHEN message.sender_id = match.learner_id THEN match.mentor_id ELSE match.learner_id END AS receiver,
            coalesce(pointer.last_read_seq, 0) AS read_seq
        FROM new_rows AS message
        JOIN public.users_user AS sender ON sender.id = message.sender_id
        JOIN public.matches_conversation AS conversation ON conversation.id = message.conversation_id
        JOIN public.matches_mentormatch AS match ON match.id = conversation.match_id
        LEFT JOIN public.matches_readpointer AS pointer ON pointer.conversation_id = message.conversation_id
            AND pointer.user_id
                = CASE WHEN message.sender_id = match.learner_id THEN match.mentor_id ELSE match.learner_id END
        ORDER BY message.conversation_id, message.sender_id
    ) AS told;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.matches_tell_message() OWNER TO sb_definer;
CREATE TRIGGER matches_tell_message AFTER INSERT ON matches_message
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.matches_tell_message();

-- reverse
DROP TRIGGER matches_tell_message ON matches_message;
DROP TRIGGER matches_tell_changed ON matches_mentormatch;
DROP TRIGGER matches_tell_new ON matches_mentormatch;
DROP FUNCTION private.matches_tell_message();
DROP FUNCTION private.matches_tell_changed();
DROP FUNCTION private.matches_book(uuid[]);
DROP FUNCTION private.matches_tell_new();
DROP FUNCTION private.matches_tell(uuid, uuid, uuid, text, text, boolean);
