-- The pages that a model named for a module. They are read with their module and go with it; only the worker writes
-- them, so that whoever reads one reads an address that has answered.
ALTER TABLE roadmaps_modulelink ADD CONSTRAINT module_link_of_module
    FOREIGN KEY (module_id) REFERENCES roadmaps_module (id) ON DELETE CASCADE;
ALTER TABLE roadmaps_modulelink ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_modulelink FORCE ROW LEVEL SECURITY;
GRANT SELECT ON roadmaps_modulelink TO authenticated;
CREATE POLICY select_with_module ON roadmaps_modulelink FOR SELECT TO authenticated
    USING (EXISTS (SELECT 1 FROM public.roadmaps_module m WHERE m.id = module_id));

CREATE TRIGGER module_link_forget_check BEFORE UPDATE ON roadmaps_modulelink
    FOR EACH ROW WHEN (OLD.url IS DISTINCT FROM NEW.url) EXECUTE FUNCTION private.roadmaps_forget_check();
CREATE TRIGGER module_link_legal_start BEFORE INSERT ON roadmaps_modulelink
    FOR EACH ROW WHEN (NEW.state = 'quarantined') EXECUTE FUNCTION private.refuse_illegal_step('state');
CREATE TRIGGER module_link_legal_transition BEFORE UPDATE ON roadmaps_modulelink
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION private.refuse_illegal_step('state',
        'unverified>verified', 'unverified>failing',
        'verified>failing', 'verified>unverified',
        'failing>verified', 'failing>quarantined', 'failing>unverified',
        'quarantined>verified', 'quarantined>unverified');

-- Whoever copies modules takes their links along, with what is known of them: from modules that they may read, of an unlisted
-- roadmap by the hash of a link's token, place by place, to modules of their own.
CREATE FUNCTION private.roadmaps_copy_links(p_from uuid[], p_to uuid[], p_token_hash text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO public.roadmaps_modulelink
        (id, created_at, updated_at, module_id, title, url, state, checked_at, next_check_at, failures, final_url,
         last_error)
    SELECT private.new_id(), now(), now(), copy.id, link.title, link.url, link.state, link.checked_at,
        link.next_check_at, link.failures, link.final_url, link.last_error
    FROM unnest(p_from, p_to) AS pair (original_id, copy_id)
    JOIN public.roadmaps_module AS original ON original.id = pair.original_id AND original.status <> 'removed'
    JOIN public.roadmaps_roadmap AS source ON source.id = original.roadmap_id
    JOIN public.roadmaps_module AS copy ON copy.id = pair.copy_id
    JOIN public.roadmaps_modulelink AS link ON link.module_id = original.id AND link.state <> 'quarantined'
    WHERE copy.roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine()))
        AND (
            source.owner_id = auth.uid()
            OR source.id = ANY (ARRAY(SELECT private.roadmaps_opened()))
            OR private.roadmaps_is_open_by(source, p_token_hash)
            OR private.is_moderating()
        )
    ORDER BY link.id
    ON CONFLICT (module_id, url) DO NOTHING
$$;
ALTER FUNCTION private.roadmaps_copy_links(uuid[], uuid[], text) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.roadmaps_copy_links(uuid[], uuid[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.roadmaps_copy_links(uuid[], uuid[], text) TO authenticated;

-- For /metrics, so by indexes: how many links do not answer or wait to be asked, and what of YouTube's units was set aside
-- on a day. YouTube's videos are not asked, but looked up (services/videos.py).
CREATE FUNCTION private.roadmaps_link_states() RETURNS TABLE (kind text, state text, links bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT r.source, r.state, count(*) FROM public.roadmaps_resource AS r
    WHERE r.state IN ('failing', 'quarantined') GROUP BY 1, 2
    UNION ALL
    SELECT 'own', o.state, count(*) FROM public.roadmaps_ownresource AS o
    WHERE o.state IN ('failing', 'quarantined') GROUP BY 2
    UNION ALL
    SELECT 'model', m.state, count(*) FROM public.roadmaps_modulelink AS m
    WHERE m.state IN ('failing', 'quarantined') GROUP BY 2
    UNION ALL
    SELECT r.source, 'due', count(*) FROM public.roadmaps_resource AS r WHERE r.next_check_at <= now() GROUP BY 1
    UNION ALL
    SELECT 'own', 'due', count(*) FROM public.roadmaps_ownresource AS o WHERE o.next_check_at <= now()
    UNION ALL
    SELECT 'model', 'due', count(*) FROM public.roadmaps_modulelink AS m WHERE m.next_check_at <= now()
$$;
ALTER FUNCTION private.roadmaps_link_states() OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.roadmaps_link_states() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.roadmaps_link_states() TO sb_web, service_role;
CREATE FUNCTION private.roadmaps_youtube_used(p_day date) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT coalesce((SELECT used FROM public.roadmaps_youtubeday WHERE day = p_day), 0)
$$;
ALTER FUNCTION private.roadmaps_youtube_used(date) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.roadmaps_youtube_used(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.roadmaps_youtube_used(date) TO sb_web, service_role;

-- reverse
DROP FUNCTION private.roadmaps_youtube_used(date);
DROP FUNCTION private.roadmaps_link_states();
DROP FUNCTION private.roadmaps_copy_links(uuid[], uuid[], text);
DROP TRIGGER module_link_legal_transition ON roadmaps_modulelink;
DROP TRIGGER module_link_legal_start ON roadmaps_modulelink;
DROP TRIGGER module_link_forget_check ON roadmaps_modulelink;
DROP POLICY select_with_module ON roadmaps_modulelink;
REVOKE ALL ON roadmaps_modulelink FROM authenticated;
ALTER TABLE roadmaps_modulelink NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_modulelink DISABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_modulelink DROP CONSTRAINT module_link_of_module;
