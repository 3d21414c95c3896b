"""Background work of this app: ids in, one service call, effect and receipt in one transaction."""

from datetime import timedelta
from uuid import UUID

from matches.services import MatchService, RoundJobService, SessionService
from matches.services.mentorships import MOST_REFRESHED
from matches.services.sessions import MOST_CLOSED
from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.beat import Every
from skillbridge_backend.core.tasks import Delivery, outbox_task


@outbox_task("matches.expire_requests", queue="match", every=Every(timedelta(minutes=5)))
def expire_requests(delivery: Delivery) -> None:
    """Let requests and proposals lapse that nobody decided on in time; periodic."""
    with delivery.effect(acting_as_service()):
        MatchService.expire_overdue()


@outbox_task("matches.refresh_figures", queue="match", every=Every(timedelta(minutes=10)))
def refresh_figures(delivery: Delivery) -> None:
    """Count anew what mentors' listings say where a review shows by now, or a request is too old to count; periodic."""
    refreshed = MOST_REFRESHED
    while refreshed == MOST_REFRESHED:
        with acting_as_service():
            refreshed = MatchService.refresh_due_figures()
    with delivery.effect(acting_as_service()):
        pass  # each batch is a transaction of its own, and harmless to repeat


@outbox_task("matches.close_sessions", queue="match", every=Every(timedelta(hours=1)))
def close_sessions(delivery: Delivery) -> None:
    """Count as held the sessions of which nobody said anything for three days; periodic."""
    closed = MOST_CLOSED
    while closed == MOST_CLOSED:
        with acting_as_service():
            closed = SessionService.close_past()
    with delivery.effect(acting_as_service()):
        pass  # each batch is a transaction of its own, and harmless to repeat


@outbox_task("matches.end_silent_rounds", queue="match", every=Every(timedelta(seconds=30)))
def end_silent_rounds(delivery: Delivery) -> None:
    """Fail rounds whose workers are gone, so that nothing says that it runs for hours; periodic."""
    with delivery.effect(acting_as_service()):
        RoundJobService.fail_silent()


@outbox_task("matches.run_round", queue="match")
def run_round(delivery: Delivery, *, round_id: str) -> None:
    """Assign everybody who seeks to everybody who offers."""
    with acting_as_service():
        task = RoundJobService.begin(round_id=UUID(round_id))
    answer = RoundJobService.solve(task) if task else None
    with delivery.effect(acting_as_service()):
        if answer:
            RoundJobService.finish(round_id=UUID(round_id), answer=answer)
