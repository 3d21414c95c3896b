"""What becomes of jobs when their messages are given up, and when somebody decides about the dead letters."""

from uuid import UUID

from matches.services import RoundJobService
from skillbridge_backend.core.dead_letters import before_replay, on_given_up


@on_given_up("matches.run_round")
def fail_round(*, round_id: str) -> None:
    """The round is over without a result."""
    RoundJobService.fail(round_id=UUID(round_id))


@before_replay("matches.run_round")
def open_round_again(*, round_id: str) -> None:
    """The round waits for the worker again."""
    RoundJobService.open_again(round_id=UUID(round_id))
