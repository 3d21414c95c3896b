"""Pages that models named for modules."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models

import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("roadmaps", "0028_copies"),
    ]

    operations = [
        migrations.CreateModel(
            name="ModuleLink",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("url", models.URLField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("unverified", "Not checked yet"),
                            ("verified", "Answered when it was checked last"),
                            ("failing", "Did not answer lately"),
                            ("quarantined", "Did not answer three times in a row"),
                        ],
                        db_default="unverified",
                        default="unverified",
                        editable=False,
                        max_length=11,
                    ),
                ),
                (
                    "checked_at",
                    models.DateTimeField(
                        blank=True, editable=False, help_text="when the address answered last; empty: never", null=True
                    ),
                ),
                (
                    "next_check_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        default=django.utils.timezone.now,
                        editable=False,
                    ),
                ),
                (
                    "failures",
                    models.PositiveSmallIntegerField(db_default=0, default=0, editable=False, help_text="in a row"),
                ),
                (
                    "final_url",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        help_text="after its redirects",
                        max_length=500,
                    ),
                ),
                ("last_error", models.CharField(blank=True, db_default="", default="", editable=False, max_length=200)),
                ("title", models.CharField(max_length=200)),
                (
                    "module",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="links",
                        to="roadmaps.module",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["next_check_at"], name="module_link_due"),
                    models.Index(
                        condition=models.Q(("state__in", ["failing", "quarantined"])),
                        fields=["state"],
                        name="module_link_not_answering",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("module", "url"), name="module_link_once"),
                    models.CheckConstraint(condition=models.Q(("url__regex", "^https?://")), name="module_link_http"),
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True), name="module_link_title_given"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["unverified", "verified", "failing", "quarantined"])),
                        name="module_link_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("checked_at__isnull", False)), name="module_link_verified_has_answered"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("failures__gte", 1), ("state__in", ["failing", "quarantined"])),
                            models.Q(
                                models.Q(("state__in", ["failing", "quarantined"]), _negated=True), ("failures", 0)
                            ),
                            _connector="OR",
                        ),
                        name="module_link_failures_counted",
                    ),
                ],
            },
        ),
        sql_file("roadmaps", "0029_model_links"),
    ]
