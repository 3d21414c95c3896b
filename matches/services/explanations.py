"""Why a mentor is suggested, in a sentence: skills with levels, hours together on the learner's clock, and the rest.

A country is told as the same or not at all: a mentor's is in the list of mentors for whoever is logged in, and the
learner's is their own. Of reliability only what is good is told, for the figure is of both of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf.locale import LANG_INFO

from users.enums import Weekday

WEEK_MINUTES = 7 * 24 * 60
MOST_WINDOWS = 2
RELIABLE_PERMILLE = 900

Interval = Sequence[int]


def why(
    suggestion: dict[str, Any],
    *,
    skill_names: Mapping[str, str],
    windows: Sequence[Interval],
    offsets: Sequence[tuple[int, int]],
    zone: str,
) -> str:
    """The sentence for one scored pair. `windows` are the shared times in minutes of the UTC week.

    `offsets` are the learner's in that week, by the minute from which each holds.
    """
    skills = [
        f"{skill_names[one['skill']]} at level {one['have']}{_through(one, skill_names)} (you want {one['wanted']})"
        for one in suggestion["matched_skills"]
    ]
    parts = [f"knows {listed(skills)}" if skills else "has none of the skills you want"]
    if minutes := suggestion["overlap_minutes"]:
        times = listed([local_window(window, offsets) for window in windows[:MOST_WINDOWS]])
        more = " and more" if len(windows) > MOST_WINDOWS else ""
        parts.append(f"shares {hours(minutes)} a week with you ({times}{more}, {zone})")
    if suggestion["shared_languages"]:
        parts.append(f"speaks {listed([language_name(code) for code in suggestion['shared_languages']])}")
    components = suggestion["components"]
    if components.get("place", {}).get("value"):
        parts.append("lives in the same country")
    if components.get("reliability", {}).get("value", 0) >= RELIABLE_PERMILLE:
        parts.append("requests and sessions have been kept well so far")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


AMOUNTS = {60: "an hour", 120: "two hours", 180: "three hours"}
PARTS_OF_THE_DAY = ((22, "nights"), (17, "evenings"), (12, "afternoons"), (5, "mornings"), (0, "nights"))


def would_help(
    change: dict[str, Any], *, skill_names: Mapping[str, str], offsets: Sequence[tuple[int, int]], zone: str
) -> str:
    """What a round's `counterfactual` asks of the learner or of others; `offsets` as for `why`. Names no mentor."""
    parts = []
    add = change.get("add")
    if isinstance(add, list):
        start, end = add
        minute = _on_the_clock(start, offsets)
        part = next(name for hour, name in PARTS_OF_THE_DAY if minute % 1440 // 60 >= hour)
        window = local_window(add, offsets).partition(" ")[2]
        parts.append(f"with {AMOUNTS[end - start]} on {Weekday(minute // 1440).label} {part} ({window}, {zone})")
    elif add is not None:
        parts.append(f"with {language_name(add)}")
    if "skill" in change:
        parts.append(f"with {skill_names[change['skill']]} up to level {change['level']} among what you want")
    if "minimum_score" in change:
        parts.append(f"with a minimum score of {change['minimum_score']:,}")
    # Rounds from before places were counted say nothing of how many: it was one.
    if places := change.get("places", int(change["change"] == "capacity")):
        parts.append(f"with {'one more place' if places == 1 else f'{places:,} more places'} of a mentor who fits")
    if change.get("without_floor"):
        parts.append("without the floor for the worst pair")
    help_ = listed(parts)
    return f"{help_[0].upper()}{help_[1:]} you would have had a mentor in this round."


def _through(matched: dict[str, Any], skill_names: Mapping[str, str]) -> str:
    return f" through {skill_names[matched['through']]}" if matched["through"] else ""


def listed(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def hours(minutes: int) -> str:
    """`45 minutes`, `1 hour`, `2.5 hours`."""
    if minutes < 60:
        return f"{minutes} minutes"
    number = f"{minutes / 60:.1f}".removesuffix(".0")
    return f"{number} hour" if number == "1" else f"{number} hours"


def language_name(code: str) -> str:
    """The English name where Django knows one, else the code."""
    known = LANG_INFO.get(code, {})
    return str(known.get("name", code))


def shared_windows(first: Sequence[Interval], second: Sequence[Interval]) -> list[tuple[int, int]]:
    """The times that are in both, sorted; minutes of the UTC week."""
    return sorted(
        (max(a[0], b[0]), min(a[1], b[1])) for a in first for b in second if max(a[0], b[0]) < min(a[1], b[1])
    )


def local_window(window: Interval, offsets: Sequence[tuple[int, int]]) -> str:
    """`Tuesday 18:00 to 20:00` on a clock that is so far ahead of UTC, by the minute of the week from which."""
    start, end = (_on_the_clock(minute, offsets) for minute in window)
    day = Weekday(start // 1440).label
    return f"{day} {start % 1440 // 60:02d}:{start % 60:02d} to {end % 1440 // 60:02d}:{end % 60:02d}"


def _on_the_clock(minute: int, offsets: Sequence[tuple[int, int]]) -> int:
    offset = next(offset for since, offset in reversed(offsets) if since <= minute)
    return (minute + offset) % WEEK_MINUTES
