"""Random requests to `/v1/match` for property tests: few names and values, so that ties and refusals are common."""

from typing import Any

from hypothesis import strategies as st

SKILLS = ["django", "python", "rust", "sql", "ä-λ"]
LANGUAGES = ["de", "en", "fr"]


@st.composite
def weeks(draw: st.DrawFn) -> list[list[int]]:
    starts = draw(st.lists(st.integers(0, 160), max_size=3))
    return [[start * 60, start * 60 + draw(st.integers(1, 6)) * 60] for start in starts]


def levels() -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.dictionaries(st.sampled_from(SKILLS), st.integers(0, 5), max_size=3).map(
        lambda chosen: [{"skill": skill, "level": level} for skill, level in chosen.items()]
    )


@st.composite
def wants(draw: st.DrawFn) -> list[dict[str, Any]]:
    chosen = draw(st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5), max_size=3))
    related = st.dictionaries(st.sampled_from(SKILLS), st.sampled_from([250, 500, 1000]), max_size=2).map(
        lambda implying: [{"skill": skill, "permille": permille} for skill, permille in implying.items()]
    )
    return [
        {
            "skill": skill,
            "level": level,
            "from": draw(st.integers(0, level - 1)),
            "weight": draw(st.sampled_from([1, 100, 300])),
            "related": draw(related),
        }
        for skill, level in chosen.items()
    ]


def languages() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(LANGUAGES), unique=True, max_size=2)


OFFSETS = st.none() | st.integers(-720, 840)
COUNTRIES = st.sampled_from([None, "AT", "DE"])
SHARES = st.none() | st.integers(0, 1000)
RATINGS = st.none() | st.fixed_dictionaries({"mean_milli": st.integers(1000, 5000), "count": st.integers(0, 30)})


@st.composite
def stretches(draw: st.DrawFn) -> list[list[int]]:
    """Offsets of a zone: one, or up to three within the week."""
    changes = sorted(draw(st.sets(st.integers(1, 10_079), max_size=2)))
    return [[minute, draw(st.integers(-720, 840))] for minute in [0, *changes]]


ZONES = st.fixed_dictionaries(
    {name: st.fixed_dictionaries({"now": st.integers(-720, 840), "offsets": stretches()}) for name in ("A", "B")}
)


@st.composite
def slots(draw: st.DrawFn) -> list[list[int]]:
    starts = draw(st.lists(st.integers(0, 10_079), max_size=3))
    return [[start, start + draw(st.integers(1, 1440))] for start in starts]


WHEN = st.fixed_dictionaries({"availability": weeks(), "utc_offset_minutes": OFFSETS}) | st.fixed_dictionaries(
    {"time_zone": st.sampled_from(["A", "B"]), "slots": slots()}
)
"""When somebody has time, in either notation."""


def learners() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "wants": wants(),
            "languages": languages(),
            "when": WHEN,
            "waiting_days": st.none() | st.integers(0, 40),
            "country": COUNTRIES,
            "attendance_permille": SHARES,
            "priority": st.sampled_from([0, 0, 0, 100, 4095]),
        }
    ).map(_flat)


def mentors() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "skills": levels(),
            "languages": languages(),
            "when": WHEN,
            "capacity": st.integers(0, 2),
            "rating": RATINGS,
            "answer_rate_permille": SHARES,
            "country": COUNTRIES,
            "attendance_permille": SHARES,
        }
    ).map(_flat)


def _flat(person: dict[str, Any]) -> dict[str, Any]:
    when: dict[str, Any] = person.pop("when")
    return person | when


def named(people: list[dict[str, Any]], letter: str) -> list[dict[str, Any]]:
    return [person | {"id": f"{letter}{number}"} for number, person in enumerate(people)]


def policies(pairs: list[dict[str, str]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "fair": st.booleans(),
            "floor": st.none() | st.fixed_dictionaries({"loss_permille": st.sampled_from([0, 1, 30, 1000])}),
            "sticky": st.fixed_dictionaries({"bonus": st.sampled_from([0, 300, 4095]), "pairs": some_of(pairs)}),
        }
    ) | st.just({})


def some_of(pairs: list[dict[str, str]]) -> st.SearchStrategy[list[dict[str, str]]]:
    return st.lists(st.sampled_from(pairs), max_size=3) if pairs else st.just([])


@st.composite
def match_requests(draw: st.DrawFn) -> dict[str, Any]:
    asking = named(draw(st.lists(learners(), max_size=7)), "l")
    offering = named(draw(st.lists(mentors(), max_size=5)), "m")
    pairs = [{"learner": one["id"], "mentor": other["id"]} for one in asking for other in offering]
    return {
        "learners": asking,
        "mentors": offering,
        "zones": draw(ZONES),
        "alternates": draw(st.integers(0, 4)),
        "policy": draw(policies(pairs)),
        "constraints": {
            "forbidden": draw(some_of(pairs)),
            "minimum_score": draw(st.sampled_from([0, 0, 1000, 2500])),
        },
        "continuity": [
            pair | {"value": draw(st.integers(0, 1000))}
            for pair in (draw(st.lists(st.sampled_from(pairs), max_size=3, unique_by=str)) if pairs else [])
        ],
    }
