-- Sanctions: who sees and writes them, what stays, who may not write, and who is told.
ALTER TABLE forum_sanction ENABLE ROW LEVEL SECURITY;
ALTER TABLE forum_sanction FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON forum_sanction TO authenticated;
GRANT UPDATE (lifted_at, lifted_by_id, updated_at) ON forum_sanction TO authenticated;
CREATE POLICY select_own ON forum_sanction FOR SELECT TO authenticated
    USING (person_id = (SELECT auth.uid()));
CREATE POLICY select_moderating ON forum_sanction FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));
CREATE POLICY insert_moderating ON forum_sanction FOR INSERT TO authenticated
    WITH CHECK ((SELECT private.is_moderating()) AND imposed_by_id = (SELECT auth.uid()));
CREATE POLICY update_moderating ON forum_sanction FOR UPDATE TO authenticated
    USING ((SELECT private.is_moderating())) WITH CHECK ((SELECT private.is_moderating()));
SELECT private.audit_table('forum_sanction');

-- What was decided stays, and what was lifted stays lifted. One that has run out makes room for the next of its kind.
CREATE FUNCTION private.forum_sanction_kept() RETURNS trigger
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
ALTER FUNCTION private.forum_sanction_kept() OWNER TO sb_definer;
CREATE TRIGGER forum_sanction_kept BEFORE INSERT OR UPDATE ON forum_sanction
    FOR EACH ROW EXECUTE FUNCTION private.forum_sanction_kept();

-- Refuses what a muted or suspended person writes, whoever hands it in for them.
CREATE FUNCTION private.forum_refuse_sanctioned(p_people uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    active record;
BEGIN
    SELECT kind, ends_at INTO active FROM public.forum_sanction
    WHERE person_id = ANY (p_people) AND kind IN ('muted', 'suspended') AND lifted_at IS NULL
      -- The clock and not the transaction's beginning: one that began a moment ago counts.
      AND starts_at <= clock_timestamp() AND coalesce(ends_at, 'infinity') > clock_timestamp()
    ORDER BY coalesce(ends_at, 'infinity') DESC LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% in the forum %', active.kind, CASE WHEN active.ends_at IS NULL THEN 'until further notice'
            ELSE 'until ' || to_char(active.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sanction_forbids_writing';
    END IF;
END
$$;
ALTER FUNCTION private.forum_refuse_sanctioned(uuid[]) OWNER TO sb_definer;

CREATE FUNCTION private.forum_author_may_write() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF TG_TABLE_NAME = 'forum_vote' THEN
        PERFORM private.forum_refuse_sanctioned(ARRAY(SELECT DISTINCT user_id FROM new_rows));
    ELSIF TG_TABLE_NAME = 'forum_report' THEN
        PERFORM private.forum_refuse_sanctioned(ARRAY(SELECT DISTINCT reporter_id FROM new_rows));
    ELSE
        PERFORM private.forum_refuse_sanctioned(ARRAY(SELECT DISTINCT author_id FROM new_rows));
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.forum_author_may_write() OWNER TO sb_definer;
-- The names sort before those of the triggers that count and tell.
CREATE TRIGGER forum_author_may_write AFTER INSERT ON forum_forumpost REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_author_may_write();
CREATE TRIGGER forum_author_may_write AFTER INSERT ON forum_vote REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_author_may_write();
CREATE TRIGGER forum_author_may_write AFTER INSERT ON forum_report REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_author_may_write();

-- What somebody wrote earlier is no way to go on writing, though they may remove it; a vote that is turned round is a vote.
CREATE FUNCTION private.forum_author_may_edit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF TG_TABLE_NAME = 'forum_vote' THEN
        PERFORM private.forum_refuse_sanctioned(ARRAY(
            SELECT DISTINCT n.user_id FROM new_rows n JOIN old_rows o USING (id)
            WHERE n.value <> o.value AND n.user_id = auth.uid()
        ));
    ELSE
        PERFORM private.forum_refuse_sanctioned(ARRAY(
            SELECT DISTINCT n.author_id FROM new_rows n JOIN old_rows o USING (id)
            WHERE (n.title, n.body_markdown) <> (o.title, o.body_markdown) AND n.author_id = auth.uid()
              -- Taking back what one wrote stays possible; its words go with it.
              AND n.removed_at IS NULL AND o.removed_at IS NULL
              AND n.removed_at IS NULL
        ));
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.forum_author_may_edit() OWNER TO sb_definer;
CREATE TRIGGER forum_author_may_edit AFTER UPDATE ON forum_forumpost
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_author_may_edit();
CREATE TRIGGER forum_author_may_edit AFTER UPDATE ON forum_vote
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_author_may_edit();

-- The person is told, once a sanction.
CREATE FUNCTION private.forum_sanction_told() RETURNS trigger
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
ALTER FUNCTION private.forum_sanction_told() OWNER TO sb_definer;
CREATE TRIGGER forum_sanction_told AFTER INSERT ON forum_sanction REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.forum_sanction_told();

-- reverse
DROP TRIGGER forum_sanction_told ON forum_sanction;
DROP FUNCTION private.forum_sanction_told();
DROP TRIGGER forum_author_may_edit ON forum_vote;
DROP TRIGGER forum_author_may_edit ON forum_forumpost;
DROP FUNCTION private.forum_author_may_edit();
DROP TRIGGER forum_author_may_write ON forum_report;
DROP TRIGGER forum_author_may_write ON forum_vote;
DROP TRIGGER forum_author_may_write ON forum_forumpost;
DROP FUNCTION private.forum_author_may_write();
DROP FUNCTION private.forum_refuse_sanctioned(uuid[]);
DROP TRIGGER forum_sanction_kept ON forum_sanction;
DROP FUNCTION private.forum_sanction_kept();
SELECT private.audit_no_more('forum_sanction');
DROP POLICY update_moderating ON forum_sanction;
DROP POLICY insert_moderating ON forum_sanction;
DROP POLICY select_moderating ON forum_sanction;
DROP POLICY select_own ON forum_sanction;
REVOKE ALL ON forum_sanction FROM authenticated;
ALTER TABLE forum_sanction NO FORCE ROW LEVEL SECURITY;
ALTER TABLE forum_sanction DISABLE ROW LEVEL SECURITY;
