"""Sending e-mail over SMTP. Whether an e-mail is sent at all is decided elsewhere (`sql/0002_notify.sql`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from notifications.enums import AccountTemplate, Kind
from notifications.exceptions import EmailNotSent
from notifications.models import Notification
from notifications.texts import Words, words_of
from notifications.unsubscribing import unsubscribe_url
from users.models import User


@dataclass(frozen=True, slots=True)
class AccountMail:
    """What an e-mail about an account says; to the account's address where there is no other."""

    template: AccountTemplate
    address: str = ""
    link: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


class EmailService:
    """One e-mail to one person. No method writes to the database; call them outside of transactions."""

    def send_notification(self, *, notification: Notification, delivery_id: UUID, is_mandatory: bool) -> None:
        """The notification as an e-mail, with a one-click unsubscribe link unless its kind is mandatory.

        The Message-ID comes from the delivery, so a repeat after a crash is the same message to mailboxes that look.
        Raises EmailNotSent.
        """
        recipient = notification.recipient
        unsubscribe = "" if is_mandatory else unsubscribe_url(user_id=recipient.pk, kind=notification.kind)
        # Without a web application of its own WEB_APP_URL is the API, which has no page to lead to.
        has_pages = settings.WEB_APP_URL != settings.PUBLIC_URL
        words = words_of(
            Kind(notification.kind),
            {**notification.data, "name": recipient.display_name},
            link=f"{settings.WEB_APP_URL}/notifications/{notification.pk}" if has_pages else "",
            link_text="Open it in SkillBridge",
            unsubscribe=unsubscribe,
        )
        headers = {"Auto-Submitted": "auto-generated"}
        if unsubscribe:
            headers |= {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        self._send(to=recipient.email, words=words, message_id=f"delivery.{delivery_id}", headers=headers)

    def send_account_email(self, *, user: User, mail: AccountMail, message_id: UUID) -> None:
        """An e-mail about the account itself, to a confirmed address or not. Raises EmailNotSent.

        It names the person to the account's confirmed address only. Elsewhere it may meet somebody who never heard of
        us, and a name of 80 characters would be a stranger's words in our mail.
        """
        is_theirs = user.email_confirmed_at and mail.address in ("", user.email)
        words = words_of(
            f"account/{mail.template}",
            {"name": user.display_name if is_theirs else "", "link": mail.link, **mail.words},
            link=mail.link,
            link_text=mail.template.label,
        )
        headers = {"Auto-Submitted": "auto-generated"}
        self._send(to=mail.address or user.email, words=words, message_id=f"account.{message_id}", headers=headers)

    def _send(self, *, to: str, words: Words, message_id: str, headers: dict[str, str]) -> None:
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
        message = EmailMultiAlternatives(
            subject=words.subject,
            body=words.text,
            to=[to],
            headers={"Message-ID": f"<{message_id}@{domain}>", **headers},
        )
        message.attach_alternative(words.html, "text/html")
        try:
            message.send()
        except (SMTPException, OSError) as error:
            raise EmailNotSent(f"{type(error).__name__}: {error}") from error
