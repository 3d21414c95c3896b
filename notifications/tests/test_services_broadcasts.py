"""Messages to many: who may, who gets it, once each, chunk by chunk."""

from collections.abc import Callable
from typing import Any

import pytest

from notifications.models import Broadcast, ChannelDefault, Notification
from notifications.services import CommunicationService
from notifications.services.broadcasts import CHUNK
from notifications.tests.factories import PreferenceFactory
from skillbridge_backend.core.errors import InvalidInput, PermissionDenied
from skillbridge_backend.core.models import OutboxMessage
from users.enums import Role
from users.models import User
from users.tests.factories import ProfileFactory, TrackFactory, TrackSkillFactory, UserFactory, WantedSkillFactory

pytestmark = pytest.mark.django_db
Drain = Callable[[], list[str]]


def send(**audience: Any) -> Broadcast:
    admin = User.objects.filter(role=Role.ADMIN).first() or UserFactory(role=Role.ADMIN)
    return CommunicationService().broadcast(actor=admin, subject="Maintenance", body="Sunday at noon.", **audience)


def told() -> set[Any]:
    return set(Notification.objects.values_list("recipient_id", flat=True))


@pytest.mark.parametrize("role", [Role.LEARNER, Role.MENTOR, Role.MODERATOR])
def test_broadcast_by_others_than_admins_is_refused(role: Role) -> None:
    with pytest.raises(PermissionDenied):
        CommunicationService().broadcast(actor=UserFactory(role=role), subject="Hello", body="All.")
    assert not Broadcast.objects.exists()


@pytest.mark.parametrize(
    ("subject", "body", "field"),
    [(" ", "x", "subject"), ("x" * 151, "x", "subject"), ("x", "  ", "body"), ("x", "x" * 2001, "body")],
)
def test_broadcast_with_wrong_text_names_the_field(subject: str, body: str, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        CommunicationService().broadcast(actor=UserFactory(role=Role.ADMIN), subject=subject, body=body)
    assert [error.field for error in caught.value.errors] == [field]


def test_broadcast_reaches_every_active_person_of_a_role(drain_outbox: Drain) -> None:
    mentors = UserFactory.create_batch(3, role=Role.MENTOR)
    UserFactory(role=Role.MENTOR, is_active=False)
    UserFactory()
    broadcast = send(role=Role.MENTOR)
    drain_outbox()
    broadcast.refresh_from_db()
    assert told() == {mentor.pk for mentor in mentors}
    assert (broadcast.status, broadcast.recipient_count) == ("done", 3)
    first = Notification.objects.first()
    assert first is not None
    assert first.data == {"title": "Maintenance", "body": "Sunday at noon."}


def test_broadcast_reaches_those_who_want_a_skill_of_the_track_once(drain_outbox: Drain) -> None:
    track = TrackFactory()
    skills = [TrackSkillFactory(track=track).skill for _ in range(2)]
    profile = ProfileFactory()
    for skill in skills:
        WantedSkillFactory(profile=profile, skill=skill)
    WantedSkillFactory()
    broadcast = send(track=track)
    drain_outbox()
    broadcast.refresh_from_db()
    assert told() == {profile.user_id}
    assert broadcast.recipient_count == 1


def test_broadcast_goes_on_in_chunks_and_tells_everybody_once(drain_outbox: Drain) -> None:
    rows = [UserFactory.build(role=Role.MODERATOR) for _ in range(CHUNK + 1)]
    User.objects.bulk_create(rows)
    PreferenceFactory(user=rows[0], kind="announcement", channel="email")
    broadcast = send(role=Role.MODERATOR)
    current = OutboxMessage.objects.get(topic="notifications.broadcast")

    service = CommunicationService()
    service.send_chunk(broadcast_id=broadcast.pk, after=None)
    broadcast.refresh_from_db()
    assert (broadcast.status, broadcast.recipient_count) == ("running", CHUNK)
    following = OutboxMessage.objects.exclude(pk=current.pk).get(topic="notifications.broadcast")
    service.send_chunk(broadcast_id=broadcast.pk, after=following.payload["after"])

    assert told() == {row.pk for row in rows}
    assert Notification.objects.count() == CHUNK + 1
    reasons = Notification.objects.get(recipient=rows[0]).deliveries.values_list("channel", "reason")
    assert ("email", "preference_off") in reasons
    # A chunk that is repeated tells nobody again.
    service.send_chunk(broadcast_id=broadcast.pk, after=None)
    assert Notification.objects.count() == CHUNK + 1


def test_names_in_logs_and_admin_say_what_a_row_is() -> None:
    broadcast = send()
    preference = PreferenceFactory()
    notification = Notification.objects.create(recipient=preference.user, kind="mentioned", uniqueness_key="k")
    assert str(broadcast) == "Maintenance"
    assert str(preference) == "reply_posted by email: off"
    assert str(notification) == f"mentioned to {preference.user_id}"
    assert str(notification.deliveries.get(channel="in_app")) == "in_app: sent (default_on)"
    assert str(ChannelDefault.objects.get(pk="mentioned:email")) == "mentioned:email"
