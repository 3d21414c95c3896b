-- Without its publication a roadmap had a row in the gallery, and no page. One that others may read gets a new publication at
-- once; so there is none to add to the gallery by hand, and an INSERT needs no trigger.
CREATE TRIGGER roadmaps_publication_listed_delete AFTER DELETE ON roadmaps_publication
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_parts_shown();

-- reverse
DROP TRIGGER roadmaps_publication_listed_delete ON roadmaps_publication;
