"""`assign`: the bare problem, without people."""

from matches.solver.canonical import Json, canonical_assign, input_hash
from matches.solver.choosing import Chooser
from matches.solver.infeasibility import explain
from matches.solver.optimum import Int64s, Problem, optimal_columns, proven_objective, smallest_prices


def assign(request: Json) -> Json:
    """The canonical optimum with its dual certificate, or the proof that there is none.

    Always from the rows, whatever `method` the request asks for.
    """
    canonical = canonical_assign(request)
    sign = -1 if canonical["objective"] == "minimize" else 1
    problem = Problem.of(
        [(row, column, sign * value) for row, column, value in canonical["entries"]],
        row_capacity=canonical["row_capacity"],
        column_capacity=canonical["column_capacity"],
        unassigned_value=sign * canonical["unassigned_value"] if canonical["unassigned_rows"] == "allowed" else None,
    )
    answer = _infeasible(problem) if (found := solve_problem(problem)) is None else _optimal(problem, *found, sign)
    return answer | {"input_hash": input_hash(canonical), "method": "rows"}


def solve_problem(problem: Problem) -> tuple[list[int | None], Int64s, int] | None:
    """The column of each unit in the canonical optimum, the smallest prices, the proven objective; None: infeasible."""
    some = optimal_columns(problem)
    if some is None:
        return None
    prices = smallest_prices(problem, some)
    columns = Chooser(problem, prices, some).choose()
    return columns, prices, proven_objective(problem, columns, prices)


def _optimal(problem: Problem, columns: list[int | None], prices: Int64s, objective: int, sign: int) -> Json:
    units = list(zip(problem.row_of_unit.tolist(), columns, strict=True))
    return {
        "status": "optimal",
        "objective": sign * objective,
        "gap": 0,
        "pairs": sorted([row, column] for row, column in units if column is not None),
        "unassigned": [row for row, column in units if column is None],
        "column_duals": [sign * price for price in prices.tolist()],
        "row_duals": [sign * (utility or 0) for utility in problem.utilities(prices)],
        "infeasibility": None,
    }


def _infeasible(problem: Problem) -> Json:
    return {
        "status": "infeasible",
        "objective": None,
        "gap": None,
        "pairs": [],
        "unassigned": [],
        "column_duals": [],
        "row_duals": [],
        "infeasibility": explain(problem),
    }
