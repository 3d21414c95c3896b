-- The shape of a thread: a reply hangs below an older post of the same thread, so there is no cycle; where a post
-- hangs never changes. Runs for each row, for it decides about the row itself and sets its depth.
CREATE FUNCTION private.forum_post_place() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    parent public.forum_forumpost;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.thread_id, NEW.parent_id, NEW.depth, NEW.created_at)
            IS DISTINCT FROM (OLD.thread_id, OLD.parent_id, OLD.depth, OLD.created_at) THEN
            RAISE EXCEPTION 'a post stays where it was written'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'post_stays_in_place', TABLE = 'forum_forumpost';
        END IF;
        RETURN NEW;
    END IF;
    -- A new post has neither replies nor votes nor reports, whatever its writer says.
    NEW.depth := 0;
    NEW.reply_count := 0;
    NEW.last_reply_at := NULL;
    NEW.vote_score := 0;
    NEW.report_count := 0;
    IF NEW.parent_id IS NOT NULL THEN
        SELECT * INTO parent FROM public.forum_forumpost WHERE id = NEW.parent_id;
        IF parent.id IS NULL OR coalesce(parent.thread_id, parent.id) IS DISTINCT FROM NEW.thread_id
            OR parent.created_at > NEW.created_at THEN
            RAISE EXCEPTION 'a reply hangs below an older post of its own thread'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'post_parent_in_thread', TABLE = 'forum_forumpost';
        END IF;
        NEW.depth := parent.depth + 1;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION private.forum_post_place() OWNER TO sb_definer;
CREATE TRIGGER forum_post_place BEFORE INSERT OR UPDATE ON forum_forumpost
    FOR EACH ROW EXECUTE FUNCTION private.forum_post_place();

-- Whoever holds a post and comes to need the one above it waits for a reply that holds the two the other way round. So
-- posts are locked upwards, the lowest id first, before the first is written: by services and by hand.
-- With p_above their parents and threads too, whose counters follow when a post is removed or deleted. A definer
-- function, because counters of other people's posts are locked.
CREATE FUNCTION private.forum_lock_posts(p_posts uuid[], p_above boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    SELECT 1 FROM public.forum_forumpost
    WHERE id IN (
        SELECT unnest(p_posts)
        UNION SELECT unnest(ARRAY[thread_id, parent_id]) FROM public.forum_forumpost WHERE p_above AND id = ANY (p_posts)
    )
    ORDER BY id FOR NO KEY UPDATE
$$;
ALTER FUNCTION private.forum_lock_posts(uuid[], boolean) OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.forum_lock_posts(uuid[], boolean) TO authenticated, service_role;

-- Counts the living replies again: of a thread all in it, of a reply those directly below. The rows are locked first,
-- in the order of their ids, and counted by a statement of its own, which sees what those who held the locks wrote.
CREATE FUNCTION private.forum_count_replies(p_posts uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.forum_forumpost WHERE id = ANY (p_posts) ORDER BY id FOR NO KEY UPDATE;
    UPDATE public.forum_forumpost post
    SET reply_count = counted.replies, last_reply_at = counted.last_at
    FROM (
        SELECT parent.id, count(reply.id) AS replies, max(reply.created_at) AS last_at
        FROM public.forum_forumpost parent
        LEFT JOIN public.forum_forumpost reply
            ON reply.removed_at IS NULL
            AND CASE WHEN parent.thread_id IS NULL THEN reply.thread_id ELSE reply.parent_id END = parent.id
        WHERE parent.id = ANY (p_posts)
        GROUP BY parent.id
    ) AS counted
    WHERE post.id = counted.id
      AND (post.reply_count, post.last_reply_at) IS DISTINCT FROM (counted.replies, counted.last_at);
END
$$;
ALTER FUNCTION private.forum_count_replies(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.forum_count_replies(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.forum_count_replies(uuid[]) TO service_role;

-- A new post: its author follows the thread unless they muted it, the counters above it move, and those concerned are
-- told: the authors of the thread and of the post above, and who follows, once a post each, nobody who muted it.
CREATE FUNCTION private.forum_post_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    told record;
BEGIN
    INSERT INTO public.forum_subscription (id, thread_id, user_id, is_muted, created_at, updated_at)
    SELECT private.new_id(), coalesce(thread_id, id), author_id, false, now(), now()
    FROM new_rows WHERE author_id IS NOT NULL
    ORDER BY 2, 3
    ON CONFLICT (thread_id, user_id) DO NOTHING;

    PERFORM private.forum_count_replies(
        ARRAY(SELECT thread_id FROM new_rows WHERE thread_id IS NOT NULL
              UNION SELECT parent_id FROM new_rows WHERE parent_id IS NOT NULL)
    );

    FOR told IN
        SELECT post.id, post.author_id, post.thread_id, thread.title, author.handle, concerned.user_id
        FROM new_rows post
        JOIN public.forum_forumpost thread ON thread.id = post.thread_id
        JOIN public.forum_forumpost parent ON parent.id = post.parent_id
        LEFT JOIN public.users_user author ON author.id = post.author_id
        CROSS JOIN LATERAL (
            SELECT thread.author_id AS user_id
            UNION SELECT parent.author_id
            UNION SELECT user_id FROM public.forum_subscription WHERE thread_id = post.thread_id
            EXCEPT SELECT user_id FROM public.forum_subscription WHERE thread_id = post.thread_id AND is_muted
        ) AS concerned
        WHERE post.removed_at IS NULL
        ORDER BY post.id, concerned.user_id
    LOOP
        PERFORM private.notify(
            told.user_id, 'reply_posted', told.author_id, 'forum_post', told.id,
            jsonb_build_object('title', told.title, 'by', told.handle, 'thread_id', told.thread_id),
            'reply:' || told.id || ':' || told.user_id
        );
    END LOOP;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.forum_post_written() OWNER TO sb_definer;
CREATE TRIGGER forum_post_written AFTER INSERT ON forum_forumpost
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_post_written();

-- A post was removed, restored or deleted: the counters above it.
CREATE FUNCTION private.forum_post_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    above uuid[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        above := ARRAY(SELECT thread_id FROM old_rows UNION SELECT parent_id FROM old_rows);
    ELSE
        -- The counters' own updates come here too and find nothing.
        above := ARRAY(
            SELECT unnest(ARRAY[n.thread_id, n.parent_id]) FROM new_rows n JOIN old_rows o USING (id)
            WHERE (n.removed_at IS NULL) <> (o.removed_at IS NULL)
        );
    END IF;
    above := array_remove(above, NULL);
    IF cardinality(above) > 0 THEN
        PERFORM private.forum_count_replies(above);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.forum_post_gone() OWNER TO sb_definer;
CREATE TRIGGER forum_post_removed AFTER UPDATE ON forum_forumpost
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_post_gone();
CREATE TRIGGER forum_post_deleted AFTER DELETE ON forum_forumpost
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_post_gone();

-- A reply became the solution: its author is told, by whoever did it.
CREATE FUNCTION private.forum_solution_accepted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    told record;
BEGIN
    FOR told IN
        SELECT n.id, n.author_id, n.thread_id, thread.title, coalesce(actor.id, thread.author_id) AS actor_id,
               coalesce(actor.handle, asker.handle) AS handle
        FROM new_rows n
        JOIN old_rows o USING (id)
        JOIN public.forum_forumpost thread ON thread.id = n.thread_id
        LEFT JOIN public.users_user actor ON actor.id = auth.uid()
        LEFT JOIN public.users_user asker ON asker.id = thread.author_id
        WHERE n.is_solution AND NOT o.is_solution
        ORDER BY n.id
    LOOP
        PERFORM private.notify(
            told.author_id, 'solution_accepted', told.actor_id, 'forum_post', told.id,
            jsonb_build_object('title', told.title, 'by', told.handle, 'thread_id', told.thread_id),
            'solution:' || told.id
        );
    END LOOP;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.forum_solution_accepted() OWNER TO sb_definer;
CREATE TRIGGER forum_solution_accepted AFTER UPDATE ON forum_forumpost
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_solution_accepted();

-- Somebody was named in a post.
CREATE FUNCTION private.forum_mentioned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    told record;
BEGIN
    FOR told IN
        SELECT m.user_id, post.id, post.author_id, coalesce(post.thread_id, post.id) AS thread_id, thread.title,
               author.handle
        FROM new_rows m
        JOIN public.forum_forumpost post ON post.id = m.post_id
        JOIN public.forum_forumpost thread ON thread.id = coalesce(post.thread_id, post.id)
        LEFT JOIN public.users_user author ON author.id = post.author_id
        ORDER BY post.id, m.user_id
    LOOP
        PERFORM private.notify(
            told.user_id, 'mentioned', told.author_id, 'forum_post', told.id,
            jsonb_build_object('title', told.title, 'by', told.handle, 'thread_id', told.thread_id),
            'mention:' || told.id || ':' || told.user_id
        );
    END LOOP;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.forum_mentioned() OWNER TO sb_definer;
CREATE TRIGGER forum_mentioned AFTER INSERT ON forum_mention
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_mentioned();

-- The sum of each post's votes, added up again.
CREATE FUNCTION private.forum_count_votes(p_posts uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.forum_forumpost WHERE id = ANY (p_posts) ORDER BY id FOR NO KEY UPDATE;
    UPDATE public.forum_forumpost post SET vote_score = counted.score
    FROM (
        SELECT p.id, coalesce(sum(v.value), 0) AS score
        FROM public.forum_forumpost p LEFT JOIN public.forum_vote v ON v.post_id = p.id
        WHERE p.id = ANY (p_posts) GROUP BY p.id
    ) AS counted
    WHERE post.id = counted.id AND post.vote_score IS DISTINCT FROM counted.score;
END
$$;
ALTER FUNCTION private.forum_count_votes(uuid[]) OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.forum_count_votes(uuid[]) TO service_role;

-- Nobody votes for what they wrote themselves.
CREATE FUNCTION private.forum_votes_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    posts uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        posts := ARRAY(SELECT DISTINCT post_id FROM new_rows);
    ELSIF TG_OP = 'UPDATE' THEN
        posts := ARRAY(SELECT post_id FROM new_rows UNION SELECT post_id FROM old_rows);
    ELSE
        posts := ARRAY(SELECT DISTINCT post_id FROM old_rows);
    END IF;
    PERFORM private.forum_count_votes(posts);
    IF EXISTS (
        SELECT FROM public.forum_vote v JOIN public.forum_forumpost p ON p.id = v.post_id AND p.author_id = v.user_id
        WHERE v.post_id = ANY (posts)
    ) THEN
        RAISE EXCEPTION 'nobody votes for their own post'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'vote_not_own', TABLE = 'forum_vote';
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.forum_votes_changed() OWNER TO sb_definer;
CREATE TRIGGER forum_vote_cast AFTER INSERT ON forum_vote REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_votes_changed();
CREATE TRIGGER forum_vote_changed AFTER UPDATE ON forum_vote REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_votes_changed();
CREATE TRIGGER forum_vote_withdrawn AFTER DELETE ON forum_vote REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_votes_changed();

-- The number of each post's open reports, counted again.
CREATE FUNCTION private.forum_count_reports(p_posts uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.forum_forumpost WHERE id = ANY (p_posts) ORDER BY id FOR NO KEY UPDATE;
    UPDATE public.forum_forumpost post SET report_count = counted.reports
    FROM (
        SELECT p.id, count(r.id) AS reports
        FROM public.forum_forumpost p LEFT JOIN public.forum_report r ON r.post_id = p.id AND r.state = 'open'
        WHERE p.id = ANY (p_posts) GROUP BY p.id
    ) AS counted
    WHERE post.id = counted.id AND post.report_count IS DISTINCT FROM counted.reports;
END
$$;
ALTER FUNCTION private.forum_count_reports(uuid[]) OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.forum_count_reports(uuid[]) TO service_role;

CREATE FUNCTION private.forum_reports_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    posts uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        posts := ARRAY(SELECT DISTINCT post_id FROM new_rows);
    ELSIF TG_OP = 'UPDATE' THEN
        posts := ARRAY(SELECT post_id FROM new_rows UNION SELECT post_id FROM old_rows);
    ELSE
        posts := ARRAY(SELECT DISTINCT post_id FROM old_rows);
    END IF;
    PERFORM private.forum_count_reports(posts);
    RETURN NULL;
END
$$;
ALTER FUNCTION private.forum_reports_changed() OWNER TO sb_definer;
CREATE TRIGGER forum_report_made AFTER INSERT ON forum_report REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_reports_changed();
CREATE TRIGGER forum_report_changed AFTER UPDATE ON forum_report
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_reports_changed();
CREATE TRIGGER forum_report_deleted AFTER DELETE ON forum_report REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_reports_changed();

-- A report begins open and is closed once.
CREATE TRIGGER report_legal_start BEFORE INSERT ON forum_report
    FOR EACH ROW WHEN (NEW.state <> 'open') EXECUTE FUNCTION private.refuse_illegal_step('state');
CREATE TRIGGER report_legal_transition BEFORE UPDATE ON forum_report
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION private.refuse_illegal_step('state', 'open>resolved', 'open>rejected');

-- reverse
DROP TRIGGER report_legal_transition ON forum_report;
DROP TRIGGER report_legal_start ON forum_report;
DROP TRIGGER forum_report_deleted ON forum_report;
DROP TRIGGER forum_report_changed ON forum_report;
DROP TRIGGER forum_report_made ON forum_report;
DROP FUNCTION private.forum_reports_changed();
DROP FUNCTION private.forum_count_reports(uuid[]);
DROP TRIGGER forum_vote_withdrawn ON forum_vote;
DROP TRIGGER forum_vote_changed ON forum_vote;
DROP TRIGGER forum_vote_cast ON forum_vote;
DROP FUNCTION private.forum_votes_changed();
DROP FUNCTION private.forum_count_votes(uuid[]);
DROP TRIGGER forum_mentioned ON forum_mention;
DROP FUNCTION private.forum_mentioned();
DROP TRIGGER forum_solution_accepted ON forum_forumpost;
DROP FUNCTION private.forum_solution_accepted();
DROP TRIGGER forum_post_deleted ON forum_forumpost;
DROP TRIGGER forum_post_removed ON forum_forumpost;
DROP FUNCTION private.forum_post_gone();
DROP TRIGGER forum_post_written ON forum_forumpost;
DROP FUNCTION private.forum_post_written();
DROP FUNCTION private.forum_count_replies(uuid[]);
DROP FUNCTION private.forum_lock_posts(uuid[], boolean);
DROP TRIGGER forum_post_place ON forum_forumpost;
DROP FUNCTION private.forum_post_place();
