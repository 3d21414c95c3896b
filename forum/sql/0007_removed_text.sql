-- What a removed post said is kept apart from the row that everybody may read, and comes back with it.
CREATE FUNCTION private.forum_keep_removed_text() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF NEW.removed_at IS NOT NULL THEN
        INSERT INTO public.forum_removedtext (post_id, title, body_markdown, body_html)
        VALUES (NEW.id, NEW.title, NEW.body_markdown, NEW.body_html);
        NEW.title := '';
        NEW.body_markdown := '';
        NEW.body_html := '';
    ELSE
        DELETE FROM public.forum_removedtext WHERE post_id = NEW.id
        RETURNING title, body_markdown, body_html INTO NEW.title, NEW.body_markdown, NEW.body_html;
        NEW.removed_by_id := NULL;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION private.forum_keep_removed_text() OWNER TO sb_definer;
-- Posts that were removed before.
INSERT INTO forum_removedtext (post_id, title, body_markdown, body_html)
SELECT id, title, body_markdown, body_html FROM forum_forumpost WHERE removed_at IS NOT NULL;
UPDATE forum_forumpost SET title = '', body_markdown = '', body_html = '' WHERE removed_at IS NOT NULL;

CREATE TRIGGER forum_keep_removed_text BEFORE UPDATE ON forum_forumpost
    FOR EACH ROW WHEN ((OLD.removed_at IS NULL) <> (NEW.removed_at IS NULL))
    EXECUTE FUNCTION private.forum_keep_removed_text();
CREATE TRIGGER forum_keep_text_born_removed BEFORE INSERT ON forum_forumpost
    FOR EACH ROW WHEN (NEW.removed_at IS NOT NULL)
    EXECUTE FUNCTION private.forum_keep_removed_text();

-- reverse
DROP TRIGGER forum_keep_text_born_removed ON forum_forumpost;
DROP TRIGGER forum_keep_removed_text ON forum_forumpost;
DROP FUNCTION private.forum_keep_removed_text();
UPDATE forum_forumpost AS post
SET title = kept.title, body_markdown = kept.body_markdown, body_html = kept.body_html
FROM forum_removedtext AS kept WHERE kept.post_id = post.id;
