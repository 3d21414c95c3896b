"""`suggest`: the best k mentors of one learner, by score, then by id."""

from matches.solver.canonical import Json, canonical_suggest, input_hash
from matches.solver.scoring import ABSENCES, Scorer


def suggest(request: Json) -> Json:
    """Suggestions, and how many mentors were left out for which reason."""
    canonical = canonical_suggest(request)
    scorer = Scorer(canonical)
    excluded = dict.fromkeys(ABSENCES, 0)
    present = []
    for mentor in canonical["mentors"]:
        pair = scorer.score(canonical["learner"], mentor)
        if pair.absence:
            excluded[pair.absence] += 1
        else:
            present.append((-pair.score, mentor["id"], pair))
    present.sort(key=lambda item: item[:2])
    return {
        "suggestions": [pair.as_json() | {"mentor": mentor} for _, mentor, pair in present[: canonical["k"]]],
        "excluded": excluded,
        "input_hash": input_hash(canonical),
    }
