"""Kinds for what rounds propose to learners, and take back, and for sessions that somebody did not come to."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from notifications.migrations._kinds import forget_on_the_way_back
from skillbridge_backend.core.sql import sql_file

KINDS = {
    "badge_awarded": "A badge was awarded",
    "roadmap_ready": "A roadmap is ready",
    "roadmap_failed": "A roadmap could not be made",
    "roadmap_shared": "A learner shares a roadmap",
    "work_recorded": "Work was recorded",
    "module_completed": "A module was completed",
    "match_proposed": "A mentor was found",
    "match_withdrawn": "A proposal was withdrawn",
    "session_missed": "Somebody says that one did not come",
    "match_requested": "A learner asks for mentoring",
    "match_info_requested": "A mentor asks for more information",
    "match_accepted": "A mentor accepted",
    "match_declined": "A mentor declined",
    "match_cancelled": "A request was withdrawn",
    "match_expired": "A request expired",
    "message_received": "A message arrived",
    "reply_posted": "Somebody replied in a thread",
    "solution_accepted": "A reply became the solution",
    "mentioned": "Somebody mentioned the person",
    "sanctioned": "Moderators decided about the person",
    "account_security": "Something happened to the account",
    "announcement": "News from the platform",
}


def _known_kind(model_name: str) -> AddConstraintNotValid:
    check = models.CheckConstraint(condition=models.Q(kind__in=list(KINDS)), name=f"{model_name}_kind_known")
    return AddConstraintNotValid(model_name, check)


def _kind(model_name: str) -> migrations.AlterField:
    return migrations.AlterField(model_name, "kind", models.CharField(choices=list(KINDS.items()), max_length=30))


class Migration(migrations.Migration):
    dependencies = [("notifications", "0011_leaving")]
    operations = [
        migrations.RemoveConstraint("notification", "notification_kind_known"),
        migrations.RemoveConstraint("preference", "preference_kind_known"),
        forget_on_the_way_back("match_proposed"),
        forget_on_the_way_back("match_withdrawn"),
        forget_on_the_way_back("session_missed"),
        _kind("notification"),
        _kind("preference"),
        _known_kind("notification"),
        _known_kind("preference"),
        sql_file("notifications", "0012_proposals"),
    ]
