"""The Celery tasks of this app."""

from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings

from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.beat import Every
from skillbridge_backend.core.tasks import Delivery, outbox_task
from users.services import (
    AdminSessionService,
    EmailChangeService,
    ExportService,
    LeavingService,
    PersonalTokenService,
    PictureService,
    SessionService,
    challenges,
    provider_visits,
)

log = structlog.get_logger(__name__)


@outbox_task(
    "users.prune_challenges", queue="default", every=Every(timedelta(days=1), after=timedelta(hours=3, minutes=53))
)
def prune_challenges(delivery: Delivery) -> None:
    """Remove challenges that nobody can answer any more, and visits that nobody comes back from."""
    log.info("pruned", model="Challenge", rows=challenges.remove_old())
    log.info("pruned", model="ProviderVisit", rows=provider_visits.remove_old())
    with delivery.effect(acting_as_service()):
        pass  # the batches are transactions of their own, and harmless to repeat


@outbox_task("users.erase_due", queue="default", every=Every(timedelta(hours=1), after=timedelta(minutes=23)))
def erase_due(delivery: Delivery) -> None:
    """Erase whose two weeks are over. Each is a transaction of its own, and harmless to repeat."""
    log.info("erased", accounts=LeavingService().erase_due())
    with delivery.effect(acting_as_service()):
        pass


@outbox_task(
    "users.prune_unverified", queue="default", every=Every(timedelta(days=1), after=timedelta(hours=3, minutes=47))
)
def prune_unverified(delivery: Delivery) -> None:
    """Erase accounts that were never confirmed, if PRUNE_UNVERIFIED_DAYS says after how long."""
    if settings.PRUNE_UNVERIFIED_DAYS:
        pruned = LeavingService().prune_unverified(older_than_days=settings.PRUNE_UNVERIFIED_DAYS)
        log.info("pruned_unverified", accounts=pruned)
    with delivery.effect(acting_as_service()):
        pass


@outbox_task("users.export", queue="default")
def export(delivery: Delivery, *, export_id: str) -> None:
    """Make a copy of somebody's data."""
    service = ExportService()
    job = service.begin(export_id=UUID(export_id))
    size = service.make(job) if job else 0
    with delivery.effect(acting_as_service()):
        if job:
            service.finish(job, size=size)


@outbox_task("users.prune_exports", queue="default", every=Every(timedelta(hours=1), after=timedelta(minutes=41)))
def prune_exports(delivery: Delivery) -> None:
    """Remove copies whose time is over, and files that no job names."""
    log.info("pruned", model="DataExport", rows=ExportService().remove_old(), files=ExportService().remove_unnamed())
    with delivery.effect(acting_as_service()):
        pass


@outbox_task(
    "users.prune_email_changes", queue="default", every=Every(timedelta(days=1), after=timedelta(hours=3, minutes=59))
)
def prune_email_changes(delivery: Delivery) -> None:
    """Forget changes of addresses that nobody can confirm or undo any more."""
    log.info("pruned", model="EmailChange", rows=EmailChangeService().remove_old())
    with delivery.effect(acting_as_service()):
        pass


@outbox_task(
    "users.prune_logins", queue="default", every=Every(timedelta(days=1), after=timedelta(hours=4, minutes=13))
)
def prune_logins(delivery: Delivery) -> None:
    """Forget logins that ended long ago."""
    log.info("pruned", model="RefreshTokenFamily", rows=SessionService().remove_old())
    with delivery.effect(acting_as_service()):
        pass


@outbox_task(
    "users.prune_admin_sessions", queue="default", every=Every(timedelta(days=1), after=timedelta(hours=4, minutes=19))
)
def prune_admin_sessions(delivery: Delivery) -> None:
    """Forget sessions of the admin that nobody gets in with any more."""
    log.info("pruned", model="Session", rows=AdminSessionService().remove_old())
    with delivery.effect(acting_as_service()):
        pass


@outbox_task("users.note_token_uses", queue="default", every=Every(timedelta(minutes=1)))
def note_token_uses(delivery: Delivery) -> None:
    """Write when personal tokens were last used, which requests left in Redis."""
    log.info("token_uses_noted", tokens=PersonalTokenService().note_uses())
    with delivery.effect(acting_as_service()):
        pass  # what was noted is taken out of Redis once


@outbox_task("users.remove_picture", queue="default")
def remove_picture(delivery: Delivery, *, name: str) -> None:
    """Remove the files of a picture that was replaced or taken away, or whose owner is gone."""
    PictureService().remove_files(name=name)
    with delivery.effect(acting_as_service()):
        pass


@outbox_task(
    "users.prune_pictures", queue="default", every=Every(timedelta(days=1), after=timedelta(hours=4, minutes=7))
)
def prune_pictures(delivery: Delivery) -> None:
    """Remove files that no profile names: those of requests that died between file and row."""
    log.info("pruned", model="Picture", rows=PictureService().remove_unnamed())
    with delivery.effect(acting_as_service()):
        pass
