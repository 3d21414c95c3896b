"""What roadmaps said before, what copies were made from, and completions that count in several roadmaps."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("roadmaps", "0019_generation_by_module"),
        ("users", "0040_attendance"),
    ]

    operations = [
        migrations.AddField(
            model_name="module",
            name="joined_into",
            field=models.UUIDField(
                blank=True,
                help_text="the module of this roadmap that took this one over when it was removed",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="module",
            name="is_own",
            field=models.BooleanField(
                db_default=False, default=False, help_text="added by hand: a plan that is made anew leaves it as it is"
            ),
        ),
        migrations.CreateModel(
            name="ForkBase",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("content", models.JSONField(help_text="as roadmaps/content.py writes it, with the ids of upstream")),
                ("taken_at", models.DateTimeField(auto_now=True)),
                (
                    "roadmap",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="fork_base",
                        to="roadmaps.roadmap",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RoadmapVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField(help_text="from 1, never given twice in a roadmap")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("edited", "Its title or its time was changed"),
                            ("added", "A module was added"),
                            ("changed", "A module was changed"),
                            ("moved", "A module was moved"),
                            ("removed", "A module was taken out"),
                            ("split", "A module was split"),
                            ("joined", "Modules were joined to one"),
                            ("regenerated", "It was planned anew, or a module of it"),
                            ("rescheduled", "What was left was laid out anew"),
                            ("restored", "A former version was restored"),
                            ("merged", "Changes of the roadmap that it was copied from were taken"),
                        ],
                        help_text="the change that came after it",
                        max_length=12,
                    ),
                ),
                (
                    "roadmap",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="versions",
                        to="roadmaps.roadmap",
                    ),
                ),
                ("content", models.JSONField(help_text="as roadmaps/content.py writes it")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.AddField(
            model_name="module",
            name="counted_from",
            field=models.UUIDField(
                blank=True,
                help_text="the module of another roadmap, perhaps gone by now, whose completion counted here as well",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="module",
            name="evidence",
            field=models.JSONField(
                blank=True,
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="what the learner showed for it: title and address of each",
            ),
        ),
        migrations.AddField(
            model_name="module",
            name="upstream_id",
            field=models.UUIDField(
                blank=True, help_text="the module of another roadmap that this one was copied from", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="roadmapversion",
            constraint=models.UniqueConstraint(fields=("roadmap", "number"), name="roadmap_version_once"),
        ),
        migrations.AddConstraint(
            model_name="roadmapversion",
            constraint=models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="roadmap_version_from_1"),
        ),
        migrations.AddConstraint(
            model_name="roadmapversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "reason__in",
                        [
                            "edited",
                            "added",
                            "changed",
                            "moved",
                            "removed",
                            "split",
                            "joined",
                            "regenerated",
                            "rescheduled",
                            "restored",
                            "merged",
                        ],
                    )
                ),
                name="roadmap_version_reason_known",
            ),
        ),
        sql_file("roadmaps", "0020_versions_and_copies"),
        AddConstraintNotValid(
            "module",
            models.CheckConstraint(
                condition=models.Q(("counted_from__isnull", True), ("status", "completed"), _connector="OR"),
                name="module_counted_completed",
            ),
        ),
    ]
