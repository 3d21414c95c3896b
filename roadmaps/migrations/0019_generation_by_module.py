"""The jobs of one module, for when it is deleted."""

from django.db import migrations, models

from skillbridge_backend.core.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("roadmaps", "0018_wishes_and_receipts_kept")]
    operations = [AddIndexConcurrently("generation", models.Index(fields=["module"], name="generation_by_module"))]
