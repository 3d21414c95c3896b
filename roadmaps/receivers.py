"""What becomes of jobs when their messages are given up, and when somebody decides about the dead letters."""

from uuid import UUID

from roadmaps.services import PlanningService
from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.dead_letters import before_replay, on_given_up


@on_given_up("roadmaps.generate")
def fail_generation(*, generation_id: str, owner_id: str) -> None:  # both are the payload
    """The job has failed, and its owner may ask again."""
    error = "The roadmap could not be planned; we have been told."
    with acting_as(UUID(owner_id)):
        PlanningService().fail(generation_id=UUID(generation_id), error=error)


@before_replay("roadmaps.generate")
def open_generation_again(*, generation_id: str, owner_id: str) -> None:  # both are the payload
    """The job and its roadmap wait for the worker again."""
    PlanningService().open_again(generation_id=UUID(generation_id))
