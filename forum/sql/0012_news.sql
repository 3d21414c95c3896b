-- Who is told of what, as functions of the facts: the triggers call them, and `check_derived --fix` where news are
-- missing. Keys make a repeat harmless.

-- Each person of its post, in step. Who is concerned is decided when the post is written: people follow and mute later.
CREATE FUNCTION private.forum_tell_of_replies(p_posts uuid[], p_people uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        told.person_id, 'reply_posted', told.author_id, 'forum_post', told.post_id,
        jsonb_build_object('title', told.title, 'by', told.handle, 'thread_id', told.thread_id),
        'reply:' || told.post_id || ':' || told.person_id
    )
    FROM (
        SELECT post.id AS post_id, post.author_id, post.thread_id, thread.title, author.handle, pair.person_id
        FROM unnest(p_posts, p_people) AS pair (post_id, person_id)
        JOIN public.forum_forumpost post ON post.id = pair.post_id
        JOIN public.forum_forumpost thread ON thread.id = post.thread_id
        LEFT JOIN public.users_user author ON author.id = post.author_id
        ORDER BY post.id, pair.person_id
    ) AS told;
END
$$;
ALTER FUNCTION private.forum_tell_of_replies(uuid[], uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.forum_tell_of_replies(uuid[], uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.forum_tell_of_replies(uuid[], uuid[]) TO service_role;

-- The author of a reply that is the solution, by whoever is asking; where nobody is, by who asked the question.
CREATE FUNCTION private.forum_tell_of_solutions(p_posts uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        told.author_id, 'solution_accepted', told.actor_id, 'forum_post', told.id,
        jsonb_build_object('title', told.title, 'by', told.handle, 'thread_id', told.thread_id),
        'solution:' || told.id
    )
    FROM (
        SELECT post.id, post.author_id, post.thread_id, thread.title, coalesce(actor.id, thread.author_id) AS actor_id,
               coalesce(actor.handle, asker.handle) AS handle
        FROM public.forum_forumpost post
        JOIN public.forum_forumpost thread ON thread.id = post.thread_id
        LEFT JOIN public.users_user actor ON actor.id = auth.uid()
        LEFT JOIN public.users_user asker ON asker.id = thread.author_id
        WHERE post.id = ANY (p_posts) AND post.is_solution
        ORDER BY post.id
    ) AS told;
END
$$;
ALTER FUNCTION private.forum_tell_of_solutions(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.forum_tell_of_solutions(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.forum_tell_of_solutions(uuid[]) TO service_role;

CREATE OR REPLACE FUNCTION private.forum_solution_accepted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.forum_tell_of_solutions(ARRAY(
        SELECT n.id FROM new_rows n JOIN old_rows o USING (id) WHERE n.is_solution AND NOT o.is_solution
    ));
    RETURN NULL;
END
$$;

-- Who is named in a post.
CREATE FUNCTION private.forum_tell_of_mentions(p_mentions uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        told.user_id, 'mentioned', told.author_id, 'forum_post', told.id,
        jsonb_build_object('title', told.title, 'by', told.handle, 'thread_id', told.thread_id),
        'mention:' || told.id || ':' || told.user_id
    )
    FROM (
        SELECT m.user_id, post.id, post.author_id, coalesce(post.thread_id, post.id) AS thread_id, thread.title,
               author.handle
        FROM public.forum_mention m
        JOIN public.forum_forumpost post ON post.id = m.post_id
        JOIN public.forum_forumpost thread ON thread.id = coalesce(post.thread_id, post.id)
        LEFT JOIN public.users_user author ON author.id = post.author_id
        WHERE m.id = ANY (p_mentions)
        ORDER BY post.id, m.user_id
    ) AS told;
END
$$;
ALTER FUNCTION private.forum_tell_of_mentions(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.forum_tell_of_mentions(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.forum_tell_of_mentions(uuid[]) TO service_role;

CREATE OR REPLACE FUNCTION private.forum_mentioned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.forum_tell_of_mentions(ARRAY(SELECT id FROM new_rows));
    RETURN NULL;
END
$$;

-- The person, once a sanction.
CREATE FUNCTION private.forum_tell_of_sanctions(p_sanctions uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        imposed.person_id, 'sanctioned', imposed.imposed_by_id, 'sanction', imposed.id,
        jsonb_build_object('measure', imposed.kind, 'reason', imposed.reason, 'until',
            to_char(imposed.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')),
        'sanctioned:' || imposed.id
    )
    FROM (SELECT * FROM public.forum_sanction WHERE id = ANY (p_sanctions) ORDER BY id) AS imposed;
END
$$;
ALTER FUNCTION private.forum_tell_of_sanctions(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.forum_tell_of_sanctions(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.forum_tell_of_sanctions(uuid[]) TO service_role;

CREATE OR REPLACE FUNCTION private.forum_sanction_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.forum_tell_of_sanctions(ARRAY(SELECT id FROM new_rows));
    RETURN NULL;
END
$$;

-- A new post: as before, and a solution that is one from its first moment is told of too.
CREATE OR REPLACE FUNCTION private.forum_post_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
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

    PERFORM private.forum_tell_of_replies(array_agg(told.post_id), array_agg(told.person_id))
    FROM (
        SELECT post.id AS post_id, concerned.user_id AS person_id
        FROM new_rows post
        JOIN public.forum_forumpost thread ON thread.id = post.thread_id
        JOIN public.forum_forumpost parent ON parent.id = post.parent_id
        CROSS JOIN LATERAL (
            SELECT thread.author_id AS user_id
            UNION SELECT parent.author_id
            UNION SELECT user_id FROM public.forum_subscription WHERE thread_id = post.thread_id
            EXCEPT SELECT user_id FROM public.forum_subscription WHERE thread_id = post.thread_id AND is_muted
        ) AS concerned
        WHERE post.removed_at IS NULL
    ) AS told
    HAVING count(*) > 0;
    PERFORM private.forum_tell_of_solutions(ARRAY(SELECT id FROM new_rows WHERE is_solution));
    RETURN NULL;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.forum_post_written() RETURNS trigger
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
CREATE OR REPLACE FUNCTION private.forum_sanction_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        imposed.person_id, 'sanctioned', imposed.imposed_by_id, 'sanction', imposed.id,
        jsonb_build_object('measure', imposed.kind, 'reason', imposed.reason, 'until',
            to_char(imposed.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')),
        'sanctioned:' || imposed.id
    )
    FROM (SELECT * FROM new_rows ORDER BY id) AS imposed;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION private.forum_mentioned() RETURNS trigger
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
CREATE OR REPLACE FUNCTION private.forum_solution_accepted() RETURNS trigger
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
DROP FUNCTION private.forum_tell_of_sanctions(uuid[]);
DROP FUNCTION private.forum_tell_of_mentions(uuid[]);
DROP FUNCTION private.forum_tell_of_solutions(uuid[]);
DROP FUNCTION private.forum_tell_of_replies(uuid[], uuid[]);
