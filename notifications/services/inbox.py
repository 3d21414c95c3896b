"""What a person does with their notifications and preferences. Not here: sending (`deliveries.py`, `emails.py`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from notifications.enums import Channel, Kind
from notifications.exceptions import PreferenceMandatory
from notifications.models import ChannelDefault, Notification, Preference
from skillbridge_backend.core.errors import FieldError, NotFound
from users.models import User


@dataclass(frozen=True, slots=True)
class PreferenceChoice:
    """One entry to set; None takes the choice back, so that the default holds again."""

    kind: Kind
    channel: Channel
    is_enabled: bool | None


class NotificationService:
    """Reading marks and preferences of one's own."""

    @transaction.atomic
    def mark_read(self, *, actor: User, notification_id: UUID) -> Notification:
        """The notification, read; a repeat keeps the first time. NotFound when it is not the actor's."""
        own = Notification.objects.visible_to(actor).filter(pk=notification_id)
        own.unread().update(read_at=timezone.now())
        notification = own.with_people().first()
        if notification is None:
            raise NotFound("You have no notification with this id.")
        return notification

    @transaction.atomic
    def mark_all_read(self, *, actor: User) -> int:
        """How many became read by this."""
        return Notification.objects.visible_to(actor).in_app().unread().update(read_at=timezone.now())

    def unread_count(self, *, actor: User) -> int:
        """How many of those that the list shows are unread."""
        return Notification.objects.visible_to(actor).in_app().unread().count()

    def set_preference(self, *, actor: User, kind: Kind, channel: Channel, is_enabled: bool | None) -> None:
        """Switch one kind on or off over one channel; see `set_preferences`."""
        self.set_preferences(actor=actor, choices=[PreferenceChoice(kind, channel, is_enabled)])

    @transaction.atomic
    def set_preferences(self, *, actor: User, choices: Sequence[PreferenceChoice]) -> None:
        """Set these entries and leave the others; the last of equal ones counts. Holds for what happens from now on.

        Raises PreferenceMandatory, with each field, when one that cannot be switched off would be; nothing is set then.
        """
        mandatory = set(ChannelDefault.objects.filter(is_mandatory=True).values_list("kind", "channel"))
        faults = [
            FieldError(f"entries[{index}].is_enabled", "mandatory", "This one is always sent.")
            for index, choice in enumerate(choices)
            if choice.is_enabled is False and (choice.kind, choice.channel) in mandatory
        ]
        if faults:
            raise PreferenceMandatory("Leave out the entries that cannot be switched off; see errors.", errors=faults)
        for choice in sorted({(c.kind, c.channel): c for c in choices}.values(), key=lambda c: (c.kind, c.channel)):
            entry: dict[str, Any] = {"user": actor, "kind": choice.kind, "channel": choice.channel}
            if choice.is_enabled is None:
                Preference.objects.filter(**entry).delete()
            else:
                Preference.objects.update_or_create(**entry, defaults={"is_enabled": choice.is_enabled})
