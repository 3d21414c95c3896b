"""What the page of a round shows: its answer with people's names, the pictures, and which decisions are open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.paginator import Paginator
from django.db.models import Max
from django.utils.safestring import SafeString
from django.utils.timezone import now

from matches.admin import round_figures as figures
from matches.admin import round_pictures as pictures
from matches.admin.round_pictures import Bar
from matches.enums import LeftOut
from matches.models import HIGHEST_SCORE, MatchRound
from matches.services.explanations import would_help
from users.availability import offsets_in_week, utc_offset_minutes
from users.models import Profile, Skill, User

ROWS_ON_A_PAGE = 50
MOST_PRICES = 15
REASONS = {
    "no_feasible_mentor": "no mentor fits",
    "capacity_exhausted": "all places are taken",
    "outscored": "others fit better",
    "below_floor": "nobody who is free fits well enough for the floor",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a row names."""

    id: str
    name: str = "somebody who left"
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A row of the table."""

    learner: Person
    mentor: Person
    score: int
    components: list[tuple[str, int, int]]
    """Name, points, and per cent of what the component can give; what gives most first."""
    rank: int
    skills: str
    overlap_minutes: int
    alternates: str
    left_out: str
    """Why it was not proposed, in words; empty otherwise."""

    @property
    def people(self) -> tuple[Person, Person]:
        """Both, in the table's order."""
        return self.learner, self.mentor


class RoundPage:
    """Of one round that has an answer."""

    def __init__(self, found: MatchRound, *, page: str, unmatched_page: str, is_lowest_first: bool) -> None:
        self.result: dict[str, Any] = found.result
        left_out = {one["learner"]: LeftOut(one["reason"]).label for one in found.outcome.get("left_out", ())}
        pairs = sorted(
            self.result["assignments"],
            key=lambda pair: (pair["score"] if is_lowest_first else -pair["score"], pair["learner"]),
        )
        self.page = Paginator(pairs, ROWS_ON_A_PAGE).get_page(page)
        self.unmatched_page = Paginator(self.result["unmatched"], ROWS_ON_A_PAGE).get_page(unmatched_page)
        self._aims = _aims(found)
        self._week = (found.started_at or found.created_at).date()
        self._prices = figures.dearest(self.result, MOST_PRICES)
        self._people = self._read(self._ids())
        self.assignments = [self._assignment(pair, left_out) for pair in self.page]
        self.unmatched = [
            (self._person(one["learner"]), REASONS.get(one["reason"], one["reason"]), helps)
            for one, helps in zip(self.unmatched_page, self._helps(), strict=True)
        ]

    @property
    def facts(self) -> dict[str, Any]:
        """The figures at the top."""
        matched, missed = len(self.result["assignments"]), len(self.result["unmatched"])
        learners = matched + missed
        return {
            "learners": learners,
            "matched": matched,
            "matched_percent": round(100 * matched / learners) if learners else 0,
            "mentors": len(self.result["prices"]),
            "mean_score": figures.mean_score(self.result),
            "blocking_pairs": self.result.get("blocking_pairs"),
            "total_score": sum(pair["score"] for pair in self.result["assignments"]),
            "loss": self.result.get("loss"),
            "aims": self._aims,
        }

    def pictures(self) -> list[tuple[str, str, SafeString]]:
        """Heading, a line that explains it, and the picture."""
        reasons = figures.reasons(self.result)
        unmatched = sum(count for _, count in reasons)
        dearest = self._prices[0][1] if self._prices else 1
        shared = "Upper bar: share of the group that is matched. Lower bar: mean score of those."
        profiles = self._profiles()
        return [
            (
                "Scores",
                f"Assignments by score, 0 to {HIGHEST_SCORE:,}.",
                pictures.histogram(figures.histogram(self.result), figures.mean_score(self.result)),
            ),
            (
                "Unmatched, by reason",
                f"{unmatched} learners have nobody.",
                pictures.bars(
                    "reasons",
                    "Unmatched learners by reason",
                    [Bar(REASONS.get(name, name), count / unmatched, f"{count}") for name, count in reasons],
                    nothing="Everybody has somebody.",
                ),
            ),
            (
                "Mentors in demand",
                "What one more place of theirs would add to the sum of scores; the highest first.",
                pictures.bars(
                    "prices",
                    "Prices of mentors' places",
                    [Bar(self._person(mentor).name, price / dearest, f"+{price:,}") for mentor, price in self._prices],
                    nothing="No mentor's place is wanted by more than have it.",
                ),
            ),
            ("By language", shared, self._fairness("language", "first language", _languages(profiles))),
            ("By clock", shared, self._fairness("offset", "offset from UTC", _offsets(profiles))),
            ("By wanted level", shared, self._fairness("level", "highest wanted level", _levels(profiles))),
        ]

    def _fairness(self, name: str, what: str, labels: Mapping[str, str]) -> SafeString:
        return pictures.fairness(name, f"Learners by {what}", figures.groups(self.result, labels))

    def _ids(self) -> Iterable[str]:
        for pair in self.page:
            yield from (pair["learner"], pair["mentor"])
            yield from (other["mentor"] for other in self.result["alternates"].get(pair["learner"], ()))
        yield from (one["learner"] for one in self.unmatched_page)
        yield from (mentor for mentor, _ in self._prices)

    def _helps(self) -> list[str]:
        """What would have had each of the unmatched shown matched, in words to them; empty where nothing was found.

        Times are on their clocks, in the week of the round.
        """
        changes = {one["learner"]: one.get("counterfactual") for one in self.unmatched_page}
        slugs = {change["skill"] for change in changes.values() if change and "skill" in change}
        names = {slug: slug for slug in slugs} | dict(Skill.objects.filter(slug__in=slugs).values_list("slug", "name"))
        told = [UUID(learner) for learner, change in changes.items() if change and change["change"] == "availability"]
        zones = dict(Profile.objects.filter(user__in=told).values_list("user_id", "time_zone"))
        return [
            self._help(change, names, zones.get(UUID(learner), "UTC")) if change else ""
            for learner, change in changes.items()
        ]

    def _help(self, change: dict[str, Any], names: Mapping[str, str], zone: str) -> str:
        clock = _clock(zone) or ZoneInfo("UTC")
        return would_help(change, skill_names=names, offsets=offsets_in_week(clock, self._week), zone=clock.key)

    def _read(self, ids: Iterable[str]) -> dict[str, Person]:
        people = User.objects.filter(pk__in={UUID(one) for one in ids}).values_list("pk", "display_name", "handle")
        return {str(pk): Person(str(pk), name or handle, handle) for pk, name, handle in people}

    def _person(self, one: str) -> Person:
        return self._people.get(one, Person(one))

    def _profiles(self) -> list[dict[str, Any]]:
        """Of the round's learners, as they are today."""
        learners = {UUID(one["learner"]) for side in ("assignments", "unmatched") for one in self.result[side]}
        profiles = Profile.objects.filter(user__in=learners).annotate(wanted=Max("wanted_skills__level"))
        return [dict(one) for one in profiles.values("user_id", "languages", "time_zone", "wanted")]

    def _assignment(self, pair: dict[str, Any], left_out: Mapping[str, str]) -> Assignment:
        alternates = self.result["alternates"].get(pair["learner"], ())
        return Assignment(
            learner=self._person(pair["learner"]),
            mentor=self._person(pair["mentor"]),
            score=pair["score"],
            components=sorted(
                ((name, part["points"], part["value"] // 10) for name, part in pair["components"].items()),
                key=lambda part: (-part[1], part[0]),
            ),
            rank=pair["rank"],
            skills="; ".join(
                f"{one['skill']}: has {one['have']}, wants {one['wanted']}" for one in pair["matched_skills"]
            ),
            overlap_minutes=pair["overlap_minutes"],
            alternates="; ".join(f"{self._person(other['mentor']).name} {other['score']:,}" for other in alternates),
            left_out=left_out.get(pair["learner"], ""),
        )


def _aims(found: MatchRound) -> list[str]:
    """The options of a round in words; none for the plain sum of scores."""
    floor = found.result.get("floor")
    said = (
        (found.is_fair, "fair"),
        (
            found.floor_loss_permille is not None,
            f"a floor for {found.floor_loss_permille} ‰"
            + (f", which came to {floor['threshold']:,} of {HIGHEST_SCORE:,}" if floor else ""),
        ),
        (found.sticky_bonus, f"{found.sticky_bonus:,} points for pairs of the round before"),
        (found.weekly_priority, f"{found.weekly_priority:,} points for each week of waiting"),
    )
    return [words for is_asked, words in said if is_asked]


def _languages(profiles: list[dict[str, Any]]) -> dict[str, str]:
    """First languages, those of most learners first."""
    spoken = {str(one["user_id"]): one["languages"][0] if one["languages"] else "none named" for one in profiles}
    of_it = list(spoken.values())
    return dict(sorted(spoken.items(), key=lambda pair: (-of_it.count(pair[1]), pair[1])))


def _offsets(profiles: list[dict[str, Any]]) -> dict[str, str]:
    """Clocks, the westernmost first."""
    today, found = now(), {}
    for one in profiles:
        if zone := _clock(one["time_zone"]):
            found[str(one["user_id"])] = utc_offset_minutes(zone, today)
    return {
        learner: f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
        for learner, minutes in sorted(found.items(), key=lambda pair: pair[1])
    }


def _clock(name: str) -> ZoneInfo | None:
    """None for a zone that is none, which only a statement by hand writes."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _levels(profiles: list[dict[str, Any]]) -> dict[str, str]:
    """The highest level that somebody wants to reach, the lowest first."""
    wanted = sorted(profiles, key=lambda one: one["wanted"] or 0)
    return {str(one["user_id"]): f"level {one['wanted']}" for one in wanted if one["wanted"]}
