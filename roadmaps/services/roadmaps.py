"""RoadmapService: a learner's roadmaps from the wish to the archive, and the progress through their modules."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from roadmaps.enums import GenerationStatus, ModuleStatus, RoadmapStatus
from roadmaps.exceptions import GoalNotUnderstood, NothingToLearn, PrerequisitesMissing, TooManyJobs
from roadmaps.goals import Lexicon, UnderstoodGoal, suggest_tracks, understand
from roadmaps.models import Generation, Module, Roadmap
from roadmaps.planner import levels_to_reach
from roadmaps.services.goal_catalogue import known_levels, lexicon, skill_graph, wanted_levels
from roadmaps.services.locks import VersionCheck, any_version, lock_module, lock_roadmap
from roadmaps.signals import module_completed, module_reopened
from skillbridge_backend.core import outbox
from skillbridge_backend.core.errors import FieldError, IllegalTransition, InvalidInput
from users.models import Profile, Track, User

MOST_JOBS_AT_ONCE = 3
EDITABLE_FIELDS = frozenset({"title", "hours_per_week", "weeks", "started_on", "visibility"})


class RoadmapService:
    """Plans, keeps and works off roadmaps. Every method opens its own transaction or joins the caller's."""

    @transaction.atomic
    def generate_roadmap(
        self,
        *,
        actor: User,
        goal: str,
        hours_per_week: int,
        weeks: int,
        track: str = "",
        title: str = "",
        started_on: date | None = None,
    ) -> Generation:
        """A roadmap in status `generating` and the job that plans it, which a worker takes from the outbox.

        What the goal means is settled here, so the learner hears at once when it means nothing: GoalNotUnderstood (400)
        with suggestions, InvalidInput (400) for an unknown track, NothingToLearn (400), TooManyJobs (409). Locks the
        actor's account row, so that two requests at once do not pass the limit together.
        """
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        if Generation.objects.filter(roadmap__owner=actor).active().count() >= MOST_JOBS_AT_ONCE:
            raise TooManyJobs(f"{MOST_JOBS_AT_ONCE} of your roadmaps are being planned.", headers={"Retry-After": "10"})
        words = lexicon()
        if track and track not in words.tracks:
            raise InvalidInput.of("track", f"There is no track {track!r}; GET /api/v1/tracks/ lists them.")
        understood = understand(goal, words, track=track, wanted_levels=wanted_levels(actor.pk))
        if not understood.targets:
            raise _not_understood(goal, words)
        known = known_levels(actor.pk)
        if not levels_to_reach(skill_graph(), understood.targets, known):
            raise NothingToLearn(
                "Your profile has every skill of this goal at the level it asks for. Name a further goal, or correct "
                "the levels in your profile.",
                errors=[FieldError("goal", "nothing_to_learn", "This asks for nothing that you do not know.")],
            )
        roadmap = Roadmap.objects.create(
            owner=actor,
            title=title or goal[:1].upper() + goal[1:120],
            goal_text=goal,
            track=Track.objects.filter(slug=understood.track).first(),
            status=RoadmapStatus.GENERATING,
            hours_per_week=hours_per_week,
            weeks=weeks,
            started_on=started_on or timezone.localdate(),
            understood=_shown(understood),
        )
        return self._queue(actor, roadmap, understood, known)

    @transaction.atomic
    def retry(self, *, actor: User, roadmap_id: UUID) -> Generation:
        """A new job for a roadmap whose planning failed, from the same goal and today's profile.

        Raises NotFound, IllegalTransition (409) in any other status.
        """
        roadmap = lock_roadmap(actor, roadmap_id)
        self._step(roadmap, RoadmapStatus.GENERATING)
        understood = understand(
            roadmap.goal_text,
            lexicon(),
            track=roadmap.understood.get("track", ""),
            wanted_levels=wanted_levels(actor.pk),
        )
        return self._queue(actor, roadmap, understood, known_levels(actor.pk))

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
            started_on=started_on or timezone.localdate(),
        )

    @transaction.atomic
    def update(
        self, *, actor: User, roadmap_id: UUID, changes: Mapping[str, Any], check: VersionCheck = any_version
    ) -> Roadmap:
        """The roadmap with these fields changed (those of EDITABLE_FIELDS). Raises NotFound, PreconditionFailed."""
        roadmap = lock_roadmap(actor, roadmap_id)
        check(roadmap)
        if unknown := set(changes) - EDITABLE_FIELDS:
            raise InvalidInput.of(min(unknown), "This cannot be changed.")
        for field, value in changes.items():
            setattr(roadmap, field, value)
        roadmap.save(update_fields=[*changes, "updated_at"])
        return roadmap

    @transaction.atomic
    def archive(self, *, actor: User, roadmap_id: UUID) -> Roadmap:
        """Put it away; modules cannot be worked on until it is active again. Raises NotFound, IllegalTransition."""
        roadmap = lock_roadmap(actor, roadmap_id)
        self._step(roadmap, RoadmapStatus.ARCHIVED)
        return roadmap

    @transaction.atomic
    def activate(self, *, actor: User, roadmap_id: UUID) -> Roadmap:
        """A draft, or one from the archive, becomes `ready`. Raises NotFound, IllegalTransition."""
        roadmap = lock_roadmap(actor, roadmap_id)
        self._step(roadmap, RoadmapStatus.READY)
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
    def complete_module(self, *, actor: User, module_id: UUID, override: bool = False) -> Module:
        """The module is completed, and whoever listens to `module_completed` has heard.

        Raises PrerequisitesMissing (409) with the list of them unless `override`, which is kept with the module;
        NotFound, RoadmapNotEditable, IllegalTransition.
        """
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
        module.save(update_fields=["status", "completed_at", "is_override", "updated_at"])
        module_completed.send(sender=Module, module=module, actor=actor)
        return module

    @transaction.atomic
    def reopen_module(self, *, actor: User, module_id: UUID) -> Module:
        """A completed module is in progress again, a skipped one is pending.

        Sends `module_reopened` for the former. Raises NotFound, RoadmapNotEditable, IllegalTransition.
        """
        module = lock_module(actor, module_id)
        if module.status == ModuleStatus.SKIPPED:
            return self._move(module, ModuleStatus.PENDING, allowed={ModuleStatus.SKIPPED})
        module = self._move(module, ModuleStatus.IN_PROGRESS, allowed={ModuleStatus.COMPLETED})
        module_reopened.send(sender=Module, module=module, actor=actor)
        return module

    def _move(self, module: Module, status: ModuleStatus, *, allowed: set[ModuleStatus]) -> Module:
        if module.status not in allowed:
            raise _illegal(module.status, status)
        module.status, module.completed_at, module.is_override = status, None, False
        module.save(update_fields=["status", "completed_at", "is_override", "updated_at"])
        return module

    def _step(self, roadmap: Roadmap, status: RoadmapStatus) -> None:
        """Change a locked roadmap's status. The edges are those of the trigger (sql/0003_transitions.sql)."""
        edges = {
            RoadmapStatus.READY: {RoadmapStatus.DRAFT, RoadmapStatus.ARCHIVED},
            RoadmapStatus.ARCHIVED: {RoadmapStatus.DRAFT, RoadmapStatus.READY, RoadmapStatus.FAILED},
            RoadmapStatus.GENERATING: {RoadmapStatus.FAILED},
        }
        if roadmap.status not in edges[status]:
            raise _illegal(roadmap.status, status)
        roadmap.status = status
        roadmap.save(update_fields=["status", "updated_at"])

    def _queue(self, actor: User, roadmap: Roadmap, understood: UnderstoodGoal, known: Mapping[str, int]) -> Generation:
        """The job, with everything it is planned from, and its message to the worker."""
        profile = Profile.objects.filter(user_id=actor.pk).first()
        generation = Generation.objects.create(
            roadmap=roadmap,
            status=GenerationStatus.QUEUED,
            input={
                "goal": roadmap.goal_text,
                "targets": [[each.skill, each.level, each.is_named] for each in understood.targets],
                "known": dict(known),
                "hours_per_week": roadmap.hours_per_week,
                "weeks": roadmap.weeks,
                "languages": profile.languages if profile else [],
            },
        )
        outbox.publish(
            "roadmaps.generate",
            payload={"generation_id": str(generation.pk), "owner_id": str(actor.pk)},
            actor_id=actor.pk,
        )
        return generation


def _illegal(current: str, wanted: str) -> IllegalTransition:
    return IllegalTransition(f"It is {current!r}, and from there it cannot become {wanted!r}.", current_status=current)


def _not_understood(goal: str, words: Lexicon) -> GoalNotUnderstood:
    tracks = suggest_tracks(goal, words)
    names = ", ".join(track.name for track in tracks)
    return GoalNotUnderstood(
        f"Name a kind of work or skills, for example “backend engineer with Python”, or choose a track: {names}.",
        errors=[FieldError("goal", "goal_not_understood", "No track and no skill of the catalogue is named in it.")],
        suggestions=[{"track": track.slug, "name": track.name} for track in tracks],
    )


def _shown(understood: UnderstoodGoal) -> dict[str, Any]:
    """What the goal was taken to mean, as the roadmap shows it."""
    return {
        "track": understood.track,
        "skills": list(understood.named_skills),
        "phrases": [
            {"text": each.text, "skill": each.skill, "tracks": list(each.tracks)} for each in understood.phrases
        ],
        "targets": [
            {"skill": each.skill, "level": each.level, "is_named": each.is_named} for each in understood.targets
        ],
    }
