"""The canonical form of a request, and its hash: defaults filled in, everything that has no order put in one.

The rules are in matcher-rs/contracts/README.md, "Input hash".
"""

import hashlib
import json
from typing import Any

DEFAULT_WEIGHTS = {
    "availability": 200,
    "continuity": 60,
    "languages": 100,
    "place": 20,
    "rating": 60,
    "reliability": 60,
    "skills": 500,
    "timezone": 60,
    "waiting": 20,
}

WEEK = 7 * 24 * 60
"""Minutes."""

Json = dict[str, Any]
Interval = tuple[int, int]


def to_bytes(document: Json) -> bytes:
    """Compact JSON, keys ascending at every depth, non-ASCII characters as themselves."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def input_hash(canonical: Json) -> str:
    """Lower-case hexadecimal SHA-256 of a canonical request."""
    return hashlib.sha256(to_bytes(canonical)).hexdigest()


def canonical_suggest(request: Json) -> Json:
    """The canonical form of a request to `/v1/suggest`."""
    return {
        "endpoint": "suggest",
        "learner": _learner(request["learner"], request.get("zones", {})),
        "mentors": _mentors(request),
        "weights": DEFAULT_WEIGHTS | request.get("weights", {}),
        "constraints": _constraints(request),
        "continuity": sorted(request.get("continuity", []), key=lambda pair: (pair["learner"], pair["mentor"])),
        "k": request.get("k", 5),
    }


def canonical_match(request: Json) -> Json:
    """The canonical form of a request to `/v1/match`."""
    return {
        "endpoint": "match",
        "learners": sorted((_learner(one, request.get("zones", {})) for one in request["learners"]), key=_by_id),
        "mentors": _mentors(request),
        "weights": DEFAULT_WEIGHTS | request.get("weights", {}),
        "constraints": _constraints(request) | {"pins": _pairs(request.get("constraints", {}).get("pins", []))},
        "continuity": sorted(request.get("continuity", []), key=lambda pair: (pair["learner"], pair["mentor"])),
        "alternates": request.get("alternates", 3),
        "policy": _policy(request.get("policy", {})),
    }


def canonical_assign(request: Json) -> Json:
    """The canonical form of a request to `/v1/assign`, sparse whichever way it came; null is the same as left out."""
    request = {name: value for name, value in request.items() if value is not None}
    if "dense" in request:
        dense: list[list[int | None]] = request["dense"]
        rows, columns = len(dense), len(dense[0]) if dense else 0
        entries = [
            [row, column, value]
            for row, values in enumerate(dense)
            for column, value in enumerate(values)
            if value is not None
        ]
    else:
        sparse = request["sparse"]
        rows, columns, entries = sparse["rows"], sparse["columns"], sorted(sparse["entries"])
    return {
        "endpoint": "assign",
        "rows": rows,
        "columns": columns,
        "entries": entries,
        "objective": request["objective"],
        "row_capacity": request.get("row_capacity", [1] * rows),
        "column_capacity": request.get("column_capacity", [1] * columns),
        "unassigned_rows": request.get("unassigned_rows", "forbidden"),
        "unassigned_value": request.get("unassigned_value", 0),
    }


def union(intervals: list[list[int]]) -> list[Interval]:
    """Sorted, with intervals that touch or overlap merged into one."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def in_utc(slots: list[list[int]], offsets: list[list[int]]) -> list[list[int]]:
    """The minutes of the UTC week at which a wall clock with these offsets stands in the slots; not merged yet."""
    ends = [minute for minute, _ in offsets[1:]] + [WEEK]
    pieces = (
        [max(start - offset + shift, since), min(end - offset + shift, until)]
        for (since, offset), until in zip(offsets, ends, strict=True)
        for start, end in slots
        for shift in (-WEEK, 0, WEEK)
    )
    return [[first, last] for first, last in pieces if first < last]


def _by_id(person: Json) -> str:
    identifier: str = person["id"]
    return identifier


def _by_skill(level: Json) -> str:
    skill: str = level["skill"]
    return skill


def _when(person: Json, zones: Json) -> Json:
    """Availability and offset, from either notation."""
    if person.get("time_zone") is None:
        minutes, offset = person.get("availability", []), person.get("utc_offset_minutes")
    else:
        zone = zones[person["time_zone"]]
        minutes, offset = in_utc(person.get("slots", []), zone["offsets"]), zone["now"]
    return {"availability": union(minutes), "utc_offset_minutes": offset}


def _want(want: Json) -> Json:
    related = sorted(want.get("related", []), key=_by_skill)
    return {"from": 0, "weight": 100} | want | {"related": related}


def _learner(learner: Json, zones: Json) -> Json:
    return {
        "id": learner["id"],
        "wants": sorted(map(_want, learner.get("wants", [])), key=_by_skill),
        "languages": learner.get("languages", []),
        "waiting_days": learner.get("waiting_days"),
        "priority": learner.get("priority", 0),
        "country": learner.get("country"),
        "attendance_permille": learner.get("attendance_permille"),
    } | _when(learner, zones)


def _mentors(request: Json) -> list[Json]:
    return sorted((_mentor(one, request.get("zones", {})) for one in request["mentors"]), key=_by_id)


def _mentor(mentor: Json, zones: Json) -> Json:
    return {
        "id": mentor["id"],
        "skills": sorted(mentor.get("skills", []), key=_by_skill),
        "languages": sorted(mentor.get("languages", [])),
        "capacity": mentor["capacity"],
        "rating": mentor.get("rating"),
        "answer_rate_permille": mentor.get("answer_rate_permille"),
        "country": mentor.get("country"),
        "attendance_permille": mentor.get("attendance_permille"),
    } | _when(mentor, zones)


def _constraints(request: Json) -> Json:
    given = request.get("constraints", {})
    return {"forbidden": _pairs(given.get("forbidden", [])), "minimum_score": given.get("minimum_score", 0)}


def _policy(given: Json) -> Json:
    sticky = {"bonus": 0, "pairs": []} | given.get("sticky", {})
    return {
        "fair": given.get("fair", False),
        "floor": given.get("floor"),
        "sticky": sticky | {"pairs": _pairs(sticky["pairs"])},
    }


def _pairs(given: list[Json]) -> list[Json]:
    """Ascending, each once."""
    pairs = sorted({(pair["learner"], pair["mentor"]) for pair in given})
    return [{"learner": learner, "mentor": mentor} for learner, mentor in pairs]
