"""RoadmapService: a learner's roadmaps from the wish to the archive, and the progress through their modules."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from roadmaps.enums import ModuleStatus, RoadmapStatus, VersionReason
from roadmaps.exceptions import PrerequisitesMissing
from roadmaps.models import Generation, Module, Roadmap
from roadmaps.planner import Plan, plan
from roadmaps.services.known_skills import count_elsewhere, count_known, hold_known_skills, uncount
from roadmaps.services.locks import VersionCheck, any_version, lock_editable, lock_module, lock_roadmap
from roadmaps.services.pace import lay_out
from roadmaps.services.regenerating import hold_jobs, queue_job
from roadmaps.services.versions import keep_version
from roadmaps.services.wishes import SettledWish, Wish, settle, weeks_until
from roadmaps.signals import module_completed, module_reopened
from skillbridge_backend.core.errors import IllegalTransition, InvalidInput
from users.models import Track, User
from users.zones import today_of

EDITABLE_FIELDS = frozenset({"title", "hours_per_week", "weeks", "deadline", "started_on", "visibility"})
PACE_FIELDS = frozenset({"hours_per_week", "weeks", "deadline", "started_on"})


class RoadmapService:
    """Plans, keeps and works off roadmaps. Every method opens its own transaction or joins the caller's."""

    @transaction.atomic
    def generate_roadmap(self, *, actor: User, wish: Wish, title: str = "") -> Generation:
        """A roadmap in status `generating` and the job that plans it, which a worker takes from the outbox.

        What the goal means is settled here, so the learner hears at once when it means nothing. Raises TooManyJobs
        (409) and what `settle` does.
        """
        hold_jobs(actor)
        settled = settle(actor, wish)
        roadmap = Roadmap.objects.create(
            owner=actor,
            title=title or wish.goal[:1].upper() + wish.goal[1:120],
            goal_text=wish.goal,
            status=RoadmapStatus.GENERATING,
            hours_per_week=wish.hours_per_week,
            deadline=wish.deadline,
            started_on=settled.started_on,
            **_meant(settled),
        )
        return queue_job(actor, roadmap, settled.job_input())

    def preview(self, *, actor: User, wish: Wish) -> tuple[SettledWish, Plan]:
        """What the built-in planner makes of a wish; nothing is written. Raises what `settle` does."""
        settled = settle(actor, wish)
        return settled, plan(settled.graph, settled.request)

    @transaction.atomic
    def retry(self, *, actor: User, roadmap_id: UUID) -> Generation:
        """A new job for a roadmap whose planning failed or was cancelled, from the same goal and today's profile.

        Raises NotFound, IllegalTransition (409) in any other status or when modules were written by hand since,
        TooManyJobs (409), and what `settle` does.
        """
        hold_jobs(actor)
        roadmap = lock_roadmap(actor, roadmap_id)
        if roadmap.modules.exists():
            raise IllegalTransition("It has modules; have the rest planned anew.", current_status=roadmap.status)
        self._step(roadmap, RoadmapStatus.GENERATING)
        settled = settle(actor, Wish.of(roadmap))
        for field, value in _meant(settled).items():
            setattr(roadmap, field, value)
        roadmap.save(update_fields=[*_meant(settled), "updated_at"])
        return queue_job(actor, roadmap, settled.job_input())

    @transaction.atomic
    def create(
        self,
        *,
        actor: User,
        title: str,
        hours_per_week: int,
        weeks: int,
        goal_text: str = "",
        started_on: date | None = None,
    ) -> Roadmap:
        """An empty draft, to be filled by hand."""
        return Roadmap.objects.create(
            owner=actor,
            title=title,
            goal_text=goal_text,
            hours_per_week=hours_per_week,
            weeks=weeks,
            started_on=started_on or today_of(actor.pk),
        )

    @transaction.atomic
    def update(
        self, *, actor: User, roadmap_id: UUID, changes: Mapping[str, Any], check: VersionCheck = any_version
    ) -> Roadmap:
        """The roadmap with these fields changed (those of EDITABLE_FIELDS), and its weeks laid out anew for them.

        A deadline counts the weeks to it; weeks take the deadline away; a change of the first day keeps the deadline
        where there is one. Raises NotFound, PreconditionFailed, InvalidInput.
        """
        roadmap = lock_roadmap(actor, roadmap_id)
        check(roadmap)
        if unknown := set(changes) - EDITABLE_FIELDS:
            raise InvalidInput.of(min(unknown), "This cannot be changed.")
        if {"weeks", "deadline"} <= set(changes):
            raise InvalidInput.of("deadline", "Write either a deadline or a number of weeks.")
        if set(changes) != {"visibility"}:
            keep_version(roadmap, VersionReason.EDITED)
        for field, value in changes.items():
            setattr(roadmap, field, value)
        if "weeks" in changes:
            roadmap.deadline = None
        elif roadmap.deadline and changes.keys() & {"deadline", "started_on"}:
            roadmap.weeks = weeks_until(roadmap.deadline, started_on=roadmap.started_on)
        if set(changes) & PACE_FIELDS:
            lay_out(roadmap)
        roadmap.save(update_fields=[*changes, "weeks", "deadline", "plan_summary", "updated_at"])
        return roadmap

    @transaction.atomic
    def reschedule(self, *, actor: User, roadmap_id: UUID) -> Roadmap:
        """What is left of it laid out from this week on. Raises NotFound, RoadmapNotEditable."""
        roadmap = lock_editable(actor, roadmap_id)
        keep_version(roadmap, VersionReason.RESCHEDULED)
        lay_out(roadmap)
        roadmap.save(update_fields=["plan_summary", "updated_at"])
        return roadmap

    @transaction.atomic
    def archive(self, *, actor: User, roadmap_id: UUID) -> Roadmap:
        """Put it away; modules cannot be worked on until it is active again. Raises NotFound, IllegalTransition."""
        roadmap = lock_roadmap(actor, roadmap_id)
        self._step(roadmap, RoadmapStatus.ARCHIVED)
        return roadmap

    @transaction.atomic
    def activate(self, *, actor: User, roadmap_id: UUID) -> Roadmap:
        """A draft, or one from the archive, becomes `ready`; what is completed elsewhere counts in it from now on.

        Raises NotFound, IllegalTransition.
        """
        hold_known_skills(actor.pk)
        roadmap = lock_roadmap(actor, roadmap_id)
        self._step(roadmap, RoadmapStatus.READY)
        count_known(roadmap)
        return roadmap

    @transaction.atomic
    def delete(self, *, actor: User, roadmap_id: UUID, check: VersionCheck = any_version) -> None:
        """Remove it with its modules, notes and jobs. Raises NotFound, PreconditionFailed."""
        roadmap = lock_roadmap(actor, roadmap_id)
        check(roadmap)
        roadmap.delete()

    @transaction.atomic
    def start_module(self, *, actor: User, module_id: UUID) -> Module:
        """The module is in progress. Raises NotFound, RoadmapNotEditable, IllegalTransition."""
        return self._move(lock_module(actor, module_id), ModuleStatus.IN_PROGRESS, allowed={ModuleStatus.PENDING})

    @transaction.atomic
    def skip_module(self, *, actor: User, module_id: UUID) -> Module:
        """The module counts no longer for progress. Raises NotFound, RoadmapNotEditable, IllegalTransition."""
        return self._move(
            lock_module(actor, module_id),
            ModuleStatus.SKIPPED,
            allowed={ModuleStatus.PENDING, ModuleStatus.IN_PROGRESS},
        )

    @transaction.atomic
    def complete_module(
        self, *, actor: User, module_id: UUID, override: bool = False, evidence: Sequence[Mapping[str, str]] = ()
    ) -> Module:
        """The module is completed, here and in what else the actor follows, and `module_completed` was sent.

        `evidence` is what was done for it, each with `title` and `url`; without any, that of a former completion stays.

        Raises PrerequisitesMissing (409) with the list of them unless `override`, which is kept with the module;
        NotFound, RoadmapNotEditable, IllegalTransition.
        """
        hold_known_skills(actor.pk)
        module = lock_module(actor, module_id)
        if module.status not in {ModuleStatus.PENDING, ModuleStatus.IN_PROGRESS}:
            raise _illegal(module.status, ModuleStatus.COMPLETED)
        missing = list(Module.objects.missing_for(module.pk))
        if missing and not override:
            raise PrerequisitesMissing(
                "Complete these first, or send override: true if you know what they teach.",
                missing=[{"id": str(each.pk), "title": each.title} for each in missing],
            )
        module.status, module.completed_at, module.is_override = ModuleStatus.COMPLETED, timezone.now(), bool(missing)
        module.evidence = list(evidence) or module.evidence
        module.save(update_fields=["status", "completed_at", "is_override", "evidence", "updated_at"])
        count_elsewhere(module, actor)
        module_completed.send(sender=Module, module=module, actor=actor)
        return module

    @transaction.atomic
    def reopen_module(self, *, actor: User, module_id: UUID) -> Module:
        """A completed module is in progress again, a skipped one is pending.

        Sends `module_reopened` for the former unless it was counted from another roadmap; what was counted from it is
        pending again. Raises NotFound, RoadmapNotEditable, IllegalTransition.
        """
        hold_known_skills(actor.pk)
        module = lock_module(actor, module_id)
        if module.status == ModuleStatus.SKIPPED:
            return self._move(module, ModuleStatus.PENDING, allowed={ModuleStatus.SKIPPED})
        was_counted = module.counted_from is not None
        module = self._move(module, ModuleStatus.IN_PROGRESS, allowed={ModuleStatus.COMPLETED})
        if not was_counted:
            uncount(module, actor)
            module_reopened.send(sender=Module, module=module, actor=actor)
        return module

    def _move(self, module: Module, status: ModuleStatus, *, allowed: set[ModuleStatus]) -> Module:
        if module.status not in allowed:
            raise _illegal(module.status, status)
        module.status, module.completed_at, module.is_override, module.counted_from = status, None, False, None
        module.save(update_fields=["status", "completed_at", "is_override", "counted_from", "updated_at"])
        return module

    def _step(self, roadmap: Roadmap, status: RoadmapStatus) -> None:
        """Change a locked roadmap's status. The edges are those of the trigger (sql/0003_transitions.sql)."""
        edges = {
            RoadmapStatus.READY: {RoadmapStatus.DRAFT, RoadmapStatus.ARCHIVED},
            RoadmapStatus.ARCHIVED: {RoadmapStatus.DRAFT, RoadmapStatus.READY, RoadmapStatus.FAILED},
            RoadmapStatus.GENERATING: {RoadmapStatus.FAILED, RoadmapStatus.DRAFT},
        }
        if roadmap.status not in edges[status]:
            raise _illegal(roadmap.status, status)
        roadmap.status = status
        roadmap.save(update_fields=["status", "updated_at"])


def _meant(settled: SettledWish) -> dict[str, Any]:
    """The fields of a roadmap that say what its goal was taken to mean."""
    return {
        "track": Track.objects.filter(slug=settled.understood.track).first(),
        "weeks": settled.request.weeks,
        "understood": settled.shown(),
        "wishes": settled.kept(),
    }


def _illegal(current: str, wanted: str) -> IllegalTransition:
    return IllegalTransition(f"It is {current!r}, and from there it cannot become {wanted!r}.", current_status=current)
