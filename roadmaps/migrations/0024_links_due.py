"""The links that are due to be checked."""

from django.db import migrations, models

from skillbridge_backend.core.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("roadmaps", "0023_checked_links_kept")]
    operations = [
        AddIndexConcurrently("ownresource", models.Index(fields=["next_check_at"], name="own_resource_due")),
        AddIndexConcurrently("resource", models.Index(fields=["next_check_at"], name="resource_due")),
    ]
