"""How roadmaps are shown to others: publications, links, ratings, and the gallery."""

from decimal import Decimal

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import skillbridge_backend.core.ids
from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("roadmaps", "0026_videos"),
        ("users", "0040_attendance"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Publication",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("slug", models.CharField(help_text="from the first title; it stays", max_length=80)),
                ("language", models.CharField(default="en", help_text="ISO 639", max_length=3)),
                ("shows_progress", models.BooleanField(default=False)),
                (
                    "taken_down_at",
                    models.DateTimeField(blank=True, help_text="by a moderator: shown to nobody", null=True),
                ),
                (
                    "roadmap",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="publication",
                        to="roadmaps.roadmap",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["slug"], name="publication_slug_once"),
                    models.CheckConstraint(
                        condition=models.Q(("slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")), name="publication_slug_plain"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__regex", "^[a-z]{2,3}$")), name="publication_language_iso_639"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RoadmapListing",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slug", models.CharField(max_length=80)),
                ("title", models.CharField(max_length=120)),
                ("goal_text", models.CharField(blank=True, max_length=500)),
                ("language", models.CharField(max_length=3)),
                ("hours_per_week", models.PositiveSmallIntegerField()),
                ("weeks", models.PositiveSmallIntegerField()),
                ("search", django.contrib.postgres.search.SearchVectorField(help_text="title and goal")),
                ("rating_count", models.PositiveIntegerField(default=0)),
                ("rating_mean", models.DecimalField(decimal_places=2, max_digits=3, null=True)),
                ("is_template", models.BooleanField(db_default=False, default=False, help_text="the platform's own")),
                (
                    "by_rating",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.text.Concat(
                            django.db.models.functions.text.LPad(
                                django.db.models.functions.comparison.Cast(
                                    django.db.models.functions.comparison.Cast(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.functions.comparison.Coalesce(
                                                models.F("rating_mean"), Decimal(0)
                                            ),
                                            "*",
                                            models.Value(100),
                                        ),
                                        models.IntegerField(),
                                    ),
                                    models.CharField(max_length=3),
                                ),
                                3,
                                models.Value("0"),
                            ),
                            django.db.models.functions.text.LPad(
                                django.db.models.functions.comparison.Cast(
                                    "rating_count", models.CharField(max_length=6)
                                ),
                                6,
                                models.Value("0"),
                            ),
                            django.db.models.functions.comparison.Cast("id", models.CharField(max_length=36)),
                        ),
                        output_field=models.CharField(db_collation="C", max_length=45),
                    ),
                ),
                (
                    "roadmap",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="listing",
                        to="roadmaps.roadmap",
                    ),
                ),
                (
                    "track",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="users.track",
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["search"], name="roadmap_listing_found_by"
                    ),
                    models.Index(fields=["track", "-id"], name="roadmap_listing_by_track"),
                    models.Index(fields=["track", "by_rating"], name="roadmap_listing_best_of_track"),
                    models.Index(fields=["by_rating"], name="roadmap_listing_by_rating"),
                    models.Index(fields=["language", "-id"], name="roadmap_listing_by_language"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("rating_count", 0), ("rating_mean__isnull", True)),
                            models.Q(("rating_count__gt", 0), ("rating_mean__gte", 1), ("rating_mean__lte", 5)),
                            _connector="OR",
                        ),
                        name="roadmap_listing_mean_1_to_5",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoadmapRating",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("value", models.PositiveSmallIntegerField()),
                (
                    "rater",
                    models.ForeignKey(
                        db_comment="At erasure: gone",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="roadmap_ratings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "roadmap",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="ratings",
                        to="roadmaps.roadmap",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("roadmap", "rater"), name="roadmap_rating_once"),
                    models.CheckConstraint(
                        condition=models.Q(("value__gte", 1), ("value__lte", 5)), name="roadmap_rating_1_to_5"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShareLink",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=skillbridge_backend.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("token_hash", models.CharField(max_length=64)),
                ("hint", models.CharField(help_text="the last characters of the token, to know it by", max_length=4)),
                ("expires_at", models.DateTimeField(blank=True, help_text="empty: it does not", null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "roadmap",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="share_links",
                        to="roadmaps.roadmap",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["roadmap", "-id"], name="share_link_by_roadmap")],
                "constraints": [
                    models.UniqueConstraint(fields=["token_hash"], name="share_link_token_once"),
                    models.CheckConstraint(
                        condition=models.Q(("token_hash__regex", "^[0-9a-f]{64}$")), name="share_link_hash_is_sha_256"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_at__isnull", True), ("expires_at__gt", models.F("created_at")), _connector="OR"
                        ),
                        name="share_link_expires_later",
                        violation_error_message="expires_at must be later than now.",
                    ),
                ],
            },
        ),
        sql_file("roadmaps", "0027_sharing"),
    ]
