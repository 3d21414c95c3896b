-- A module that is counted from another no longer, or only from now on, changes what it brings as well: the amount looks
-- at counted_from since 0020_counted_once.
CREATE OR REPLACE FUNCTION private.badges_book_modules() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    modules uuid[];
    roadmaps uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        modules := ARRAY(SELECT id FROM new_rows WHERE status = 'completed');
        roadmaps := ARRAY(SELECT DISTINCT roadmap_id FROM new_rows);
    ELSIF TG_OP = 'UPDATE' THEN
        modules := ARRAY(
            SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE 'completed' IN (n.status, o.status)
              AND (n.status, n.roadmap_id, n.counted_from IS NULL)
                  IS DISTINCT FROM (o.status, o.roadmap_id, o.counted_from IS NULL)
        );
        roadmaps := ARRAY(
            SELECT DISTINCT unnest(ARRAY[n.roadmap_id, o.roadmap_id]) FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE (n.status, n.weight, n.roadmap_id) IS DISTINCT FROM (o.status, o.weight, o.roadmap_id)
        );
    ELSE
        modules := ARRAY(SELECT id FROM old_rows WHERE status = 'completed');
        roadmaps := ARRAY(SELECT DISTINCT roadmap_id FROM old_rows);
    END IF;
    IF cardinality(modules || roadmaps) > 0 THEN
        PERFORM private.badges_settle_plans(modules, roadmaps);
    END IF;
    RETURN NULL;
END
$$;

-- reverse
CREATE OR REPLACE FUNCTION private.badges_book_modules() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    modules uuid[];
    roadmaps uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        modules := ARRAY(SELECT id FROM new_rows WHERE status = 'completed');
        roadmaps := ARRAY(SELECT DISTINCT roadmap_id FROM new_rows);
    ELSIF TG_OP = 'UPDATE' THEN
        modules := ARRAY(
            SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE 'completed' IN (n.status, o.status)
              AND (n.status, n.roadmap_id) IS DISTINCT FROM (o.status, o.roadmap_id)
        );
        roadmaps := ARRAY(
            SELECT DISTINCT unnest(ARRAY[n.roadmap_id, o.roadmap_id]) FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE (n.status, n.weight, n.roadmap_id) IS DISTINCT FROM (o.status, o.weight, o.roadmap_id)
        );
    ELSE
        modules := ARRAY(SELECT id FROM old_rows WHERE status = 'completed');
        roadmaps := ARRAY(SELECT DISTINCT roadmap_id FROM old_rows);
    END IF;
    IF cardinality(modules || roadmaps) > 0 THEN
        PERFORM private.badges_settle_plans(modules, roadmaps);
    END IF;
    RETURN NULL;
END
$$;
