//! The core of a problem: the pairs that can matter as long as prices stay about what they are.
//!
//! A start from nearby prices needs few of the pairs of each row, those that are nearly as good as its best (the core of Volgenant 1996). The
//! optimum of the core is that of the problem if none of the pairs outside is as good to its row as what the row has there: then the prices are
//! feasible for the problem, smallest because they are so under fewer conditions, and the tight pairs of both are the same, among which
//! alone the canonical choice is made.

use rayon::prelude::*;

use crate::problem::Problem;
use crate::transportation::Optimum;

/// About so many rows tell how much worse than its best a pair may be.
const SAMPLED_ROWS: usize = 1 << 9;

/// The problem with about one in so many of its pairs, the best to their rows at these prices; columns beyond the prices cost nothing.
pub(crate) fn core(problem: &Problem, prices: &[i64], one_in: usize) -> Problem {
    let mut prices = prices.to_vec();
    prices.resize(problem.columns(), 0);
    let rows = (0..problem.rows()).step_by(problem.rows().div_ceil(SAMPLED_ROWS).max(1));
    let mut losses: Vec<i64> = rows
        .flat_map(|row| {
            let best = best(problem, row, &prices);
            problem.entries(row).map(move |(column, value)| (column, best.saturating_sub(value)))
        })
        .map(|(column, loss)| loss.saturating_add(prices[column as usize]))
        .collect();
    let middle = losses.len() / one_in;
    let most = if middle < losses.len() { *losses.select_nth_unstable(middle).1 } else { 0 };
    problem.filtered(|row| {
        let least = best(problem, row, &prices).saturating_sub(most);
        let (prices, places) = (&prices, problem.column_capacity());
        // Nobody has a column without places, but all rows have a say in its price.
        move |column, value| value - prices[column as usize] >= least || places[column as usize] == 0
    })
}

/// The most that a unit of this row can get.
fn best(problem: &Problem, row: usize, prices: &[i64]) -> i64 {
    let open = problem.entries(row).filter(|&(column, _)| problem.column_capacity()[column as usize] > 0);
    open.map(|(column, value)| value - prices[column as usize])
        .max()
        .max(problem.unassigned_value())
        .unwrap_or_default()
}

/// Whether the optimum of this core, with its smallest prices, is that of the problem.
pub(crate) fn holds_for(problem: &Problem, core: &Problem, optimum: &Optimum) -> bool {
    let as_good = |problem: &Problem, row: usize| {
        let utility = optimum.utilities[row];
        problem.entries(row).filter(|&(column, value)| value - optimum.prices[column as usize] >= utility).count()
    };
    (0..problem.rows())
        .into_par_iter()
        .with_min_len(256)
        .all(|row| problem.row_capacity()[row] == 0 || as_good(problem, row) == as_good(core, row))
}
