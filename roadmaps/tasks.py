"""The Celery tasks of this app."""

from datetime import timedelta
from uuid import UUID

from roadmaps.model_planner import worded_plan
from roadmaps.services import JobEndedError, JobRecord, PlanningService, prune_answers
from skillbridge_backend.core.access import acting_as, acting_as_service
from skillbridge_backend.core.beat import Every
from skillbridge_backend.core.tasks import Delivery, EffectAlreadyThereError, outbox_task


@outbox_task("roadmaps.generate", queue="ai")
def generate(delivery: Delivery, *, generation_id: str, owner_id: str) -> None:
    """Plan a roadmap with its owner's rights; after the last attempt the job is failed, and the message a dead letter.

    A job that has ended, or is gone with its roadmap, is left alone, also when that happens meanwhile.
    """
    service, job_id, owner = PlanningService(), UUID(generation_id), UUID(owner_id)
    try:
        with acting_as(owner):
            job = service.begin(generation_id=job_id)
        worded = worded_plan(job, JobRecord(job_id, owner, job.kind)) if job else None
        with delivery.effect(acting_as(owner)):
            if worded:
                service.finish(generation_id=job_id, worded=worded)
    except EffectAlreadyThereError:
        raise
    except JobEndedError:
        with delivery.effect(acting_as(owner)):
            pass
    except Exception:
        if delivery.is_last_attempt:
            with acting_as(owner):
                service.fail(generation_id=job_id, error="The roadmap could not be planned; we have been told.")
        raise


@outbox_task("roadmaps.prune", queue="default", every=Every(timedelta(days=1), after=timedelta(hours=3, minutes=41)))
def prune(delivery: Delivery) -> None:
    """Remove answers of models that are too old to be shared."""
    with delivery.effect(acting_as_service()):
        prune_answers()
