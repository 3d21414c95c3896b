"""Leave of before ends in this century, too."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0062_leave_ends")]
    operations = [ValidateConstraint("leavewindow", "leave_ends_in_this_century")]
