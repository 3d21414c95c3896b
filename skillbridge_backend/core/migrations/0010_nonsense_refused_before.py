"""No older row was nonsense either."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0009_nonsense_refused")]
    operations = [
        ValidateConstraint("deadletterfate", "dead_letter_fate_known"),
        ValidateConstraint("idempotencyrecord", "idempotency_key_given"),
        ValidateConstraint("idempotencyrecord", "idempotency_hash_valid"),
        ValidateConstraint("idempotencyrecord", "idempotency_status_valid"),
        ValidateConstraint("tick", "tick_job_named"),
    ]
