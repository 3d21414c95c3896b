//! A start from the solution of a similar problem: its prices, and what is still exactly right at them.

use rayon::prelude::*;

use super::Earlier;
use super::market::Market;
use super::transposed::Transposed;
use crate::matching::{COLUMNS, Pair, ROWS};

/// Takes over prices and pairs, by the numbers of rows and columns; what they do not know starts at 0 and unassigned, and what the
/// problem no longer has is passed over. Rows get the duals that fit, in whatever way they have changed. Returns the pairs by column, which are
/// written beside.
pub(crate) fn resume(market: &mut Market<'_>, Earlier { prices, pairs, best }: Earlier<'_>) -> Transposed {
    for (node, &price) in market.nodes[COLUMNS].iter_mut().zip(prices) {
        node.dual = price.max(0);
    }
    if best.is_empty() {
        fit_rows(market);
    } else {
        set_rows(market, best);
    }
    let (problem, baseline) = (market.problem, market.baseline.value());
    rayon::join(|| assign_right(market, pairs), || Transposed::of(problem, baseline)).1
}

/// Assigns the pairs that are exactly right.
fn assign_right(market: &mut Market<'_>, pairs: &[Pair]) {
    let [rows, columns] = &market.nodes;
    let is_right = |&&Pair { row, column, .. }: &&Pair| {
        let (Some(from), Some(to)) = (rows.get(row as usize), columns.get(column as usize)) else { return false };
        market.gain(ROWS, row, column) == Some(from.dual + to.dual)
    };
    let right: Vec<&Pair> = pairs.par_iter().with_min_len(1 << 13).filter(is_right).collect();
    for &Pair { row, column, times } in right {
        let [rows, columns] = &market.nodes;
        let times = times.min(rows[row as usize].free).min(columns[column as usize].free);
        if times > 0 {
            market.assign(ROWS, row, column, times);
        }
    }
}

/// Makes the duals of the rows the most that they can get, which is known.
fn set_rows(market: &mut Market<'_>, best: &[i64]) {
    let least = if market.may_stay_free(ROWS) { 0 } else { i64::MIN };
    let baseline = market.baseline.value();
    for (row, (node, &best)) in market.nodes[ROWS].iter_mut().zip(best).enumerate() {
        node.dual = if market.problem.degree(row) == 0 { 0 } else { (best - baseline).max(least) };
    }
}

/// Makes the duals of the rows the most that they can get, in one pass over all pairs.
fn fit_rows(market: &mut Market<'_>) {
    let least = if market.may_stay_free(ROWS) { 0 } else { i64::MIN };
    let (problem, baseline) = (market.problem, market.baseline.value());
    let [rows, columns] = &mut market.nodes;
    let places = problem.column_capacity();
    rows.par_iter_mut().enumerate().with_min_len(256).for_each(|(row, node)| {
        let open = problem.entries(row).filter(|&(column, _)| places[column as usize] > 0);
        let best = open.map(|(column, value)| value - baseline - columns[column as usize].dual).max();
        node.dual = best.unwrap_or_default().max(least);
    });
}
