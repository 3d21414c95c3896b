"""The older seals hold as well."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0041_seals_checked")]
    operations = [
        ValidateConstraint("auditseal", "audit_seal_numbered"),
        ValidateConstraint("auditseal", "audit_seal_names_entries"),
        ValidateConstraint("auditseal", "audit_seal_digests_entries"),
        ValidateConstraint("auditseal", "audit_seal_head_valid"),
        ValidateConstraint("auditseal", "audit_seal_previous_valid"),
    ]
