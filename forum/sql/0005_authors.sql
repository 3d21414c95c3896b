-- Visitors read the names of those who wrote a post that they may read, and of nobody else.
CREATE POLICY select_authors ON users_user FOR SELECT TO anon
    USING (EXISTS (SELECT FROM forum_forumpost p WHERE p.author_id = users_user.id));

-- reverse
DROP POLICY select_authors ON users_user;
