-- A conversation's last message is its newest also after messages were removed, or moved to another conversation. Its last
-- number stays: what was given is not given again.
CREATE FUNCTION private.matches_messages_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM private.matches_recount_conversations(array_agg(DISTINCT conversation_id)) FROM old_rows
        HAVING count(*) > 0;
    ELSE
        PERFORM private.matches_recount_conversations(array_agg(DISTINCT touched.conversation_id))
        FROM (
            (SELECT conversation_id, seq, sent_at FROM new_rows EXCEPT SELECT conversation_id, seq, sent_at FROM old_rows)
            UNION ALL
            (SELECT conversation_id, seq, sent_at FROM old_rows EXCEPT SELECT conversation_id, seq, sent_at FROM new_rows)
        ) AS touched
        HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.matches_messages_changed() OWNER TO sb_definer;
CREATE TRIGGER matches_messages_changed AFTER UPDATE ON matches_message
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.matches_messages_changed();
CREATE TRIGGER matches_messages_removed AFTER DELETE ON matches_message
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION private.matches_messages_changed();

-- reverse
DROP TRIGGER matches_messages_removed ON matches_message;
DROP TRIGGER matches_messages_changed ON matches_message;
DROP FUNCTION private.matches_messages_changed();
