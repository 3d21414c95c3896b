"""Messages to many people: accepted at once, sent out in chunks by workers."""

from uuid import UUID

from django.db import transaction
from django.db.models import F

from notifications.enums import BroadcastStatus, Kind
from notifications.models import LONGEST_BROADCAST, Broadcast, Notification
from skillbridge_backend.core import outbox
from skillbridge_backend.core.errors import InvalidInput, PermissionDenied
from users.enums import Role
from users.models import Track, User

CHUNK = 500
"""People told in one transaction."""


class CommunicationService:
    """Bulk messages."""

    @transaction.atomic
    def broadcast(
        self, *, actor: User, subject: str, body: str, role: Role | None = None, track: Track | None = None
    ) -> Broadcast:
        """Begin to tell everybody of the role, of the track, of both, or everybody. Admins only.

        People of a track are those who want a skill of it. Each recipient is told once, however often a chunk is
        repeated; what they switched off stays off. Raises PermissionDenied and InvalidInput.
        """
        if actor.role != Role.ADMIN:
            raise PermissionDenied("Only admins write to many people at once.")
        subject, body = " ".join(subject.split()), body.strip()
        if not 1 <= len(subject) <= 150:
            raise InvalidInput.of("subject", "Write 1 to 150 characters.")
        if not 1 <= len(body) <= LONGEST_BROADCAST:
            raise InvalidInput.of("body", f"Write 1 to {LONGEST_BROADCAST} characters.")
        broadcast = Broadcast.objects.create(author=actor, role=role or "", track=track, subject=subject, body=body)
        self._publish_chunk(broadcast.pk, after=None)
        return broadcast

    def send_chunk(self, *, broadcast_id: UUID, after: UUID | None) -> None:
        """Tell the next people, in the order of their ids, and hand on to the next chunk. Runs in a task's effect."""
        broadcast = Broadcast.objects.select_for_update().get(pk=broadcast_id)
        people = list(self._audience(broadcast, after))
        Notification.objects.bulk_create(
            [
                Notification(
                    recipient_id=person,
                    kind=Kind.ANNOUNCEMENT,
                    actor_id=broadcast.author_id,
                    target_type="broadcast",
                    target_id=broadcast.pk,
                    data={"title": broadcast.subject, "body": broadcast.body},
                    uniqueness_key=f"announcement:{broadcast.pk}:{person}",
                )
                for person in people
            ],
            ignore_conflicts=True,
        )
        is_last = len(people) < CHUNK
        # A chunk that comes again after the last one finds it done, which it stays.
        Broadcast.objects.filter(pk=broadcast.pk).update(
            recipient_count=F("recipient_count") + len(people),
            status=BroadcastStatus.DONE if is_last else F("status"),
        )
        if not is_last:
            self._publish_chunk(broadcast.pk, after=people[-1])

    def _audience(self, broadcast: Broadcast, after: UUID | None) -> "list[UUID]":
        people = User.objects.filter(is_active=True)
        if broadcast.role:
            people = people.filter(role=broadcast.role)
        if broadcast.track_id:
            people = people.filter(profile__wanted_skills__skill__tracks=broadcast.track_id)
        if after:
            people = people.filter(pk__gt=after)
        return list(people.order_by("pk").distinct().values_list("pk", flat=True)[:CHUNK])

    def _publish_chunk(self, broadcast_id: UUID, *, after: UUID | None) -> None:
        outbox.publish(
            "notifications.broadcast",
            payload={"broadcast_id": str(broadcast_id), "after": str(after) if after else None},
            key=f"broadcast:{broadcast_id}:{after or 'first'}",
        )
