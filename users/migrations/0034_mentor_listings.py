"""The list of mentors, kept by the database."""

from decimal import Decimal

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0033_login_provider_words"),
    ]

    operations = [
        migrations.CreateModel(
            name="MentorListing",
            fields=[
                (
                    "profile",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="listing",
                        serialize=False,
                        to="users.profile",
                    ),
                ),
                (
                    "search",
                    django.contrib.postgres.search.SearchVectorField(
                        help_text="name, headline, skills with all their names, bio"
                    ),
                ),
                (
                    "skills",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=62),
                        help_text="`python`, `python:1` … up to the level they have",
                        size=None,
                    ),
                ),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=3), size=None),
                ),
                ("country", models.CharField(blank=True, max_length=2)),
                ("time_zone", models.CharField(max_length=64)),
                (
                    "away",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        help_text="windows of leave, days half-open",
                        size=None,
                    ),
                ),
                ("capacity", models.PositiveSmallIntegerField()),
                ("places_taken", models.PositiveIntegerField(db_default=0, default=0)),
                (
                    "rating_count",
                    models.PositiveIntegerField(db_default=0, default=0, help_text="of ratings that everybody may see"),
                ),
                (
                    "rating_mean",
                    models.DecimalField(decimal_places=2, help_text="from three ratings on", max_digits=3, null=True),
                ),
                (
                    "requests_decided",
                    models.PositiveIntegerField(
                        db_default=0, default=0, help_text="of the last 180 days: answered, or lapsed"
                    ),
                ),
                ("requests_answered", models.PositiveIntegerField(db_default=0, default=0)),
                ("median_answer_minutes", models.PositiveIntegerField(help_text="from three answers on", null=True)),
                (
                    "changes_at",
                    models.DateTimeField(
                        help_text="when a figure changes though nobody writes; hidden, for it tells of unseen reviews",
                        null=True,
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                (
                    "open_places",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Greatest(
                            django.db.models.expressions.CombinedExpression(
                                models.F("capacity"), "-", models.F("places_taken")
                            ),
                            0,
                        ),
                        output_field=models.IntegerField(),
                    ),
                ),
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
                            django.db.models.functions.comparison.Cast("profile", models.CharField(max_length=36)),
                        ),
                        output_field=models.CharField(db_collation="C", max_length=45),
                    ),
                ),
                (
                    "by_answer_time",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.text.Concat(
                            django.db.models.functions.text.LPad(
                                django.db.models.functions.comparison.Cast(
                                    django.db.models.functions.comparison.Coalesce(
                                        models.F("median_answer_minutes"), 9999999
                                    ),
                                    models.CharField(max_length=7),
                                ),
                                7,
                                models.Value("0"),
                            ),
                            django.db.models.functions.comparison.Cast("profile", models.CharField(max_length=36)),
                        ),
                        output_field=models.CharField(db_collation="C", max_length=43),
                    ),
                ),
            ],
            options={
                "base_manager_name": "objects",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["search", "skills", "languages"], name="listing_found_by"
                    ),
                    models.Index(fields=["country", "profile"], name="listing_of_country"),
                    models.Index(fields=["time_zone"], name="listing_of_zone"),
                    models.Index(fields=["by_rating"], name="listing_by_rating"),
                    models.Index(fields=["by_answer_time"], name="listing_by_answer_time"),
                    models.Index(
                        condition=models.Q(("changes_at__isnull", False)),
                        fields=["changes_at"],
                        name="listing_changing",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("requests_answered__lte", models.F("requests_decided"))),
                        name="listing_answered_of_decided",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rating_mean", None),
                            models.Q(("rating_mean__gte", 1), ("rating_mean__lte", 5)),
                            _connector="OR",
                        ),
                        name="listing_mean_1_to_5",
                    ),
                ],
            },
        ),
        sql_file("users", "0034_mentor_listings"),
    ]
