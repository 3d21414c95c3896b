"""What the triggers of this app derive, and its recomputation, for `manage.py check_derived`."""

from notifications.services.derived import news, since, unfounded
from skillbridge_backend.core.derived import DerivedValue

DERIVED = (
    DerivedValue(
        name="progress: daily activity",
        rows="SELECT count(*) FROM progress_dailyactivity",
        wrong="""
            SELECT coalesce(a.user_id, s.user_id), coalesce(a.day, s.day)
            FROM progress_dailyactivity AS a
            FULL JOIN (
                SELECT user_id, occurred_on AS day,
                    sum(CASE WHEN kind = 'module_reopened' THEN 0 ELSE 1 END) AS entries,
                    coalesce(sum(minutes), 0) AS minutes, sum(commits) AS commits,
                    sum(CASE WHEN kind = 'pull_request_merged' THEN 1 ELSE 0 END) AS pull_requests,
                    sum(CASE WHEN kind = 'module_completed' THEN 1 ELSE 0 END) AS modules_completed
                FROM progress_progresslog GROUP BY user_id, occurred_on
            ) AS s ON s.user_id = a.user_id AND s.day = a.day
            WHERE a.user_id IS NULL
               OR (a.entries, a.minutes, a.commits, a.pull_requests, a.modules_completed) IS DISTINCT FROM (
                   coalesce(s.entries, 0), coalesce(s.minutes, 0), coalesce(s.commits, 0),
                   coalesce(s.pull_requests, 0), coalesce(s.modules_completed, 0))
        """,
        repair="SELECT private.progress_roll_up(%s::uuid[], %s::date[])",
    ),
    DerivedValue(
        name="progress: last deliveries",
        rows="SELECT count(*) FROM progress_repository",
        wrong="""
            SELECT repository.id
            FROM progress_repository AS repository
            JOIN (
                SELECT DISTINCT ON (repository_id) repository_id, received_at
                FROM progress_webhookdelivery ORDER BY repository_id, id DESC
            ) AS newest ON newest.repository_id = repository.id
            WHERE repository.last_delivery_at IS DISTINCT FROM newest.received_at
        """,
        repair="SELECT private.progress_date_repositories(%s::uuid[])",
    ),
    news(
        "progress: news of recorded work",
        facts=f"""
            SELECT delivery.id, repository.owner_id AS recipient_id, 'work_recorded:' || delivery.id AS told
            FROM progress_webhookdelivery AS delivery
            JOIN progress_repository AS repository ON repository.id = delivery.repository_id
            WHERE delivery.status = 'processed' AND {since("delivery.processed_at")}
        """,  # noqa: S608  # a constant of our code
        repair="SELECT private.progress_tell_of_work(%s::uuid[])",
    ),
    unfounded(
        "progress: news of no work",
        kinds=("work_recorded",),
        wrong="""
            SELECT told.id FROM notifications_notification AS told
            JOIN progress_webhookdelivery AS delivery ON told.uniqueness_key = 'work_recorded:' || delivery.id
            WHERE told.kind = 'work_recorded' AND delivery.status <> 'processed'
        """,
    ),
)
