-- Since when somebody seeks mentoring: from the moment at which they say so, and nothing once they do not. Who does it
-- themselves cannot date it back; a load of old rows, or a repair, may.
CREATE FUNCTION private.users_seek() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF NOT NEW.is_seeking_mentoring THEN
        NEW.seeking_since := NULL;
    ELSIF TG_OP = 'UPDATE' AND OLD.is_seeking_mentoring AND current_user = 'authenticated' THEN
        NEW.seeking_since := coalesce(OLD.seeking_since, now());
    ELSIF TG_OP = 'UPDATE' AND OLD.is_seeking_mentoring THEN
        NEW.seeking_since := coalesce(NEW.seeking_since, OLD.seeking_since, now());
    ELSIF TG_OP = 'UPDATE' OR current_user IN ('authenticated', 'account_service') THEN
        NEW.seeking_since := now();
    ELSE
        NEW.seeking_since := coalesce(NEW.seeking_since, now());
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION private.users_seek() OWNER TO sb_definer;
CREATE TRIGGER users_seek_new BEFORE INSERT ON users_profile
    FOR EACH ROW WHEN (NEW.is_seeking_mentoring OR NEW.seeking_since IS NOT NULL)
    EXECUTE FUNCTION private.users_seek();
CREATE TRIGGER users_seek BEFORE UPDATE ON users_profile
    FOR EACH ROW WHEN (
        NEW.is_seeking_mentoring <> OLD.is_seeking_mentoring OR NEW.seeking_since IS DISTINCT FROM OLD.seeking_since
        OR NEW.is_seeking_mentoring <> (NEW.seeking_since IS NOT NULL)
    ) EXECUTE FUNCTION private.users_seek();

-- reverse
DROP TRIGGER users_seek ON users_profile;
DROP TRIGGER users_seek_new ON users_profile;
DROP FUNCTION private.users_seek();
