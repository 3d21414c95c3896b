"""The rounds that were there have no options, which the new rules allow."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("matches", "0023_round_options")]
    operations = [
        ValidateConstraint("matchround", name)
        for name in ("round_floor_0_to_1000", "round_bonus_0_to_4095", "round_priority_0_to_4095")
    ]
