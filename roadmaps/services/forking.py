"""ForkService: a copy of a roadmap that one may read, and what changed in the original since, merged into the copy."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from roadmaps.content import Content
from roadmaps.enums import RoadmapStatus, Side, VersionReason
from roadmaps.exceptions import NotACopy, NothingToCopy, OriginalGone
from roadmaps.merging import Merge, merge
from roadmaps.models import ForkBase, Module, Roadmap
from roadmaps.services.contents import BEGUN, content_of, content_shared, put_modules, put_roadmap_fields
from roadmaps.services.known_skills import count_known, hold_known_skills
from roadmaps.services.locks import VersionCheck, any_version, lock_editable
from roadmaps.services.module_links import copy_links
from roadmaps.services.pace import lay_out
from roadmaps.services.versions import keep_version
from skillbridge_backend.core.errors import InvalidInput, NotFound
from users.models import User
from users.zones import today_of


def known_upstream(module: Module) -> UUID:
    """The id by which a copy and its original both know a module; one that was added to the copy has its own."""
    return module.upstream_id or module.pk


class ForkService:
    """Copies roadmaps and keeps copies up to date; a copy is private and its owner's alone."""

    @transaction.atomic
    def fork(
        self, *, actor: User, roadmap_id: UUID | None = None, slug: str = "", token: str = "", title: str = ""
    ) -> Roadmap:
        """A ready copy with all that the original says, begun today; what the actor has learned already counts in it.

        The original is one that the actor may read, named by id or by slug, with the token of a link where it is
        unlisted. Its progress, notes and own addresses are not copied. Raises NotFound, and NothingToCopy (409) for one
        without modules.
        """
        hold_known_skills(actor.pk)
        original_id, content = _readable(roadmap_id, slug, token)
        if not content.modules:
            raise NothingToCopy("It has no modules yet, so there is nothing to copy.")
        fields = {**content.roadmap, "wishes": {}, "plan_summary": {}, "deadline": None}
        copy = Roadmap(owner=actor, forked_from_id=original_id, status=RoadmapStatus.READY)
        put_roadmap_fields(copy, fields | {"started_on": today_of(actor.pk).isoformat()})
        copy.title = title or copy.title
        copy.save(force_insert=True)
        put_modules(copy, content, {}, keeps_weeks=True, token=token)
        ForkBase.objects.create(roadmap=copy, content=content.to_json())
        count_known(copy)
        lay_out(copy)
        copy.save(update_fields=["plan_summary", "updated_at"])
        return copy

    def offers(self, *, actor: User, roadmap_id: UUID, token: str = "") -> Merge:
        """What the original says that the copy does not, and what a merge would take; nothing is written.

        `token` is that of a link to an unlisted original. Raises NotFound, NotACopy (409), and OriginalGone (409)
        where there is none to read any more.
        """
        roadmap = Roadmap.objects.owned_by(actor).select_related("track").filter(pk=roadmap_id).first()
        if roadmap is None:
            raise NotFound("There is no such roadmap among yours.")
        return self._merge(roadmap, {}, token)[0]

    @transaction.atomic
    def merge(
        self,
        *,
        actor: User,
        roadmap_id: UUID,
        choices: Mapping[UUID, Side] | None = None,
        token: str = "",
        check: VersionCheck = any_version,
    ) -> Roadmap:
        """The copy with the original's changes; `choices` name a side for modules by the original's ids.

        What both sides changed stays the actor's unless they choose otherwise; what they have begun stays in any case,
        and so does all progress. What was declined is not offered again until it changes. Raises NotFound,
        RoadmapNotEditable, PreconditionFailed, NotACopy (409), OriginalGone (409), InvalidInput for a choice about no
        offer.
        """
        hold_known_skills(actor.pk)
        roadmap = lock_editable(actor, roadmap_id)
        check(roadmap)
        named = {str(module): side for module, side in (choices or {}).items()}
        merged, upstream = self._merge(roadmap, named, token)
        if unknown := named.keys() - {offer.id for offer in merged.offers}:
            raise InvalidInput.of("choices", f"The original did not change a module {min(unknown)}.")
        if merged.offers or merged.takes_order:
            keep_version(roadmap, VersionReason.MERGED)
            carriers = {str(known_upstream(module)): module for module in roadmap.modules.all()}
            put_modules(roadmap, Content({}, merged.modules), carriers, keeps_weeks=False, token=token)
            changed = [each.id for each in merged.offers if each.takes == Side.UPSTREAM and each.id in carriers]
            copy_links([(UUID(key), carriers[key].pk) for key in changed], token=token)
            count_known(roadmap)
            lay_out(roadmap)
            roadmap.save(update_fields=["plan_summary", "updated_at"])
        ForkBase.objects.filter(roadmap=roadmap).update(content=upstream.to_json(), taken_at=timezone.now())
        return roadmap

    def _merge(self, roadmap: Roadmap, choices: Mapping[str, Side], token: str) -> tuple[Merge, Content]:
        """What a merge makes of a copy, and what its original says now."""
        base = ForkBase.objects.filter(roadmap=roadmap).first()
        if base is None:
            raise NotACopy("It was not copied from another roadmap.")
        shared = roadmap.forked_from_id and content_shared(roadmap_id=roadmap.forked_from_id, token=token)
        if not shared:
            raise OriginalGone("The roadmap that it was copied from is gone, or not open to you any more.")
        _, upstream = shared
        begun = Module.objects.filter(roadmap=roadmap, status__in=BEGUN)
        merged = merge(
            Content.from_json(base.content),
            content_of(roadmap, known_as=known_upstream),
            upstream,
            begun={str(known_upstream(module)) for module in begun},
            choices=choices,
        )
        return merged, upstream


def _readable(roadmap_id: UUID | None, slug: str, token: str) -> tuple[UUID, Content]:
    shared = content_shared(roadmap_id=roadmap_id, slug=slug, token=token)
    if shared is None:
        raise NotFound("There is no such roadmap that you may read.")
    return shared
