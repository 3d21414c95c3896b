"""How this app's services take the rows they change: locked, own, and in the version that the client has seen."""

from collections.abc import Callable
from uuid import UUID

from roadmaps.enums import RoadmapStatus
from roadmaps.exceptions import RoadmapNotEditable
from roadmaps.models import Module, Roadmap
from skillbridge_backend.core.errors import NotFound
from skillbridge_backend.core.locks import hold
from skillbridge_backend.core.models import TimestampedModel
from users.models import User

VersionCheck = Callable[[TimestampedModel], None]
"""Called with the locked row; raises PreconditionFailed when the client has seen another version."""

EDITABLE = frozenset({RoadmapStatus.DRAFT, RoadmapStatus.READY})

_REMEDY = {
    RoadmapStatus.GENERATING: "Wait until it is planned.",
    RoadmapStatus.FAILED: "Its planning failed: have it planned again first.",
    RoadmapStatus.ARCHIVED: "It is in the archive: activate it first.",
}


def any_version(_row: TimestampedModel) -> None:
    """The check of a caller who takes the row as it is."""


def lock_roadmap(actor: User, roadmap_id: UUID) -> Roadmap:
    """The actor's own roadmap, locked until the transaction ends. Raises NotFound."""
    roadmap = Roadmap.objects.owned_by(actor).select_for_update(no_key=True).filter(pk=roadmap_id).first()
    if roadmap is None:
        raise NotFound("There is no such roadmap among yours.")
    return roadmap


def lock_editable(actor: User, roadmap_id: UUID) -> Roadmap:
    """The same, for a change of its modules. Raises RoadmapNotEditable unless it is a draft or ready."""
    roadmap = lock_roadmap(actor, roadmap_id)
    if roadmap.status not in EDITABLE:
        raise RoadmapNotEditable(_REMEDY[RoadmapStatus(roadmap.status)], current_status=roadmap.status)
    return roadmap


def lock_module(actor: User, module_id: UUID) -> Module:
    """A module of the actor's own editable roadmap, both locked, roadmap first. Raises NotFound, RoadmapNotEditable."""
    roadmap_id = Module.objects.owned_by(actor).filter(pk=module_id).values_list("roadmap_id", flat=True).first()
    if roadmap_id is None:
        raise NotFound("There is no such module in your roadmaps.")
    roadmap = lock_editable(actor, roadmap_id)
    # It may have been removed before the roadmap was ours.
    module = Module.objects.present().select_for_update().filter(pk=module_id).first()
    if module is None:
        raise NotFound("There is no such module in your roadmaps.")
    module.roadmap = roadmap
    return module


def hold_addresses(actor: User) -> None:
    """What the actor has in addresses of their own changes in no other transaction until this one ends.

    For limits that are counted; taken after locks of rows.
    """
    hold(f"roadmaps.addresses:{actor.pk}")
