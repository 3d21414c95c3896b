"""What of a roadmap others see: how it is published, the links to it, its ratings, and its row in the gallery.

Who reads it is decided by the database (`sql/0027_sharing.sql`).
"""

import hashlib
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Coalesce, Concat, LPad

from roadmaps.models.plans import LONGEST_GOAL, Roadmap
from roadmaps.querysets import PublicationQuerySet, RatingQuerySet, RoadmapListingQuerySet, ShareLinkQuerySet
from skillbridge_backend.core.erasure import GONE
from skillbridge_backend.core.models import SHA_256, IdentifiedModel, TimestampedModel
from users.models import Track

LONGEST_SLUG = 80
MOST_OPEN_LINKS = 20
"""To one roadmap, at a time."""
LEAST_RATING, HIGHEST_RATING = 1, 5


class Publication(TimestampedModel):
    """How a roadmap is shown. The database makes it when the roadmap is first anything but private; it stays then."""

    # DO_NOTHING, here and below: the database's own foreign key takes the row along (sql/0027_sharing.sql).
    roadmap = models.OneToOneField(
        Roadmap, on_delete=models.DO_NOTHING, related_name="publication", db_constraint=False
    )
    slug = models.CharField(max_length=LONGEST_SLUG, help_text="from the first title; it stays")
    language = models.CharField(max_length=3, default="en", help_text="ISO 639")
    shows_progress = models.BooleanField(default=False)
    taken_down_at = models.DateTimeField(null=True, blank=True, help_text="by a moderator: shown to nobody")
    objects = PublicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug"], name="publication_slug_once"),
            models.CheckConstraint(condition=Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*$"), name="publication_slug_plain"),
            models.CheckConstraint(condition=Q(language__regex=r"^[a-z]{2,3}$"), name="publication_language_iso_639"),
        ]

    def __str__(self) -> str:
        return self.slug


class ShareLink(TimestampedModel):
    """A link to an unlisted roadmap, for whoever has it. Of its token only the hash is kept."""

    roadmap = models.ForeignKey(
        Roadmap, on_delete=models.DO_NOTHING, related_name="share_links", db_constraint=False, db_index=False
    )
    token_hash = models.CharField(max_length=64)
    hint = models.CharField(max_length=4, help_text="the last characters of the token, to know it by")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="empty: it does not")
    revoked_at = models.DateTimeField(null=True, blank=True)
    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token_hash"], name="share_link_token_once"),
            models.CheckConstraint(condition=Q(token_hash__regex=SHA_256), name="share_link_hash_is_sha_256"),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
                name="share_link_expires_later",
                violation_error_message="expires_at must be later than now.",
            ),
        ]
        indexes = [models.Index(fields=["roadmap", "-id"], name="share_link_by_roadmap")]

    def __str__(self) -> str:
        return f"…{self.hint}"

    @staticmethod
    def hash_of(token: str) -> str:
        """What is kept of a token: its SHA-256 in hexadecimal digits, for it has 256 random bits."""
        return hashlib.sha256(token.encode()).hexdigest()


class RoadmapRating(TimestampedModel):
    """What somebody thinks of a public roadmap of another person's."""

    roadmap = models.ForeignKey(
        Roadmap, on_delete=models.DO_NOTHING, related_name="ratings", db_constraint=False, db_index=False
    )
    rater = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="roadmap_ratings", db_comment=GONE
    )
    value = models.PositiveSmallIntegerField()
    objects = RatingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["roadmap", "rater"], name="roadmap_rating_once"),
            models.CheckConstraint(
                condition=Q(value__gte=LEAST_RATING, value__lte=HIGHEST_RATING), name="roadmap_rating_1_to_5"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} by {self.rater_id}"


class RoadmapListing(IdentifiedModel):
    """A roadmap as the gallery finds, orders and shows it; there is one for each that everybody may read.

    Kept by the database alone, recomputed from the rows and never counted up and down.
    """

    roadmap = models.OneToOneField(Roadmap, on_delete=models.DO_NOTHING, related_name="listing", db_constraint=False)
    slug = models.CharField(max_length=LONGEST_SLUG)
    title = models.CharField(max_length=120)
    goal_text = models.CharField(max_length=LONGEST_GOAL, blank=True)
    track = models.ForeignKey(Track, on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False)
    language = models.CharField(max_length=3)
    hours_per_week = models.PositiveSmallIntegerField()
    weeks = models.PositiveSmallIntegerField()
    search = SearchVectorField(help_text="title and goal")
    rating_count = models.PositiveIntegerField(default=0)
    rating_mean = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    is_template = models.BooleanField(default=False, db_default=False, help_text="the platform's own")
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
            Cast("id", models.CharField(max_length=36)),
        ),
        output_field=models.CharField(max_length=45, db_collation="C"),
        db_persist=True,
    )
    author_shown: dict[str, str] | None
    """Only there after `with_details`."""
    objects = RoadmapListingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rating_count=0, rating_mean__isnull=True)
                | Q(rating_count__gt=0, rating_mean__gte=LEAST_RATING, rating_mean__lte=HIGHEST_RATING),
                name="roadmap_listing_mean_1_to_5",
            )
        ]
        indexes = [
            # Read much more often than a roadmap changes: nothing waits in it to be sorted in by readers.
            GinIndex(fields=["search"], fastupdate=False, name="roadmap_listing_found_by"),
            models.Index(fields=["track", "-id"], name="roadmap_listing_by_track"),
            models.Index(fields=["track", "by_rating"], name="roadmap_listing_best_of_track"),
            models.Index(fields=["by_rating"], name="roadmap_listing_by_rating"),
            models.Index(fields=["language", "-id"], name="roadmap_listing_by_language"),
        ]

    def __str__(self) -> str:
        return self.title
