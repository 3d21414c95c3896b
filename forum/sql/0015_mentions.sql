-- A mention tells somebody: who is silenced mentions nobody, and a post as many as the API lets it (forum/rendering.py). For
-- what people write themselves, under the post's lock, so that of two statements at once the second counts the first. The
-- name sorts before that of the trigger that tells.
CREATE FUNCTION private.forum_author_may_mention() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.forum_forumpost WHERE id IN (SELECT post_id FROM new_rows) ORDER BY id FOR NO KEY UPDATE;
    PERFORM private.forum_refuse_sanctioned(ARRAY(
        SELECT DISTINCT post.author_id FROM new_rows JOIN public.forum_forumpost AS post ON post.id = new_rows.post_id
    ));
    IF EXISTS (
        SELECT FROM public.forum_mention WHERE post_id IN (SELECT post_id FROM new_rows)
        GROUP BY post_id HAVING count(*) > 10
    ) THEN
        RAISE EXCEPTION 'mention at most 10 people'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'mention_to_10', TABLE = 'forum_mention';
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.forum_author_may_mention() OWNER TO sb_definer;
CREATE TRIGGER forum_author_may_mention AFTER INSERT ON forum_mention REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN (current_user = 'authenticated') EXECUTE FUNCTION private.forum_author_may_mention();

-- reverse
DROP TRIGGER forum_author_may_mention ON forum_mention;
DROP FUNCTION private.forum_author_may_mention();
