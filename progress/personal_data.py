"""What this app knows about a person, for the copy of their data (core/personal_data.py)."""

from progress.models import DailyActivity, ProgressLog, Repository, WebhookDelivery
from skillbridge_backend.core.personal_data import Section

SECTIONS = (
    Section(
        "repositories",
        ("progress_repository.owner_id",),
        lambda person: Repository.objects.filter(owner_id=person),
        # Not the secrets: who has them writes in the person's name.
        ("id", "full_name", "created_at", "last_delivery_at", "disconnected_at"),
    ),
    Section(
        "webhook_deliveries",
        (),
        lambda person: WebhookDelivery.objects.filter(repository__owner_id=person),
        ("repository_id", "event", "action", "status", "reason", "payload", "received_at"),
    ),
    Section(
        "progress_log",
        ("progress_progresslog.user_id",),
        lambda person: ProgressLog.objects.filter(user_id=person),
        (
            "id", "kind", "evidence", "occurred_at", "time_zone", "minutes", "commits", "skill__slug", "module_id",
            "external_id", "data", "created_at",
        ),
    ),
    Section(
        "daily_activity",
        ("progress_dailyactivity.user_id",),
        lambda person: DailyActivity.objects.filter(user_id=person),
        ("day", "entries", "minutes", "commits", "pull_requests", "modules_completed"),
    ),
)  # fmt: skip
EXEMPT: dict[str, str] = {}
