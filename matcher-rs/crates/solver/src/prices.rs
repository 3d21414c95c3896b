//! The smallest optimal prices: the minimum of the lattice of optimal duals, which is unique.
//!
//! Optimal duals obey `price[k] >= price[j] + value(i, k) - value(i, j)` for every unit `i` that has `j`, `price[k] >= value(i, k) -
//! unassigned` for every unit that has nothing, and `price >= 0`. How far every price can fall together is therefore a shortest path in
//! reduced costs from a virtual source (Shapley and Shubik 1971 for the lattice; the paths are Dijkstra's).
//!
//! A search that begins at price 0, as [`crate::shortest_paths`] does, ends at these prices anyway (Leonard 1983); here they are reached from
//! any optimal prices, so that the answer does not depend on how the search began.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::interrupt::{Interrupt, Interrupted};
use crate::problem::Problem;
use crate::shortest_paths::Optimum;

/// Lowers the prices of the optimum as far as they stay optimal. The utilities of `optimum` are those of its own prices.
pub(crate) fn smallest(problem: &Problem, optimum: &Optimum, interrupt: &Interrupt) -> Result<Vec<i64>, Interrupted> {
    let mut falls = Falls { problem, optimum, fall: optimum.prices.clone() };
    let mut heap = BinaryHeap::new();
    for unit in 0..u32::try_from(problem.units()).unwrap_or(u32::MAX) {
        if optimum.matching.column_of(unit).is_none() {
            falls.limit_by(unit, 0, &mut heap);
        }
    }
    heap.extend((0..).zip(&falls.fall).map(|(column, &fall)| Reverse((fall, column))));
    while let Some(Reverse((fall, column))) = heap.pop() {
        interrupt.check()?;
        if fall == falls.fall[column as usize] {
            for &unit in optimum.matching.units_of(column) {
                falls.limit_by(unit, fall, &mut heap);
            }
        }
    }
    Ok(optimum.prices.iter().zip(falls.fall).map(|(price, fall)| price - fall).collect())
}

struct Falls<'a> {
    problem: &'a Problem,
    optimum: &'a Optimum,
    /// How far each price can fall, as known so far.
    fall: Vec<i64>,
}

impl Falls<'_> {
    /// If the unit's own column falls by `own_fall`, no other may fall so far that the unit would rather have it.
    fn limit_by(&mut self, unit: u32, own_fall: i64, heap: &mut BinaryHeap<Reverse<(i64, u32)>>) {
        let utility = self.optimum.utilities[unit as usize];
        for (column, value) in self.problem.entries(self.problem.row_of_unit(unit as usize)) {
            let at = column as usize;
            let limit = own_fall + (utility - (value - self.optimum.prices[at]));
            if limit < self.fall[at] {
                self.fall[at] = limit;
                heap.push(Reverse((limit, column)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::Matching;

    #[test]
    fn high_optimal_prices_fall_to_the_smallest() {
        let problem = Problem::builder(vec![1, 1])
            .unassigned_value(0)
            .row(1, &[(0, 10), (1, 8)])
            .row(1, &[(0, 9), (1, 1)])
            .row(1, &[(0, 4)])
            .build()
            .unwrap();
        let mut matching = Matching::empty(&problem);
        matching.move_unit(0, Some(1));
        matching.move_unit(1, Some(0));
        // The highest prices that are optimal: at 9 and 7 unit 1 gains nothing, and unit 0 is on the verge of changing.
        let optimum = Optimum { matching, prices: vec![9, 7], utilities: vec![1, 0, 0] };
        // Unit 2 would have column 0 below 4; column 1 has nobody waiting for it.
        assert_eq!(smallest(&problem, &optimum, &Interrupt::never()), Ok(vec![4, 0]));
    }
}
