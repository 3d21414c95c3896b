"""What becomes of each row when the person in it leaves."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from skillbridge_backend.core.migrating import AlterComment
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0021_leaving_rules"),
        ("progress", "0009_news"),
    ]

    operations = [
        AlterComment(
            model_name="dailyactivity",
            name="user",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="daily_activity",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="progresslog",
            name="user",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="progress_log",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="repository",
            name="owner",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="repositories",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="progresslog",
            name="delivery",
            field=models.ForeignKey(
                blank=True,
                db_comment="At erasure: gone",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="progress.webhookdelivery",
            ),
        ),
        AlterComment(
            model_name="progresslog",
            name="repository",
            field=models.ForeignKey(
                blank=True,
                db_comment="At erasure: gone",
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="progress.repository",
            ),
        ),
        sql_file("progress", "0010_leaving"),
    ]
