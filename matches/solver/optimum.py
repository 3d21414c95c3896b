"""The optimum of an assignment problem with capacities, its smallest prices, and the proof that it is one.

A row of capacity r is r *units*. Everything is maximised. scipy finds an optimal assignment in floating point; prices
and proof are integers computed from it, so a wrong answer is noticed and withheld.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

MOST_CELLS = 50_000_000
"""Cells of scipy's matrix of 8-byte numbers: 400 MB."""

_ABSENT = -(1 << 62)
"""Stands for minus infinity; far below any sum of values (2^40) along a path."""

Int64s = NDArray[np.int64]


class ProblemTooLargeError(Exception):
    """The built-in solver would need more memory than it may have; the matcher does not."""


class UnprovenError(Exception):
    """The answer failed its own proof: a defect of the solver, never of the problem."""


@dataclass(frozen=True)
class Problem:
    """Values of pairs of row and column, shape (rows, columns), `_ABSENT` where a pair is not allowed.

    `unassigned_value` is what a unit without a column is worth; None when each must have one.
    """

    values: Int64s
    row_capacity: Sequence[int]
    column_capacity: Sequence[int]
    unassigned_value: int | None

    @classmethod
    def of(
        cls,
        entries: Sequence[tuple[int, int, int]],
        *,
        row_capacity: Sequence[int],
        column_capacity: Sequence[int],
        unassigned_value: int | None,
    ) -> "Problem":
        """The problem whose allowed pairs are `entries`: row, column, value. Raises ProblemTooLargeError."""
        demand_room(row_capacity, column_capacity)
        values = np.full((len(row_capacity), len(column_capacity)), _ABSENT, dtype=np.int64)
        if entries:
            rows, columns, numbers = zip(*entries, strict=True)
            values[list(rows), list(columns)] = numbers
        return cls(values, row_capacity, column_capacity, unassigned_value)

    @property
    def row_of_unit(self) -> Int64s:
        """The row of each unit, ascending."""
        return np.repeat(np.arange(len(self.row_capacity), dtype=np.int64), list(self.row_capacity))

    @property
    def column_of_slot(self) -> Int64s:
        """The column of each place; never more places than units could fill."""
        units = sum(self.row_capacity)
        places = [min(capacity, units) for capacity in self.column_capacity]
        return np.repeat(np.arange(len(places), dtype=np.int64), places)

    def is_allowed(self) -> NDArray[np.bool_]:
        """Which pairs may be used, shape (rows, columns)."""
        return self.values > _ABSENT

    def utilities(self, prices: Int64s) -> list[int | None]:
        """What a unit of each row gains at these prices at best; None for a row that can do nothing."""
        best: list[int | None] = []
        for values in self.values:
            gains: list[int] = (values - prices)[values > _ABSENT].tolist()
            if self.unassigned_value is not None:
                gains.append(self.unassigned_value)
            best.append(max(gains, default=None))
        return best


def demand_room(row_capacity: Sequence[int], column_capacity: Sequence[int]) -> None:
    """Raises ProblemTooLargeError where the matrices of such a problem would be too large."""
    units = sum(row_capacity)
    slots = sum(min(capacity, units) for capacity in column_capacity)
    if max(units * max(units, slots), len(row_capacity) * len(column_capacity)) > MOST_CELLS:
        raise ProblemTooLargeError(f"{units} rows with {slots} places are too many for the built-in solver")


def optimal_columns(problem: Problem) -> list[int | None] | None:
    """The column of each unit in some optimal assignment; None when not every unit that must have one can."""
    row_of_unit, column_of_slot = problem.row_of_unit, problem.column_of_slot
    units, slots = len(row_of_unit), len(column_of_slot)
    if units == 0:
        return []
    costs = -problem.values[row_of_unit][:, column_of_slot].astype(np.float64)
    if problem.unassigned_value is None:
        if slots < units:
            return None
        costs[costs >= float(-_ABSENT)] = np.inf
        try:
            chosen = linear_sum_assignment(costs)[1]
        except ValueError:  # scipy's word for infeasible
            return None
        return [int(column_of_slot[slot]) for slot in chosen]
    # A place that is not allowed, or worth less than none, counts as none; with as many places as units everybody can
    # have one, so this has the same optimum.
    worth_it = costs < -float(problem.unassigned_value)
    padded: NDArray[Any] = np.full((units, max(units, slots)), -float(problem.unassigned_value))
    padded[:, :slots][worth_it] = costs[worth_it]
    chosen = linear_sum_assignment(padded)[1]
    return [
        int(column_of_slot[slot]) if slot < slots and worth_it[unit, slot] else None for unit, slot in enumerate(chosen)
    ]


def smallest_prices(problem: Problem, columns: Sequence[int | None]) -> Int64s:
    """The smallest optimal price of every column at once, from any optimal assignment.

    Prices p are optimal when nobody would rather have another column: p[k] >= p[j] + value(i, k) - value(i, j) for each
    unit i in j, p[k] >= value(i, k) - unassigned for each unit without one, p >= 0. The smallest are longest paths,
    found by Bellman and Ford's rounds; they end, as an optimal assignment leaves no positive cycle.
    """
    count = len(problem.column_capacity)
    # Nobody envies from a column that nobody holds, and columns may be many more than units.
    holders = sorted({column for column in columns if column is not None})
    place = {column: at for at, column in enumerate(holders)}
    envy = np.full((len(holders), count), _ABSENT, dtype=np.int64)
    floor = np.zeros(count, dtype=np.int64)
    for row, column in set(zip(problem.row_of_unit.tolist(), columns, strict=True)):
        values: Int64s = problem.values[row]
        allowed = values > _ABSENT
        held = problem.unassigned_value if column is None else int(values[column])
        if held is None:
            raise UnprovenError("a unit that must have a column has none")
        wishes = np.where(allowed, values - held, _ABSENT)
        if column is None:
            np.maximum(floor, wishes, out=floor)
        else:
            np.maximum(envy[place[column]], wishes, out=envy[place[column]])
    prices = floor
    for _ in range(count + 1):
        paid = np.where(envy > _ABSENT, envy + prices[holders][:, None], _ABSENT)
        raised = np.maximum(prices, paid.max(axis=0, initial=0))
        if np.array_equal(raised, prices):
            return prices
        prices = raised
    raise UnprovenError("the assignment can be improved")


def proven_objective(problem: Problem, columns: Sequence[int | None], prices: Int64s) -> int:
    """The assignment's value, which equals that of the prices; UnprovenError when it does not (weak duality)."""
    used = [0] * len(problem.column_capacity)
    objective = 0
    for row, column in zip(problem.row_of_unit.tolist(), columns, strict=True):
        value = problem.unassigned_value if column is None else int(problem.values[row, column])
        if value is None or value == _ABSENT:
            raise UnprovenError("a unit stands where it may not")
        if column is not None:
            used[column] += 1
        objective += value
    if any(number > capacity for number, capacity in zip(used, problem.column_capacity, strict=True)):
        raise UnprovenError("a column holds more than its capacity")
    utilities = problem.utilities(prices)
    dual_objective = sum(
        capacity * (utility or 0) for capacity, utility in zip(problem.row_capacity, utilities, strict=True)
    ) + sum(capacity * price for capacity, price in zip(problem.column_capacity, prices.tolist(), strict=True))
    if objective != dual_objective:
        raise UnprovenError(f"the assignment is worth {objective}, the prices {dual_objective}")
    return objective
