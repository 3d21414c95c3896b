"""Leaving: asking for one's account to be erased, changing one's mind, and the erasure itself.

What becomes of each row is said on its column and done by `private.erase_account` (docs/decisions/0010-leaving.md).
What is outside of the database goes after it, and is found before, by the receivers of `signals.account_erasing`.
"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import structlog
from django.conf import settings
from django.core import signing
from django.db import DatabaseError, ProgrammingError, connection
from django.db.models import QuerySet
from django.utils import timezone

from skillbridge_backend.core.access import account_service, acting_as_service
from skillbridge_backend.core.errors import InvalidInput
from users.clients import Client
from users.enums import AuditAction
from users.exceptions import KeepTokenInvalid
from users.models import Departure, User
from users.services import audit
from users.services.account_mail import ask_for_mail
from users.services.sessions import SessionService
from users.services.step_up import demand_proof
from users.signals import account_erasing

log = structlog.get_logger(__name__)

BATCH = 100
LEAST_AGE_DAYS = 1
"""Of an account that was never confirmed; the database refuses younger ones too."""
_KEEP_SALT = "users.keep-account"


class LeavingService:
    """The way out, and the way back."""

    def leave(self, actor: User, *, password: str, session_id: UUID, client: Client) -> datetime:
        """Have one's account erased in two weeks, end all sessions, and mail a link to change one's mind; says when.

        Until then one is in no list of mentors. Asked for again nothing changes but the sessions. Raises InvalidInput
        for `password`; the entry about that is written all the same, if the caller's transaction commits. Who has a
        second factor, or no password, shows a recent proof instead: StepUpRequired.
        """
        with account_service(user_id=actor.pk):
            user = User.objects.with_hidden().select_for_update().get(pk=actor.pk)
            is_known = _proves_to_be(user, password, session_id)
            if is_known:
                departure = Departure.objects.filter(user=user).first() or _depart(user, client)
                SessionService().end_all(user, keep=None, client=client)
            else:
                audit.record(AuditAction.LOGIN_FAILED, user=user, client=client, reason="wrong_password_at_deletion")
        if not is_known:
            raise InvalidInput.of("password", "This is not your password.", code="wrong_password")
        return departure.due_at

    def keep(self, actor: User, *, client: Client) -> None:
        """Keep one's account after all; everything is as it was. Harmless to repeat."""
        with account_service(user_id=actor.pk):
            _stay(actor, client)

    def keep_by_link(self, *, token: str, client: Client) -> None:
        """The same by the link from the mail, without logging in. Raises KeepTokenInvalid; harmless to repeat."""
        try:
            user_id = UUID(signing.loads(token, salt=_KEEP_SALT, max_age=settings.DELETION_GRACE))
        except (signing.BadSignature, ValueError) as error:
            raise KeepTokenInvalid("The link is damaged, or its two weeks are over.") from error
        with account_service(user_id=user_id):
            user = User.objects.filter(pk=user_id).select_for_update().first()
            if user is None:
                raise KeepTokenInvalid("The account is gone.")
            _stay(user, client)

    @staticmethod
    def keep_link(user: User) -> str:
        """The link to mail: good until the account is erased."""
        token = signing.dumps(str(user.pk), salt=_KEEP_SALT)
        return f"{settings.PUBLIC_URL}/api/v1/auth/keep-account/?{urlencode({'token': token})}"

    def erase_due(self) -> int:
        """Erase everybody whose time is over, each in a transaction of its own, and return how many there were.

        What was not reached, or failed, is due the next time. For workers. Raises ExceptionGroup, after all others,
        when somebody could not be erased.
        """
        with acting_as_service():
            due = list(Departure.objects.due().values_list("user_id", flat=True)[:BATCH])
        erased, errors = 0, []
        for person in due:
            try:
                erased += self._erase_if_still(Departure.objects.due().filter(user_id=person), user_id=person)
            except DatabaseError as error:
                log.exception("account_not_erased", user_id=str(person))
                errors.append(error)
        if errors:
            raise ExceptionGroup("accounts that could not be erased", errors)
        return erased

    def erase(self, *, user_id: UUID) -> bool:
        """The person is gone, at once and for good; False when they were gone already.

        Raises Django's ProgrammingError when nobody asked for it or it is not time. Locks the account's row first.
        """
        outside: list[Any] = [found for _, found in account_erasing.send(sender=type(self), user_id=user_id) if found]
        with acting_as_service(), connection.cursor() as cursor:
            # However much somebody wrote, it goes at once or not at all.
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SELECT private.erase_account(%s)", [user_id])
            (is_done,) = cursor.fetchone() or (False,)
        log.info("account_erased", user_id=str(user_id), was_there=bool(is_done))
        if is_done:
            for remove in outside:
                remove()
        return bool(is_done)

    def _erase_if_still(self, reason: "QuerySet[Any]", *, user_id: UUID) -> bool:
        """`erase`; False where it is refused and the reason is gone: they changed their mind, or confirmed."""
        try:
            return self.erase(user_id=user_id)
        except ProgrammingError:
            with acting_as_service():
                if reason.exists():
                    raise
            log.info("account_kept", user_id=str(user_id))
            return False

    def prune_unverified(self, *, older_than_days: float, is_dry_run: bool = False) -> int:
        """Erase the accounts whose address was never confirmed, and return how many, or would be."""
        before = timezone.now() - timedelta(days=max(older_than_days, LEAST_AGE_DAYS))
        with acting_as_service():
            people = User.objects.unverified_since(before)
            if is_dry_run:
                return int(people.count())
        pruned = 0
        last: UUID | None = None
        while True:
            with acting_as_service():
                page = people if last is None else people.filter(pk__gt=last)
                batch = list(page.order_by("pk").values_list("pk", flat=True)[:BATCH])
            pruned += sum(self._erase_if_still(people.filter(pk=person), user_id=person) for person in batch)
            if len(batch) < BATCH:
                return pruned
            last = batch[-1]


def _proves_to_be(user: User, password: str, session_id: UUID) -> bool:
    """The one place that decides what somebody has to show before their account goes."""
    if user.has_second_factor() or not user.has_usable_password():
        demand_proof(user, session_id)
        return True
    return user.check_password(password)


def _depart(user: User, client: Client) -> Departure:
    now = timezone.now()
    departure: Departure = Departure.objects.create(user=user, asked_at=now, due_at=now + settings.DELETION_GRACE)
    audit.record(AuditAction.DELETION_ASKED, user=user, client=client, due_at=departure.due_at.isoformat())
    ask_for_mail(user.pk, "deletion_asked")
    return departure


def _stay(user: User, client: Client) -> None:
    deleted, _ = Departure.objects.filter(user=user).delete()
    if deleted:
        audit.record(AuditAction.DELETION_CANCELLED, user=user, client=client)
