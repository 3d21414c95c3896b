-- Roadmaps that learners let mentors read. The database keeps the log itself: a granted row is visible only in a
-- transaction that has written its entry of roadmaps_grantedread, and only private.roadmaps_open_grant writes those,
-- after it has looked at the grant. So there is no read without an entry, whoever asks and by whatever way.
ALTER TABLE roadmaps_roadmapgrant ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_roadmapgrant FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_grantedread ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_grantedread FORCE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE (revoked_at, updated_at) ON roadmaps_roadmapgrant TO authenticated;
GRANT SELECT ON roadmaps_grantedread TO authenticated;
REVOKE UPDATE, DELETE, TRUNCATE ON roadmaps_grantedread FROM service_role, sb_definer;
REVOKE INSERT ON roadmaps_grantedread FROM service_role;

-- What a grant says of its roadmap is true, and it begins now and open.
CREATE FUNCTION private.roadmaps_begin_grant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    SELECT title INTO NEW.title FROM public.roadmaps_roadmap WHERE id = NEW.roadmap_id AND owner_id = NEW.owner_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only the owner of a roadmap lets others read it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'roadmap_grant_by_owner', TABLE = TG_TABLE_NAME;
    END IF;
    PERFORM 1 FROM public.users_user WHERE id = NEW.mentor_id AND is_active AND role = 'mentor';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a roadmap is shared with mentors whose account is active'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'roadmap_grant_to_mentor', TABLE = TG_TABLE_NAME;
    END IF;
    NEW.created_at := now();
    NEW.updated_at := now();
    NEW.revoked_at := NULL;
    RETURN NEW;
END
$$;
ALTER FUNCTION private.roadmaps_begin_grant() OWNER TO sb_definer;
CREATE TRIGGER roadmaps_begin_grant BEFORE INSERT ON roadmaps_roadmapgrant
    FOR EACH ROW EXECUTE FUNCTION private.roadmaps_begin_grant();

-- The one rule of what a grant is worth at this moment.
CREATE FUNCTION private.roadmaps_grant_holds(p_grant public.roadmaps_roadmapgrant) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT p_grant.revoked_at IS NULL AND p_grant.expires_at > now()
        AND EXISTS (SELECT FROM public.users_user WHERE id = p_grant.mentor_id AND is_active AND role = 'mentor')
        AND EXISTS (SELECT FROM public.roadmaps_roadmap WHERE id = p_grant.roadmap_id AND owner_id = p_grant.owner_id)
$$;
ALTER FUNCTION private.roadmaps_grant_holds(public.roadmaps_roadmapgrant) OWNER TO sb_definer;

-- Lets the mentor of auth.uid() read this roadmap until the transaction ends, and logs it; false where no grant holds.
CREATE FUNCTION private.roadmaps_open_grant(p_roadmap uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    opened public.roadmaps_roadmapgrant;
BEGIN
    -- Shared with other readers, and in the way of a revocation until this transaction ends: once a revocation was
    -- answered, nothing is read any more.
    SELECT * INTO opened FROM public.roadmaps_roadmapgrant AS g
    WHERE g.roadmap_id = p_roadmap AND g.mentor_id = auth.uid() AND private.roadmaps_grant_holds(g)
    FOR SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO public.roadmaps_grantedread (id, owner_id, mentor_id, roadmap_id, grant_id, read_at, transaction_id)
    VALUES (private.new_id(), opened.owner_id, opened.mentor_id, opened.roadmap_id, opened.id, now(),
            pg_current_xact_id()::text::bigint);
    RETURN true;
END
$$;
ALTER FUNCTION private.roadmaps_open_grant(uuid) OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.roadmaps_open_grant(uuid) TO authenticated;

-- What the person of auth.uid() has opened in this transaction, and still may read. The time as well as the number:
-- numbers of transactions begin anew when a dump is restored, and an old entry must not open anything.
CREATE FUNCTION private.roadmaps_opened() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT r.roadmap_id
    FROM public.roadmaps_grantedread r JOIN public.roadmaps_roadmapgrant g ON g.id = r.grant_id
    WHERE r.mentor_id = auth.uid() AND r.transaction_id = pg_current_xact_id_if_assigned()::text::bigint
      AND r.read_at = now() AND private.roadmaps_grant_holds(g)
$$;
ALTER FUNCTION private.roadmaps_opened() OWNER TO sb_definer;
GRANT EXECUTE ON FUNCTION private.roadmaps_opened() TO authenticated, service_role;

CREATE POLICY select_opened ON roadmaps_roadmap FOR SELECT TO authenticated
    USING (id = ANY (ARRAY(SELECT private.roadmaps_opened())));
-- Prerequisites follow (select_with_module); notes, own addresses and jobs stay the learner's.
CREATE POLICY select_opened ON roadmaps_module FOR SELECT TO authenticated
    USING (status <> 'removed' AND roadmap_id = ANY (ARRAY(SELECT private.roadmaps_opened())));

CREATE POLICY select_own ON roadmaps_roadmapgrant FOR SELECT TO authenticated
    USING (owner_id = (SELECT auth.uid()));
CREATE POLICY select_mentor ON roadmaps_roadmapgrant FOR SELECT TO authenticated
    USING (mentor_id = (SELECT auth.uid()) AND revoked_at IS NULL AND expires_at > (SELECT now()));
CREATE POLICY select_moderating ON roadmaps_roadmapgrant FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));
CREATE POLICY insert_own ON roadmaps_roadmapgrant FOR INSERT TO authenticated
    WITH CHECK (owner_id = (SELECT auth.uid()));
CREATE POLICY update_own ON roadmaps_roadmapgrant FOR UPDATE TO authenticated
    USING (owner_id = (SELECT auth.uid()) AND revoked_at IS NULL)
    WITH CHECK (owner_id = (SELECT auth.uid()));

CREATE POLICY select_own ON roadmaps_grantedread FOR SELECT TO authenticated
    USING (owner_id = (SELECT auth.uid()));
CREATE POLICY select_moderating ON roadmaps_grantedread FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));

SELECT private.audit_table('roadmaps_roadmapgrant');

-- A deleted roadmap takes its grants along; what was read stays in the log.
CREATE FUNCTION private.roadmaps_end_grants() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    DELETE FROM public.roadmaps_roadmapgrant WHERE roadmap_id IN (SELECT id FROM old_rows);
    RETURN NULL;
END
$$;
ALTER FUNCTION private.roadmaps_end_grants() OWNER TO sb_definer;
CREATE TRIGGER roadmaps_end_grants AFTER DELETE ON roadmaps_roadmap
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_end_grants();

-- The mentor hears of it.
CREATE FUNCTION private.roadmaps_tell_of_grant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        given.mentor_id, 'roadmap_shared', given.owner_id, 'roadmap', given.roadmap_id,
        jsonb_build_object('title', given.title, 'by', learner.handle, 'roadmap_id', given.roadmap_id),
        'roadmap_shared:' || given.id)
    FROM new_rows AS given JOIN public.users_user AS learner ON learner.id = given.owner_id;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.roadmaps_tell_of_grant() OWNER TO sb_definer;
CREATE TRIGGER roadmaps_tell_of_grant AFTER INSERT ON roadmaps_roadmapgrant
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_tell_of_grant();

-- For clients that come by PostgREST, where a request is one call: opens and reads. NULL where no grant holds.
CREATE FUNCTION public.read_granted_roadmap(p_roadmap uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF NOT private.roadmaps_open_grant(p_roadmap) THEN
        RETURN NULL;
    END IF;
    RETURN (
        SELECT to_jsonb(roadmap) || jsonb_build_object('modules', coalesce((
            SELECT jsonb_agg(to_jsonb(module) || jsonb_build_object('requires', ARRAY(
                SELECT edge.requires_id FROM public.roadmaps_moduleprerequisite AS edge
                WHERE edge.module_id = module.id ORDER BY edge.id
            )) ORDER BY module.position)
            FROM public.roadmaps_module AS module WHERE module.roadmap_id = roadmap.id
        ), '[]'))
        FROM public.roadmaps_roadmap AS roadmap WHERE roadmap.id = p_roadmap
    );
END
$$;
GRANT EXECUTE ON FUNCTION public.read_granted_roadmap(uuid) TO authenticated;

-- reverse
DROP FUNCTION public.read_granted_roadmap(uuid);
DROP TRIGGER roadmaps_tell_of_grant ON roadmaps_roadmapgrant;
DROP FUNCTION private.roadmaps_tell_of_grant();
DROP TRIGGER roadmaps_end_grants ON roadmaps_roadmap;
DROP FUNCTION private.roadmaps_end_grants();
SELECT private.audit_no_more('roadmaps_roadmapgrant');
DROP POLICY select_own ON roadmaps_grantedread;
DROP POLICY select_moderating ON roadmaps_grantedread;
DROP POLICY select_own ON roadmaps_roadmapgrant;
DROP POLICY select_mentor ON roadmaps_roadmapgrant;
DROP POLICY select_moderating ON roadmaps_roadmapgrant;
DROP POLICY insert_own ON roadmaps_roadmapgrant;
DROP POLICY update_own ON roadmaps_roadmapgrant;
DROP POLICY select_opened ON roadmaps_roadmap;
DROP POLICY select_opened ON roadmaps_module;
DROP FUNCTION private.roadmaps_opened();
DROP FUNCTION private.roadmaps_open_grant(uuid);
DROP FUNCTION private.roadmaps_grant_holds(public.roadmaps_roadmapgrant);
DROP TRIGGER roadmaps_begin_grant ON roadmaps_roadmapgrant;
DROP FUNCTION private.roadmaps_begin_grant();
REVOKE ALL ON roadmaps_grantedread, roadmaps_roadmapgrant FROM authenticated;
GRANT ALL ON roadmaps_grantedread TO service_role, sb_definer;
ALTER TABLE roadmaps_roadmapgrant NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_roadmapgrant DISABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_grantedread NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_grantedread DISABLE ROW LEVEL SECURITY;
