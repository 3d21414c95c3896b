"""Which of the equal optima is answered: units in order, each with the best choice that still leads to the optimum.

By complementary slackness the optimal assignments are exactly those that use tight pairs only (value less price equals
the unit's utility) and fill every column whose price is above 0. So a unit can take another tight column if and only if
an alternating path over tight pairs leads from there back to the place it leaves, and units that have had their turn
stay. Paths run over columns and one node more, *outside*: where unassigned units are, and where vacancies of columns of
price 0 come from and go to. matcher-rs does the same (crates/solver/src/canonical.rs).
"""

from collections import deque

from matches.solver.optimum import Int64s, Problem


class Chooser:
    """Turns an optimal assignment into the one that is answered."""

    def __init__(self, problem: Problem, prices: Int64s, columns: list[int | None]) -> None:
        self._outside = len(problem.column_capacity)
        self._prices: list[int] = prices.tolist()
        self._choices = _tight_choices(problem, prices)
        self._row_of_unit: list[int] = problem.row_of_unit.tolist()
        self._node_of: list[int] = [self._outside if column is None else column for column in columns]
        self._room = list(problem.column_capacity)
        for column in columns:
            if column is not None:
                self._room[column] -= 1
        self._units_wanting: list[list[int]] = [[] for _ in range(self._outside + 1)]
        for unit, row in enumerate(self._row_of_unit):
            for node in self._choices[row]:
                self._units_wanting[node].append(unit)

    def choose(self) -> list[int | None]:
        """The column of each unit."""
        for unit in range(len(self._node_of)):
            self._improve(unit)
        return [None if node == self._outside else node for node in self._node_of]

    def _improve(self, unit: int) -> None:
        choices = self._choices[self._row_of_unit[unit]]
        held = self._node_of[unit]
        better = choices[: choices.index(held)]
        if not better:
            return
        steps = self._steps_back_to(held, best=better[0], unit=unit)
        choice = next((node for node in better if node in steps), None)
        if choice is None:
            return
        node = choice
        while node != held:
            mover, target = steps[node]
            if mover is not None:
                self._move(mover, target)
            node = target
        self._move(unit, choice)

    def _steps_back_to(self, held: int, *, best: int, unit: int) -> dict[int, tuple[int | None, int]]:
        """By node, who moves and where to, on the shortest path from it to `held`; stops once `best` is reached.

        A node that has one too many passes it on: a later unit moves, or (None) a vacancy takes it up.
        """
        steps: dict[int, tuple[int | None, int]] = {held: (None, held)}
        queue = deque([held])
        while queue and best not in steps:
            target = queue.popleft()
            sources: list[tuple[int, int | None]] = [
                (self._node_of[mover], mover) for mover in self._units_wanting[target] if mover > unit
            ]
            if target == self._outside:
                sources += [(column, None) for column, room in enumerate(self._room) if room > 0]
            elif self._prices[target] == 0:
                sources.append((self._outside, None))
            for node, mover in sources:
                if node not in steps:
                    steps[node] = (mover, target)
                    queue.append(node)
        return steps

    def _move(self, unit: int, node: int) -> None:
        left = self._node_of[unit]
        if left != self._outside:
            self._room[left] += 1
        if node != self._outside:
            self._room[node] -= 1
        self._node_of[unit] = node


def _tight_choices(problem: Problem, prices: Int64s) -> list[list[int]]:
    """For each row its tight nodes: the better value first, then the lower column, outside last."""
    choices: list[list[int]] = []
    for values, utility in zip(problem.values, problem.utilities(prices), strict=True):
        if utility is None:
            choices.append([])
            continue
        tight = ((values - prices == utility) & (values > values.dtype.type(-(1 << 61)))).nonzero()[0].tolist()
        tight.sort(key=lambda column: (-int(values[column]), column))
        if problem.unassigned_value == utility:
            tight.append(len(problem.column_capacity))
        choices.append(tight)
    return choices
