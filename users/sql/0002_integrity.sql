-- Refuses the prerequisite that closes a cycle: the planner walks this graph and must come to an end.
CREATE FUNCTION private.users_refuse_prerequisite_cycle() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    closing record;
BEGIN
    -- Two transactions could each add one half of a cycle: the second waits here and then sees the first one's rows.
    PERFORM pg_advisory_xact_lock(hashtext('users_skillprerequisite'));
    WITH RECURSIVE reachable(skill_id, requires_id, reached_id) AS (
        SELECT skill_id, requires_id, requires_id FROM added
        UNION
        SELECT reachable.skill_id, reachable.requires_id, edge.requires_id
        FROM reachable JOIN public.users_skillprerequisite AS edge ON edge.skill_id = reachable.reached_id
    )
    SELECT skill.slug AS skill, requires.slug AS requires INTO closing
    FROM reachable
    JOIN public.users_skill AS skill ON skill.id = reachable.skill_id
    JOIN public.users_skill AS requires ON requires.id = reachable.requires_id
    WHERE reachable.reached_id = reachable.skill_id
    ORDER BY skill.slug, requires.slug
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% cannot require %: it would come to require itself', closing.skill, closing.requires
            USING ERRCODE = 'check_violation', CONSTRAINT = 'prerequisite_no_cycle',
                  TABLE = 'users_skillprerequisite';
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.users_refuse_prerequisite_cycle() OWNER TO sb_definer;
CREATE TRIGGER prerequisite_inserted AFTER INSERT ON users_skillprerequisite
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION private.users_refuse_prerequisite_cycle();
CREATE TRIGGER prerequisite_updated AFTER UPDATE ON users_skillprerequisite
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION private.users_refuse_prerequisite_cycle();

-- Records who made whom what. For each row, because WHEN lets every other update of an account pass at no cost.
CREATE FUNCTION private.users_audit_role_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO public.users_auditentry (id, user_id, action, occurred_at, user_agent, request_id, details)
    VALUES (
        private.new_id(), NEW.id, 'role_changed', now(), '', '',
        jsonb_build_object('from', OLD.role, 'to', NEW.role, 'by', auth.uid(), 'login', session_user)
    );
    RETURN NULL;
END
$$;
ALTER FUNCTION private.users_audit_role_change() OWNER TO sb_definer;
CREATE TRIGGER user_role_changed AFTER UPDATE OF role ON users_user
    FOR EACH ROW WHEN (OLD.role IS DISTINCT FROM NEW.role)
    EXECUTE FUNCTION private.users_audit_role_change();

-- Somebody decides about a suggestion, once.
CREATE TRIGGER suggestion_legal_start BEFORE INSERT ON users_skillsuggestion
    FOR EACH ROW WHEN (NEW.status <> 'open') EXECUTE FUNCTION private.refuse_illegal_step('status');
CREATE TRIGGER suggestion_legal_transition BEFORE UPDATE ON users_skillsuggestion
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status', 'open>accepted', 'open>rejected');

-- reverse
DROP TRIGGER suggestion_legal_transition ON users_skillsuggestion;
DROP TRIGGER suggestion_legal_start ON users_skillsuggestion;
DROP TRIGGER user_role_changed ON users_user;
DROP FUNCTION private.users_audit_role_change();
DROP TRIGGER prerequisite_inserted ON users_skillprerequisite;
DROP TRIGGER prerequisite_updated ON users_skillprerequisite;
DROP FUNCTION private.users_refuse_prerequisite_cycle();
