-- What a person may do with these tables. Column lists keep from them what a trigger owns: progress and completed_at of
-- a roadmap. Whose rows they may touch is said by the querysets.
GRANT SELECT, INSERT, DELETE ON roadmaps_roadmap TO authenticated;
GRANT UPDATE (
    title, goal_text, track_id, status, visibility, hours_per_week, weeks, started_on, understood, plan_summary,
    updated_at
) ON roadmaps_roadmap TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    roadmaps_module, roadmaps_moduleprerequisite, roadmaps_generation, roadmaps_note, roadmaps_ownresource
    TO authenticated;
GRANT SELECT ON roadmaps_resource TO authenticated, anon;

-- reverse
REVOKE ALL ON
    roadmaps_roadmap, roadmaps_module, roadmaps_moduleprerequisite, roadmaps_generation, roadmaps_note,
    roadmaps_ownresource, roadmaps_resource
    FROM authenticated, anon;
