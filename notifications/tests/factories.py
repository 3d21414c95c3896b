"""Notifications for tests. The database writes the deliveries, so they are real ones."""

import factory
from factory.django import DjangoModelFactory

from notifications.enums import Kind
from notifications.models import Notification, Preference
from skillbridge_backend.core.ids import new_id
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
