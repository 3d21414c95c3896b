"""PublicationService, ShareLinkService, RatingService: how others see a roadmap, by which links, what they think of it.

Who may read what is decided by the database (`sql/0027_sharing.sql`); it makes the publication too.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from roadmaps.enums import Visibility
from roadmaps.exceptions import RoadmapNotUnlisted, TooManyLinks
from roadmaps.models import MOST_OPEN_LINKS, Publication, RoadmapListing, RoadmapRating, ShareLink
from roadmaps.services.locks import VersionCheck, any_version, lock_roadmap
from skillbridge_backend.core.constraints import database_refusals
from skillbridge_backend.core.errors import InvalidInput, NotFound
from users.models import User

PUBLICATION_FIELDS = frozenset({"language", "shows_progress"})


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link's row, and its token, which is there this once."""

    row: ShareLink
    token: str


class PublicationService:
    """How a roadmap is shown. Whether it is, says its visibility."""

    @transaction.atomic
    def update(
        self, *, actor: User, roadmap_id: UUID, changes: Mapping[str, Any], check: VersionCheck = any_version
    ) -> Publication:
        """The publication with these fields changed (those of PUBLICATION_FIELDS).

        Raises NotFound for a roadmap that was never shared as well, PreconditionFailed, InvalidInput.
        """
        lock_roadmap(actor, roadmap_id)
        publication = Publication.objects.owned_by(actor).select_for_update(no_key=True).filter(
            roadmap=roadmap_id
        ).first()  # fmt: skip
        if publication is None:
            raise NotFound("This roadmap was never shared.")
        check(publication)
        if unknown := set(changes) - PUBLICATION_FIELDS:
            raise InvalidInput.of(min(unknown), "This cannot be changed.")
        for field, value in changes.items():
            setattr(publication, field, value)
        publication.save(update_fields=[*changes, "updated_at"])
        return publication

    @transaction.atomic
    def take_down(self, publications: Iterable[UUID]) -> int:
        """Nobody but their owners sees these any more; how many that were. For operators."""
        open_ones = Publication.objects.filter(pk__in=publications, taken_down_at=None)
        return open_ones.update(taken_down_at=timezone.now(), updated_at=timezone.now())

    @transaction.atomic
    def put_back(self, publications: Iterable[UUID]) -> int:
        """These are shown again as their owners share them; how many that were. For operators."""
        taken_down = Publication.objects.filter(pk__in=publications, taken_down_at__isnull=False)
        return taken_down.update(taken_down_at=None, updated_at=timezone.now())


class ShareLinkService:
    """Links to unlisted roadmaps."""

    @transaction.atomic
    def make(self, *, actor: User, roadmap_id: UUID, expires_at: datetime | None = None) -> NewLink:
        """A link that whoever has it may read the roadmap by, until `expires_at` or until it is revoked.

        Raises NotFound, RoadmapNotUnlisted (409), InvalidInput, TooManyLinks (409). Locks the roadmap, so that two
        requests at once do not pass the limit together.
        """
        roadmap = lock_roadmap(actor, roadmap_id)
        if roadmap.visibility != Visibility.UNLISTED:
            raise RoadmapNotUnlisted("Change its visibility to unlisted first.", visibility=roadmap.visibility)
        if expires_at is not None and expires_at <= timezone.now():
            raise InvalidInput.of("expires_at", "Write a time that is still to come.")
        if ShareLink.objects.owned_by(actor).usable().filter(roadmap=roadmap).count() >= MOST_OPEN_LINKS:
            raise TooManyLinks(f"It has {MOST_OPEN_LINKS} links already; revoke one first.")
        token = secrets.token_urlsafe(32)
        row = ShareLink.objects.create(
            roadmap=roadmap, token_hash=ShareLink.hash_of(token), hint=token[-4:], expires_at=expires_at
        )
        return NewLink(row, token)

    @transaction.atomic
    def revoke(self, *, actor: User, roadmap_id: UUID, link_id: UUID, check: VersionCheck = any_version) -> None:
        """Nobody reads by it any more. A repeat is NotFound."""
        given = ShareLink.objects.owned_by(actor).filter(roadmap=roadmap_id, pk=link_id, revoked_at=None)
        link = given.select_for_update(of=("self",)).first()
        if link is None:
            raise NotFound("There is no such open link to your roadmap.")
        check(link)
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at", "updated_at"])


class RatingService:
    """What people think of roadmaps in the gallery."""

    @transaction.atomic
    def rate(self, *, actor: User, roadmap_id: UUID, value: int) -> RoadmapRating:
        """The actor's rating of a roadmap in the gallery, 1 to 5, in place of a former one; the mean follows.

        Raises NotFound, and InvalidInput for one's own.
        """
        self._find(roadmap_id)
        rating = RoadmapRating.objects.visible_to(actor).select_for_update().filter(roadmap=roadmap_id).first()
        if rating is None:
            with database_refusals():
                return RoadmapRating.objects.create(roadmap_id=roadmap_id, rater=actor, value=value)
        rating.value = value
        rating.save(update_fields=["value", "updated_at"])
        return rating

    @transaction.atomic
    def withdraw(self, *, actor: User, roadmap_id: UUID) -> None:
        """The actor's rating is gone. Raises NotFound."""
        removed, _ = RoadmapRating.objects.visible_to(actor).filter(roadmap_id=roadmap_id).delete()
        if not removed:
            raise NotFound("You have not rated this roadmap.")

    @staticmethod
    def _find(roadmap_id: UUID) -> None:
        if not RoadmapListing.objects.filter(roadmap_id=roadmap_id).exists():
            raise NotFound("There is no such roadmap in the gallery.")
