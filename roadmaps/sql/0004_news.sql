-- The owner hears when the job that plans their roadmap ends, in the transaction that ends it, once a job.
CREATE FUNCTION private.roadmaps_tell_of_generation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.notify(
        roadmap.owner_id,
        CASE ended.status WHEN 'succeeded' THEN 'roadmap_ready' ELSE 'roadmap_failed' END,
        NULL, 'roadmap', roadmap.id,
        jsonb_build_object('title', roadmap.title, 'roadmap_id', roadmap.id, 'generation_id', ended.id),
        'roadmap_generation:' || ended.id)
    FROM new_rows AS ended
    JOIN old_rows AS before USING (id)
    JOIN public.roadmaps_roadmap AS roadmap ON roadmap.id = ended.roadmap_id
    WHERE ended.status IN ('succeeded', 'failed') AND before.status <> ended.status;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.roadmaps_tell_of_generation() OWNER TO sb_definer;
CREATE TRIGGER roadmaps_generation_news AFTER UPDATE ON roadmaps_generation
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_tell_of_generation();

-- reverse
DROP TRIGGER roadmaps_generation_news ON roadmaps_generation;
DROP FUNCTION private.roadmaps_tell_of_generation();
