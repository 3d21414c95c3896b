"""What the triggers of this app derive, and its recomputation, for `manage.py check_derived`."""

from notifications.services.derived import news, since, unfounded
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
    DerivedValue(
        name="roadmaps: gallery",
        rows="SELECT count(*) FROM roadmaps_roadmap WHERE visibility <> 'private'",
        wrong="""
            SELECT r.id
            FROM roadmaps_roadmap AS r
            LEFT JOIN roadmaps_publication AS p ON p.roadmap_id = r.id
            LEFT JOIN roadmaps_roadmaplisting AS listing ON listing.roadmap_id = r.id
            LEFT JOIN (
                SELECT roadmap_id, count(*) AS number, round(avg(value), 2) AS mean
                FROM roadmaps_roadmaprating GROUP BY roadmap_id
            ) AS rated ON rated.roadmap_id = r.id
            WHERE (r.visibility <> 'private' AND p.id IS NULL)
                OR (listing.id IS NOT NULL) <> (r.visibility = 'public' AND private.roadmaps_is_open(r))
                OR (listing.id IS NOT NULL AND (
                    listing.slug, listing.title, listing.goal_text, listing.track_id, listing.language,
                    listing.hours_per_week, listing.weeks, listing.search, listing.rating_count, listing.rating_mean,
                    listing.is_template
                ) IS DISTINCT FROM (
                    p.slug, r.title, r.goal_text, r.track_id, p.language, r.hours_per_week, r.weeks,
                    to_tsvector('pg_catalog.simple', concat_ws(' ', r.title, r.goal_text)),
                    coalesce(rated.number, 0), rated.mean, r.owner_id = private.platform_id()
                ))
        """,
        repair="SELECT private.roadmaps_refresh_listings(%s::uuid[])",
    ),
    news(
        "roadmaps: news of ended plannings",
        # A job that failed, was opened again and succeeded has two news; of the failure no state is left.
        facts=f"""
            SELECT job.id, roadmap.owner_id AS recipient_id,
                CASE WHEN failed.id IS NULL THEN 'roadmap_generation:' || job.id
                    ELSE 'roadmap_generation:' || job.id || ':opened_again' END AS told
            FROM roadmaps_generation AS job JOIN roadmaps_roadmap AS roadmap ON roadmap.id = job.roadmap_id
            LEFT JOIN notifications_notification AS failed
                ON job.status = 'succeeded' AND failed.kind = 'roadmap_failed'
                AND failed.uniqueness_key = 'roadmap_generation:' || job.id
            WHERE job.status IN ('succeeded', 'failed') AND {since("job.finished_at")}
        """,  # noqa: S608  # a constant of our code
        repair="SELECT private.roadmaps_tell_of_generations(%s::uuid[])",
    ),
    news(
        "roadmaps: news of grants",
        facts=f"""
            SELECT id, mentor_id AS recipient_id, 'roadmap_shared:' || id AS told FROM roadmaps_roadmapgrant
            WHERE {since("created_at")}
        """,  # noqa: S608  # a constant of our code
        repair="SELECT private.roadmaps_tell_of_grants(%s::uuid[])",
    ),
    unfounded(
        "roadmaps: news of nothing",
        kinds=("roadmap_ready", "roadmap_failed", "roadmap_shared"),
        wrong="""
            SELECT told.id FROM notifications_notification AS told
            JOIN roadmaps_generation AS job ON job.id::text = split_part(told.uniqueness_key, ':', 2)
            WHERE told.kind = 'roadmap_ready' AND job.status <> 'succeeded'
            UNION ALL
            SELECT told.id FROM notifications_notification AS told
            JOIN roadmaps_roadmapgrant AS given ON told.uniqueness_key = 'roadmap_shared:' || given.id
            WHERE told.kind = 'roadmap_shared' AND given.mentor_id <> told.recipient_id
        """,
    ),
)
