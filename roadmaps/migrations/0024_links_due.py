"""The links that are due to be checked, and those that do not answer."""

from django.db import migrations, models

from skillbridge_backend.core.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("roadmaps", "0023_checked_links_kept")]
    operations = [
        AddIndexConcurrently("ownresource", models.Index(fields=["next_check_at"], name="own_resource_due")),
        AddIndexConcurrently(
            "ownresource",
            models.Index(
                condition=models.Q(("state__in", ["failing", "quarantined"])),
                fields=["state"],
                name="own_resource_not_answering",
            ),
        ),
        AddIndexConcurrently("resource", models.Index(fields=["next_check_at"], name="resource_due")),
        AddIndexConcurrently(
            "resource",
            models.Index(
                condition=models.Q(("state__in", ["failing", "quarantined"])),
                fields=["state"],
                name="resource_not_answering",
            ),
        ),
    ]
