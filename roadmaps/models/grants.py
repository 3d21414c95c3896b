"""Which mentor may read which roadmap until when, and the log of what they read by it.

The database keeps the log itself (`sql/0007_roadmap_grants.sql`): a granted row is visible only in a transaction that
has written its entry.
"""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from roadmaps.models.plans import Roadmap
from roadmaps.querysets import GrantedReadQuerySet, RoadmapGrantQuerySet
from skillbridge_backend.core.erasure import GHOST, GONE
from skillbridge_backend.core.models import IdentifiedModel, TimestampedModel

LONGEST_GRANT = timedelta(days=366)
MOST_OPEN_GRANTS = 20
"""For one roadmap, at a time."""


class RoadmapGrant(TimestampedModel):
    """A learner lets one mentor read one roadmap, until `expires_at` or until it is revoked.

    `owner` and `title` are the roadmap's, written by the trigger when the grant is given: a mentor who has not opened
    the roadmap cannot read them there.
    """

    # DO_NOTHING: a trigger removes the grants of a deleted roadmap, for nobody may remove one by hand.
    roadmap = models.ForeignKey(Roadmap, on_delete=models.DO_NOTHING, related_name="grants", db_index=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="roadmap_grants_given", db_comment=GONE
    )
    mentor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="roadmap_grants",
        db_index=False,
        db_comment=GONE,
    )
    title = models.CharField(max_length=120, editable=False)
    expires_at = models.DateTimeField(help_text="at most 366 days after it was given")
    revoked_at = models.DateTimeField(null=True, blank=True)
    objects = RoadmapGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["roadmap", "mentor"], condition=Q(revoked_at=None), name="roadmap_grant_one_open"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at"), expires_at__lte=F("created_at") + LONGEST_GRANT),
                name="roadmap_grant_at_most_366_days",
                violation_error_message="expires_at must be later than now, by at most 366 days.",
            ),
            models.CheckConstraint(condition=~Q(mentor=F("owner")), name="roadmap_grant_not_to_oneself"),
        ]
        indexes = [
            models.Index(fields=["roadmap", "-id"], name="roadmap_grant_by_roadmap"),
            models.Index(fields=["mentor", "-id"], name="roadmap_grant_by_mentor"),
        ]

    def __str__(self) -> str:
        return f"{self.title} to {self.mentor_id}"


class GrantedRead(IdentifiedModel):
    """A mentor opened a roadmap by a grant. Append-only, and written by `private.roadmaps_open_grant` alone.

    No foreign keys to roadmap and grant: the entry outlives both.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="granted_reads",
        db_index=False,
        db_comment=GONE,
    )
    mentor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, db_comment=GHOST
    )
    roadmap_id = models.UUIDField()
    grant_id = models.UUIDField()
    read_at = models.DateTimeField()
    transaction_id = models.BigIntegerField(
        help_text="of the transaction that read; numbers begin anew after a restore"
    )
    objects = GrantedReadQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "roadmap_id", "-id"], name="granted_read_by_owner"),
            models.Index(fields=["mentor", "transaction_id"], name="granted_read_by_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.roadmap_id} by {self.mentor_id} at {self.read_at:%Y-%m-%d %H:%M}"
