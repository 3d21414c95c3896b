"""The news and preferences that were there are of known kinds."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notifications", "0012_proposals")]
    operations = [ValidateConstraint(model, f"{model}_kind_known") for model in ("notification", "preference")]
