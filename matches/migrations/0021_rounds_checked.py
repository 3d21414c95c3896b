"""The rounds that were there keep the new rules."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("matches", "0020_rounds")]
    operations = [
        ValidateConstraint("matchround", name)
        for name in (
            "round_status_known",
            "round_ended_has_time",
            "round_applied_has_time",
            "round_undone_has_time",
            "round_deadline_5_to_90",
        )
    ]
