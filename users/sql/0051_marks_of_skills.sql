-- Whether a skill is a listed mentor's is the database's to say: whoever adds one says nothing about it. What comes after
-- the statement marks those of listed mentors. A change of the mark is put right there as well.
CREATE FUNCTION private.users_unmark() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.is_listed := false;
    RETURN NEW;
END
$$;
ALTER FUNCTION private.users_unmark() OWNER TO sb_definer;
CREATE TRIGGER users_unmark BEFORE INSERT ON users_profileskill
    FOR EACH ROW WHEN (NEW.is_listed) EXECUTE FUNCTION private.users_unmark();

-- reverse
DROP TRIGGER users_unmark ON users_profileskill;
DROP FUNCTION private.users_unmark();
