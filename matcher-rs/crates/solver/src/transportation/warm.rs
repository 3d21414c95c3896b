//! A start from the solution of a similar problem: its prices, and what is still exactly right at them.

use super::lists::Lists;
use super::market::Market;
use crate::matching::{COLUMNS, Pair, ROWS};

/// Takes over prices and pairs, by the numbers of rows and columns; what they do not know starts at 0 and unassigned, and what the
/// problem no longer has is passed over. Rows get the duals that fit, in whatever way they have changed.
pub(crate) fn resume(market: &mut Market<'_>, lists: &mut Lists, prices: &[i64], pairs: &[Pair]) {
    for (node, &price) in market.nodes[COLUMNS].iter_mut().zip(prices) {
        node.dual = price.max(0);
    }
    lists.rekey(&market.duals_of(COLUMNS), market.may_stay_free(ROWS));
    market.fit_duals(ROWS, lists);
    for &Pair { row, column, times } in pairs {
        let [rows, columns] = &market.nodes;
        let (Some(from), Some(to)) = (rows.get(row as usize), columns.get(column as usize)) else { continue };
        let times = times.min(from.free).min(to.free);
        if times > 0 && market.gain(ROWS, row, column) == Some(from.dual + to.dual) {
            market.assign(ROWS, row, column, times);
        }
    }
}
