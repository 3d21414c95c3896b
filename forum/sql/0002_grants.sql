-- What a request may do. Reading categories and posts is public, with the names of who wrote them; counters are
-- written by triggers only, and no request deletes a post: removing leaves a tombstone.
GRANT SELECT ON forum_category, forum_forumpost TO anon, authenticated;
GRANT SELECT (id, handle, display_name) ON users_user TO anon, authenticated;
GRANT INSERT ON forum_forumpost, forum_mention, forum_subscription, forum_report TO authenticated;
GRANT UPDATE (
    title, body_markdown, body_html, is_solution, edited_at, removed_at, removed_by_id, category_id, updated_at
) ON forum_forumpost TO authenticated;
GRANT SELECT, DELETE ON forum_mention TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON forum_vote TO authenticated;
GRANT SELECT, UPDATE (is_muted, updated_at) ON forum_subscription TO authenticated;
GRANT SELECT, UPDATE (state, resolved_by_id, resolved_at, resolution_note, updated_at) ON forum_report TO authenticated;

-- reverse
REVOKE ALL ON forum_category, forum_forumpost, forum_mention, forum_vote, forum_subscription, forum_report
    FROM anon, authenticated;
-- The three columns of users_user stay granted: another app may rely on the same grant.
