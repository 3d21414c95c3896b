"""What becomes of each row when the person in it leaves."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from skillbridge_backend.core.migrating import AlterComment
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0021_leaving_rules"),
        ("roadmaps", "0015_opened_again"),
    ]

    operations = [
        AlterComment(
            model_name="grantedread",
            name="mentor",
            field=models.ForeignKey(
                db_comment="At erasure: ghost",
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="grantedread",
            name="owner",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="granted_reads",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="note",
            name="owner",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="module_notes",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="ownresource",
            name="owner",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="own_resources",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="roadmap",
            name="owner",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="roadmaps",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="roadmapgrant",
            name="mentor",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="roadmap_grants",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="roadmapgrant",
            name="owner",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="roadmap_grants_given",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        sql_file("roadmaps", "0016_leaving"),
    ]
