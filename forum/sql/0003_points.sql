-- What people earn in the forum: each post's bookings are brought to what the post deserves now, so that a removal, a
-- withdrawn vote or another solution takes back exactly what was booked. A source that is gone deserves nothing.
-- Locks posts before people, as every trigger here does; its triggers sort after those that lock posts.
CREATE FUNCTION private.forum_settle_points(p_posts uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    deserved record;
BEGIN
    -- Of a post that is gone only its bookings know the author.
    PERFORM private.badges_lock_people(ARRAY(
        SELECT author_id FROM public.forum_forumpost WHERE id = ANY (p_posts)
        UNION
        SELECT user_id FROM public.badges_pointsentry
        WHERE metric IN ('questions_asked', 'replies_written', 'solutions_accepted', 'votes_received')
          AND source_id = ANY (p_posts)
    ));
    FOR deserved IN
        SELECT metric.name, array_agg(metric.person ORDER BY metric.source) AS people,
               array_agg(metric.source ORDER BY metric.source) AS sources,
               array_agg(metric.amount ORDER BY metric.source) AS amounts
        FROM unnest(p_posts) AS wanted (id)
        LEFT JOIN public.forum_forumpost post ON post.id = wanted.id
        LEFT JOIN public.forum_forumpost thread ON thread.id = post.thread_id
        CROSS JOIN LATERAL (
            SELECT post.id IS NOT NULL AND post.removed_at IS NULL AND post.author_id IS NOT NULL AS counts
        ) AS living
        CROSS JOIN LATERAL (
            VALUES
                ('questions_asked', (living.counts AND post.thread_id IS NULL)::integer),
                ('replies_written', (living.counts AND post.thread_id IS NOT NULL)::integer),
                ('solutions_accepted',
                 (living.counts AND post.is_solution AND post.author_id IS DISTINCT FROM thread.author_id)::integer),
                ('votes_received', CASE WHEN living.counts THEN (
                    SELECT count(*)::integer FROM public.forum_vote v WHERE v.post_id = post.id AND v.value = 1
                ) ELSE 0 END)
        ) AS amounts (name, amount)
        CROSS JOIN LATERAL (
            SELECT amounts.name, CASE WHEN amounts.amount > 0 THEN post.author_id END AS person,
                   wanted.id AS source, amounts.amount
        ) AS metric
        GROUP BY metric.name
        ORDER BY metric.name
    LOOP
        PERFORM private.badges_settle(
            deserved.name, 'forum_post', deserved.people, deserved.sources, deserved.amounts
        );
    END LOOP;
END
$$;
ALTER FUNCTION private.forum_settle_points(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.forum_settle_points(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.forum_settle_points(uuid[]) TO service_role;

CREATE FUNCTION private.forum_posted_points() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    posts uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        posts := ARRAY(SELECT id FROM new_rows ORDER BY id);
    ELSIF TG_OP = 'DELETE' THEN
        posts := ARRAY(SELECT id FROM old_rows ORDER BY id);
    ELSE
        posts := ARRAY(
            SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
            WHERE (n.removed_at IS NULL, n.is_solution, n.author_id)
                IS DISTINCT FROM (o.removed_at IS NULL, o.is_solution, o.author_id)
            -- Who solved their own question earns nothing, so it matters whose the question is.
            UNION
            SELECT solution.id FROM new_rows n JOIN old_rows o USING (id)
            JOIN public.forum_forumpost solution ON solution.thread_id = n.id AND solution.is_solution
            WHERE n.author_id IS DISTINCT FROM o.author_id
            ORDER BY 1
        );
    END IF;
    IF cardinality(posts) > 0 THEN
        PERFORM private.forum_settle_points(posts);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.forum_posted_points() OWNER TO sb_definer;
CREATE TRIGGER forum_posted_points_insert AFTER INSERT ON forum_forumpost REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_posted_points();
CREATE TRIGGER forum_posted_points_update AFTER UPDATE ON forum_forumpost
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_posted_points();
CREATE TRIGGER forum_posted_points_delete AFTER DELETE ON forum_forumpost REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_posted_points();

CREATE FUNCTION private.forum_voted_points() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    posts uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        posts := ARRAY(SELECT DISTINCT post_id FROM new_rows ORDER BY 1);
    ELSIF TG_OP = 'DELETE' THEN
        posts := ARRAY(SELECT DISTINCT post_id FROM old_rows ORDER BY 1);
    ELSE
        posts := ARRAY(SELECT post_id FROM new_rows UNION SELECT post_id FROM old_rows ORDER BY 1);
    END IF;
    IF cardinality(posts) > 0 THEN
        PERFORM private.forum_settle_points(posts);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.forum_voted_points() OWNER TO sb_definer;
CREATE TRIGGER forum_voted_points_insert AFTER INSERT ON forum_vote REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_voted_points();
CREATE TRIGGER forum_voted_points_update AFTER UPDATE ON forum_vote
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_voted_points();
CREATE TRIGGER forum_voted_points_delete AFTER DELETE ON forum_vote REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_voted_points();

-- reverse
DROP TRIGGER forum_voted_points_delete ON forum_vote;
DROP TRIGGER forum_voted_points_update ON forum_vote;
DROP TRIGGER forum_voted_points_insert ON forum_vote;
DROP FUNCTION private.forum_voted_points();
DROP TRIGGER forum_posted_points_delete ON forum_forumpost;
DROP TRIGGER forum_posted_points_update ON forum_forumpost;
DROP TRIGGER forum_posted_points_insert ON forum_forumpost;
DROP FUNCTION private.forum_posted_points();
DROP FUNCTION private.forum_settle_points(uuid[]);
