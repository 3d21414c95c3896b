//! The smallest optimal prices: the minimum of the lattice of optimal duals, which is unique.
//!
//! Optimal duals obey `price[k] >= price[j] + value(i, k) - value(i, j)` for every row `i` that has `j`, `price[k] >= value(i, k) -
//! unassigned` for every row that has something unassigned, and `price >= 0`. How far every price can fall together is therefore a shortest
//! path in reduced costs from a virtual source (Shapley and Shubik 1971 for the lattice; the paths are Dijkstra's).

use rayon::prelude::*;

use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::{COLUMNS, ROWS};
use crate::problem::{Problem, number};
use crate::radix_heap::RadixHeap;
use crate::tight::Undecided;
use crate::transportation::Optimum;

/// Lowers all prices by as much as the lowest of them, if everything is assigned: no pair is worth more or less than before beside another.
/// What [`lower`] then has to do is less, for where prices have risen together most of them are now tied to one that is 0.
pub(crate) fn lower_together(problem: &Problem, optimum: &mut Optimum) {
    let places: u64 = problem.column_capacity().iter().copied().map(u64::from).sum();
    // Whatever costs something is full, so that the rows are if there are as many units.
    let least = optimum.prices.iter().copied().min().unwrap_or_default();
    if least > 0 && places == problem.units() as u64 {
        optimum.prices.iter_mut().for_each(|price| *price -= least);
        optimum.utilities.iter_mut().for_each(|utility| *utility += least);
    }
}

/// Pairs that one thread looks at, about.
const PAIRS_OF_A_THREAD: usize = 1 << 13;
/// So many times as many are looked at before what they say is put down.
const TURNS: usize = 8;

/// Whether all prices are the smallest already, as far as tight choices tell. `undecided` is of this optimum.
pub(crate) fn are_smallest(problem: &Problem, optimum: &Optimum, undecided: &Undecided) -> bool {
    held(problem, optimum, undecided).into_iter().all(|held| held)
}

/// By column, whether tight choices alone show that its price is the smallest: it is 0, or they tie it to one that is, or to a row with
/// something unassigned.
fn held(problem: &Problem, optimum: &Optimum, undecided: &Undecided) -> Vec<bool> {
    let mut is_held: Vec<bool> = optimum.prices.iter().map(|&price| price == 0).collect();
    let mut reached: Vec<u32> = (0..).zip(&is_held).filter(|&(_, &held)| held).map(|(column, _)| column).collect();
    let mut hold = |place: usize, reached: &mut Vec<u32>| {
        for &node in undecided.choices(place) {
            if let Some(held) = is_held.get_mut(node as usize).filter(|held| !**held) {
                *held = true;
                reached.push(node);
            }
        }
    };
    for place in 0..undecided.len() {
        let row = undecided.row(place);
        if optimum.matching.times(ROWS, row) < problem.row_capacity()[row as usize] {
            hold(place, &mut reached);
        }
    }
    while let Some(column) = reached.pop() {
        for place in optimum.matching.of(COLUMNS, column).iter().filter_map(|cell| undecided.place(cell.partner)) {
            hold(place, &mut reached);
        }
    }
    is_held
}

/// Lowers the prices of the optimum as far as they stay optimal, and raises the utilities by as much as that gives.
pub(crate) fn lower(problem: &Problem, optimum: &mut Optimum, interrupt: &Interrupt) -> Result<(), Interrupted> {
    let mut falls = Falls::new(problem, optimum);
    // Whoever has something unassigned gets no better.
    let reached: Vec<u32> = (0..number(problem.rows()))
        .filter(|&row| optimum.matching.times(ROWS, row) < problem.row_capacity()[row as usize])
        .collect();
    for &row in &reached {
        falls.rise[row as usize] = 0;
    }
    falls.limit_by(&reached, 0);
    let (fall, rise) = falls.settled(problem.columns(), interrupt)?;
    change(optimum, fall, rise);
    Ok(())
}

/// Takes from the prices, and gives to the utilities.
fn change(optimum: &mut Optimum, fall: Vec<i64>, rise: Vec<i64>) {
    optimum.prices.iter_mut().zip(fall).for_each(|(price, fall)| *price -= fall);
    let rises = rise.into_iter().map(|rise| if rise == UNKNOWN { 0 } else { rise });
    optimum.utilities.iter_mut().zip(rises).for_each(|(utility, rise)| *utility += rise);
}

/// By how much a row rises that nothing has been said of.
const UNKNOWN: i64 = i64::MAX;

/// Prices as they are found to fall, over all pairs.
pub(crate) struct Falls<'a> {
    problem: &'a Problem,
    optimum: &'a Optimum,
    /// How far each price can fall, as known so far.
    fall: Vec<i64>,
    /// How far the utility of each row rises.
    rise: Vec<i64>,
    /// Columns by how far they can fall, if that is less than `near`; some may have come to less since.
    queue: RadixHeap,
    near: i64,
}

impl<'a> Falls<'a> {
    /// Every price could fall to 0.
    fn new(problem: &'a Problem, optimum: &'a Optimum) -> Self {
        Self::from_about(problem, optimum, optimum.prices.clone())
    }

    /// No price can fall further than this.
    pub(crate) fn from_about(problem: &'a Problem, optimum: &'a Optimum, fall: Vec<i64>) -> Self {
        let rise = vec![UNKNOWN; problem.rows()];
        Self { problem, optimum, fall, rise, queue: RadixHeap::new(), near: 0 }
    }

    /// How far all prices fall, if that is known of all but those that are `left`, which fall further, and if they are limited by what is known.
    pub(crate) fn settled_beyond(mut self, left: &[u32], interrupt: &Interrupt) -> Result<Vec<i64>, Interrupted> {
        self.near = left.iter().map(|&column| self.fall[column as usize]).min().unwrap_or_default();
        Ok(self.settled(left.len(), interrupt)?.0)
    }

    /// How far so many prices fall, and by how much the utility of each row rises, once what is known is in the queue.
    fn settled(mut self, most: usize, interrupt: &Interrupt) -> Result<(Vec<i64>, Vec<i64>), Interrupted> {
        let (mut settled, mut columns, mut reached) = (0, Vec::new(), Vec::new());
        while settled < most {
            interrupt.check()?;
            let Some(fall) = self.queue.pop_some(usize::MAX, &mut columns) else {
                self.look_further();
                continue;
            };
            for column in columns.drain(..).filter(|&column| self.fall[column as usize] == fall) {
                settled += 1;
                for cell in self.optimum.matching.of(COLUMNS, column) {
                    let rise = &mut self.rise[cell.partner as usize];
                    // By something else that it has and that gets no better than this.
                    if *rise == UNKNOWN {
                        *rise = fall;
                        reached.push(cell.partner);
                    }
                }
            }
            self.limit_by(&reached, fall);
            reached.clear();
        }
        Ok((self.fall, self.rise))
    }

    /// Puts the columns into the queue that are not far beyond what is settled. Most others come to less before it is their turn.
    fn look_further(&mut self) {
        let (from, falls) = (self.near, || (0..).zip(&self.fall));
        let nearest = falls().map(|(_, &fall)| fall).filter(|&fall| fall >= from).min().unwrap_or(from);
        self.near = 2 * nearest + 2;
        for (column, &fall) in falls().filter(|&(_, &fall)| fall >= from && fall < self.near) {
            self.queue.push(fall, column);
        }
    }

    /// If what these rows have gets better by `rise`, no price may fall so far that one of them would rather have something else.
    pub(crate) fn limit_by(&mut self, rows: &[u32], rise: i64) {
        let pairs_of_a_row = (self.problem.pairs() / self.problem.rows().max(1)).max(1);
        let rows_of_a_thread = (PAIRS_OF_A_THREAD / pairs_of_a_row).max(1);
        for rows in rows.chunks(TURNS * rows_of_a_thread) {
            if rows.len() < 2 * rows_of_a_thread {
                let Self { problem, optimum, fall, queue, near, .. } = self;
                for &row in rows {
                    limits(problem, optimum, (row, rise), |column, limit| {
                        let fall = &mut fall[column as usize];
                        if limit < *fall {
                            *fall = limit;
                            if limit < *near {
                                queue.push(limit, column);
                            }
                        }
                    });
                }
            } else {
                let found: Vec<Vec<(u32, i64)>> =
                    rows.par_chunks(rows_of_a_thread).map(|rows| self.found_by(rows, rise)).collect();
                for (column, limit) in found.into_iter().flatten() {
                    let fall = &mut self.fall[column as usize];
                    if limit < *fall {
                        *fall = limit;
                        if limit < self.near {
                            self.queue.push(limit, column);
                        }
                    }
                }
            }
        }
    }

    /// What these rows leave to prices, where that is less than is known.
    fn found_by(&self, rows: &[u32], rise: i64) -> Vec<(u32, i64)> {
        let mut found = Vec::new();
        for &row in rows {
            limits(self.problem, self.optimum, (row, rise), |column, limit| {
                if limit < self.fall[column as usize] {
                    found.push((column, limit));
                }
            });
        }
        found
    }
}

/// How far each price can fall until what it is of is worth as much to a row as what it has, once that is better by `rise`.
#[inline]
fn limits(problem: &Problem, optimum: &Optimum, (row, rise): (u32, i64), mut tell: impl FnMut(u32, i64)) {
    let level = rise + optimum.utilities[row as usize];
    problem
        .entries(row as usize)
        .for_each(|(column, value)| tell(column, level - (value - optimum.prices[column as usize])));
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
        assert!(!are_smallest(&problem, &optimum, &Undecided::new(&problem, &optimum)));
        lower(&problem, &mut optimum, &Interrupt::never()).unwrap();
        // Row 2 would have column 0 below 4; column 1 has nobody waiting for it.
        assert_eq!((&*optimum.prices, &*optimum.utilities), (&[4, 0][..], &[8, 5, 0][..]));
        // Column 0 is held by row 2, which would as soon have it as nothing.
        assert!(are_smallest(&problem, &optimum, &Undecided::new(&problem, &optimum)));
        lower(&problem, &mut optimum, &Interrupt::never()).unwrap();
        assert_eq!((optimum.prices, optimum.utilities), (vec![4, 0], vec![8, 5, 0]));
    }

    #[test]
    fn many_rows_at_once_hold_what_each_alone_would() {
        // Row r has column r, and a row that has nothing would have it at 3, or at 4.
        let rows = 3 * PAIRS_OF_A_THREAD + 17;
        let columns = u32::try_from(rows).unwrap();
        let mut builder = Problem::builder(vec![1; rows]).unassigned_value(0);
        (0..columns).for_each(|row| builder.push_row(1, &[(row, 10)]));
        (0..columns).for_each(|row| builder.push_row(1, &[(row, 3 + i64::from(row % 2))]));
        let problem = builder.build().unwrap();
        let mut matching = Matching::empty(&problem);
        (0..columns).for_each(|row| matching.add(ROWS, row, row, 1));
        let mut optimum = Optimum { matching, prices: vec![10; rows], utilities: vec![0; 2 * rows] };
        lower(&problem, &mut optimum, &Interrupt::never()).unwrap();
        assert!(optimum.prices.iter().zip(0_i64..).all(|(&price, column)| price == 3 + column % 2));
        assert!(optimum.utilities[..rows].iter().zip(0_i64..).all(|(&utility, row)| utility == 7 - row % 2));
    }

    #[test]
    fn prices_fall_together_if_everything_is_assigned() {
        let lowered = |places: [u32; 2]| {
            let problem =
                Problem::builder(places.to_vec()).row(1, &[(0, 9), (1, 9)]).row(1, &[(1, 5)]).build().unwrap();
            let mut matching = Matching::empty(&problem);
            matching.add(ROWS, 0, 0, 1);
            matching.add(ROWS, 1, 1, 1);
            let mut optimum = Optimum { matching, prices: vec![3, 4], utilities: vec![6, 1] };
            lower_together(&problem, &mut optimum);
            (optimum.prices, optimum.utilities)
        };
        assert_eq!(lowered([1, 1]), (vec![0, 1], vec![9, 4]));
        // No optimum, as something that costs something is free; but it is left as it is.
        assert_eq!(lowered([1, 2]), (vec![3, 4], vec![6, 1]));
    }
}
