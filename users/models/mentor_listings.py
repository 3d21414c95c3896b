"""Mentors as they are found. What they say of themselves is in `profiles.py`."""

from datetime import datetime
from decimal import Decimal
from typing import cast

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, LPad

from users.models.profiles import Profile
from users.querysets.mentor_listings import LEAST_REQUESTS, MentorListingQuerySet


class MentorListingManager(models.Manager.from_queryset(MentorListingQuerySet)):  # type: ignore[misc]  # made at run time
    """Reads are in MentorListingQuerySet; what only searches need, and what no request may read, is left out."""

    def get_queryset(self) -> MentorListingQuerySet:
        """Every mentor who is listed."""
        return cast(MentorListingQuerySet, super().get_queryset()).defer(
            "search", "skills", "away", "described", "changes_at", "number", "traits"
        )


class MentorListing(models.Model):
    """A mentor as the list of mentors finds, orders and shows them; there is one for each who is open for learners.

    Kept by the database alone, recomputed from the rows and never counted up and down. What people say of themselves
    comes by `private.users_refresh_listings`; the figures come from above this app, by a function of matches.
    """

    profile = models.OneToOneField(Profile, on_delete=models.CASCADE, primary_key=True, related_name="listing")
    search = SearchVectorField(help_text="name, headline, skills with all their names, bio")
    skills = ArrayField(models.CharField(max_length=62), help_text="`python`, `python:1` … up to the level they have")
    languages = ArrayField(models.CharField(max_length=3))
    country = models.CharField(max_length=2, blank=True)
    time_zone = models.CharField(max_length=64)
    away = ArrayField(DateRangeField(), help_text="windows of leave, days half-open")
    capacity = models.PositiveSmallIntegerField()
    described = models.TextField(
        default="{}", db_default="{}", help_text="JSON, as matcher-rs takes a mentor, without figures"
    )
    places_taken = models.PositiveIntegerField(default=0, db_default=0)
    rating_count = models.PositiveIntegerField(default=0, db_default=0, help_text="of ratings that everybody may see")
    rating_mean = models.DecimalField(max_digits=3, decimal_places=2, null=True, help_text="from three ratings on")
    requests_decided = models.PositiveIntegerField(
        default=0, db_default=0, help_text="of the last 180 days: answered, or lapsed"
    )
    requests_answered = models.PositiveIntegerField(default=0, db_default=0)
    median_answer_minutes = models.PositiveIntegerField(null=True, help_text="from three answers on")
    attendance_permille = models.PositiveSmallIntegerField(
        null=True, help_text="of their sessions that they came to, newer ones counting more; from three on"
    )
    changes_at = models.DateTimeField(
        null=True, help_text="when a figure changes though nobody writes; hidden, for it tells of unseen reviews"
    )
    changed_at = models.DateTimeField()
    number = models.BigIntegerField(
        null=True, editable=False, help_text="in which turn mentors came to the list; kept by the database"
    )
    traits = ArrayField(
        models.CharField(max_length=24),
        default=list,
        db_default=[],
        editable=False,
        help_text="stretches of the list that it is in, country, `open`, `answers`, `rated:3`; kept by the database",
    )
    open_places = models.GeneratedField(
        expression=Greatest(F("capacity") - F("places_taken"), 0),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    by_rating = models.GeneratedField(
        expression=Concat(
            LPad(
                Cast(
                    Cast(Coalesce(F("rating_mean"), Decimal(0)) * 100, models.IntegerField()),
                    models.CharField(max_length=3),
                ),
                3,
                models.Value("0"),
            ),
            LPad(Cast("rating_count", models.CharField(max_length=6)), 6, models.Value("0")),
            Cast("profile", models.CharField(max_length=36)),
        ),
        output_field=models.CharField(max_length=45, db_collation="C"),
        db_persist=True,
    )
    by_answer_time = models.GeneratedField(
        expression=Concat(
            LPad(
                Cast(Coalesce(F("median_answer_minutes"), 9_999_999), models.CharField(max_length=7)),
                7,
                models.Value("0"),
            ),
            Cast("profile", models.CharField(max_length=36)),
        ),
        output_field=models.CharField(max_length=43, db_collation="C"),
        db_persist=True,
    )
    objects = MentorListingManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.CheckConstraint(
                condition=Q(requests_answered__lte=F("requests_decided")), name="listing_answered_of_decided"
            ),
            models.CheckConstraint(
                condition=Q(rating_mean=None) | Q(rating_mean__gte=1, rating_mean__lte=5), name="listing_mean_1_to_5"
            ),
        ]
        indexes = [
            # Read much more often than a mentor changes: nothing waits in it to be sorted in by readers.
            GinIndex(
                fields=["search", "skills", "languages", "traits"], fastupdate=False, name="listing_found_together"
            ),
            models.Index(fields=["country", "profile"], name="listing_of_country"),
            models.Index(fields=["time_zone"], name="listing_of_zone"),
            models.Index(fields=["by_rating"], name="listing_by_rating"),
            models.Index(fields=["by_answer_time"], name="listing_by_answer_time"),
            models.Index(fields=["changes_at"], condition=Q(changes_at__isnull=False), name="listing_changing"),
        ]

    def __str__(self) -> str:
        return str(self.profile_id)

    @property
    def response_rate(self) -> int | None:
        """Per cent of the requests of the last 180 days that were answered; None where there were too few."""
        if self.requests_decided < LEAST_REQUESTS:
            return None
        return self.requests_answered * 100 // self.requests_decided

    @property
    def updated_at(self) -> datetime:
        """When what is shown of the mentor last changed."""
        return max(self.changed_at, self.profile.updated_at)
