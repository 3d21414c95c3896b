"""PlanningService: what the job that plans a roadmap reads and writes. The planning itself touches no database.

A job is `begin`, then a plan made outside of any transaction (`model_planner.py`), then `finish` or `fail`.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from roadmaps.enums import GenerationSource, GenerationStatus, RoadmapStatus
from roadmaps.models import Generation, Module, ModulePrerequisite, Roadmap
from roadmaps.planner import Plan, PlanRequest, SkillGraph, Target
from roadmaps.services.goal_catalogue import skill_graph
from roadmaps.signals import roadmap_ready
from skillbridge_backend.core.dead_letters import ReplayRefusedError
from users.models import Skill
from users.querysets import hidden_of


@dataclass(frozen=True, slots=True)
class PlanJob:
    """Everything a plan is made from, read in one go."""

    generation_id: UUID
    goal: str
    request: PlanRequest
    languages: tuple[str, ...]
    graph: SkillGraph
    was_model_asked: bool
    """An earlier attempt of this job has asked the model; asking again could cost twice."""


@dataclass(frozen=True, slots=True)
class WordedPlan:
    """A plan and its receipt."""

    plan: Plan
    source: GenerationSource
    model: str = ""
    prompt_hash: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    fallback_reason: str = ""


class PlanningService:
    """The database side of the job. Each method is one transaction, with the rights of the roadmap's owner."""

    @transaction.atomic
    def begin(self, *, generation_id: UUID) -> PlanJob | None:
        """Mark the job as running and return what it needs; None when it has ended or is gone with its roadmap."""
        generation = self._lock(generation_id)
        if generation is None or generation.finished_at:
            return None
        was_model_asked = bool(generation.model)
        generation.model = settings.OPENAI_MODEL if settings.OPENAI_API_KEY else ""
        generation.status = GenerationStatus.RUNNING
        generation.started_at = generation.started_at or timezone.now()
        generation.save(update_fields=["model", "status", "started_at", "updated_at"])
        asked = generation.input
        return PlanJob(
            generation_id=generation.pk,
            goal=asked["goal"],
            request=PlanRequest(
                targets=tuple(Target(skill, level, is_named) for skill, level, is_named in asked["targets"]),
                known=asked["known"],
                hours_per_week=asked["hours_per_week"],
                weeks=asked["weeks"],
            ),
            languages=tuple(asked["languages"]),
            graph=skill_graph(),
            was_model_asked=was_model_asked,
        )

    @transaction.atomic
    def finish(self, *, generation_id: UUID, worded: WordedPlan) -> Roadmap | None:
        """Write the modules and end the job; None, and nothing written, when it has ended or is gone meanwhile.

        Sends `roadmap_ready`. Lock order: roadmap, job.
        """
        generation = self._lock(generation_id)
        if generation is None or generation.finished_at:
            return None
        roadmap = generation.roadmap
        self._write_modules(roadmap, worded.plan)
        roadmap.status = RoadmapStatus.READY
        roadmap.plan_summary = _summary(worded.plan)
        roadmap.save(update_fields=["status", "plan_summary", "updated_at"])
        generation.status = GenerationStatus.SUCCEEDED
        generation.source = worded.source
        generation.model = worded.model
        generation.prompt_hash = worded.prompt_hash
        generation.prompt_tokens = worded.prompt_tokens
        generation.completion_tokens = worded.completion_tokens
        generation.fallback_reason = worded.fallback_reason[:300]
        generation.finished_at = timezone.now()
        generation.save()
        roadmap_ready.send(sender=Roadmap, roadmap=roadmap, actor=roadmap.owner)
        return roadmap

    @transaction.atomic
    def fail(self, *, generation_id: UUID, error: str) -> None:
        """End the job and the roadmap's planning as failed; nothing happens when it has ended or is gone."""
        generation = self._lock(generation_id)
        if generation is None or generation.finished_at:
            return
        generation.status = GenerationStatus.FAILED
        generation.error = error[:300]
        generation.finished_at = timezone.now()
        generation.save(update_fields=["status", "error", "finished_at", "updated_at"])
        generation.roadmap.status = RoadmapStatus.FAILED
        generation.roadmap.save(update_fields=["status", "updated_at"])

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
        if roadmap.status != RoadmapStatus.FAILED or roadmap.generations.filter(pk__gt=generation.pk).exists():
            raise ReplayRefusedError(
                f"its owner went on without it: the roadmap is {roadmap.status} and was planned anew, archived or"
                " filled by hand since; drop this message"
            )
        generation.status, generation.error, generation.model = GenerationStatus.QUEUED, "", ""
        generation.started_at = generation.finished_at = None
        generation.save(update_fields=["status", "error", "model", "started_at", "finished_at", "updated_at"])
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

    def _write_modules(self, roadmap: Roadmap, plan: Plan) -> None:
        skills = {skill.slug: skill for skill in Skill.objects.filter(slug__in={each.skill for each in plan.modules})}
        modules = Module.objects.bulk_create(
            Module(
                roadmap=roadmap,
                position=position,
                title=planned.title,
                description=planned.description,
                skill=skills[planned.skill],
                from_level=planned.from_level,
                to_level=planned.to_level,
                weight=planned.minutes,
                estimated_minutes=planned.minutes,
                starts_week=planned.starts_week,
                ends_week=planned.ends_week,
            )
            for position, planned in enumerate(plan.modules, start=1)
        )
        ModulePrerequisite.objects.bulk_create(
            ModulePrerequisite(module=module, requires=modules[place])
            for module, planned in zip(modules, plan.modules, strict=True)
            for place in planned.requires
        )


def _summary(plan: Plan) -> dict[str, Any]:
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
