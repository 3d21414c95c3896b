"""What beat, the dead letters' command and idempotency write is held to what makes sense; older rows by the next."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("core", "0008_storage")]
    operations = [
        AddConstraintNotValid(
            model_name="deadletterfate",
            constraint=models.CheckConstraint(
                condition=Q(action__in=["replayed", "dropped"]), name="dead_letter_fate_known"
            ),
        ),
        AddConstraintNotValid(
            model_name="idempotencyrecord",
            constraint=models.CheckConstraint(condition=~Q(key=""), name="idempotency_key_given"),
        ),
        AddConstraintNotValid(
            model_name="idempotencyrecord",
            constraint=models.CheckConstraint(
                condition=Q(request_hash__regex="^[0-9a-f]{64}$"), name="idempotency_hash_valid"
            ),
        ),
        AddConstraintNotValid(
            model_name="idempotencyrecord",
            constraint=models.CheckConstraint(condition=Q(status__range=(200, 599)), name="idempotency_status_valid"),
        ),
        AddConstraintNotValid(
            model_name="tick",
            constraint=models.CheckConstraint(condition=~Q(job=""), name="tick_job_named"),
        ),
    ]
