"""What an answer of the matcher looks like: the parts that the services and the pages read, endpoint by endpoint.

A peer of another release may leave one out; then its answer is none. More than this is welcome. Pure: no network here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Shape = Any
"""A type; a dict of the shapes by the names that have to be there; `Each`, `ByName`, `Either`."""


@dataclass(frozen=True, slots=True)
class Each:
    """A list of these."""

    of: Shape


@dataclass(frozen=True, slots=True)
class ByName:
    """An object with any names."""

    of: Shape


class Either(tuple[Shape, ...]):
    """One of these."""

    __slots__ = ()


def fits(value: object, shape: Shape) -> bool:
    """Whether the value has at least this shape."""
    match shape:
        case Each(of):
            return isinstance(value, list) and all(fits(one, of) for one in value)
        case ByName(of):
            return isinstance(value, dict) and all(fits(one, of) for one in value.values())
        case Either():
            return any(fits(value, one) for one in shape)
        case dict():
            return isinstance(value, dict) and all(name in value and fits(value[name], shape[name]) for name in shape)
        case _:
            # True is no number here.
            return type(value) is shape


_NOTHING = type(None)
_WHO = {"solver": str, "version": str, "input_hash": str}
_PAIR = {
    "mentor": str,
    "score": int,
    "components": ByName({"points": int, "value": int, "weight": int}),
    "matched_skills": Each({"skill": str, "have": int, "wanted": int, "through": Either((str, _NOTHING))}),
    "overlap_minutes": int,
    "shared_languages": Each(str),
}
_CHANGE = {"change": str}
_SHAPES: Mapping[str, Shape] = {
    "suggest": _WHO | {"suggestions": Each(_PAIR)},
    "match": _WHO
    | {
        "assignments": Each(_PAIR | {"learner": str, "rank": int}),
        "alternates": ByName(Each({"mentor": str, "score": int})),
        "unmatched": Each({"learner": str, "reason": str, "counterfactual": Either((_NOTHING, _CHANGE))}),
        "prices": ByName(int),
        "objective": int,
        "floor": Either((_NOTHING, {"threshold": int})),
    },
    "assign": _WHO | {"status": str, "pairs": Each(Each(int))},
}


def is_answer(endpoint: str, document: object) -> bool:
    """Whether the services can read this as an answer of the endpoint."""
    return fits(document, _SHAPES[endpoint])
