"""The links that were there keep the new rules."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("roadmaps", "0022_checked_links")]
    operations = [
        ValidateConstraint("ownresource", "own_resource_state_known"),
        ValidateConstraint("ownresource", "own_resource_verified_has_answered"),
        ValidateConstraint("ownresource", "own_resource_failures_counted"),
        ValidateConstraint("resource", "resource_source_known"),
        ValidateConstraint("resource", "resource_state_known"),
        ValidateConstraint("resource", "resource_verified_has_answered"),
        ValidateConstraint("resource", "resource_failures_counted"),
    ]
