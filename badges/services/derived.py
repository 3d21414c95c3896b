"""What the triggers of this app derive, and its recomputation, for `manage.py check_derived`."""

from notifications.services.derived import news, since, unfounded
from skillbridge_backend.core.derived import DerivedValue


def bookings(name: str, metric: str, *, wanted: str, repair: str) -> DerivedValue:
    """Bookings that follow a source: `wanted` selects `user_id, source_id, amount`, the amounts not 0."""
    return DerivedValue(
        name=name,
        rows=f"SELECT count(*) FROM ({wanted}) AS wanted",  # noqa: S608  # all of it is written in our code
        wrong=f"""
            SELECT DISTINCT source_id
            FROM ({wanted}) AS wanted
            FULL JOIN (
                SELECT user_id, source_id, sum(amount) AS amount FROM badges_pointsentry
                WHERE metric = '{metric}' AND source_id IS NOT NULL
                GROUP BY user_id, source_id HAVING sum(amount) <> 0
            ) AS booked USING (user_id, source_id)
            WHERE wanted.amount IS DISTINCT FROM booked.amount
        """,  # noqa: S608
        repair=f"SELECT {repair}(%s::uuid[])",
    )


BOOKINGS = (
    bookings(
        "badges: completed modules",
        "modules_completed",
        wanted="""
            SELECT roadmap.owner_id AS user_id, module.id AS source_id, 1 AS amount
            FROM roadmaps_module AS module JOIN roadmaps_roadmap AS roadmap ON roadmap.id = module.roadmap_id
            WHERE module.status = 'completed' AND module.counted_from IS NULL
        """,
        repair="private.badges_settle_modules",
    ),
    bookings(
        "badges: completed roadmaps",
        "roadmaps_completed",
        wanted="""
            SELECT owner_id AS user_id, id AS source_id, 1 AS amount FROM roadmaps_roadmap
            WHERE completed_at IS NOT NULL
        """,
        repair="private.badges_settle_roadmaps",
    ),
    bookings(
        "badges: minutes learned",
        "minutes_learned",
        wanted="""
            SELECT user_id, id AS source_id, minutes AS amount FROM progress_progresslog WHERE minutes > 0
        """,
        repair="private.badges_settle_log",
    ),
    bookings(
        "badges: commits pushed",
        "commits_pushed",
        wanted="SELECT user_id, id AS source_id, commits AS amount FROM progress_progresslog WHERE commits > 0",
        repair="private.badges_settle_log",
    ),
    bookings(
        "badges: longest streaks",
        "streak_days",
        wanted="""
            SELECT user_id, user_id AS source_id, max(length) AS amount
            FROM (
                SELECT user_id, count(*) AS length
                FROM (
                    SELECT user_id, day - dense_rank() OVER (PARTITION BY user_id ORDER BY day)::integer AS run
                    FROM (
                        SELECT DISTINCT user_id, occurred_on AS day FROM progress_progresslog
                        WHERE kind <> 'module_reopened'
                    ) AS days
                ) AS numbered
                GROUP BY user_id, run
            ) AS runs
            GROUP BY user_id
        """,
        repair="private.badges_settle_streaks",
    ),
    bookings(
        "badges: connected repositories",
        "repositories_connected",
        wanted="""
            SELECT owner_id AS user_id, id AS source_id, 1 AS amount FROM progress_repository
            WHERE disconnected_at IS NULL
        """,
        repair="private.badges_settle_repositories",
    ),
)

TOTALS = (
    DerivedValue(
        name="badges: totals of metrics",
        rows="SELECT count(*) FROM badges_metrictotal WHERE metric <> 'points'",
        wrong="""
            SELECT coalesce(t.user_id, s.user_id), coalesce(t.metric, s.metric)
            FROM (SELECT * FROM badges_metrictotal WHERE metric <> 'points') AS t
            FULL JOIN (
                SELECT user_id, metric, sum(amount) AS amount, sum(points) AS points
                FROM badges_pointsentry WHERE metric <> 'points' GROUP BY user_id, metric
            ) AS s ON s.user_id = t.user_id AND s.metric = t.metric
            WHERE (coalesce(t.amount, 0), coalesce(t.points, 0))
                IS DISTINCT FROM (coalesce(s.amount, 0), coalesce(s.points, 0))
        """,
        repair="SELECT private.badges_add_up(%s::uuid[], %s::text[])",
    ),
    DerivedValue(
        name="badges: points",
        rows="SELECT count(*) FROM badges_metrictotal WHERE metric = 'points'",
        wrong="""
            SELECT coalesce(t.user_id, s.user_id), 'points'
            FROM (SELECT * FROM badges_metrictotal WHERE metric = 'points') AS t
            FULL JOIN (
                SELECT e.user_id, sum(e.points) AS points,
                    -- Of the week and the month that the total names, whichever they are.
                    sum(e.points) FILTER (
                        WHERE (e.created_at AT TIME ZONE 'UTC')::date BETWEEN o.week_starts_on AND o.week_starts_on + 6
                    ) AS week_points,
                    sum(e.points) FILTER (
                        WHERE date_trunc('month', e.created_at AT TIME ZONE 'UTC')::date = o.month_starts_on
                    ) AS month_points
                FROM badges_pointsentry e
                LEFT JOIN badges_metrictotal o ON o.user_id = e.user_id AND o.metric = 'points'
                GROUP BY e.user_id
            ) AS s ON s.user_id = t.user_id
            WHERE (coalesce(t.amount, 0), coalesce(t.points, 0)) <> (coalesce(s.points, 0), coalesce(s.points, 0))
                OR (coalesce(t.week_points, 0), coalesce(t.month_points, 0))
                    <> (coalesce(s.week_points, 0), coalesce(s.month_points, 0))
        """,
        repair="SELECT private.badges_add_up(%s::uuid[], %s::text[])",
    ),
    DerivedValue(
        name="badges: who is ranked",
        rows="SELECT count(*) FROM badges_metrictotal WHERE is_ranked",
        wrong="""
            SELECT total.user_id, total.metric
            FROM badges_metrictotal AS total JOIN users_user AS person ON person.id = total.user_id
            WHERE total.is_ranked <> (total.metric = 'points' AND person.is_active)
        """,
        repair="SELECT private.badges_add_up(%s::uuid[], %s::text[])",
    ),
    DerivedValue(
        name="badges: awards that are due",
        rows="SELECT count(*) FROM badges_award WHERE revoked_at IS NULL",
        # The one decision about declared criteria; there is no second one to hold it against.
        wrong="SELECT DISTINCT user_id FROM private.badges_due(NULL, NULL)",
        repair="SELECT private.badges_evaluate(person) FROM unnest(%s::uuid[]) AS person",
    ),
)

NEWS = (
    news(
        "badges: news of awards",
        facts=f"""
            SELECT id, user_id AS recipient_id, 'badge_awarded:' || id AS told FROM badges_award
            WHERE {since("awarded_at")}
        """,  # noqa: S608  # a constant of our code
        repair="SELECT private.badges_tell_of_awards(%s::uuid[])",
    ),
    unfounded(
        "badges: news of no award",
        kinds=("badge_awarded",),
        # Awards are never deleted; one that was taken back is still there.
        wrong="""
            SELECT told.id FROM notifications_notification AS told
            LEFT JOIN badges_award AS award ON award.id = told.target_id AND award.user_id = told.recipient_id
            WHERE told.kind = 'badge_awarded' AND award.id IS NULL
        """,
    ),
)
