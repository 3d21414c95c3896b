"""GrantService: whom a learner lets read a roadmap. What a grant is worth is decided by the database (`sql/`)."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from roadmaps.exceptions import TooManyGrants
from roadmaps.models import LONGEST_GRANT, MOST_OPEN_GRANTS, RoadmapGrant
from roadmaps.services.locks import VersionCheck, any_version, lock_roadmap
from skillbridge_backend.core.constraints import database_refusals
from skillbridge_backend.core.errors import InvalidInput, NotFound
from users.enums import Role
from users.models import User


class GrantService:
    """Grants to mentors: given and revoked by the roadmap's owner, used by the mentor."""

    @transaction.atomic
    def grant(self, *, actor: User, roadmap_id: UUID, mentor: str, expires_at: datetime) -> RoadmapGrant:
        """Let the mentor of this handle read the actor's roadmap until `expires_at`, at most 366 days from now.

        Raises NotFound, InvalidInput, RoadmapAlreadyGranted (409) while this mentor has a grant, TooManyGrants (409).
        Locks the roadmap, so that two requests at once do not pass the limit together. The database tells the mentor.
        """
        roadmap = lock_roadmap(actor, roadmap_id)
        now = timezone.now()
        if not now < expires_at <= now + LONGEST_GRANT:
            raise InvalidInput.of("expires_at", f"Write a time from now to {LONGEST_GRANT.days} days from now.")
        mentors = User.objects.visible_to(actor).filter(handle=mentor, role=Role.MENTOR).exclude(pk=actor.pk)
        mentor_id = mentors.values_list("pk", flat=True).first()
        if mentor_id is None:
            raise InvalidInput.of("mentor", "There is no mentor of this handle.")
        given = RoadmapGrant.objects.owned_by(actor).open().filter(roadmap=roadmap)
        # Expired ones are closed, for they would stand in the way of a new one.
        given.filter(expires_at__lte=now).update(revoked_at=F("expires_at"), updated_at=now)
        if given.exclude(mentor=mentor_id).count() >= MOST_OPEN_GRANTS:
            raise TooManyGrants(f"{MOST_OPEN_GRANTS} mentors may read it already; revoke a grant first.")
        with database_refusals():
            grant = RoadmapGrant.objects.create(
                roadmap=roadmap, owner=actor, mentor_id=mentor_id, expires_at=expires_at
            )
        return RoadmapGrant.objects.with_people().get(pk=grant.pk)

    @transaction.atomic
    def revoke(self, *, actor: User, roadmap_id: UUID, grant_id: UUID, check: VersionCheck = any_version) -> None:
        """The mentor reads no more; waits for one who is reading at this moment. A repeat is NotFound."""
        given = RoadmapGrant.objects.owned_by(actor).open().filter(roadmap=roadmap_id, pk=grant_id)
        grant = given.select_for_update().first()
        if grant is None:
            raise NotFound("There is no such open grant on your roadmap.")
        check(grant)
        grant.revoked_at = timezone.now()
        grant.save(update_fields=["revoked_at", "updated_at"])

    @staticmethod
    def open(*, roadmap_id: UUID) -> bool:
        """Let whoever is asking read the roadmap for the rest of this transaction, and log that; False without a grant.

        Rolled back with the transaction: answer only after its commit, as requests do.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT private.roadmaps_open_grant(%s)", [roadmap_id])
            row = cursor.fetchone()
        return bool(row and row[0])
