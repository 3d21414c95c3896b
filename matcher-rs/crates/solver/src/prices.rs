//! The smallest optimal prices: the minimum of the lattice of optimal duals, which is unique.
//!
//! Optimal duals obey `price[k] >= price[j] + value(i, k) - value(i, j)` for every row `i` that has `j`, `price[k] >= value(i, k) -
//! unassigned` for every row that has something unassigned, and `price >= 0`. How far every price can fall together is therefore a shortest
//! path in reduced costs from a virtual source (Shapley and Shubik 1971 for the lattice; the paths are Dijkstra's).

use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::{COLUMNS, ROWS};
use crate::problem::Problem;
use crate::radix_heap::RadixHeap;
use crate::transportation::Optimum;

/// Lowers the prices of the optimum as far as they stay optimal, and raises the utilities by as much as that gives.
pub(crate) fn lower(problem: &Problem, optimum: &mut Optimum, interrupt: &Interrupt) -> Result<(), Interrupted> {
    let mut falls = Falls { problem, optimum, fall: optimum.prices.clone(), rise: vec![None; problem.rows()] };
    let mut queue = RadixHeap::new();
    for (row, &capacity) in (0..).zip(problem.row_capacity()) {
        if optimum.matching.times(ROWS, row) < capacity {
            falls.limit_by(row, 0, &mut queue);
        }
    }
    for (column, &fall) in (0..).zip(&falls.fall) {
        queue.push(fall, column);
    }
    let mut settled = 0_u32;
    while let Some((fall, column)) = queue.pop() {
        settled += 1;
        if settled.is_multiple_of(256) {
            interrupt.check()?;
        }
        if fall == falls.fall[column as usize] {
            for cell in optimum.matching.of(COLUMNS, column) {
                falls.limit_by(cell.partner, fall, &mut queue);
            }
        }
    }
    let Falls { fall, rise, .. } = falls;
    optimum.prices.iter_mut().zip(fall).for_each(|(price, fall)| *price -= fall);
    optimum.utilities.iter_mut().zip(rise).for_each(|(utility, rise)| *utility += rise.unwrap_or_default());
    Ok(())
}

struct Falls<'a> {
    problem: &'a Problem,
    optimum: &'a Optimum,
    /// How far each price can fall, as known so far.
    fall: Vec<i64>,
    /// How far the utility of each row rises; `None` until that is known.
    rise: Vec<Option<i64>>,
}

impl Falls<'_> {
    /// If what a row has gets better by `rise`, no price may fall so far that the row would rather have something else.
    fn limit_by(&mut self, row: u32, rise: i64, queue: &mut RadixHeap) {
        if self.rise[row as usize].is_some() {
            // By something that it has and that gets no better than this.
            return;
        }
        self.rise[row as usize] = Some(rise);
        let level = rise + self.optimum.utilities[row as usize];
        for (column, value) in self.problem.entries(row as usize) {
            let at = column as usize;
            let limit = level - (value - self.optimum.prices[at]);
            if limit < self.fall[at] {
                self.fall[at] = limit;
                queue.push(limit, column);
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
        matching.add(ROWS, 0, 1, 1);
        matching.add(ROWS, 1, 0, 1);
        // The highest prices that are optimal: at 9 and 7 row 1 gains nothing, and row 0 is on the verge of changing.
        let mut optimum = Optimum { matching, prices: vec![9, 7], utilities: vec![1, 0, 0] };
        lower(&problem, &mut optimum, &Interrupt::never()).unwrap();
        // Row 2 would have column 0 below 4; column 1 has nobody waiting for it.
        assert_eq!((optimum.prices, optimum.utilities), (vec![4, 0], vec![8, 5, 0]));
    }
}
