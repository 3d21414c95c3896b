"""What the triggers of this app derive, and its recomputation, for `manage.py check_derived`."""

from skillbridge_backend.core.derived import DerivedValue

DERIVED = (
    DerivedValue(
        name="roadmaps: progress, completion",
        rows="SELECT count(*) FROM roadmaps_roadmap",
        wrong="""
            SELECT roadmap.id
            FROM roadmaps_roadmap AS roadmap
            LEFT JOIN (
                SELECT roadmap_id, sum(weight) AS whole,
                    sum(CASE WHEN status = 'completed' THEN weight ELSE 0 END) AS done
                FROM roadmaps_module WHERE status NOT IN ('skipped', 'removed') GROUP BY roadmap_id
            ) AS counted ON counted.roadmap_id = roadmap.id
            WHERE roadmap.progress <> coalesce(trunc(100.0 * done / whole, 2), 0)
               OR (roadmap.completed_at IS NULL) = coalesce(done = whole, false)
        """,
        repair="SELECT private.roadmaps_recompute_progress(%s::uuid[])",
    ),
)
