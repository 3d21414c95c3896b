"""A round can aim at more than the highest sum of scores."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

CHECKS = {
    "round_floor_0_to_1000": Q(floor_loss_permille=None) | Q(floor_loss_permille__gte=0, floor_loss_permille__lte=1000),
    "round_bonus_0_to_4095": Q(sticky_bonus__gte=0, sticky_bonus__lte=4095),
    "round_priority_0_to_4095": Q(weekly_priority__gte=0, weekly_priority__lte=4095),
}


class Migration(migrations.Migration):
    dependencies = [("matches", "0022_proposals_told")]
    operations = [
        migrations.AddField(
            "matchround",
            "is_fair",
            models.BooleanField(
                default=False, db_default=False, help_text="the worse a pair, the more a point of its score counts"
            ),
        ),
        migrations.AddField(
            "matchround",
            "floor_loss_permille",
            models.PositiveSmallIntegerField(
                null=True,
                blank=True,
                help_text="thousandths of the total that may be given up to raise the lowest score, 0 to 1000; empty: "
                "no floor",
            ),
        ),
        migrations.AddField(
            "matchround",
            "sticky_bonus",
            models.PositiveSmallIntegerField(
                default=0, db_default=0, help_text="points for pairs that the round before brought together, 0 to 4095"
            ),
        ),
        migrations.AddField(
            "matchround",
            "weekly_priority",
            models.PositiveSmallIntegerField(
                default=0, db_default=0, help_text="points for each week that a learner has waited, 0 to 4095"
            ),
        ),
        migrations.AlterField(
            "matchround",
            "objective",
            models.BigIntegerField(
                null=True,
                blank=True,
                help_text="what was maximised, proven highest: the sum of scores, under the options",
            ),
        ),
        *(
            AddConstraintNotValid("matchround", models.CheckConstraint(condition=condition, name=name))
            for name, condition in CHECKS.items()
        ),
    ]
