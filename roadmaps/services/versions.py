"""VersionService: the last twenty versions of a roadmap, what is different now, and the way back."""

from uuid import UUID

from django.db import transaction
from django.db.models import Max

from roadmaps.content import Content, Difference, difference
from roadmaps.enums import VersionReason
from roadmaps.models import Roadmap, RoadmapVersion
from roadmaps.services.contents import DATES, ROADMAP_FIELDS, content_of, put_modules, put_roadmap_fields
from roadmaps.services.known_skills import count_known, hold_known_skills
from roadmaps.services.locks import VersionCheck, any_version, lock_editable
from skillbridge_backend.core.errors import NotFound
from users.models import User

MOST_VERSIONS = 20


def keep_version(roadmap: Roadmap, reason: VersionReason) -> None:
    """Keep what a locked roadmap says, before a change of this kind; the oldest beyond twenty go.

    Nothing is kept of a roadmap without modules, nor twice in a row of one that says the same. The roadmap is marked as
    changed, for whoever has seen a former version (`If-Match`).
    """
    roadmap.save(update_fields=["updated_at"])
    content = content_of(roadmap)
    if not content.modules:
        return
    versions = RoadmapVersion.objects.filter(roadmap=roadmap)
    newest = versions.order_by("-number").first()
    if newest is not None and Content.from_json(newest.content) == content:
        return
    number = newest.number + 1 if newest else 1
    RoadmapVersion.objects.create(roadmap=roadmap, number=number, reason=reason, content=content.to_json())
    versions.filter(number__lte=number - MOST_VERSIONS).delete()


class VersionService:
    """Reads and restores versions of one's own roadmaps."""

    def difference(self, *, actor: User, roadmap_id: UUID, number: int, other: int | None = None) -> Difference:
        """What was done from this version to `other`, or to the roadmap as it is now. Raises NotFound."""
        before = Content.from_json(self._version(actor, roadmap_id, number).content)
        if other is not None:
            return difference(before, Content.from_json(self._version(actor, roadmap_id, other).content))
        roadmap = Roadmap.objects.visible_to(actor).select_related("track").get(pk=roadmap_id)
        return difference(before, content_of(roadmap))

    @transaction.atomic
    def restore(self, *, actor: User, roadmap_id: UUID, number: int, check: VersionCheck = any_version) -> Roadmap:
        """The roadmap says what it did in this version, and its present state is a version of its own.

        Progress stays: what was begun since is kept, at the end, and what is completed elsewhere counts. Raises
        NotFound, RoadmapNotEditable, PreconditionFailed.
        """
        hold_known_skills(actor.pk)
        roadmap = lock_editable(actor, roadmap_id)
        check(roadmap)
        content = Content.from_json(self._version(actor, roadmap_id, number).content)
        keep_version(roadmap, VersionReason.RESTORED)
        put_roadmap_fields(roadmap, content.roadmap)
        put_modules(roadmap, content, {str(each.pk): each for each in roadmap.modules.all()}, keeps_weeks=True)
        count_known(roadmap)
        roadmap.save(update_fields=[*ROADMAP_FIELDS, *DATES, "track", "updated_at"])
        return roadmap

    def _version(self, actor: User, roadmap_id: UUID, number: int) -> RoadmapVersion:
        version = RoadmapVersion.objects.visible_to(actor).filter(roadmap_id=roadmap_id, number=number).first()
        if version is None:
            highest = RoadmapVersion.objects.visible_to(actor).filter(roadmap_id=roadmap_id).aggregate(Max("number"))
            raise NotFound(
                f"There is no version {number} of it; the newest is {highest['number__max']}."
                if highest["number__max"]
                else "It has no versions: nothing was changed yet."
            )
        return version
