"""What a round aims at, held against every assignment that there is."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import settings as hypothesis_settings

from matches import solver
from matches.solver import counterfactuals, own_changes
from matches.solver.canonical import canonical_match
from matches.tests.people import match_requests

Json = dict[str, Any]
Choice = dict[str, str]


def scores_of(request: Json) -> dict[tuple[str, str], int]:
    """Of the pairs that are not absent."""
    plain = request | {"alternates": 10, "policy": {}}
    answer = solver.solve("match", plain)
    told = {
        (learner, one["mentor"]): one["score"] for learner, others in answer["alternates"].items() for one in others
    }
    return told | {(one["learner"], one["mentor"]): one["score"] for one in answer["assignments"]}


def choices(request: Json, scores: dict[tuple[str, str], int]) -> Iterator[Choice]:
    """Every assignment of these pairs that leaves all mentors within their places."""
    learners = [one["id"] for one in request["learners"]]
    capacity = {one["id"]: one["capacity"] for one in request["mentors"]}
    options = [[None, *(mentor for one, mentor in scores if one == learner)] for learner in learners]
    for mentors in itertools.product(*options):
        if all(mentors.count(mentor) <= places for mentor, places in capacity.items()):
            yield {learner: mentor for learner, mentor in zip(learners, mentors, strict=True) if mentor}


def small(request: Json) -> Json:
    """With four learners at most, so that all can be tried."""
    kept = {one["id"] for one in request["learners"][:4]}
    request["learners"] = request["learners"][:4]
    for pairs in (
        request["continuity"],
        request["constraints"]["forbidden"],
        request["policy"].get("sticky", {}).get("pairs", []),
    ):
        pairs[:] = [pair for pair in pairs if pair["learner"] in kept]
    return request


def value_of(request: Json) -> Callable[[str, str, int], int]:
    policy = {"fair": False, "sticky": {"bonus": 0, "pairs": []}} | request["policy"]
    priority: dict[str, int] = {one["id"]: one["priority"] for one in request["learners"]}

    def value(learner: str, mentor: str, score: int) -> int:
        counted = 4095 - ((4095 - score) ** 2 + 4094) // 4095 if policy["fair"] else score
        is_sticky = {"learner": learner, "mentor": mentor} in policy["sticky"]["pairs"]
        bonus: int = policy["sticky"]["bonus"] if is_sticky else 0
        return counted + priority[learner] + bonus

    return value


@given(match_requests().map(small))
@hypothesis_settings(max_examples=60, deadline=None)
def test_no_assignment_counts_more_and_sums_are_what_they_say(request: Json) -> None:
    answer, scores, value = solver.solve("match", request), scores_of(request), value_of(request)
    threshold = answer["floor"]["threshold"] if answer["floor"] else 0
    allowed = {pair: score for pair, score in scores.items() if score >= threshold}

    def sums(choice: Choice) -> tuple[int, int]:
        pairs = choice.items()
        return sum(value(*pair, scores[pair]) for pair in pairs), sum(scores[pair] for pair in pairs)

    chosen = {one["learner"]: one["mentor"] for one in answer["assignments"]}
    assert all(pair in allowed for pair in chosen.items())
    best = max(sums(choice)[0] for choice in choices(request, allowed))
    assert answer["objective"] == sums(chosen)[0] == best
    assert (answer["total_score"], answer["matched"]) == (sums(chosen)[1], len(chosen))
    without_floor = max(sums(choice)[0] for choice in choices(request, scores))
    if answer["floor"]:
        loss = without_floor - best
        assert answer["floor"]["loss"] == loss
        assert loss * 1000 <= request["policy"]["floor"]["loss_permille"] * without_floor
    if answer["loss"] is not None:
        assert answer["loss"] == max(sums(choice)[1] for choice in choices(request, scores)) - answer["total_score"]
    assert answer["blocking_pairs"] == blocking(request, scores, chosen)


def blocking(request: Json, scores: dict[tuple[str, str], int], chosen: Choice) -> int:
    capacity = {one["id"]: one["capacity"] for one in request["mentors"]}
    count = 0
    for (learner, mentor), score in scores.items():
        held = [scores[one, other] for one, other in chosen.items() if other == mentor]
        learner_would = learner not in chosen or score > scores[learner, chosen[learner]]
        count += learner_would and (len(held) < capacity[mentor] or any(other < score for other in held))
    return count


def floored(*, loss_permille: int, waits_in_vain: bool = False) -> Json:
    """Two learners and two mentors: together the best is 4095 and 2457; 2866 and 3276 is more even and 410 less."""
    wants = {"a": ("go", "sql"), "b": ("go", "rust")}
    learners = [
        {"id": one, "wants": [{"skill": skill, "level": 5} for skill in skills]} for one, skills in wants.items()
    ]
    levels = {"m": {"go": 5, "sql": 5, "rust": 3}, "n": {"go": 4, "sql": 3, "rust": 2}}
    if waits_in_vain:
        learners.append({"id": "c", "wants": [{"skill": "cobol", "level": 5}]})
        levels["o"] = {"cobol": 1}
    mentors = [
        {"id": one, "capacity": 1, "skills": [{"skill": skill, "level": level} for skill, level in known.items()]}
        for one, known in levels.items()
    ]
    return {"learners": learners, "mentors": mentors, "policy": {"floor": {"loss_permille": loss_permille}}}


def test_floor_raises_the_worst_pair_as_far_as_the_loss_allows() -> None:
    # 410 of 6552 are 62.6 thousandths.
    assert solver.solve("match", floored(loss_permille=62))["floor"] == {"threshold": 2457, "loss": 0}
    assert solver.solve("match", floored(loss_permille=63))["floor"] == {"threshold": 2866, "loss": 410}


def test_floor_leaves_nobody_out_so_that_the_worst_looks_better() -> None:
    answer = solver.solve("match", floored(loss_permille=1000, waits_in_vain=True))
    assert (answer["floor"], answer["matched"]) == ({"threshold": 819, "loss": 0}, 3)


def changed(request: Json, learner_id: str, change: Json) -> Json:
    """The canonical request with the change made in it, as the contract says."""
    request = canonical_match(request)
    learner = next(one for one in request["learners"] if one["id"] == learner_id)
    if change["change"] == "availability":
        start, end = change["add"]
        assert all(end <= taken or free <= start for taken, free in learner["availability"])
        learner["availability"] = [*map(list, learner["availability"]), change["add"]]
    elif "add" in change:
        learner["languages"] = [*learner["languages"], change["add"]]
    if "skill" in change:
        former = next((want for want in learner["wants"] if want["skill"] == change["skill"]), None)
        assert former is None or former["level"] > change["level"]
        others = [want for want in learner["wants"] if want["skill"] != change["skill"]]
        learner["wants"] = [*others, (former or {}) | {"skill": change["skill"], "level": change["level"]}]
    if "minimum_score" in change:
        assert change["minimum_score"] < request["constraints"]["minimum_score"]
        request["constraints"]["minimum_score"] = change["minimum_score"]
    if "places" in change:
        next(one for one in request["mentors"] if one["id"] == change["mentor"])["capacity"] += change["places"]
    if change.get("without_floor"):
        assert request["policy"]["floor"] is not None
        request["policy"]["floor"] = None
    return request


def could_be_a_pair(request: Json, learner: Json, mentor: Json) -> bool:
    """Whether one language and one skill more make it one."""
    known = {skill["skill"] for skill in mentor["skills"] if skill["level"]}
    wanted = {want["skill"] for want in learner["wants"]}
    related = {one["skill"] for want in learner["wants"] for one in want["related"]}
    is_forbidden = {"learner": learner["id"], "mentor": mentor["id"]} in request["constraints"]["forbidden"]
    return not is_forbidden and (not wanted or bool(known - wanted) or bool(known & (wanted | related)))


@given(match_requests())
@hypothesis_settings(max_examples=150, deadline=None)
def test_every_learner_is_matched_once_the_change_is_made(request: Json) -> None:
    learners = {one["id"]: one for one in canonical_match(request)["learners"]}
    for one in solver.solve("match", request)["unmatched"]:
        change = one["counterfactual"]
        if change is None:
            assert one["reason"] == "no_feasible_mentor"
            learner = learners[one["learner"]]
            new = [mentor for mentor in request["mentors"] if could_be_a_pair(request, learner, mentor)]
            wanted = {want["skill"] for want in learner["wants"]}
            # Who wants all that a mentor knows, and from a level that the mentor does not have, cannot be helped.
            assert all({skill["skill"] for skill in mentor["skills"] if skill["level"]} <= wanted for mentor in new)
            continue
        event(" ".join(sorted(set(change) - {"mentor", "add", "level"})) + change["change"])
        answer = solver.solve("match", changed(request, one["learner"], change))
        assert one["learner"] in {other["learner"] for other in answer["assignments"]}, change


WORK = {"skills": [{"skill": "go", "level": 4}, {"skill": "sql", "level": 0}], "languages": ["de"]}


@pytest.mark.parametrize(
    ("learner", "mentor", "minimum_score", "change"),
    [
        (
            {"availability": [[0, 60]]},
            {"availability": [[30, 110], [200, 400]]},
            3500,
            {"change": "availability", "add": [200, 260]},
        ),
        ({"languages": ["en"]}, {}, 3500, {"change": "language", "add": "de"}),
        ({"wants": [{"skill": "go", "level": 5}]}, {}, 3500, {"change": "want", "skill": "go", "level": 4}),
        ({"wants": [{"skill": "sql", "level": 5}]}, {}, 0, {"change": "want", "skill": "go", "level": 1}),
        ({}, {"capacity": 0}, 0, {"change": "capacity", "places": 1}),
        ({"languages": ["en"]}, {"capacity": 0}, 0, {"change": "language", "add": "de", "places": 1}),
        (
            {"languages": ["en"], "wants": [{"skill": "rust", "level": 5}]},
            {},
            0,
            {"change": "language", "add": "de", "skill": "go", "level": 1},
        ),
        # Skills 3102, languages 620, rating 1.
        (
            {},
            {"rating": {"mean_milli": 1000, "count": 1000}},
            4000,
            {"change": "minimum_score", "minimum_score": 3723},
        ),
    ],
)
def test_smallest_change_of_each_kind(learner: Json, mentor: Json, minimum_score: int, change: Json) -> None:
    request = {
        "learners": [{"id": "l", "wants": [{"skill": "go", "level": 4}], "languages": ["de"]} | learner],
        "mentors": [{"id": "m", "capacity": 1} | WORK | mentor],
        "constraints": {"minimum_score": minimum_score},
    }
    (one,) = solver.solve("match", request)["unmatched"]
    assert one["counterfactual"] == change | {"mentor": "m"}


def test_everybody_who_is_unmatched_is_told_what_would_help() -> None:
    learner = {"wants": [{"skill": "go", "level": 4}], "languages": ["de"], "availability": [[0, 60]]}
    request = {
        "learners": [{"id": f"l{number}"} | learner for number in range(60)],
        "mentors": [{"id": "m", "capacity": 1, "availability": [[30, 110], [200, 400]]} | WORK],
        "constraints": {"minimum_score": 3500},
    }
    changes = [one["counterfactual"] for one in solver.solve("match", request)["unmatched"]]
    assert changes == [{"change": "availability", "add": [200, 260], "mentor": "m"}] * 60


@pytest.mark.parametrize(("in_all", "a_pair", "looks"), [(100, 20, 3 + 3 + 3), (7, 20, 3 + 3 + 1), (100, 1, 3 + 2)])
def test_search_ends_where_its_bounds_do(monkeypatch: pytest.MonkeyPatch, in_all: int, a_pair: int, looks: int) -> None:
    """The look that is one too many is not taken, and what others could have is found for those who are left."""
    taken: list[int] = []
    monkeypatch.setattr(own_changes, "MOST_LOOKS", 3)
    monkeypatch.setattr(own_changes, "MOST_LOOKS_IN_ALL", in_all)
    monkeypatch.setattr(own_changes, "MOST_LOOKS_A_PAIR", a_pair)
    first_change = own_changes._Search.first_change

    def counted(search: own_changes._Search) -> Json | None:
        found = first_change(search)
        taken.append(search.looks)
        return found

    monkeypatch.setattr(own_changes._Search, "first_change", counted)
    learners = [{"id": one, "wants": [{"skill": "rust", "level": 5}], "languages": ["en"]} for one in "abcde"]
    mentors = [{"id": "m0", "capacity": 1} | WORK]
    unmatched = solver.solve("match", {"learners": learners[: 5 if a_pair == 1 else 3], "mentors": mentors})[
        "unmatched"
    ]
    both = {"change": "language", "add": "de", "skill": "go", "level": 1, "mentor": "m0"}
    assert [one["counterfactual"] for one in unmatched] == [both] * len(unmatched)
    assert sum(taken) == looks


FULL = [
    {"languages": [f"x{number:02}" for number in range(50)]},
    {"wants": [{"skill": f"s{number:03}", "level": 2} for number in range(200)]},
]


@pytest.mark.parametrize("learner", FULL, ids=["languages", "wants"])
def test_nothing_is_added_where_no_more_is_allowed(learner: Json) -> None:
    request = {
        "learners": [{"id": "l", "wants": [{"skill": "go", "level": 4}], "languages": ["de"]} | learner],
        "mentors": [{"id": "m", "capacity": 1} | WORK],
    }
    (one,) = solver.solve("match", request)["unmatched"]
    assert one["counterfactual"] is None


def crowded(count: int, capacity: int, **more: Any) -> Json:
    """So many learners for one mentor; the later ones score less."""
    levels = [{"skill": "go", "level": 5}, {"skill": "sql", "level": 1}]
    return {
        "learners": [
            {"id": f"l{number}", "wants": [{"skill": "go", "level": 5}, {"skill": "sql", "level": 1 + number}]}
            for number in range(count)
        ],
        "mentors": [{"id": "m", "capacity": capacity, "skills": levels}],
    } | more


def test_who_comes_later_needs_a_place_for_everybody_before() -> None:
    changes = [one["counterfactual"] for one in solver.solve("match", crowded(4, 1))["unmatched"]]
    assert [change["places"] for change in changes if change["change"] == "capacity"] == [1, 2, 3]


def test_who_is_worth_as_much_as_others_needs_no_place_for_them() -> None:
    """Three are alike, for two mentors with a place each: one place more is enough."""
    request = crowded(3, 1)
    for learner in request["learners"]:
        learner["wants"] = [{"skill": "go", "level": 5}]
    request["mentors"].append(request["mentors"][0] | {"id": "n"})
    (one,) = solver.solve("match", request)["unmatched"]
    assert one["counterfactual"] == {"change": "capacity", "mentor": "m", "places": 1}


def scarce(count: int) -> Json:
    """So many learners for one place, and a floor that costs nothing."""
    return crowded(count, 1, policy={"floor": {"loss_permille": 0}})


@pytest.mark.parametrize(("most", "holds"), [(20, 3), (2, 2), (0, 0)])
def test_with_a_floor_a_change_is_told_that_holds_with_it_as_long_as_that_is_tried(
    monkeypatch: pytest.MonkeyPatch, most: int, holds: int
) -> None:
    monkeypatch.setattr(counterfactuals, "MOST_SOLVED", most)
    changes = [one["counterfactual"] for one in solver.solve("match", scarce(4))["unmatched"]]
    assert [change.get("without_floor", False) for change in changes] == [False] * holds + [True] * (3 - holds)


@pytest.mark.parametrize(
    ("learners", "mentors", "most"),
    [(10, 5, 20), (200, 50, 20), (500, 10, 10), (5_001, 1, 0), (300, 100, 16), (0, 0, 20)],
)
def test_larger_rounds_are_solved_anew_less_often(learners: int, mentors: int, most: int) -> None:
    assert counterfactuals._most_solved({"learners": [{}] * learners, "mentors": [{}] * mentors}) == most
