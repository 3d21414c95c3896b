-- Deleting a roadmap takes the pointer to it out of its forks, which Django does with an UPDATE.
GRANT UPDATE (forked_from_id) ON roadmaps_roadmap TO authenticated;

-- reverse
REVOKE UPDATE (forked_from_id) ON roadmaps_roadmap FROM authenticated;
