-- The seats of these sessions as they should be: one for each of the two while it is confirmed. Also for a session that has
-- got other people, whose former ones are free again. Locks: sessions, people.
CREATE FUNCTION private.matches_seat(p_sessions uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.matches_session WHERE id = ANY (p_sessions) ORDER BY id FOR NO KEY UPDATE;
    PERFORM 1 FROM public.users_user AS person
    WHERE person.id IN (
        SELECT unnest(ARRAY[session.learner_id, session.mentor_id]) FROM public.matches_session AS session
        WHERE session.id = ANY (p_sessions) AND session.status = 'confirmed'
        UNION
        SELECT seat.person_id FROM public.matches_sessionseat AS seat
        JOIN public.matches_session AS session ON session.id = seat.session_id
        WHERE seat.session_id = ANY (p_sessions) AND session.status = 'confirmed'
    )
    ORDER BY person.id FOR NO KEY UPDATE;
    DELETE FROM public.matches_sessionseat AS seat USING public.matches_session AS session
    WHERE seat.session_id = ANY (p_sessions) AND session.id = seat.session_id
      AND (session.status <> 'confirmed' OR seat.during <> tstzrange(session.starts_at, session.ends_at)
           OR seat.person_id NOT IN (session.learner_id, session.mentor_id));
    INSERT INTO public.matches_sessionseat (id, session_id, person_id, during)
    SELECT private.new_id(), session.id, person.id, tstzrange(session.starts_at, session.ends_at)
    FROM public.matches_session AS session
    CROSS JOIN unnest(ARRAY[session.learner_id, session.mentor_id]) AS person (id)
    WHERE session.id = ANY (p_sessions) AND session.status = 'confirmed'
      AND NOT EXISTS (
          SELECT FROM public.matches_sessionseat AS seat
          WHERE seat.session_id = session.id AND seat.person_id = person.id
      )
    ORDER BY person.id;
EXCEPTION WHEN exclusion_violation THEN
    -- Said again without the times of the other session, which are not for everybody.
    RAISE EXCEPTION USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'session_person_once_at_a_time',
        TABLE = 'matches_session', MESSAGE = 'one of the two is in another session then';
END
$$;
ALTER FUNCTION private.matches_seat(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_seat(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_seat(uuid[]) TO service_role;

CREATE OR REPLACE FUNCTION private.matches_seat_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.matches_seat(array_agg(id)) FROM new_rows HAVING count(*) > 0;
    RETURN NULL;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.matches_seat_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.users_user AS person
    WHERE person.id IN (
        SELECT unnest(ARRAY[session.learner_id, session.mentor_id]) FROM new_rows AS session
        WHERE session.status = 'confirmed'
    )
    ORDER BY person.id FOR NO KEY UPDATE;
    DELETE FROM public.matches_sessionseat AS seat USING new_rows AS session
    WHERE seat.session_id = session.id
      AND (session.status <> 'confirmed' OR seat.during <> tstzrange(session.starts_at, session.ends_at));
    INSERT INTO public.matches_sessionseat (id, session_id, person_id, during)
    SELECT private.new_id(), session.id, person.id, tstzrange(session.starts_at, session.ends_at)
    FROM new_rows AS session
    CROSS JOIN unnest(ARRAY[session.learner_id, session.mentor_id]) AS person (id)
    WHERE session.status = 'confirmed'
      AND NOT EXISTS (SELECT FROM public.matches_sessionseat AS seat WHERE seat.session_id = session.id)
    ORDER BY person.id;
    RETURN NULL;
EXCEPTION WHEN exclusion_violation THEN
    -- Said again without the times of the other session, which are not for everybody.
    RAISE EXCEPTION USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'session_person_once_at_a_time',
        TABLE = 'matches_session', MESSAGE = 'one of the two is in another session then';
END
$$;
DROP FUNCTION private.matches_seat(uuid[]);
