"""The jobs and roadmaps that were there keep the new rules."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("roadmaps", "0017_wishes_and_receipts")]
    operations = [
        ValidateConstraint("generation", "generation_status_known"),
        ValidateConstraint("generation", "generation_ended_has_time"),
        ValidateConstraint("generation", "generation_kind_known"),
        ValidateConstraint("generation", "generation_of_module_names_it"),
        ValidateConstraint("roadmap", "roadmap_deadline_after_start"),
    ]
