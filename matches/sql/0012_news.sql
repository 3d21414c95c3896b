-- Who is told of what, as functions of the facts: the triggers call them, and `check_derived --fix` where news are
-- missing. Keys make a repeat harmless.

-- A step of each match, in step with it, that somebody should have heard of.
CREATE FUNCTION private.matches_tell_again(p_matches uuid[], p_steps text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.matches_tell(
        match.id, match.learner_id, match.mentor_id, '', step.name, match.requested_at IS NOT NULL
    )
    FROM unnest(p_matches, p_steps) AS step (match_id, name)
    JOIN public.matches_mentormatch AS match ON match.id = step.match_id;
END
$$;
ALTER FUNCTION private.matches_tell_again(uuid[], text[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_tell_again(uuid[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_tell_again(uuid[], text[]) TO service_role;

-- The key holds how far the receiver has read: until they read on, further messages are the same news.
CREATE FUNCTION private.matches_tell_of_messages(p_messages uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(told.receiver, 'message_received', told.sender_id, 'conversation', told.conversation_id,
        jsonb_build_object('conversation_id', told.conversation_id, 'by', told.handle),
        'message_received:' || told.conversation_id || ':' || told.receiver || ':' || told.read_seq)
    FROM (
        SELECT DISTINCT message.conversation_id, message.sender_id, sender.handle,
            CASE WHEN message.sender_id = match.learner_id THEN match.mentor_id ELSE match.learner_id END AS receiver,
            coalesce(pointer.last_read_seq, 0) AS read_seq
        FROM public.matches_message AS message
        JOIN public.users_user AS sender ON sender.id = message.sender_id
        JOIN public.matches_conversation AS conversation ON conversation.id = message.conversation_id
        JOIN public.matches_mentormatch AS match ON match.id = conversation.match_id
        LEFT JOIN public.matches_readpointer AS pointer ON pointer.conversation_id = message.conversation_id
            AND pointer.user_id
                = CASE WHEN message.sender_id = match.learner_id THEN match.mentor_id ELSE match.learner_id END
        WHERE message.id = ANY (p_messages)
        ORDER BY message.conversation_id, message.sender_id
    ) AS told;
END
$$;
ALTER FUNCTION private.matches_tell_of_messages(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_tell_of_messages(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_tell_of_messages(uuid[]) TO service_role;

CREATE OR REPLACE FUNCTION private.matches_tell_message() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.matches_tell_of_messages(ARRAY(SELECT id FROM new_rows));
    RETURN NULL;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.matches_tell_message() RETURNS trigger
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
DROP FUNCTION private.matches_tell_of_messages(uuid[]);
DROP FUNCTION private.matches_tell_again(uuid[], text[]);
