"""What becomes of each row when the person in it leaves."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from skillbridge_backend.core.migrating import AlterComment
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0021_leaving_rules"),
        ("notifications", "0010_decide_again"),
    ]

    operations = [
        AlterComment(
            model_name="broadcast",
            name="author",
            field=models.ForeignKey(
                db_comment="At erasure: ghost",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="notification",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                db_comment="At erasure: unnamed",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="notification",
            name="recipient",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notifications",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="preference",
            name="user",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notification_preferences",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        sql_file("notifications", "0011_leaving"),
    ]
