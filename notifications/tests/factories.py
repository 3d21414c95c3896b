"""Notifications for tests. The database writes the deliveries, so they are real ones."""

import factory
from factory.django import DjangoModelFactory

from notifications.enums import Kind
from notifications.models import Broadcast, Notification, Preference
from skillbridge_backend.core.ids import new_id
from users.enums import Role
from users.tests.factories import UserFactory


class NotificationFactory(DjangoModelFactory[Notification]):
    """A reply by somebody else in a thread."""

    class Meta:
        model = Notification

    recipient = factory.SubFactory(UserFactory)
    actor = factory.SubFactory(UserFactory)
    kind = Kind.REPLY_POSTED
    target_type = "forum_post"
    target_id = factory.LazyFunction(new_id)
    data = factory.LazyFunction(lambda: {"title": "How do joins work?", "by": "ada"})
    uniqueness_key = factory.Sequence(lambda n: f"test:{n}")


class PreferenceFactory(DjangoModelFactory[Preference]):
    """E-mails about replies, switched off."""

    class Meta:
        model = Preference

    user = factory.SubFactory(UserFactory)
    kind = Kind.REPLY_POSTED
    channel = "email"
    is_enabled = False


class BroadcastFactory(DjangoModelFactory[Broadcast]):
    """A message to everybody that has reached nobody yet."""

    class Meta:
        model = Broadcast

    author = factory.SubFactory(UserFactory, role=Role.ADMIN)
    subject = "Maintenance on Sunday"
    body = "SkillBridge is away from 2 to 3 UTC."
