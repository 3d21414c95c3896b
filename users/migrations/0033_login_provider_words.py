"""The words that the audit trail knows hold for its older entries too."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0032_login_providers")]
    operations = [ValidateConstraint("auditentry", "audit_action_known")]
