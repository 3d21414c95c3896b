"""Every entry of the trail has a known action; readers and writers go on meanwhile."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0019_more_audit_actions")]
    operations = [ValidateConstraint(model_name="auditentry", name="audit_action_known")]
