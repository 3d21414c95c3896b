"""What this app does when somebody decides about its dead letters."""

from uuid import UUID

from matches.services import RoundJobService
from skillbridge_backend.core.dead_letters import before_replay


@before_replay("matches.run_round")
def open_round_again(*, round_id: str) -> None:
    """The round waits for the worker again."""
    RoundJobService.open_again(round_id=UUID(round_id))
