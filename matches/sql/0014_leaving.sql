-- A match keeps its people, or loses them to the ghost when they leave.
CREATE OR REPLACE FUNCTION private.matches_guard_match() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    former text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.status ELSE '' END;
    taking constant text[] := ARRAY['accepted', 'active', 'paused'];
    places integer;
    taken integer;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.learner_id NOT IN (OLD.learner_id, private.ghost_id())
                             OR NEW.mentor_id NOT IN (OLD.mentor_id, private.ghost_id())) THEN
        PERFORM private.matches_refuse('match_people_stay', 'a match keeps its learner and its mentor');
    END IF;
    IF NEW.status = ANY (taking) AND NOT former = ANY (taking) THEN
        SELECT profile.mentoring_capacity INTO places FROM public.users_profile AS profile
        WHERE profile.user_id = NEW.mentor_id FOR NO KEY UPDATE;
        SELECT count(*) INTO taken FROM public.matches_mentormatch AS other
        WHERE other.mentor_id = NEW.mentor_id AND other.status = ANY (taking) AND other.id <> NEW.id;
        IF taken >= coalesce(places, 0) THEN
            PERFORM private.matches_refuse('match_capacity', format('all %s places are taken', coalesce(places, 0)));
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE OR REPLACE FUNCTION private.matches_count_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.matches_refresh_standings(array_agg(DISTINCT mentor))
    FROM new_rows JOIN old_rows USING (id) CROSS JOIN unnest(ARRAY[new_rows.mentor_id, old_rows.mentor_id]) AS mentor
    WHERE new_rows.status <> old_rows.status OR new_rows.answered_at IS DISTINCT FROM old_rows.answered_at
       OR new_rows.mentor_id <> old_rows.mentor_id
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

-- Before somebody is gone: what is open comes to an end, so that nobody waits for the ghost, and what was between two who
-- are both gone then is nobody's any more.
CREATE FUNCTION private.erasing_matches(p_person uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE public.matches_session
    SET status = CASE WHEN status = 'confirmed' AND ends_at <= now() THEN 'done' ELSE 'cancelled' END,
        updated_at = now()
    WHERE p_person IN (learner_id, mentor_id) AND status IN ('proposed', 'confirmed');
    UPDATE public.matches_mentormatch
    SET status = CASE
            WHEN status IN ('accepted', 'active', 'paused') THEN 'ended_early'
            -- Each of the two words tells the other side.
            WHEN mentor_id = p_person AND status <> 'proposed' THEN 'declined'
            ELSE 'cancelled' END,
        ended_at = greatest(clock_timestamp(), started_at), end_reason = 'The account was closed.', updated_at = now()
    WHERE p_person IN (learner_id, mentor_id)
      AND status IN ('proposed', 'requested', 'info_requested', 'accepted', 'active', 'paused');
    PERFORM private.erase_rows('public.matches_mentormatch', array_agg(id::text))
    FROM public.matches_mentormatch
    WHERE (learner_id, mentor_id) IN ((p_person, private.ghost_id()), (private.ghost_id(), p_person))
    HAVING count(*) > 0;
    -- A client chose these, and nobody sends them again: two people's may be the same.
    UPDATE public.matches_message SET client_message_id = private.new_id() WHERE sender_id = p_person;
END
$$;
ALTER FUNCTION private.erasing_matches(uuid) OWNER TO sb_definer;

-- reverse
DROP FUNCTION private.erasing_matches(uuid);
CREATE OR REPLACE FUNCTION private.matches_count_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.matches_refresh_standings(array_agg(DISTINCT new_rows.mentor_id))
    FROM new_rows JOIN old_rows USING (id)
    WHERE new_rows.status <> old_rows.status OR new_rows.answered_at IS DISTINCT FROM old_rows.answered_at
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION private.matches_guard_match() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    former text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.status ELSE '' END;
    taking constant text[] := ARRAY['accepted', 'active', 'paused'];
    places integer;
    taken integer;
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.learner_id, OLD.mentor_id) IS DISTINCT FROM (NEW.learner_id, NEW.mentor_id) THEN
        PERFORM private.matches_refuse('match_people_stay', 'a match keeps its learner and its mentor');
    END IF;
    IF NEW.status = ANY (taking) AND NOT former = ANY (taking) THEN
        SELECT profile.mentoring_capacity INTO places FROM public.users_profile AS profile
        WHERE profile.user_id = NEW.mentor_id FOR NO KEY UPDATE;
        SELECT count(*) INTO taken FROM public.matches_mentormatch AS other
        WHERE other.mentor_id = NEW.mentor_id AND other.status = ANY (taking) AND other.id <> NEW.id;
        IF taken >= coalesce(places, 0) THEN
            PERFORM private.matches_refuse('match_capacity', format('all %s places are taken', coalesce(places, 0)));
        END IF;
    END IF;
    RETURN NEW;
END
$$;
