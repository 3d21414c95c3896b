"""Asks for e-mails about the account itself; notifications sends them, whatever somebody prefers to get."""

from uuid import UUID

from django.utils import timezone

from skillbridge_backend.core.ids import new_id
from skillbridge_backend.core.outbox import publish
from users.models import User

_SLOT_SECONDS = 180
"""Within this time a person gets one mail of a kind that strangers can ask for, however often they do."""


def ask_for_mail(user_id: UUID, template: str) -> None:
    """A mail about what happens in the caller's transaction: each time one, for the second may be an intruder's."""
    publish(
        "notifications.send_account_email",
        payload={"user_id": str(user_id), "template": template},
        # A key of its own: by its beginning the database knows a mail that an account may ask for.
        key=f"account-email:{template}:{new_id()}",
    )


def ask_for_mail_now_and_then(user_id: UUID, template: str) -> None:
    """What strangers can ask for: one mail of this kind in this slot of time. In the caller's transaction."""
    publish(
        "notifications.send_account_email",
        payload={"user_id": str(user_id), "template": template},
        key=f"account-email:{template}:{user_id}:{_slot()}",
    )


def ask_for_mail_about(subject: UUID, user: User | None, template: str) -> None:
    """A mail about this very thing, each of which has one; with nobody the same work, and nothing is sent."""
    publish(
        "notifications.send_account_email",
        payload={"user_id": str(user.pk if user else new_id()), "template": template, "about": str(subject)},
        key=f"account-email:{template}:{subject}",
    )


def ask_for_mail_again_about(subject: UUID, user: User, template: str) -> None:
    """A further mail about a thing that had one; one of this kind in this slot of time."""
    publish(
        "notifications.send_account_email",
        payload={"user_id": str(user.pk), "template": template, "about": str(subject)},
        key=f"account-email:{template}:{subject}:{_slot()}",
    )


def ask_for_mail_alike(user: User | None, template: str) -> None:
    """The same with nobody, which becomes a message that sends nothing: the time it takes tells no addresses."""
    ask_for_mail_now_and_then(user.pk if user else new_id(), template)


def _slot() -> int:
    return int(timezone.now().timestamp()) // _SLOT_SECONDS
