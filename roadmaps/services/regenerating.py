"""RegenerationService: a module, or all that is not begun of a roadmap, planned anew. Nothing is lost by it."""

from typing import Any
from uuid import UUID

from django.db import transaction

from roadmaps.enums import GenerationKind, GenerationStatus, ModuleStatus
from roadmaps.exceptions import JobRunning, NotAboutASkill, TooManyJobs
from roadmaps.models import Generation, Module, Roadmap
from roadmaps.services.locks import lock_editable, lock_module
from roadmaps.services.wishes import SettledWish, Wish, settle
from skillbridge_backend.core import outbox
from skillbridge_backend.core.errors import IllegalTransition
from skillbridge_backend.core.locks import hold
from users.models import User

MOST_JOBS_AT_ONCE = 3


def hold_jobs(actor: User) -> None:
    """One wish of a person's at a time, before any roadmap is locked. Raises TooManyJobs (409) at the limit."""
    hold(f"roadmaps.jobs:{actor.pk}")
    if Generation.objects.filter(roadmap__owner=actor).active().count() >= MOST_JOBS_AT_ONCE:
        raise TooManyJobs(f"{MOST_JOBS_AT_ONCE} of your roadmaps are being planned.", headers={"Retry-After": "10"})


def queue_job(actor: User, roadmap: Roadmap, settled_input: dict[str, Any], **fields: Any) -> Generation:
    """The job, with everything it is planned from, and its message to the worker; after `hold_jobs`."""
    generation = Generation.objects.create(
        roadmap=roadmap, status=GenerationStatus.QUEUED, input=settled_input, **fields
    )
    outbox.publish(
        "roadmaps.generate",
        payload={"generation_id": str(generation.pk), "owner_id": str(actor.pk)},
        actor_id=actor.pk,
    )
    return generation


class RegenerationService:
    """Queues jobs that plan anew; until one has ended, the roadmap stays as it is and can be worked on."""

    @transaction.atomic
    def regenerate_module(self, *, actor: User, module_id: UUID, comment: str = "") -> Generation:
        """A job that words this module anew; its id, status and notes stay.

        Raises NotFound, RoadmapNotEditable, IllegalTransition (409) for a completed one, JobRunning (409) while another
        job plans the roadmap, NotAboutASkill (409) for a module that is about no skill of the catalogue, TooManyJobs
        (409).
        """
        hold_jobs(actor)
        module = lock_module(actor, module_id)
        self._refuse_second(module.roadmap)
        if module.status == ModuleStatus.COMPLETED:
            raise IllegalTransition("It is completed; there is nothing left to plan.", current_status=module.status)
        if module.skill is None:
            raise NotAboutASkill("Name the skill that it is about, or write it yourself.")
        roadmap = module.roadmap
        settled_input = {
            "goal": roadmap.goal_text,
            "targets": [],
            "known": {},
            "hours_per_week": roadmap.hours_per_week,
            "weeks": roadmap.weeks,
            "languages": roadmap.wishes.get("languages", []),
            "current": [[module.title, module.description]],
            "module": {
                "skill": module.skill.slug,
                "from_level": module.from_level,
                "to_level": module.to_level,
                "minutes": module.estimated_minutes,
            },
        }
        return queue_job(actor, roadmap, settled_input, kind=GenerationKind.MODULE, module=module, comment=comment)

    @transaction.atomic
    def regenerate_rest(
        self,
        *,
        actor: User,
        roadmap_id: UUID,
        comment: str = "",
        goal: str = "",
        track: str = "",
        level: int | None = None,
    ) -> Generation:
        """A job that plans anew what is not begun, for this goal where one is given.

        What was begun or completed counts as known. Raises NotFound, RoadmapNotEditable, JobRunning (409), TooManyJobs
        (409), and what `settle` does.
        """
        hold_jobs(actor)
        roadmap = lock_editable(actor, roadmap_id)
        self._refuse_second(roadmap)
        settled = self._settled(actor, roadmap, goal=goal, track=track, level=level)
        asked = {
            "goal_text": settled.wish.goal,
            "understood": settled.shown(),
            # What the learner knows by this roadmap is no wish: a later plan finds it out again.
            "wishes": settled.kept() | {"known": roadmap.wishes.get("known", {})},
        }
        return queue_job(
            actor, roadmap, {**settled.job_input(), "roadmap": asked}, kind=GenerationKind.REST, comment=comment
        )

    def _settled(self, actor: User, roadmap: Roadmap, *, goal: str, track: str, level: int | None) -> SettledWish:
        was = Wish.of(roadmap)
        known = dict(was.known)
        begun = Module.objects.filter(roadmap=roadmap, status__in=[ModuleStatus.COMPLETED, ModuleStatus.IN_PROGRESS])
        for skill, reached in begun.exclude(skill=None).values_list("skill__slug", "to_level"):
            known[skill] = max(known.get(skill, 0), reached)
        is_new_goal = bool(goal) and goal != was.goal
        wish = Wish(
            goal=goal or was.goal,
            hours_per_week=was.hours_per_week,
            weeks=was.weeks,
            deadline=was.deadline,
            started_on=was.started_on,
            track=track or ("" if is_new_goal else was.track),
            level=level or (None if is_new_goal else was.level),
            known=known,
            refresh_below=was.refresh_below,
            languages=was.languages,
            resource_kinds=was.resource_kinds,
        )
        return settle(actor, wish)

    def _refuse_second(self, roadmap: Roadmap) -> None:
        if Generation.objects.filter(roadmap=roadmap).active().exists():
            raise JobRunning("A job is planning this roadmap. Wait until it has ended, or cancel it.")
