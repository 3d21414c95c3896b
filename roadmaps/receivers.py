"""What this app does when somebody decides about its dead letters."""

from uuid import UUID

from roadmaps.services import PlanningService
from skillbridge_backend.core.dead_letters import before_replay


@before_replay("roadmaps.generate")
def open_generation_again(*, generation_id: str, owner_id: str) -> None:  # both are the payload
    """The job and its roadmap wait for the worker again."""
    PlanningService().open_again(generation_id=UUID(generation_id))
