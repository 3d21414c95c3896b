"""What becomes of each row when the person in it leaves."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from skillbridge_backend.core.migrating import AlterComment
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0021_leaving_rules"),
        ("badges", "0018_former_ranks"),
    ]

    operations = [
        AlterComment(
            model_name="award",
            name="revoked_by",
            field=models.ForeignKey(
                blank=True,
                db_comment="At erasure: ghost",
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="award",
            name="user",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="awards",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="metrictotal",
            name="user",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="metric_totals",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="pointsentry",
            name="booked_by",
            field=models.ForeignKey(
                blank=True,
                db_comment="At erasure: ghost",
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="pointsentry",
            name="user",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="points_entries",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        sql_file("badges", "0019_leaving"),
    ]
