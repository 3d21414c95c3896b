"""PlanningService: what the job that plans a roadmap reads and writes. The planning itself touches no database.

A job is `begin`, then a plan made outside of any transaction (`model_planner.py`), then `finish` or `fail`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from roadmaps.enums import (
    GenerationEventKind,
    GenerationKind,
    GenerationSource,
    GenerationStatus,
    RoadmapStatus,
)
from roadmaps.models import Generation, Roadmap
from roadmaps.planner import Plan, PlannedModule, PlanRequest, SkillGraph, fitted, module_of, plan
from roadmaps.services.goal_catalogue import skill_graph
from roadmaps.services.job_record import write_event
from roadmaps.services.known_skills import count_known, hold_known_skills
from roadmaps.services.plan_writing import put_module, put_rest, write_modules
from roadmaps.services.wishes import request_of
from roadmaps.signals import roadmap_ready
from skillbridge_backend.core.dead_letters import ReplayRefusedError
from skillbridge_backend.core.errors import IllegalTransition, NotFound
from users.models import User
from users.querysets import hidden_of


@dataclass(frozen=True, slots=True)
class PlanJob:
    """Everything a plan is made from, read in one go."""

    generation_id: UUID
    owner_id: UUID
    kind: GenerationKind
    goal: str
    request: PlanRequest
    languages: tuple[str, ...]
    graph: SkillGraph
    was_model_asked: bool = False
    """An earlier attempt of this job has asked the model; asking again could cost twice."""
    comment: str = ""
    """What the learner wants changed."""
    current: tuple[tuple[str, str], ...] = ()
    """Title and description that are there now, where the learner comments on them."""
    module: PlannedModule | None = None
    """The one that is planned anew, in built-in words."""

    @property
    def skeleton(self) -> Plan:
        """The plan in built-in words."""
        if self.module is not None:
            return fitted(self.graph, self.request, [self.module])
        return plan(self.graph, self.request)

    def saying(self, *, goal: str, comment: str) -> "PlanJob":
        """The same job in other words."""
        return replace(self, goal=goal, comment=comment)


@dataclass(frozen=True, slots=True)
class Fault:
    """A module that has built-in words, although a model was asked, and why."""

    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class WordedPlan:
    """A plan and its receipt, but for attempts and cost, which `JobRecord` writes as they come."""

    plan: Plan
    source: GenerationSource
    model: str = ""
    prompt_version: str = ""
    prompt_hash: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    is_cached: bool = False
    faults: tuple[Fault, ...] = ()
    fallback_reason: str = ""


class PlanningService:
    """The database side of the job. Each method is one transaction, with the rights of the roadmap's owner."""

    @transaction.atomic
    def begin(self, *, generation_id: UUID) -> PlanJob | None:
        """Mark the job as running and return what it needs; None when it has ended or is gone with its roadmap."""
        generation = self._lock(generation_id)
        if generation is None or generation.finished_at:
            return None
        generation.status = GenerationStatus.RUNNING
        generation.started_at = generation.started_at or timezone.now()
        generation.save(update_fields=["status", "started_at", "updated_at"])
        write_event(generation, GenerationEventKind.STARTED, {})
        asked, graph = generation.input, skill_graph()
        return PlanJob(
            generation_id=generation.pk,
            owner_id=generation.roadmap.owner_id,
            kind=GenerationKind(generation.kind),
            goal=asked["goal"],
            request=request_of(asked),
            languages=tuple(asked["languages"]),
            graph=graph,
            was_model_asked=generation.attempts > 0,
            comment=generation.comment,
            current=tuple((title, description) for title, description in asked.get("current", ())),
            module=_one_module(graph, asked["module"]) if "module" in asked else None,
        )

    @transaction.atomic
    def finish(self, *, generation_id: UUID, worded: WordedPlan) -> Roadmap | None:
        """Write the modules and end the job; None, and nothing written, when it has ended or is gone meanwhile.

        What its owner has completed elsewhere since counts in it. Sends `roadmap_ready` for a roadmap that was not
        ready before. Lock order: the owner's known skills, roadmap, modules, job.
        """
        owner_id = Generation.objects.filter(pk=generation_id).values_list("roadmap__owner_id", flat=True).first()
        if owner_id is None:
            return None
        hold_known_skills(owner_id)
        generation = self._lock(generation_id)
        if generation is None or generation.finished_at:
            return None
        roadmap = generation.roadmap
        was_planned = generation.kind != GenerationKind.ROADMAP
        if generation.kind == GenerationKind.MODULE:
            put_module(generation, worded.plan.modules[0])
        elif generation.kind == GenerationKind.REST:
            put_rest(roadmap, worded.plan, asked=generation.input.get("roadmap", {}))
        else:
            write_modules(roadmap, worded.plan)
            roadmap.status = RoadmapStatus.READY
            roadmap.plan_summary = summary_of(worded.plan)
        roadmap.save(
            update_fields=["status", "plan_summary", "goal_text", "track", "understood", "wishes", "updated_at"]
        )
        if generation.kind != GenerationKind.MODULE:
            count_known(roadmap)
        generation.status = GenerationStatus.SUCCEEDED
        generation.source = worded.source
        generation.model = worded.model
        generation.prompt_version = worded.prompt_version
        generation.prompt_hash = worded.prompt_hash
        generation.prompt_tokens = worded.prompt_tokens
        generation.completion_tokens = worded.completion_tokens
        generation.is_cached = worded.is_cached
        if worded.is_cached and generation.cost is None:
            generation.cost = Decimal(0)
        generation.faults += [{"title": each.title, "reason": each.reason} for each in worded.faults]
        generation.fallback_reason = worded.fallback_reason[:300]
        generation.finished_at = timezone.now()
        generation.save()
        write_event(generation, GenerationEventKind.SUCCEEDED, {"source": worded.source})
        if not was_planned:
            roadmap_ready.send(sender=Roadmap, roadmap=roadmap, actor=roadmap.owner)
        return roadmap

    @transaction.atomic
    def cancel(self, *, actor: User, generation_id: UUID) -> Generation:
        """End a job that waits or runs; a roadmap that it was to plan is a draft again, one that was there stays.

        A worker that is at it stops at its next step. Raises NotFound, IllegalTransition (409) when it has ended.
        """
        if not Generation.objects.filter(pk=generation_id, roadmap__owner=actor).exists():
            raise NotFound("There is no such job among yours.")
        generation = self._lock(generation_id)
        if generation is None:
            raise NotFound("There is no such job among yours.")
        if generation.finished_at:
            raise IllegalTransition(
                f"It is {generation.status!r} and can no longer be cancelled.", current_status=generation.status
            )
        self._end(generation, GenerationStatus.CANCELLED, RoadmapStatus.DRAFT)
        write_event(generation, GenerationEventKind.CANCELLED, {})
        return generation

    @transaction.atomic
    def fail(self, *, generation_id: UUID, error: str) -> None:
        """End the job and the roadmap's planning as failed; nothing happens when it has ended or is gone."""
        generation = self._lock(generation_id)
        if generation is None or generation.finished_at:
            return
        generation.error = error[:300]
        self._end(generation, GenerationStatus.FAILED, RoadmapStatus.FAILED)
        write_event(generation, GenerationEventKind.FAILED, {"error": generation.error})

    @transaction.atomic
    def open_again(self, *, generation_id: UUID) -> None:
        """Queue a job that failed, with its roadmap; nothing changes where it has not ended. Rights of the service.

        The model may be asked again: an operator decided so. Raises ReplayRefusedError when the job succeeded, is gone,
        or was overtaken by what its owner did since. Lock order: roadmap, job.
        """
        generation = self._lock(generation_id)
        if generation is None:
            raise ReplayRefusedError("its roadmap was deleted; drop this message")
        if generation.status == GenerationStatus.SUCCEEDED:
            raise ReplayRefusedError("the roadmap is planned already; drop this message")
        if not generation.finished_at:
            return
        roadmap = generation.roadmap
        left_as = RoadmapStatus.FAILED if generation.kind == GenerationKind.ROADMAP else RoadmapStatus.READY
        if roadmap.status != left_as or roadmap.generations.filter(pk__gt=generation.pk).exists():
            raise ReplayRefusedError(
                f"its owner went on without it: the roadmap is {roadmap.status} and was planned anew, archived or"
                " filled by hand since; drop this message"
            )
        generation.status, generation.error, generation.model = GenerationStatus.QUEUED, "", ""
        generation.attempts, generation.started_at, generation.finished_at = 0, None, None
        generation.save(
            update_fields=["status", "error", "model", "attempts", "started_at", "finished_at", "updated_at"]
        )
        if generation.kind == GenerationKind.ROADMAP:
            roadmap.status = RoadmapStatus.GENERATING
            roadmap.save(update_fields=["status", "updated_at"])

    def _lock(self, generation_id: UUID) -> Generation | None:
        """The job with its roadmap, both locked, roadmap first."""
        Roadmap.objects.select_for_update(no_key=True, of=("self",)).filter(generations=generation_id).first()
        return (
            Generation.objects.select_for_update(of=("self",))
            .select_related("roadmap__owner")
            .defer(*hidden_of("roadmap__owner"))
            .filter(pk=generation_id)
            .first()
        )

    def _end(self, generation: Generation, status: GenerationStatus, of_roadmap: RoadmapStatus) -> None:
        """End a locked job; its roadmap changes where it was being planned as a whole."""
        generation.status = status
        generation.finished_at = timezone.now()
        generation.save(update_fields=["status", "error", "finished_at", "updated_at"])
        if generation.roadmap.status == RoadmapStatus.GENERATING:
            generation.roadmap.status = of_roadmap
            generation.roadmap.save(update_fields=["status", "updated_at"])


def _one_module(graph: SkillGraph, asked: Mapping[str, Any]) -> PlannedModule:
    return module_of(
        graph[asked["skill"]], from_level=asked["from_level"], to_level=asked["to_level"], minutes=asked["minutes"]
    )


def summary_of(plan: Plan) -> dict[str, Any]:
    """How the plan fits, as the roadmap shows it."""
    return {
        "total_minutes": plan.total_minutes,
        "weeks_needed": plan.weeks_needed,
        "fits": plan.fits,
        "shortfall_minutes": plan.shortfall_minutes,
        "shortfall_weeks": plan.shortfall_weeks,
        "hours_per_week_needed": plan.hours_per_week_needed,
        "could_drop": [{"skill": each.skill, "minutes": each.minutes} for each in plan.could_drop],
        "fits_after_dropping": plan.fits_after_dropping,
    }
