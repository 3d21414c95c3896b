-- Whose rows a request sees and changes; the same rules as visible_to() in querysets.py. Reading posts has no condition:
-- one that is not leakproof would keep the full-text search from its index. Removed words are in forum_removedtext.
ALTER TABLE forum_category ENABLE ROW LEVEL SECURITY;
ALTER TABLE forum_category FORCE ROW LEVEL SECURITY;
CREATE POLICY select_everybody ON forum_category FOR SELECT TO anon, authenticated USING (true);

ALTER TABLE forum_forumpost ENABLE ROW LEVEL SECURITY;
ALTER TABLE forum_forumpost FORCE ROW LEVEL SECURITY;
CREATE POLICY select_everybody ON forum_forumpost FOR SELECT TO anon, authenticated USING (true);
CREATE POLICY insert_own ON forum_forumpost FOR INSERT TO authenticated
    WITH CHECK (
        author_id = (SELECT auth.uid()) AND removed_at IS NULL AND removed_by_id IS NULL AND edited_at IS NULL
        AND NOT is_solution
        AND created_at BETWEEN statement_timestamp() - interval '5 minutes' AND statement_timestamp() + interval '5 minutes'
        AND NOT EXISTS (
            SELECT FROM forum_forumpost above
            WHERE above.id IN (forum_forumpost.thread_id, forum_forumpost.parent_id) AND above.removed_at IS NOT NULL
        )
    );
-- What changes of whose post: private.forum_guard_change.
CREATE POLICY update_own ON forum_forumpost FOR UPDATE TO authenticated
    USING (author_id = (SELECT auth.uid())) WITH CHECK (author_id = (SELECT auth.uid()));
CREATE POLICY update_moderating ON forum_forumpost FOR UPDATE TO authenticated
    USING ((SELECT private.is_moderating())) WITH CHECK ((SELECT private.is_moderating()));
CREATE POLICY update_asker ON forum_forumpost FOR UPDATE TO authenticated
    USING (EXISTS (
        SELECT FROM forum_forumpost thread
        WHERE thread.id = forum_forumpost.thread_id AND thread.author_id = (SELECT auth.uid())
    ))
    WITH CHECK (EXISTS (
        SELECT FROM forum_forumpost thread
        WHERE thread.id = forum_forumpost.thread_id AND thread.author_id = (SELECT auth.uid())
    ));

-- The author edits a living post and removes it, whoever moderates removes and restores, who asked says what solved it;
-- nobody changes the words of another. Runs with the person's rights: triggers and the admin are not people's changes.
CREATE FUNCTION private.forum_guard_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    is_author constant boolean := OLD.author_id IS NOT DISTINCT FROM auth.uid();
    is_moderating constant boolean := private.is_moderating();
    -- Generated columns are not computed yet.
    fields text[] := '{updated_at,search,active_at}';
BEGIN
    IF is_author AND OLD.removed_at IS NULL THEN
        fields := fields || '{title,category_id,body_markdown,body_html,edited_at}'::text[];
    END IF;
    IF is_moderating OR (is_author AND OLD.removed_at IS NULL AND NEW.removed_at IS NOT NULL) THEN
        fields := fields || '{is_solution,removed_at,removed_by_id}'::text[];
    END IF;
    IF EXISTS (SELECT FROM public.forum_forumpost WHERE id = OLD.thread_id AND author_id = auth.uid()) THEN
        fields := fields || '{is_solution}'::text[];
    END IF;
    IF (to_jsonb(NEW) - fields) <> (to_jsonb(OLD) - fields) THEN
        RAISE EXCEPTION 'this is not for you to change of this post'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'post_change_of_its_person', TABLE = 'forum_forumpost';
    END IF;
    IF NEW.removed_at IS NOT NULL AND OLD.removed_at IS NULL THEN
        NEW.removed_at := clock_timestamp();
        NEW.removed_by_id := auth.uid();
    END IF;
    IF (NEW.title, NEW.body_markdown, NEW.body_html) IS DISTINCT FROM (OLD.title, OLD.body_markdown, OLD.body_html) THEN
        NEW.edited_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER forum_guard_change BEFORE UPDATE ON forum_forumpost
    FOR EACH ROW WHEN (current_user = 'authenticated') EXECUTE FUNCTION private.forum_guard_change();

-- HTML that is shown as it is comes from the API's sanitiser: from any other client's login (one that may not become
-- account_service) a post is its text, escaped.
CREATE FUNCTION private.forum_escape_body() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.body_html := '<p>' || replace(replace(replace(NEW.body_markdown, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')
        || '</p>';
    RETURN NEW;
END
$$;
-- Before forum_keep_removed_text.
CREATE TRIGGER forum_escape_body BEFORE INSERT OR UPDATE OF body_markdown, body_html ON forum_forumpost
    FOR EACH ROW WHEN (current_user = 'authenticated' AND NOT pg_has_role(session_user, 'account_service', 'MEMBER'))
    EXECUTE FUNCTION private.forum_escape_body();

GRANT SELECT ON forum_removedtext TO authenticated;
ALTER TABLE forum_removedtext ENABLE ROW LEVEL SECURITY;
ALTER TABLE forum_removedtext FORCE ROW LEVEL SECURITY;
CREATE POLICY select_moderating ON forum_removedtext FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));

-- Of living posts only: a mention is a part of what the post says.
GRANT SELECT ON forum_mention TO anon;
ALTER TABLE forum_mention ENABLE ROW LEVEL SECURITY;
ALTER TABLE forum_mention FORCE ROW LEVEL SECURITY;
CREATE POLICY select_everybody ON forum_mention FOR SELECT TO anon, authenticated
    USING (EXISTS (SELECT FROM forum_forumpost p WHERE p.id = forum_mention.post_id AND p.removed_at IS NULL));
CREATE POLICY insert_author ON forum_mention FOR INSERT TO authenticated
    WITH CHECK (EXISTS (
        SELECT FROM forum_forumpost p WHERE p.id = forum_mention.post_id AND p.author_id = (SELECT auth.uid())
    ));
CREATE POLICY delete_author ON forum_mention FOR DELETE TO authenticated
    USING (EXISTS (
        SELECT FROM forum_forumpost p WHERE p.id = forum_mention.post_id AND p.author_id = (SELECT auth.uid())
    ));

-- Others see the sum. That nobody votes for their own post: private.forum_votes_changed.
ALTER TABLE forum_vote ENABLE ROW LEVEL SECURITY;
ALTER TABLE forum_vote FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON forum_vote FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY insert_own ON forum_vote FOR INSERT TO authenticated
    WITH CHECK (
        user_id = (SELECT auth.uid())
        AND EXISTS (SELECT FROM forum_forumpost p WHERE p.id = forum_vote.post_id AND p.removed_at IS NULL)
    );
CREATE POLICY update_own ON forum_vote FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()))
    WITH CHECK (
        user_id = (SELECT auth.uid())
        AND EXISTS (SELECT FROM forum_forumpost p WHERE p.id = forum_vote.post_id AND p.removed_at IS NULL)
    );
CREATE POLICY delete_own ON forum_vote FOR DELETE TO authenticated USING (user_id = (SELECT auth.uid()));
REVOKE UPDATE ON forum_vote FROM authenticated;
GRANT UPDATE (value, updated_at) ON forum_vote TO authenticated;

ALTER TABLE forum_subscription ENABLE ROW LEVEL SECURITY;
ALTER TABLE forum_subscription FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON forum_subscription FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY insert_own ON forum_subscription FOR INSERT TO authenticated
    WITH CHECK (
        user_id = (SELECT auth.uid())
        AND EXISTS (SELECT FROM forum_forumpost p WHERE p.id = forum_subscription.thread_id AND p.thread_id IS NULL)
    );
CREATE POLICY update_own ON forum_subscription FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));

-- A report is of somebody else's living post; whoever moderates sees all and closes them in their own name.
ALTER TABLE forum_report ENABLE ROW LEVEL SECURITY;
ALTER TABLE forum_report FORCE ROW LEVEL SECURITY;
CREATE POLICY select_own ON forum_report FOR SELECT TO authenticated USING (reporter_id = (SELECT auth.uid()));
CREATE POLICY select_moderating ON forum_report FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));
CREATE POLICY insert_own ON forum_report FOR INSERT TO authenticated
    WITH CHECK (
        reporter_id = (SELECT auth.uid()) AND resolved_by_id IS NULL AND resolution_note = ''
        AND EXISTS (
            SELECT FROM forum_forumpost p
            WHERE p.id = forum_report.post_id AND p.removed_at IS NULL
              AND p.author_id IS DISTINCT FROM (SELECT auth.uid())
        )
    );
CREATE POLICY update_moderating ON forum_report FOR UPDATE TO authenticated
    USING ((SELECT private.is_moderating()))
    WITH CHECK ((SELECT private.is_moderating()) AND resolved_by_id = (SELECT auth.uid()));

-- reverse
DROP POLICY update_moderating ON forum_report;
DROP POLICY insert_own ON forum_report;
DROP POLICY select_moderating ON forum_report;
DROP POLICY select_own ON forum_report;
ALTER TABLE forum_report NO FORCE ROW LEVEL SECURITY;
ALTER TABLE forum_report DISABLE ROW LEVEL SECURITY;
DROP POLICY update_own ON forum_subscription;
DROP POLICY insert_own ON forum_subscription;
DROP POLICY select_own ON forum_subscription;
ALTER TABLE forum_subscription NO FORCE ROW LEVEL SECURITY;
ALTER TABLE forum_subscription DISABLE ROW LEVEL SECURITY;
REVOKE UPDATE (value, updated_at) ON forum_vote FROM authenticated;
GRANT UPDATE ON forum_vote TO authenticated;
DROP POLICY delete_own ON forum_vote;
DROP POLICY update_own ON forum_vote;
DROP POLICY insert_own ON forum_vote;
DROP POLICY select_own ON forum_vote;
ALTER TABLE forum_vote NO FORCE ROW LEVEL SECURITY;
ALTER TABLE forum_vote DISABLE ROW LEVEL SECURITY;
DROP POLICY delete_author ON forum_mention;
DROP POLICY insert_author ON forum_mention;
DROP POLICY select_everybody ON forum_mention;
ALTER TABLE forum_mention NO FORCE ROW LEVEL SECURITY;
ALTER TABLE forum_mention DISABLE ROW LEVEL SECURITY;
REVOKE SELECT ON forum_mention FROM anon;
DROP POLICY select_moderating ON forum_removedtext;
ALTER TABLE forum_removedtext NO FORCE ROW LEVEL SECURITY;
ALTER TABLE forum_removedtext DISABLE ROW LEVEL SECURITY;
REVOKE SELECT ON forum_removedtext FROM authenticated;
DROP TRIGGER forum_escape_body ON forum_forumpost;
DROP FUNCTION private.forum_escape_body();
DROP TRIGGER forum_guard_change ON forum_forumpost;
DROP FUNCTION private.forum_guard_change();
DROP POLICY update_asker ON forum_forumpost;
DROP POLICY update_moderating ON forum_forumpost;
DROP POLICY update_own ON forum_forumpost;
DROP POLICY insert_own ON forum_forumpost;
DROP POLICY select_everybody ON forum_forumpost;
ALTER TABLE forum_forumpost NO FORCE ROW LEVEL SECURITY;
ALTER TABLE forum_forumpost DISABLE ROW LEVEL SECURITY;
DROP POLICY select_everybody ON forum_category;
ALTER TABLE forum_category NO FORCE ROW LEVEL SECURITY;
ALTER TABLE forum_category DISABLE ROW LEVEL SECURITY;
