-- A confirmed session takes a seat for each of its two people, so that one exclusion constraint holds for whoever is a
-- mentor in one session and a learner in another. Seats are written by this trigger only. People are locked first, in
-- the order of their ids: two inserts that exclude each other would wait for each other.
CREATE FUNCTION private.matches_seat_people() RETURNS trigger
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
ALTER FUNCTION private.matches_seat_people() OWNER TO sb_definer;
CREATE TRIGGER matches_seat_people AFTER UPDATE ON matches_session
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.matches_seat_people();
CREATE TRIGGER matches_seat_new_people AFTER INSERT ON matches_session
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.matches_seat_people();

INSERT INTO matches_sessionseat (id, session_id, person_id, during)
SELECT gen_random_uuid(), session.id, person.id, tstzrange(session.starts_at, session.ends_at)
FROM matches_session AS session CROSS JOIN unnest(ARRAY[session.learner_id, session.mentor_id]) AS person (id)
WHERE session.status = 'confirmed';

-- reverse
DROP TRIGGER matches_seat_new_people ON matches_session;
DROP TRIGGER matches_seat_people ON matches_session;
DROP FUNCTION private.matches_seat_people();
