"""After a session the two say whether it took place."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

from skillbridge_backend.core.sql import sql_file

STATUSES = {
    "proposed": "Proposed",
    "confirmed": "Confirmed",
    "cancelled": "Cancelled",
    "done": "Done",
    "no_show_mentor": "The mentor did not come",
    "no_show_learner": "The learner did not come",
    "disputed": "One says that the other did not come, who says otherwise",
}


class Migration(migrations.Migration):
    dependencies = [("matches", "0024_round_options_checked")]
    operations = [
        migrations.RemoveConstraint("session", "session_status_known"),
        # On the way back what is disputed becomes done, before the former constraint, which does not know it.
        sql_file("matches", "0025_sessions_held"),
        migrations.AlterField(
            "session",
            "status",
            models.CharField(choices=list(STATUSES.items()), default="proposed", max_length=15),
        ),
        AddConstraintNotValid(
            "session", models.CheckConstraint(condition=Q(status__in=list(STATUSES)), name="session_status_known")
        ),
    ]
