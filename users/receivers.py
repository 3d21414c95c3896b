"""What Django's own signals tell the audit trail: logging in to the admin, failing to, logging out.

Also what goes with an account that is erased, and what becomes of a job that is given up.

The API's logins record themselves (`services/sessions.py`); changes of groups and permissions are recorded by triggers.
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import update_last_login
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from skillbridge_backend.core.dead_letters import on_given_up
from users.clients import Client, client_of
from users.enums import AuditAction
from users.middleware import ADMIN_SESSION, admin_session_of
from users.models import User
from users.services import AdminSessionService, ExportService, audit
from users.signals import account_erasing

# Django's own comes before ours, and after it a first login is told from no other.
user_logged_in.disconnect(dispatch_uid="update_last_login")


@receiver(user_logged_in)
def record_login(user: User, request: HttpRequest | None = None, **_: Any) -> None:
    """Somebody is in, for as long as this session of theirs goes on."""
    session_id = AdminSessionService().begin(user, client=_client(request))
    if request:
        request.session[ADMIN_SESSION] = str(session_id)
    update_last_login(None, user)  # type: ignore[arg-type]  # it does not look at the sender


@receiver(user_logged_out)
def record_logout(user: User | None, request: HttpRequest | None = None, **_: Any) -> None:
    """Somebody is out."""
    if user:
        audit.record(AuditAction.LOGGED_OUT, user=user, client=_client(request), surface="admin")
    if request and (session_id := admin_session_of(request)):
        AdminSessionService().end(session_id=session_id)


@receiver(user_login_failed)
def record_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Somebody is not in. An address that no account has is kept as a fingerprint only."""
    address = str(credentials.get("username") or credentials.get("email") or "")
    user = User.objects.by_email(address).first()
    details = {} if user else {"address": audit.fingerprint(address)}
    audit.record(AuditAction.LOGIN_FAILED, user=user, client=_client(request), surface="admin", **details)


@receiver(account_erasing)
def find_exports(user_id: UUID, **_: Any) -> Callable[[], None]:
    """The copies that somebody had made of their data go with them."""
    exports = ExportService()
    return partial(exports.remove, exports.files_of(user_id=user_id))


@on_given_up("users.export")
def fail_export(*, export_id: str) -> None:
    """The copy could not be made, and its owner may ask again."""
    ExportService().fail(export_id=UUID(export_id))


def _client(request: HttpRequest | None) -> Client:
    return client_of(request) if request else Client()
