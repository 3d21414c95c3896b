"""What becomes of each row when the person in it leaves."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from skillbridge_backend.core.migrating import AlterComment
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0021_leaving_rules"),
        ("matches", "0013_opened_again"),
    ]

    operations = [
        AlterComment(
            model_name="matchround",
            name="requested_by",
            field=models.ForeignKey(
                blank=True,
                db_comment="At erasure: unnamed",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="match_rounds",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="mentormatch",
            name="learner",
            field=models.ForeignKey(
                db_comment="At erasure: ghost",
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="matches_as_learner",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="mentormatch",
            name="mentor",
            field=models.ForeignKey(
                db_comment="At erasure: ghost",
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="matches_as_mentor",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="mentorstanding",
            name="mentor",
            field=models.OneToOneField(
                db_comment="At erasure: gone",
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="mentor_standing",
                serialize=False,
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="message",
            name="sender",
            field=models.ForeignKey(
                db_comment="At erasure: ghost",
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="readpointer",
            name="user",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="review",
            name="author",
            field=models.ForeignKey(
                db_comment="At erasure: ghost",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reviews_written",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="review",
            name="subject",
            field=models.ForeignKey(
                db_comment="At erasure: ghost",
                db_index=False,
                editable=False,
                help_text="set by the database",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reviews_received",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="session",
            name="learner",
            field=models.ForeignKey(
                db_comment="At erasure: ghost",
                editable=False,
                help_text="the match's; set by the database",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="session",
            name="mentor",
            field=models.ForeignKey(
                db_comment="At erasure: ghost",
                editable=False,
                help_text="the match's; set by the database",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="session",
            name="proposed_by",
            field=models.ForeignKey(
                db_comment="At erasure: ghost",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AlterComment(
            model_name="sessionseat",
            name="person",
            field=models.ForeignKey(
                db_comment="At erasure: gone",
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        sql_file("matches", "0014_leaving"),
    ]
