-- A sanction stays when the moderator leaves: then the ghost imposed or lifted it.
CREATE OR REPLACE FUNCTION private.forum_sanction_kept() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE public.forum_sanction SET lifted_at = ends_at, updated_at = now()
        WHERE person_id = NEW.person_id AND kind = NEW.kind AND lifted_at IS NULL AND ends_at <= now();
    ELSIF (NEW.person_id, NEW.kind, NEW.reason, NEW.starts_at, NEW.ends_at)
            IS DISTINCT FROM (OLD.person_id, OLD.kind, OLD.reason, OLD.starts_at, OLD.ends_at)
        OR NEW.imposed_by_id NOT IN (OLD.imposed_by_id, private.ghost_id())
        OR (OLD.lifted_at IS NOT NULL
            AND (NEW.lifted_at IS DISTINCT FROM OLD.lifted_at
                 OR NEW.lifted_by_id IS DISTINCT FROM OLD.lifted_by_id
                    AND NEW.lifted_by_id IS DISTINCT FROM private.ghost_id())) THEN
        RAISE EXCEPTION 'a sanction is lifted once, and nothing else of it changes'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sanction_stays', TABLE = 'forum_sanction';
    END IF;
    RETURN NEW;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.forum_sanction_kept() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE public.forum_sanction SET lifted_at = ends_at, updated_at = now()
        WHERE person_id = NEW.person_id AND kind = NEW.kind AND lifted_at IS NULL AND ends_at <= now();
    ELSIF (NEW.person_id, NEW.kind, NEW.reason, NEW.imposed_by_id, NEW.starts_at, NEW.ends_at)
            IS DISTINCT FROM (OLD.person_id, OLD.kind, OLD.reason, OLD.imposed_by_id, OLD.starts_at, OLD.ends_at)
        OR (OLD.lifted_at IS NOT NULL
            AND (NEW.lifted_at, NEW.lifted_by_id) IS DISTINCT FROM (OLD.lifted_at, OLD.lifted_by_id)) THEN
        RAISE EXCEPTION 'a sanction is lifted once, and nothing else of it changes'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sanction_stays', TABLE = 'forum_sanction';
    END IF;
    RETURN NEW;
END
$$;
