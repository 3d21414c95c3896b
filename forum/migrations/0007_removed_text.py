"""What a removed post said leaves the row that everybody may read."""

import django.db.models.deletion
from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """Constraints that let a removed post be empty, then the words are moved, then the constraint that it is."""

    dependencies = [("forum", "0006_sanctions")]
    operations = [
        migrations.CreateModel(
            name="RemovedText",
            fields=[
                (
                    "post",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="removed_text",
                        serialize=False,
                        to="forum.forumpost",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=150)),
                ("body_markdown", models.TextField(max_length=20000)),
                ("body_html", models.TextField()),
            ],
        ),
        migrations.RemoveConstraint(model_name="forumpost", name="post_title_length"),
        migrations.RemoveConstraint(model_name="forumpost", name="post_body_length"),
        migrations.AddConstraint(
            model_name="forumpost",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("thread__isnull", False), ("removed_at__isnull", False), ("title__length__gte", 8), _connector="OR"
                ),
                name="post_title_length",
            ),
        ),
        migrations.AddConstraint(
            model_name="forumpost",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("removed_at__isnull", False),
                    models.Q(("body_markdown__length__gte", 1), ("body_markdown__length__lte", 20000)),
                    _connector="OR",
                ),
                name="post_body_length",
            ),
        ),
        sql_file("forum", "0007_removed_text"),
        migrations.AddConstraint(
            model_name="forumpost",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("removed_at", None),
                    models.Q(("body_html", ""), ("body_markdown", ""), ("title", "")),
                    _connector="OR",
                ),
                name="post_removed_is_empty",
            ),
        ),
    ]
