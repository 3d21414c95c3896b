-- The same functions, planned once by each connection and not by each statement, and the partners of a profile asked for
-- last: users/sql/0015_quick_policies.sql says why.
CREATE OR REPLACE FUNCTION private.matches_my_matches() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN QUERY
    SELECT match.id FROM public.matches_mentormatch AS match
    WHERE match.learner_id = (SELECT auth.uid())
       OR (match.mentor_id = (SELECT auth.uid()) AND match.requested_at IS NOT NULL);
END
$$;

CREATE OR REPLACE FUNCTION private.matches_my_conversations() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN QUERY
    SELECT conversation.id FROM public.matches_conversation AS conversation
    WHERE conversation.match_id = ANY (ARRAY(SELECT private.matches_my_matches()));
END
$$;

CREATE OR REPLACE FUNCTION private.matches_my_partners() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN QUERY
    SELECT match.mentor_id FROM public.matches_mentormatch AS match WHERE match.learner_id = (SELECT auth.uid())
    UNION
    SELECT match.learner_id FROM public.matches_mentormatch AS match
    WHERE match.mentor_id = (SELECT auth.uid()) AND match.requested_at IS NOT NULL;
END
$$;

ALTER POLICY select_partner ON users_profile RENAME TO select_as_partner;

-- reverse
ALTER POLICY select_as_partner ON users_profile RENAME TO select_partner;

CREATE OR REPLACE FUNCTION private.matches_my_partners() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT match.mentor_id FROM public.matches_mentormatch AS match WHERE match.learner_id = (SELECT auth.uid())
    UNION
    SELECT match.learner_id FROM public.matches_mentormatch AS match
    WHERE match.mentor_id = (SELECT auth.uid()) AND match.requested_at IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION private.matches_my_conversations() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT conversation.id FROM public.matches_conversation AS conversation
    WHERE conversation.match_id = ANY (ARRAY(SELECT private.matches_my_matches()))
$$;

CREATE OR REPLACE FUNCTION private.matches_my_matches() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT match.id FROM public.matches_mentormatch AS match
    WHERE match.learner_id = (SELECT auth.uid())
       OR (match.mentor_id = (SELECT auth.uid()) AND match.requested_at IS NOT NULL)
$$;
