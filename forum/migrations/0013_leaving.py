"""What becomes of each row when the person in it leaves."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from skillbridge_backend.core.migrating import AlterComment
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0021_leaving_rules"),
        ("forum", "0012_news"),
    ]

    operations = [
        AlterComment(
            model_name="forumpost",
            name="author",
            field=models.ForeignKey(
                db_comment="At erasure: unnamed",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="forum_posts",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="forumpost",
            name="removed_by",
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
            model_name="mention",
            name="user",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="forum_mentions",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="report",
            name="reporter",
            field=models.ForeignKey(
                db_comment="At erasure: unnamed",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="forum_reports",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="report",
            name="resolved_by",
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
            model_name="sanction",
            name="imposed_by",
            field=models.ForeignKey(
                db_comment="At erasure: ghost",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="sanction",
            name="lifted_by",
            field=models.ForeignKey(
                blank=True,
                db_comment="At erasure: ghost",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="sanction",
            name="person",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sanctions",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="subscription",
            name="user",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="forum_subscriptions",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="vote",
            name="user",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="forum_votes",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        sql_file("forum", "0013_leaving"),
    ]
