"""A change to a canonical request, as it is written in an answer: what it makes of a learner, and of the request.

The names in it are in matcher-rs/contracts/README.md, "Counterfactuals".
"""

from matches.solver.canonical import Json, union

MOST_WANTS, MOST_LANGUAGES, MOST_INTERVALS = 200, 50, 500
"""No learner may have more."""


def named(change: Json) -> Json:
    """With the name of the first of the things that it changes."""
    if "add" in change:
        name = "availability" if isinstance(change["add"], list) else "language"
    else:
        things = {"skill": "want", "minimum_score": "minimum_score", "places": "capacity"}
        name = next((name for key, name in things.items() if key in change), "floor")
    return change | {"change": name}


def applied(own: Json, change: Json) -> Json:
    """What becomes of the learner."""
    changed = dict(own)
    add = change.get("add")
    if isinstance(add, list):
        changed["availability"] = union([*map(list, own["availability"]), add])
    elif add is not None:
        changed["languages"] = [*own["languages"], add]
    if "skill" in change:
        added = {"skill": change["skill"], "from": 0, "weight": 100, "related": []}
        wants = {want["skill"]: want for want in own["wants"]}
        wants[change["skill"]] = wants.get(change["skill"], added) | {"level": change["level"]}
        changed["wants"] = [wants[skill] for skill in sorted(wants)]
    return changed


def new_language(own: Json, theirs: Json) -> str | None:
    """The mentor's first; None where there is none, or no room for one."""
    return min(theirs["languages"], default=None) if len(own["languages"]) < MOST_LANGUAGES else None


def new_skill(own: Json, theirs: Json) -> str | None:
    """The mentor's first that the learner does not want yet; None as there."""
    wanted = {want["skill"] for want in own["wants"]}
    known = (one["skill"] for one in theirs["skills"] if one["level"] and one["skill"] not in wanted)
    return min(known, default=None) if len(wanted) < MOST_WANTS else None


def made(canonical: Json, learner: str, change: Json) -> Json:
    """The canonical request with the change made in it, its policy as it is."""
    request = dict(canonical)
    request["learners"] = [applied(one, change) if one["id"] == learner else one for one in canonical["learners"]]
    request["mentors"] = [
        one | {"capacity": one["capacity"] + change.get("places", 0)} if one["id"] == change.get("mentor") else one
        for one in canonical["mentors"]
    ]
    if "minimum_score" in change:
        request["constraints"] = canonical["constraints"] | {"minimum_score": change["minimum_score"]}
    return request
