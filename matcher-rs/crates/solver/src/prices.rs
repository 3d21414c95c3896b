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

/// Lowers the prices of the optimum as far as they stay optimal, and raises the utilities by as much as that gives. Returns whether anything
/// had to change. `undecided` is of this optimum.
pub(crate) fn lower(
    problem: &Problem,
    optimum: &mut Optimum,
    undecided: &Undecided,
    interrupt: &Interrupt,
) -> Result<bool, Interrupted> {
    let fall = grounded(problem, optimum, undecided);
    if fall.iter().all(|&fall| fall == 0) {
        return Ok(false);
    }
    let mut falls = Falls::limited_by_ground(problem, optimum, &fall);
    let mut queue = RadixHeap::new();
    for (column, &fall) in (0..).zip(&falls.fall).filter(|&(_, &fall)| fall > 0) {
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
    let has_changed = fall.iter().any(|&fall| fall > 0);
    optimum.prices.iter_mut().zip(fall).for_each(|(price, fall)| *price -= fall);
    optimum.utilities.iter_mut().zip(rise).for_each(|(utility, rise)| *utility += rise.unwrap_or_default());
    Ok(has_changed)
}

/// How far each price could fall if nothing but these held it: 0 for those that are 0, and for those that tight pairs tie to such a price or
/// to a row with something unassigned. In most optima that is all of them, and found by looking at tight pairs alone.
fn grounded(problem: &Problem, optimum: &Optimum, undecided: &Undecided) -> Vec<i64> {
    let mut fall = optimum.prices.clone();
    let mut reached: Vec<u32> = (0..).zip(&fall).filter(|&(_, &fall)| fall == 0).map(|(column, _)| column).collect();
    let mut ground = |place: usize, reached: &mut Vec<u32>| {
        for &node in undecided.choices(place) {
            if let Some(fall) = fall.get_mut(node as usize).filter(|fall| **fall > 0) {
                *fall = 0;
                reached.push(node);
            }
        }
    };
    for place in 0..undecided.len() {
        let row = undecided.row(place);
        if optimum.matching.times(ROWS, row) < problem.row_capacity()[row as usize] {
            ground(place, &mut reached);
        }
    }
    while let Some(column) = reached.pop() {
        for place in optimum.matching.of(COLUMNS, column).iter().filter_map(|cell| undecided.place(cell.partner)) {
            ground(place, &mut reached);
        }
    }
    fall
}

struct Falls<'a> {
    problem: &'a Problem,
    optimum: &'a Optimum,
    /// How far each price can fall, as known so far.
    fall: Vec<i64>,
    /// How far the utility of each row rises; `None` until that is known.
    rise: Vec<Option<i64>>,
}

impl<'a> Falls<'a> {
    /// What rows that get no better leave to prices that are not held yet.
    fn limited_by_ground(problem: &'a Problem, optimum: &'a Optimum, fall: &[i64]) -> Self {
        let stays = |row: u32| {
            optimum.matching.times(ROWS, row) < problem.row_capacity()[row as usize]
                || optimum.matching.of(ROWS, row).iter().any(|cell| fall[cell.partner as usize] == 0)
        };
        let rise: Vec<Option<i64>> =
            (0..number(problem.rows())).into_par_iter().with_min_len(256).map(|row| stays(row).then_some(0)).collect();
        let limit = |mut limits: Vec<i64>, row: usize| {
            if rise[row].is_some() {
                limit_to(problem, optimum, row, optimum.utilities[row], &mut limits, |_, _| {});
            }
            limits
        };
        let least = |mut one: Vec<i64>, other: Vec<i64>| {
            one.iter_mut().zip(other).for_each(|(one, other)| *one = other.min(*one));
            one
        };
        let chunk = problem.rows().div_ceil(rayon::current_num_threads()).max(256);
        let rows = (0..problem.rows()).into_par_iter().with_min_len(chunk);
        let fall = rows.fold(|| fall.to_vec(), limit).reduce(|| fall.to_vec(), least);
        Self { problem, optimum, fall, rise }
    }

    /// If what a row has gets better by `rise`, no price may fall so far that the row would rather have something else.
    fn limit_by(&mut self, row: u32, rise: i64, queue: &mut RadixHeap) {
        let row = row as usize;
        if self.rise[row].is_some() {
            // By something that it has and that gets no better than this.
            return;
        }
        self.rise[row] = Some(rise);
        let level = rise + self.optimum.utilities[row];
        limit_to(self.problem, self.optimum, row, level, &mut self.fall, |limit, column| queue.push(limit, column));
    }
}

/// Limits falls so that nothing is worth more than `level` to a row; tells which.
fn limit_to(
    problem: &Problem,
    optimum: &Optimum,
    row: usize,
    level: i64,
    fall: &mut [i64],
    mut tell: impl FnMut(i64, u32),
) {
    problem.entries(row).for_each(|(column, value)| {
        let at = column as usize;
        let limit = level - (value - optimum.prices[at]);
        if limit < fall[at] {
            fall[at] = limit;
            tell(limit, column);
        }
    });
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
        let undecided = Undecided::new(&problem, &optimum);
        assert!(lower(&problem, &mut optimum, &undecided, &Interrupt::never()).unwrap());
        // Row 2 would have column 0 below 4; column 1 has nobody waiting for it.
        assert_eq!((&*optimum.prices, &*optimum.utilities), (&[4, 0][..], &[8, 5, 0][..]));
        let undecided = Undecided::new(&problem, &optimum);
        assert!(!lower(&problem, &mut optimum, &undecided, &Interrupt::never()).unwrap());
        assert_eq!(optimum.prices, [4, 0]);
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
