"""What a plan was asked for beside its goal, what a job tells while it goes on, and what a model was paid."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("roadmaps", "0016_leaving"),
        ("users", "0040_attendance"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GenerationEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("started", "A worker has taken it"),
                            ("planned", "The built-in planner has made the modules"),
                            ("asked", "The model was asked"),
                            ("module", "The model has worded a module"),
                            ("repairing", "The model was asked to put its answer right"),
                            ("fell_back", "Built-in words are taken"),
                            ("succeeded", "The roadmap is there"),
                            ("failed", "It could not be planned"),
                            ("cancelled", "The learner has cancelled it"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "generation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="roadmaps.generation",
                    ),
                ),
                ("payload", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["generation", "number"],
            },
        ),
        migrations.CreateModel(
            name="ModelAnswer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "input_hash",
                    models.CharField(help_text="SHA-256 of prompt version, model and prompt", max_length=64),
                ),
                ("answer", models.JSONField(blank=True, null=True)),
                (
                    "claimed_until",
                    models.DateTimeField(help_text="when another job may ask, should no answer have come"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ModelSpending",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("generation_id", models.UUIDField(help_text="the job, which may be gone")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("roadmap", "A whole roadmap"),
                            ("rest", "What is not begun of a roadmap"),
                            ("module", "One module"),
                        ],
                        max_length=7,
                    ),
                ),
                ("day", models.DateField(help_text="of UTC")),
                (
                    "microdollars",
                    models.PositiveBigIntegerField(help_text="reserved, and after `settled_at` what it cost"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="generation",
            name="generation_status_known",
        ),
        migrations.RemoveConstraint(
            model_name="generation",
            name="generation_ended_has_time",
        ),
        migrations.AddField(
            model_name="generation",
            name="attempts",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text="how often the model was asked"),
        ),
        migrations.AddField(
            model_name="generation",
            name="comment",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="what the learner wants changed", max_length=500
            ),
        ),
        migrations.AddField(
            model_name="generation",
            name="faults",
            field=models.JSONField(
                blank=True,
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="modules that have built-in words in a model's plan, and why",
            ),
        ),
        migrations.AddField(
            model_name="generation",
            name="is_cached",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="the model's answer to an equal request was taken, which cost nothing",
            ),
        ),
        migrations.AddField(
            model_name="generation",
            name="kind",
            field=models.CharField(
                choices=[
                    ("roadmap", "A whole roadmap"),
                    ("rest", "What is not begun of a roadmap"),
                    ("module", "One module"),
                ],
                db_default="roadmap",
                default="roadmap",
                max_length=7,
            ),
        ),
        migrations.AddField(
            model_name="generation",
            name="module",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="the one module that is planned anew",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="generations",
                to="roadmaps.module",
            ),
        ),
        migrations.AddField(
            model_name="generation",
            name="prompt_version",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="module",
            name="milestone",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="what is reached with this module", max_length=120
            ),
        ),
        migrations.AddField(
            model_name="roadmap",
            name="deadline",
            field=models.DateField(blank=True, help_text="the last day, where weeks were counted to one", null=True),
        ),
        migrations.AddField(
            model_name="roadmap",
            name="wishes",
            field=models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                help_text="what was asked of the plan beside goal, hours and weeks",
            ),
        ),
        migrations.AlterField(
            model_name="generation",
            name="status",
            field=models.CharField(
                choices=[
                    ("queued", "Waiting"),
                    ("running", "Being worked on"),
                    ("succeeded", "Succeeded"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled by the learner"),
                ],
                default="queued",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="modelanswer",
            constraint=models.UniqueConstraint(fields=("input_hash",), name="model_answer_once"),
        ),
        migrations.AddConstraint(
            model_name="modelanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(("input_hash__regex", "^[0-9a-f]{64}$")), name="model_answer_hash_is_sha_256"
            ),
        ),
        migrations.AddField(
            model_name="modelspending",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_comment="At erasure: unnamed",
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="generationevent",
            constraint=models.UniqueConstraint(fields=("generation", "number"), name="generation_event_once"),
        ),
        migrations.AddConstraint(
            model_name="generationevent",
            constraint=models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="generation_event_from_1"),
        ),
        migrations.AddConstraint(
            model_name="generationevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "started",
                            "planned",
                            "asked",
                            "module",
                            "repairing",
                            "fell_back",
                            "succeeded",
                            "failed",
                            "cancelled",
                        ],
                    )
                ),
                name="generation_event_kind_known",
            ),
        ),
        migrations.AddIndex(
            model_name="modelspending",
            index=models.Index(fields=["day"], name="model_spending_by_day"),
        ),
        migrations.AddIndex(
            model_name="modelspending",
            index=models.Index(fields=["owner", "day"], name="model_spending_by_owner"),
        ),
        migrations.AddConstraint(
            model_name="modelspending",
            constraint=models.UniqueConstraint(fields=("generation_id", "day"), name="model_spending_once_a_day"),
        ),
        migrations.AddConstraint(
            model_name="modelspending",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["roadmap", "rest", "module"])), name="model_spending_kind_known"
            ),
        ),
        sql_file("roadmaps", "0017_wishes_and_receipts"),
        AddConstraintNotValid(
            "generation",
            models.CheckConstraint(
                condition=models.Q(("status__in", ["queued", "running", "succeeded", "failed", "cancelled"])),
                name="generation_status_known",
            ),
        ),
        AddConstraintNotValid(
            "generation",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", True), ("status__in", ["queued", "running"])),
                    models.Q(("finished_at__isnull", False), ("status__in", ("succeeded", "failed", "cancelled"))),
                    _connector="OR",
                ),
                name="generation_ended_has_time",
            ),
        ),
        AddConstraintNotValid(
            "generation",
            models.CheckConstraint(
                condition=models.Q(("kind__in", ["roadmap", "rest", "module"])), name="generation_kind_known"
            ),
        ),
        AddConstraintNotValid(
            "generation",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "module"), ("module__isnull", False)),
                    models.Q(models.Q(("kind", "module"), _negated=True), ("module__isnull", True)),
                    _connector="OR",
                ),
                name="generation_of_module_names_it",
            ),
        ),
        AddConstraintNotValid(
            "roadmap",
            models.CheckConstraint(
                condition=models.Q(
                    ("deadline__isnull", True), ("deadline__gt", models.F("started_on")), _connector="OR"
                ),
                name="roadmap_deadline_after_start",
            ),
        ),
    ]
