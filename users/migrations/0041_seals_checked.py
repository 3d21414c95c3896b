"""A seal names as many entries as it says, has a digest for each, and heads that are SHA-256."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Func, IntegerField, Q
from django.db.models.lookups import Exact


class Migration(migrations.Migration):
    dependencies = [("users", "0040_attendance")]
    operations = [
        AddConstraintNotValid(
            model_name="auditseal",
            constraint=models.CheckConstraint(condition=Q(sequence__gte=1), name="audit_seal_numbered"),
        ),
        AddConstraintNotValid(
            model_name="auditseal",
            constraint=models.CheckConstraint(
                condition=Q(entry_ids__len=F("entry_count")), name="audit_seal_names_entries"
            ),
        ),
        AddConstraintNotValid(
            model_name="auditseal",
            constraint=models.CheckConstraint(
                condition=Exact(
                    Func(F("digests"), function="octet_length", output_field=IntegerField()), F("entry_count") * 32
                ),
                name="audit_seal_digests_entries",
            ),
        ),
        AddConstraintNotValid(
            model_name="auditseal",
            constraint=models.CheckConstraint(condition=Q(head__regex="^[0-9a-f]{64}$"), name="audit_seal_head_valid"),
        ),
        AddConstraintNotValid(
            model_name="auditseal",
            constraint=models.CheckConstraint(
                condition=Q(previous_head="") | Q(previous_head__regex="^[0-9a-f]{64}$"),
                name="audit_seal_previous_valid",
            ),
        ),
    ]
