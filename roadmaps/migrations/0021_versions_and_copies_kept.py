"""The modules that were there keep the new rule."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("roadmaps", "0020_versions_and_copies")]
    operations = [ValidateConstraint("module", "module_counted_completed")]
