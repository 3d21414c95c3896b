"""Background work of this app: ids in, rights, one service."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog

from notifications.enums import AccountTemplate, Channel
from notifications.exceptions import EmailNotSent
from notifications.services import CommunicationService, DeliveryService, EmailService
from notifications.services.deliveries import Sending
from notifications.services.emails import AccountMail
from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.beat import Every
from skillbridge_backend.core.tasks import Delivery, outbox_task
from users.models import User
from users.services import (
    AccountService,
    EmailChangeService,
    LeavingService,
    LoginCodeService,
    PasswordService,
    SecondFactorService,
    SessionService,
)

log = structlog.get_logger(__name__)

LINKS = {
    AccountTemplate.CONFIRM_EMAIL: AccountService.confirmation_link,
    AccountTemplate.FINISH_SIGN_UP: PasswordService.reset_link,
    AccountTemplate.RESET_PASSWORD: PasswordService.reset_link,
    AccountTemplate.DELETION_ASKED: LeavingService.keep_link,
    AccountTemplate.EMAIL_RESTORED: PasswordService.reset_link,
    AccountTemplate.FIRST_FACTOR_ADDED: SecondFactorService.disown_link,
    AccountTemplate.SECOND_FACTORS_REMOVED: PasswordService.reset_link,
}
"""What stands in e-mails that lead somewhere."""
WORDS: dict[str, Callable[[User, UUID], dict[str, str]]] = {
    AccountTemplate.LOGIN_CODE: lambda user, challenge: {"code": LoginCodeService.code_for(user, challenge)},
    AccountTemplate.NEW_DEVICE: lambda _, session: SessionService.told(session),
}
"""What stands in e-mails about one thing of several."""
OF_EMAIL_CHANGES = {
    AccountTemplate.CONFIRM_NEW_EMAIL,
    AccountTemplate.EMAIL_CHANGE_ASKED,
    AccountTemplate.EMAIL_CHANGED,
}
"""These go to the address that the change says."""


@outbox_task("notifications.deliver", queue="notify")
def deliver(delivery: Delivery, *, delivery_id: str) -> None:
    """Send one e-mail, or tell the live connections of one notification; what no longer should go out is skipped.

    An e-mail can go out twice: when the worker dies between the mail server's answer and the commit, the next attempt
    cannot know that the first one arrived. Its Message-ID is the same, so mailboxes that look show it once.
    """
    deliveries, pk = DeliveryService(), UUID(delivery_id)
    with acting_as_service():
        sending = deliveries.read(delivery_id=pk)
    if sending and not sending.skip_reason:
        _send(sending, delivery)
    with delivery.effect(acting_as_service()):
        if sending and sending.skip_reason:
            deliveries.mark_skipped(delivery_id=pk, reason=sending.skip_reason)
        elif sending:
            deliveries.mark_sent(delivery_id=pk, reason=sending.send_reason, attempts=delivery.attempt)


def _send(sending: Sending, delivery: Delivery) -> None:
    """Over its channel, outside of any transaction. An e-mail that fails is counted, and the error goes on."""
    notification, pk = sending.delivery.notification, sending.delivery.pk
    if sending.delivery.channel == Channel.IN_APP:
        DeliveryService().push_live(notification=notification)
        return
    try:
        EmailService().send_notification(notification=notification, delivery_id=pk, is_mandatory=sending.is_mandatory)
    except EmailNotSent:
        with acting_as_service():
            DeliveryService().note_failure(delivery_id=pk, attempts=delivery.attempt)
        raise


@outbox_task("notifications.send_account_email", queue="notify")
def send_account_email(delivery: Delivery, *, user_id: str, template: str, about: str = "") -> None:
    """Send an e-mail about the account itself. It can go out twice, as `deliver` says; the Message-ID is the same."""
    kind = AccountTemplate(template)
    with acting_as_service():
        user = User.objects.with_hidden().active().filter(pk=user_id).first()
        # Made now and not put in the outbox: links and codes are secrets.
        mail = _account_mail(kind, user, about) if user else None
    # Nobody, when somebody asked for an address that we do not know: the answer took as long as for one that we do.
    if user and mail:
        EmailService().send_account_email(user=user, mail=mail, message_id=delivery.message_id)
    with delivery.effect(acting_as_service()):
        pass  # the receipt is all there is to write


def _account_mail(kind: AccountTemplate, user: User, about: str) -> AccountMail | None:
    """What this mail says now; None when what it was about is done, or over."""
    if kind in OF_EMAIL_CHANGES:
        change = EmailChangeService.mail_for(kind, UUID(about))
        return AccountMail(AccountTemplate(change.template), change.address, change.link) if change else None
    if kind == AccountTemplate.CONFIRM_EMAIL and user.email_confirmed_at:
        return None
    words = WORDS[kind](user, UUID(about)) if about else {}
    return AccountMail(kind, link=LINKS[kind](user) if kind in LINKS else "", words=words)


@outbox_task("notifications.broadcast", queue="notify")
def broadcast(delivery: Delivery, *, broadcast_id: str, after: str | None) -> None:
    """Tell the next chunk of people; the chunk after it is a message of its own."""
    with delivery.effect(acting_as_service()):
        CommunicationService().send_chunk(broadcast_id=UUID(broadcast_id), after=UUID(after) if after else None)


@outbox_task(
    "notifications.prune", queue="default", every=Every(timedelta(days=1), after=timedelta(hours=3, minutes=37))
)
def prune(delivery: Delivery) -> None:
    """Remove what became of deliveries long ago; the notifications stay."""
    log.info("pruned", model="Delivery", rows=DeliveryService().remove_old())
    with delivery.effect(acting_as_service()):
        pass  # the batches are transactions of their own, and harmless to repeat
