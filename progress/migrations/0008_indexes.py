"""Indexes that others contain, or that nothing uses, go; foreign keys without one get it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("progress", "0007_storage"),
        ("users", "0013_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="progresslog",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="progress_log",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="progresslog",
            index=models.Index(condition=models.Q(("skill__isnull", False)), fields=["skill"], name="log_by_skill"),
        ),
        migrations.AddIndex(
            model_name="progresslog",
            index=models.Index(
                condition=models.Q(("repository__isnull", False)), fields=["repository"], name="log_by_repository"
            ),
        ),
        # Django's, for searches by prefix, which nobody does here; the unique index finds what is equal.
        migrations.RunSQL(
            "DROP INDEX progress_progresslog_external_id_79792279_like",
            "CREATE INDEX progress_progresslog_external_id_79792279_like ON progress_progresslog (external_id varchar_pattern_ops)",
        ),
    ]
