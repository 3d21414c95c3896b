"""Leave ends in this century: the day after the last one of the calendar is none that a program could read."""

from datetime import date

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [("users", "0061_shown_leave")]
    operations = [
        sql_file("users", "0062_leave_ends"),
        AddConstraintNotValid(
            model_name="leavewindow",
            constraint=models.CheckConstraint(
                condition=Q(ends_on__lt=date(2100, 1, 1)), name="leave_ends_in_this_century"
            ),
        ),
    ]
