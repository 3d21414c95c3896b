"""The sessions that were there are in known states."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("matches", "0025_sessions_held")]
    operations = [ValidateConstraint("session", "session_status_known")]
