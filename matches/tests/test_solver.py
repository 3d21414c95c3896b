"""The built-in solver against the golden files that both solvers answer to, and against trying everything out."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from matches import solver
from matches.solver import canonical
from matches.solver.optimum import Problem, ProblemTooLargeError, UnprovenError, proven_objective, smallest_prices
from matches.tests.people import match_requests

CONTRACTS = Path(__file__).resolve().parents[2] / "matcher-rs" / "contracts"
GOLDEN = sorted(CONTRACTS.glob("*/*.request.json"))


def test_golden_files_are_there() -> None:
    assert {path.parent.name for path in GOLDEN} == {"assign", "match", "suggest"}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.name.split('.')[0]}")
def test_golden_file_is_answered_byte_for_byte(path: Path) -> None:
    expected = path.with_name(path.name.replace(".request.", ".response."))
    answer = solver.solve(path.parent.name, json.loads(path.read_text()))
    golden = json.loads(expected.read_text())
    answer |= {name: golden[name] for name in ("solver", "version", "method") if name in golden}
    assert canonical.to_bytes(answer) + b"\n" == expected.read_bytes()


@st.composite
def assign_requests(draw: st.DrawFn) -> dict[str, Any]:
    rows, columns = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    # Few different values, so that equal optima are common.
    value = st.none() | st.integers(-3, 3)
    return {
        "dense": draw(st.lists(st.lists(value, min_size=columns, max_size=columns), min_size=rows, max_size=rows)),
        "objective": draw(st.sampled_from(["minimize", "maximize"])),
        "row_capacity": draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows)),
        "column_capacity": draw(
            st.lists(st.integers(0, 2), min_size=columns if rows else 0, max_size=columns if rows else 0)
        ),
        "unassigned_rows": draw(st.sampled_from(["forbidden", "allowed"])),
        "unassigned_value": draw(st.integers(-2, 2)),
    }


def by_trying_everything(request: dict[str, Any]) -> tuple[int, list[int | None]] | None:
    """The objective and the canonical choice: of all assignments the optimum that is first in the units' own order."""
    sign = -1 if request["objective"] == "minimize" else 1
    units = [row for row, capacity in enumerate(request["row_capacity"]) for _ in range(capacity)]
    capacity = request["column_capacity"]
    last = len(capacity)
    allowed = request["unassigned_rows"] == "allowed"
    best: tuple[Any, ...] | None = None
    for choice in itertools.product([*range(last), None], repeat=len(units)):
        if any(choice.count(column) > capacity[column] for column in range(last)):
            continue
        found = [
            (request["unassigned_value"] if allowed else None) if column is None else request["dense"][row][column]
            for row, column in zip(units, choice, strict=True)
        ]
        values: list[int] = [value for value in found if value is not None]
        if len(values) < len(units):
            continue
        order = tuple(
            (1, 0, 0) if column is None else (0, -sign * value, column)
            for column, value in zip(choice, values, strict=True)
        )
        candidate = (-sign * sum(values), order, choice)
        best = min(best, candidate) if best else candidate
    return (-sign * best[0], list(best[2])) if best else None


@given(assign_requests())
@hypothesis_settings(max_examples=300, deadline=None)
def test_assign_agrees_with_trying_everything(request: dict[str, Any]) -> None:
    answer = solver.solve("assign", request)
    expected = by_trying_everything(request)
    if expected is None:
        proof = answer["infeasibility"]
        assert answer["status"] == "infeasible"
        assert proof["blocking_demand"] - proof["blocking_supply"] == proof["demand"] - proof["assignable"] > 0
        return
    objective, choice = expected
    units = [row for row, capacity in enumerate(request["row_capacity"]) for _ in range(capacity)]
    assert (answer["status"], answer["objective"]) == ("optimal", objective)
    assert answer["pairs"] == sorted(
        [row, column] for row, column in zip(units, choice, strict=True) if column is not None
    )


@given(assign_requests())
@hypothesis_settings(max_examples=200, deadline=None)
def test_no_smaller_prices_are_optimal(request: dict[str, Any]) -> None:
    answer = solver.solve("assign", request)
    if answer["status"] == "infeasible":
        return
    sign = -1 if request["objective"] == "minimize" else 1
    prices = [sign * dual for dual in answer["column_duals"]]
    for column, price in enumerate(prices):
        if price == 0:
            continue
        lower = [*prices]
        lower[column] -= 1
        assert sign * answer["objective"] < _dual_objective(request, lower, sign)


def _dual_objective(request: dict[str, Any], prices: list[int], sign: int) -> int:
    total: int = sum(capacity * price for capacity, price in zip(request["column_capacity"], prices, strict=True))
    for capacity, values in zip(request["row_capacity"], request["dense"], strict=True):
        gains = [sign * value - price for value, price in zip(values, prices, strict=True) if value is not None]
        if request["unassigned_rows"] == "allowed":
            gains.append(sign * request["unassigned_value"])
        total += capacity * max(gains, default=0)
    return total


@given(match_requests())
@hypothesis_settings(max_examples=100, deadline=None)
def test_match_components_add_up_and_capacity_holds(request: dict[str, Any]) -> None:
    answer = solver.solve("match", request)
    capacity = {mentor["id"]: mentor["capacity"] for mentor in request["mentors"]}
    for assignment in answer["assignments"]:
        assert sum(part["points"] for part in assignment["components"].values()) == assignment["score"] <= 4095
        capacity[assignment["mentor"]] -= 1
    assert min(capacity.values(), default=0) >= 0
    assert {one["learner"] for one in answer["assignments"]} | {one["learner"] for one in answer["unmatched"]} == {
        learner["id"] for learner in request["learners"]
    }


@given(match_requests(), st.randoms())
@hypothesis_settings(max_examples=50, deadline=None)
def test_order_of_people_changes_nothing(request: dict[str, Any], random: Any) -> None:
    answer = canonical.to_bytes(solver.solve("match", request))
    random.shuffle(request["learners"])
    random.shuffle(request["mentors"])
    assert canonical.to_bytes(solver.solve("match", request)) == answer


def test_problem_that_needs_too_much_memory_is_refused() -> None:
    request = {
        "sparse": {"rows": 8000, "columns": 1, "entries": [[0, 0, 1]]},
        "objective": "maximize",
        "unassigned_rows": "allowed",
    }
    with pytest.raises(ProblemTooLargeError, match="8000 rows"):
        solver.solve("assign", request)


class Unread(dict[str, Any]):
    """A person of whom nothing but the number of places may be read yet."""

    def __getitem__(self, name: str) -> Any:
        assert name == "capacity", f"{name} is read before the size is known to do"
        return 1


def test_round_that_is_too_large_is_refused_before_anybody_is_scored() -> None:
    with pytest.raises(ProblemTooLargeError, match="8000 rows with 3 places"):
        solver.solve("match", {"learners": [Unread()] * 8000, "mentors": [Unread()] * 3})


def test_matrix_of_pairs_is_bounded_however_few_the_places() -> None:
    wide = {"rows": 7_000, "columns": 10_000, "entries": []}
    with pytest.raises(ProblemTooLargeError):
        solver.solve("assign", {"sparse": wide, "objective": "maximize", "column_capacity": [0] * 10_000})


def test_few_rows_may_choose_among_very_many_columns() -> None:
    """Prices need no matrix of columns by columns, which would be 80 GB here."""
    wide = {"rows": 2, "columns": 100_000, "entries": [[0, 99_999, 3], [1, 99_999, 2], [1, 7, 1]]}
    answer = solver.solve("assign", {"sparse": wide, "objective": "maximize"})
    assert (answer["pairs"], answer["column_duals"][99_999]) == ([[0, 99_999], [1, 7]], 1)


NULLS: list[dict[str, Any]] = [
    {"dense": [[1, 2]], "sparse": None},
    {"dense": None, "sparse": {"rows": 1, "columns": 2, "entries": [[0, 0, 1], [0, 1, 2]]}},
]


@pytest.mark.parametrize("matrix", NULLS)
def test_null_is_the_same_as_left_out(matrix: dict[str, Any]) -> None:
    optional = ("row_capacity", "column_capacity", "unassigned_rows", "unassigned_value")
    with_nulls = matrix | {"objective": "maximize"} | dict.fromkeys(optional)
    assert solver.solve("assign", with_nulls) == solver.solve("assign", {"dense": [[1, 2]], "objective": "maximize"})


def problem(values: list[tuple[int, int, int]], *, unassigned: int | None = 0, capacity: int = 1) -> Problem:
    return Problem.of(values, row_capacity=[1, 1], column_capacity=[capacity, 1], unassigned_value=unassigned)


def test_assignment_that_can_be_improved_is_not_priced() -> None:
    crossed = problem([(0, 0, 1), (0, 1, 5), (1, 0, 5), (1, 1, 1)])
    with pytest.raises(UnprovenError, match="can be improved"):
        smallest_prices(crossed, [0, 1])


@pytest.mark.parametrize(
    ("columns", "unassigned", "complaint"),
    [
        ([0, 0], 0, "more than its capacity"),
        ([1, 0], 0, "may not"),
        ([0, None], None, "may not"),
        ([None, None], 0, "worth 0, the prices 7"),
    ],
)
def test_wrong_assignment_is_not_proven(columns: list[int | None], unassigned: int | None, complaint: str) -> None:
    wrong = problem([(0, 0, 4), (1, 0, 3)], unassigned=unassigned)
    with pytest.raises(UnprovenError, match=complaint):
        proven_objective(wrong, columns, wrong.values[0] * 0)


def test_missing_column_that_must_be_there_is_not_priced() -> None:
    with pytest.raises(UnprovenError, match="has none"):
        smallest_prices(problem([(0, 0, 4)], unassigned=None), [0, None])
