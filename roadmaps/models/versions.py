"""What roadmaps said before, and what copies of them were made from."""

from django.db import models
from django.db.models import Q

from roadmaps.enums import VersionReason
from roadmaps.models.plans import Roadmap
from roadmaps.querysets import RoadmapVersionQuerySet
from skillbridge_backend.core.models import IdentifiedModel


class RoadmapVersion(IdentifiedModel):
    """A roadmap as it read before a change. The last twenty are kept; progress is no part of them."""

    # Code that knows nothing of versions deletes roadmaps too, so the database takes them along.
    roadmap = models.ForeignKey(
        Roadmap, on_delete=models.DO_NOTHING, related_name="versions", db_constraint=False, db_index=False
    )
    number = models.PositiveIntegerField(help_text="from 1, never given twice in a roadmap")
    reason = models.CharField(max_length=12, choices=VersionReason.choices, help_text="the change that came after it")
    content = models.JSONField(help_text="as roadmaps/content.py writes it")
    created_at = models.DateTimeField(auto_now_add=True)
    objects = RoadmapVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["roadmap", "number"], name="roadmap_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="roadmap_version_from_1"),
            models.CheckConstraint(condition=Q(reason__in=VersionReason.values), name="roadmap_version_reason_known"),
        ]

    def __str__(self) -> str:
        return f"{self.roadmap_id} version {self.number}"


class ForkBase(IdentifiedModel):
    """What the original said when a copy was made or last brought up to date: the base of the next merge."""

    roadmap = models.OneToOneField(
        Roadmap,
        on_delete=models.DO_NOTHING,
        related_name="fork_base",
        db_constraint=False,
    )
    content = models.JSONField(help_text="as roadmaps/content.py writes it, with the ids of upstream")
    taken_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"base of {self.roadmap_id}"
