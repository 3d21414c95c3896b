-- The same functions, planned once by each connection and not by each statement: users/sql/0015_quick_policies.sql.
CREATE OR REPLACE FUNCTION private.roadmaps_mine() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN QUERY SELECT r.id FROM public.roadmaps_roadmap r WHERE r.owner_id = (SELECT auth.uid());
END
$$;

CREATE OR REPLACE FUNCTION private.roadmaps_opened() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN QUERY
    SELECT r.roadmap_id
    FROM public.roadmaps_grantedread r JOIN public.roadmaps_roadmapgrant g ON g.id = r.grant_id
    WHERE r.mentor_id = auth.uid() AND r.transaction_id = pg_current_xact_id_if_assigned()::text::bigint
      AND r.read_at = now() AND private.roadmaps_grant_holds(g);
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.roadmaps_opened() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT r.roadmap_id
    FROM public.roadmaps_grantedread r JOIN public.roadmaps_roadmapgrant g ON g.id = r.grant_id
    WHERE r.mentor_id = auth.uid() AND r.transaction_id = pg_current_xact_id_if_assigned()::text::bigint
      AND r.read_at = now() AND private.roadmaps_grant_holds(g)
$$;

CREATE OR REPLACE FUNCTION private.roadmaps_mine() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT id FROM public.roadmaps_roadmap WHERE owner_id = auth.uid()
$$;
