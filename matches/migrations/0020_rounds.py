"""Rounds are looked at before they count; their jobs have a heartbeat and a deadline."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

from skillbridge_backend.core.sql import sql_file

STATUSES = {
    "queued": "Queued",
    "running": "Running",
    "proposed": "Proposed",
    "reviewed": "Reviewed",
    "applied": "Applied",
    "discarded": "Discarded",
    "undone": "Undone",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
CHECKS = {
    "round_status_known": Q(status__in=list(STATUSES)),
    "round_ended_has_time": (
        Q(finished_at=None, status__in=("queued", "running"))
        | ~Q(status__in=("queued", "running")) & Q(finished_at__isnull=False)
    ),
    "round_applied_has_time": (
        Q(applied_at__isnull=False, status__in=["applied", "undone"])
        | ~Q(status__in=["applied", "undone"]) & Q(applied_at=None)
    ),
    "round_undone_has_time": Q(status="undone", undone_at__isnull=False) | ~Q(status="undone") & Q(undone_at=None),
    "round_deadline_5_to_90": Q(deadline_seconds__gte=5, deadline_seconds__lte=90),
}


class Migration(migrations.Migration):
    dependencies = [("matches", "0019_attendance")]

    operations = [
        migrations.RemoveConstraint(model_name="matchround", name="round_status_known"),
        migrations.RemoveConstraint(model_name="matchround", name="round_ended_has_time"),
        migrations.AddField("matchround", "applied_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("matchround", "undone_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "matchround",
            "heartbeat_at",
            models.DateTimeField(blank=True, help_text="written every two seconds while it runs", null=True),
        ),
        migrations.AddField(
            "matchround",
            "deadline_seconds",
            models.PositiveSmallIntegerField(db_default=80, default=80, help_text="how long its job may take, 5 to 90"),
        ),
        migrations.AddField(
            "matchround",
            "outcome",
            models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                help_text="once applied: how many are proposed, and each pair that is not, with its reason",
            ),
        ),
        migrations.AlterField(
            "matchround",
            "finished_at",
            models.DateTimeField(blank=True, help_text="when its job ended, however that was", null=True),
        ),
        migrations.AlterField(
            "matchround",
            "status",
            models.CharField(choices=list(STATUSES.items()), default="queued", max_length=10),
        ),
        sql_file("matches", "0020_rounds"),
        *(
            AddConstraintNotValid("matchround", models.CheckConstraint(condition=condition, name=name))
            for name, condition in CHECKS.items()
        ),
    ]
