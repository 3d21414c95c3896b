"""What a learner asks of a plan, and what it comes to with their profile and the catalogue: all a planner needs.

Belongs here: reading a wish and refusing one that cannot be planned. What becomes of it is the services' around.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from roadmaps.exceptions import GoalNotUnderstood, NothingToLearn
from roadmaps.goals import Lexicon, UnderstoodGoal, suggest_tracks, understand
from roadmaps.models import MOST_WEEKS, Roadmap
from roadmaps.pace import whole_weeks
from roadmaps.planner import PlanRequest, SkillGraph, Target, levels_to_reach
from roadmaps.services.goal_catalogue import lexicon, skill_graph, wanted_levels
from roadmaps.services.known_skills import known_levels
from skillbridge_backend.core.errors import FieldError, InvalidInput
from users.models import Profile, User
from users.zones import today_of


@dataclass(frozen=True, slots=True)
class Wish:
    """A goal in the learner's words, and the bounds of the plan for it.

    One of `weeks` and `deadline` (the last day) is given. `known` maps skills to levels 0 to 5 and wins over the
    profile; `languages` (ISO 639, best first) are the profile's where None. `level` is the one wanted, 1 to 5.
    """

    goal: str
    hours_per_week: int
    weeks: int | None = None
    deadline: date | None = None
    started_on: date | None = None
    track: str = ""
    level: int | None = None
    known: Mapping[str, int] = field(default_factory=dict)
    refresh_below: int = 0
    languages: tuple[str, ...] | None = None
    resource_kinds: tuple[str, ...] = ()

    @classmethod
    def of(cls, roadmap: Roadmap) -> "Wish":
        """The wish that a roadmap was made from, with the hours and weeks that it has now."""
        asked = roadmap.wishes
        return cls(
            goal=roadmap.goal_text,
            hours_per_week=roadmap.hours_per_week,
            weeks=None if roadmap.deadline else roadmap.weeks,
            deadline=roadmap.deadline,
            started_on=roadmap.started_on,
            track=roadmap.understood.get("track", ""),
            level=asked.get("level"),
            known=asked.get("known", {}),
            refresh_below=asked.get("refresh_below", 0),
            languages=tuple(asked["languages"]) if "languages" in asked else None,
            resource_kinds=tuple(asked.get("resource_kinds", ())),
        )


@dataclass(frozen=True, slots=True)
class SettledWish:
    """A wish that can be planned: what it was taken to mean, and every value filled in."""

    wish: Wish
    understood: UnderstoodGoal
    request: PlanRequest
    graph: SkillGraph
    started_on: date
    languages: tuple[str, ...]

    def kept(self) -> dict[str, Any]:
        """What the roadmap keeps of it beside its columns, to be planned again from."""
        return {
            "level": self.wish.level,
            "known": dict(self.wish.known),
            "refresh_below": self.wish.refresh_below,
            "languages": list(self.languages),
            "resource_kinds": list(self.wish.resource_kinds),
        }

    def shown(self) -> dict[str, Any]:
        """What the goal was taken to mean, as the roadmap shows it."""
        return {
            "track": self.understood.track,
            "skills": list(self.understood.named_skills),
            "phrases": [
                {"text": each.text, "skill": each.skill, "tracks": list(each.tracks)}
                for each in self.understood.phrases
            ],
            "targets": [
                {"skill": each.skill, "level": each.level, "is_named": each.is_named}
                for each in self.understood.targets
            ],
        }

    def job_input(self) -> dict[str, Any]:
        """What the job is planned from."""
        return {
            "goal": self.wish.goal,
            "targets": [[each.skill, each.level, each.is_named] for each in self.request.targets],
            "known": dict(self.request.known),
            "hours_per_week": self.request.hours_per_week,
            "weeks": self.request.weeks,
            "refresh_below": self.request.refresh_below,
            "languages": list(self.languages),
            "resource_kinds": list(self.wish.resource_kinds),
        }


def request_of(job_input: Mapping[str, Any]) -> PlanRequest:
    """The planner's request that `SettledWish.job_input` wrote; inputs of former releases have fewer fields."""
    return PlanRequest(
        targets=tuple(Target(skill, level, is_named) for skill, level, is_named in job_input["targets"]),
        known=job_input["known"],
        hours_per_week=job_input["hours_per_week"],
        weeks=job_input["weeks"],
        refresh_below=job_input.get("refresh_below", 0),
    )


def settle(actor: User, wish: Wish) -> SettledWish:
    """The wish with the actor's profile and the catalogue, ready to be planned; at most ten queries.

    Raises GoalNotUnderstood (400) with suggestions, InvalidInput (400) naming the field, NothingToLearn (400).
    """
    started_on = wish.started_on or today_of(actor.pk)
    weeks = _weeks(wish, started_on)
    words, graph = lexicon(), skill_graph()
    if wish.track and wish.track not in words.tracks:
        raise InvalidInput.of("track", f"There is no track {wish.track!r}; GET /api/v1/tracks/ lists them.")
    for at, skill in enumerate(wish.known):
        if skill not in graph:
            message = f"There is no skill {skill!r}; GET /api/v1/skills/ lists them."
            raise InvalidInput.of(f"known[{at}].skill", message)
    understood = understand(wish.goal, words, track=wish.track, level=wish.level, wanted_levels=wanted_levels(actor.pk))
    if not understood.targets:
        raise _not_understood(wish.goal, words)
    known = known_levels(actor.pk) | dict(wish.known)
    if not levels_to_reach(graph, understood.targets, known):
        raise NothingToLearn(
            "Your profile has every skill of this goal at the level it asks for. Name a further goal, or correct "
            "the levels in your profile.",
            errors=[FieldError("goal", "nothing_to_learn", "This asks for nothing that you do not know.")],
        )
    return SettledWish(
        wish=wish,
        understood=understood,
        request=PlanRequest(understood.targets, known, wish.hours_per_week, weeks, wish.refresh_below),
        graph=graph,
        started_on=started_on,
        languages=_languages(actor) if wish.languages is None else wish.languages,
    )


def weeks_until(deadline: date, *, started_on: date) -> int:
    """Whole weeks from the first day to the deadline, both counted.

    Raises InvalidInput for the deadline when that is none, or more than a plan may take.
    """
    weeks = whole_weeks(started_on, deadline)
    if not 1 <= weeks <= MOST_WEEKS:
        raise InvalidInput.of("deadline", f"Write a day 1 to {MOST_WEEKS} weeks after {started_on}, the first day.")
    return weeks


def _weeks(wish: Wish, started_on: date) -> int:
    if wish.deadline is not None and wish.weeks is not None:
        raise InvalidInput.of("deadline", "Write either a deadline or a number of weeks.")
    if wish.deadline is not None:
        return weeks_until(wish.deadline, started_on=started_on)
    if wish.weeks is None:
        raise InvalidInput.of("weeks", "Write a number of weeks, or a deadline.")
    return wish.weeks


def _languages(actor: User) -> tuple[str, ...]:
    """Those of the profile, best first."""
    return tuple(next(iter(Profile.objects.filter(user_id=actor.pk).values_list("languages", flat=True)), ()))


def _not_understood(goal: str, words: Lexicon) -> GoalNotUnderstood:
    tracks = suggest_tracks(goal, words)
    names = ", ".join(track.name for track in tracks)
    return GoalNotUnderstood(
        f"Name a kind of work or skills, for example “backend engineer with Python”, or choose a track: {names}.",
        errors=[FieldError("goal", "goal_not_understood", "No track and no skill of the catalogue is named in it.")],
        suggestions=[{"track": track.slug, "name": track.name} for track in tracks],
    )
