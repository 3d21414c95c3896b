"""Why not every row can be assigned: rows that together ask for more than all their columns hold.

They are the rows that an alternating path reaches from an unassigned row of a maximum assignment, which is the same set
for each maximum assignment (Dulmage and Mendelsohn 1958); Hall's condition fails for exactly these.
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from matches.solver.canonical import Json
from matches.solver.optimum import Problem


def explain(problem: Problem) -> Json:
    """The proof, in numbers that anybody can check."""
    row_of_unit, column_of_slot = problem.row_of_unit, problem.column_of_slot
    allowed = problem.is_allowed()
    if len(column_of_slot):
        slot_of_unit = maximum_bipartite_matching(
            csr_array(allowed[row_of_unit][:, column_of_slot].astype(np.int8)), perm_type="column"
        )
    else:
        slot_of_unit = np.full(len(row_of_unit), -1)
    rows_in: list[set[int]] = [set() for _ in problem.column_capacity]
    unassigned_rows = set()
    assignable = 0
    for row, slot in zip(row_of_unit.tolist(), slot_of_unit.tolist(), strict=True):
        if slot < 0:
            unassigned_rows.add(row)
        else:
            rows_in[column_of_slot[slot]].add(row)
            assignable += 1
    rows, columns = _reached(allowed, unassigned_rows, rows_in)
    return {
        "demand": sum(problem.row_capacity),
        "supply": sum(problem.column_capacity),
        "assignable": assignable,
        "blocking_rows": sorted(rows),
        "blocking_columns": sorted(columns),
        "blocking_demand": sum(problem.row_capacity[row] for row in rows),
        "blocking_supply": sum(problem.column_capacity[column] for column in columns),
    }


def _reached(
    allowed: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]", start: set[int], rows_in: list[set[int]]
) -> tuple[set[int], set[int]]:
    """Rows and columns that alternating paths reach from the rows of `start`."""
    rows, columns = set(start), set()
    waiting = list(start)
    while waiting:
        for column in allowed[waiting.pop()].nonzero()[0].tolist():
            if column not in columns:
                columns.add(column)
                waiting.extend(rows_in[column] - rows)
                rows |= rows_in[column]
    return rows, columns
