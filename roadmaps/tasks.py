"""The Celery tasks of this app."""

from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings

from roadmaps.host_turns import HostTurns
from roadmaps.link_checker import LinkChecker
from roadmaps.model_planner import worded_plan
from roadmaps.services import (
    BATCH,
    JobEndedError,
    JobRecord,
    LinkService,
    PlanningService,
    VideoService,
    check_soon,
    forget_old_videos,
    prune_answers,
)
from skillbridge_backend.core import outbox
from skillbridge_backend.core.access import acting_as, acting_as_service
from skillbridge_backend.core.beat import Every
from skillbridge_backend.core.tasks import Delivery, outbox_task

log = structlog.get_logger(__name__)


@outbox_task("roadmaps.generate", queue="ai")
def generate(delivery: Delivery, *, generation_id: str, owner_id: str) -> None:
    """Plan a roadmap with its owner's rights.

    A job that has ended, or is gone with its roadmap, is left alone, also when that happens meanwhile.
    """
    service, job_id, owner = PlanningService(), UUID(generation_id), UUID(owner_id)
    try:
        with acting_as(owner):
            job = service.begin(generation_id=job_id)
        worded = worded_plan(job, JobRecord(job_id, owner, job.kind)) if job else None
        with delivery.effect(acting_as(owner)):
            roadmap = service.finish(generation_id=job_id, worded=worded) if worded else None
            if roadmap and settings.YOUTUBE_API_KEY:
                with acting_as_service():
                    outbox.publish("roadmaps.find_videos", payload={"roadmap_id": str(roadmap.pk)})
    except JobEndedError:
        with delivery.effect(acting_as(owner)):
            pass


@outbox_task("roadmaps.check_links", queue="default", every=Every(timedelta(minutes=1)))
def check_links(delivery: Delivery) -> None:
    """Check links whose time has come, for some seconds; where there may be more, what waits has its turn first."""
    counts = LinkService().check_due(LinkChecker(HostTurns())) if settings.LINK_CHECKS else {}
    log.info("links_checked", **counts)
    with delivery.effect(acting_as_service()):  # each link is a transaction of its own, and harmless to check again
        if sum(counts.values()) >= BATCH:
            check_soon()


@outbox_task("roadmaps.find_videos", queue="default")
def find_videos(delivery: Delivery, *, roadmap_id: str) -> None:
    """Search YouTube for what a plan lacks; when the day's units are spent, the rest comes tomorrow."""
    later = VideoService().find_for(UUID(roadmap_id)) if settings.YOUTUBE_API_KEY else None
    with delivery.effect(acting_as_service()):
        if later:
            outbox.publish("roadmaps.find_videos", payload={"roadmap_id": roadmap_id}, available_at=later)


@outbox_task("roadmaps.check_videos", queue="default", every=Every(timedelta(minutes=10), after=timedelta(minutes=4)))
def check_videos(delivery: Delivery) -> None:
    """Look up the videos whose time has come."""
    if settings.YOUTUBE_API_KEY:
        log.info("videos_checked", **VideoService().check_due())
    with delivery.effect(acting_as_service()):
        pass  # each video is a transaction of its own, and harmless to look up again


@outbox_task("roadmaps.prune", queue="default", every=Every(timedelta(days=1), after=timedelta(hours=3, minutes=41)))
def prune(delivery: Delivery) -> None:
    """Remove answers of models and videos that are too old to be kept."""
    with delivery.effect(acting_as_service()):
        prune_answers()
        forget_old_videos()
