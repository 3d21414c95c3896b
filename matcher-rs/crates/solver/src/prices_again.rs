//! The smallest optimal prices again, where they were the smallest before a little changed.
//!
//! Most prices fall by little, and few pairs are worth so nearly as much to a row as what it has that they stop such a price: its rivals. They
//! are read once, on all threads. Shortest paths over them alone (see [`crate::prices`]) are right as long as they are no longer than what
//! every other pair lags behind, for none of the others is part of one. The few prices that fall further are looked at with all pairs. What is
//! tight afterwards was a rival before, or is a pair of one of those few.

use std::iter::repeat;
use std::ops::Range;

use rayon::prelude::*;

use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::{COLUMNS, Matching, ROWS};
use crate::prices;
use crate::problem::{Problem, number};
use crate::radix_heap::RadixHeap;
use crate::tight::{self, Part, Undecided};
use crate::transportation::Optimum;

/// About so many prices tell by how much most will fall.
const SAMPLED_PRICES: usize = 1 << 10;
/// No rival lags further behind.
const FURTHEST: u32 = u32::MAX / 4;
/// A fall to 0 from whatever is too high for 32 bits, which is further than any over rivals.
const ALL: u32 = u32::MAX;
/// Rows that one thread looks at, at least, if it does not look at their pairs.
const ROWS_OF_A_THREAD: usize = 1 << 13;
/// Utilities are raised one by one where no more than one price in so many falls.
const FEW: usize = 8;

/// Lowers the prices of the optimum as far as they stay optimal, and raises the utilities by as much as that gives; what rows can have instead
/// then. `before` are prices that are about what is left.
pub(crate) fn lower_again(
    problem: &Problem,
    before: &[i64],
    optimum: &mut Optimum,
    interrupt: &Interrupt,
) -> Result<Undecided, Interrupted> {
    let reach = reach(&optimum.prices, before);
    let near: Vec<Rivals> = tight::parts(problem).map(|rows| Rivals::of(problem, optimum, rows, reach)).collect();
    let mut falls = Falls::over(problem, optimum, &near);
    falls.settle(reach, interrupt)?;
    let known = falls.fall.iter().zip(&optimum.prices);
    let known = known.map(|(&fall, &price)| if fall == ALL { price } else { i64::from(fall) }).collect();
    let left: Vec<u32> = (0..).zip(&falls.fall).filter(|&(_, &fall)| fall > reach).map(|(column, _)| column).collect();
    let (fall, others) =
        if left.is_empty() { (known, Vec::new()) } else { fall_further(problem, optimum, &left, known, interrupt)? };
    change(problem, optimum, &fall);
    let choices = near.into_par_iter().map(|rivals| rivals.choices(problem, optimum, &fall, &others)).collect();
    Ok(Undecided::joined(problem, choices))
}

/// How far all prices fall, if what is known is right but for the columns that are `left`, and too much for those; and the rows, ascending, that
/// may have one of them.
fn fall_further(
    problem: &Problem,
    optimum: &Optimum,
    left: &[u32],
    known: Vec<i64>,
    interrupt: &Interrupt,
) -> Result<(Vec<i64>, Vec<u32>), Interrupted> {
    let mut is_left = vec![false; problem.columns()];
    for &column in left {
        is_left[column as usize] = true;
    }
    let parts = tight::parts(problem).map(|rows| problem.rows_with(rows, |column| is_left[column as usize]));
    let rows = parts.collect::<Vec<_>>().concat();
    let rise = |row: u32| match node_of(problem, &optimum.matching, row)? as usize {
        node if node == problem.columns() => Some(0),
        node => (!is_left[node]).then(|| known[node]),
    };
    let rises: Vec<(u32, i64)> = rows.iter().filter_map(|&row| Some((row, rise(row)?))).collect();
    let mut falls = prices::Falls::from_about(problem, optimum, known);
    for (row, rise) in rises {
        falls.limit_by(&[row], rise);
    }
    Ok((falls.settled_beyond(left, interrupt)?, rows))
}

/// Takes from the prices, and gives to the utilities as much as the prices of what they have fall by.
fn change(problem: &Problem, optimum: &mut Optimum, fall: &[i64]) {
    let Optimum { matching, prices, utilities } = optimum;
    let fallen = || (0..).zip(fall).filter(|&(_, &fall)| fall > 0);
    if FEW * fallen().count() < problem.columns() {
        for (column, fall) in fallen() {
            for cell in matching.of(COLUMNS, column) {
                if node_of(problem, matching, cell.partner) == Some(column) {
                    utilities[cell.partner as usize] += fall;
                }
            }
        }
    } else {
        let rise =
            |row: usize| node_of(problem, matching, number(row)).and_then(|node| fall.get(node as usize)).copied();
        let utilities = utilities.par_iter_mut().enumerate().with_min_len(ROWS_OF_A_THREAD);
        utilities.for_each(|(row, utility)| *utility += rise(row).unwrap_or_default());
    }
    prices.iter_mut().zip(fall).for_each(|(price, fall)| *price -= fall);
}

/// By how much most prices are going to fall if they come to what they were, about.
fn reach(prices: &[i64], before: &[i64]) -> u32 {
    let risen = prices.iter().zip(before.iter().chain(repeat(&0))).map(|(now, before)| (now - before.max(&0)).max(0));
    let mut risen: Vec<i64> = risen.step_by(prices.len().div_ceil(SAMPLED_PRICES).max(1)).collect();
    let most = risen.len() * 15 / 16;
    if most == risen.len() {
        return 0;
    }
    let (_, &mut risen, _) = risen.select_nth_unstable(most);
    u32::try_from(risen.saturating_mul(2)).map_or(FURTHEST, |reach| reach.min(FURTHEST))
}

/// Whose price says by how much a row rises: a column that it has, or "outside" (see [`crate::tight`]) if it has something unassigned. None if
/// it has nothing.
fn node_of(problem: &Problem, matching: &Matching, row: u32) -> Option<u32> {
    let may_be_outside = problem.unassigned_value().is_some();
    if may_be_outside && matching.times(ROWS, row) < problem.row_capacity()[row as usize] {
        return Some(number(problem.columns()));
    }
    matching.of(ROWS, row).first().map(|cell| cell.partner)
}

/// A pair that lags so much behind what its row has.
#[derive(Clone, Copy, Default)]
struct Rival {
    column: u32,
    lag: u32,
}

/// Some rows, ascending, with their rivals.
#[derive(Default)]
struct Rivals {
    range: Range<usize>,
    /// With the node that says by how much the row rises, and where its rivals end.
    rows: Vec<(u32, u32, usize)>,
    pairs: Vec<Rival>,
}

impl Rivals {
    /// The pairs that lag no more than `reach` behind, what a row has among them; of rows to which there is more than one such choice.
    fn of(problem: &Problem, optimum: &Optimum, range: Range<usize>, reach: u32) -> Self {
        let mut rivals = Self { range: range.clone(), ..Self::default() };
        let mut own = Vec::new();
        for row in range {
            let utility = optimum.utilities[row];
            let degree = problem.degree(row);
            let outside = usize::from(problem.unassigned_value() == Some(utility));
            if degree + outside < 2 || problem.row_capacity()[row] == 0 {
                continue;
            }
            if own.len() < degree {
                own.resize(degree, Rival::default());
            }
            let count = problem.entries(row).fold(0, |count, (column, value)| {
                let lag = utility - (value - optimum.prices[column as usize]);
                // Never below 0.
                own[count] = Rival { column, lag: u32::try_from(lag).unwrap_or(u32::MAX) };
                count + usize::from(own[count].lag <= reach)
            });
            if count > 0
                && count + outside > 1
                && let Some(node) = node_of(problem, &optimum.matching, number(row))
            {
                rivals.pairs.extend_from_slice(&own[..count]);
                rivals.rows.push((number(row), node, rivals.pairs.len()));
            }
        }
        rivals
    }

    /// The rows with their nodes and rivals.
    fn rows(&self) -> impl Iterator<Item = (u32, u32, &[Rival])> {
        let mut start = 0;
        self.rows.iter().map(move |&(row, node, end)| {
            let own = &self.pairs[start..end];
            start = end;
            (row, node, own)
        })
    }

    /// Tells by how much at most a column falls further than a node.
    fn ways(&self, problem: &Problem, matching: &Matching, mut tell: impl FnMut(u32, Rival)) {
        for (row, node, rivals) in self.rows() {
            rivals.iter().filter(|rival| rival.column != node).for_each(|&rival| tell(node, rival));
            // All that a row has falls alike; beside something unassigned it is a rival already, and does not fall.
            if (node as usize) < problem.columns() {
                for cell in matching.of(ROWS, row).iter().filter(|cell| cell.partner != node) {
                    tell(cell.partner, Rival { column: node, lag: 0 });
                }
            }
        }
    }

    /// What the rows can have instead once prices have changed; `others` may have something that is no rival.
    fn choices(&self, problem: &Problem, optimum: &Optimum, fall: &[i64], others: &[u32]) -> Part {
        let (mut part, mut choices) = (Part::default(), Vec::new());
        let others = &others[others.partition_point(|&row| (row as usize) < self.range.start)..];
        let mut others = others.iter().copied().take_while(|&row| (row as usize) < self.range.end).peekable();
        for (row, node, rivals) in self.rows() {
            while let Some(other) = others.next_if(|&other| other < row) {
                part.push_tight(problem, optimum, other);
            }
            if others.next_if_eq(&row).is_some() {
                part.push_tight(problem, optimum, row);
                continue;
            }
            let rise = fall.get(node as usize).copied().unwrap_or_default();
            let is_tight = |rival: &&Rival| {
                i64::from(rival.lag) + rise == fall[rival.column as usize]
                    && problem.column_capacity()[rival.column as usize] > 0
            };
            choices.clear();
            choices.extend(rivals.iter().filter(is_tight).map(|rival| rival.column));
            // At equal worth the value is higher where the price is.
            choices.sort_by_key(|&column| std::cmp::Reverse(optimum.prices[column as usize]));
            if problem.unassigned_value() == Some(optimum.utilities[row as usize]) {
                choices.push(number(problem.columns()));
            }
            part.push(row, &choices);
        }
        others.for_each(|row| part.push_tight(problem, optimum, row));
        part
    }
}

/// How far prices fall, over rivals.
struct Falls {
    /// Of each column, as known so far.
    fall: Vec<u32>,
    /// By node.
    starts: Vec<u32>,
    ways: Vec<Rival>,
    /// Columns by how far they can fall, if that is less than `near`; some may have come to less since.
    queue: RadixHeap,
    near: u32,
}

impl Falls {
    fn over(problem: &Problem, optimum: &Optimum, near: &[Rivals]) -> Self {
        let mut starts = vec![0; problem.columns() + 2];
        for rivals in near {
            rivals.ways(problem, &optimum.matching, |node, _| starts[node as usize + 1] += 1);
        }
        for node in 1..starts.len() {
            starts[node] += starts[node - 1];
        }
        let mut next = starts.clone();
        let mut ways = vec![Rival::default(); starts.last().map_or(0, |&end| end as usize)];
        for rivals in near {
            rivals.ways(problem, &optimum.matching, |node, rival| {
                let at = &mut next[node as usize];
                ways[*at as usize] = rival;
                *at += 1;
            });
        }
        let fall = optimum.prices.iter().map(|&price| u32::try_from(price).unwrap_or(ALL)).collect();
        let mut falls = Self { fall, starts, ways, queue: RadixHeap::new(), near: 0 };
        falls.limit_by(problem.columns(), 0);
        falls
    }

    fn limit_by(&mut self, node: usize, rise: u32) {
        for &Rival { column, lag } in &self.ways[self.starts[node] as usize..self.starts[node + 1] as usize] {
            let fall = &mut self.fall[column as usize];
            if rise + lag < *fall {
                *fall = rise + lag;
                if *fall < self.near {
                    self.queue.push(i64::from(*fall), column);
                }
            }
        }
    }

    /// Finds all falls that are no more than `reach`.
    fn settle(&mut self, reach: u32, interrupt: &Interrupt) -> Result<(), Interrupted> {
        let mut columns = Vec::new();
        loop {
            interrupt.check()?;
            let Some(fall) = self.queue.pop_some(usize::MAX, &mut columns) else {
                if self.look_further(reach) {
                    continue;
                }
                return Ok(());
            };
            let fall = u32::try_from(fall).unwrap_or(u32::MAX);
            for column in columns.drain(..) {
                if self.fall[column as usize] == fall {
                    self.limit_by(column as usize, fall);
                }
            }
        }
    }

    /// Puts the columns into the queue that are not far beyond what is settled; whether there are any up to `reach`.
    fn look_further(&mut self, reach: u32) -> bool {
        let (from, falls) = (self.near, || (0..).zip(&self.fall));
        let next = falls().map(|(_, &fall)| fall).filter(|&fall| fall >= from && fall <= reach).min();
        let Some(nearest) = next else { return false };
        self.near = (2 * nearest + 2).min(reach + 1);
        for (column, &fall) in falls().filter(|&(_, &fall)| fall >= from && fall < self.near) {
            self.queue.push(i64::from(fall), column);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transportation::orientation::Orientation;
    use crate::transportation::{Found, optimum};

    /// That whatever is known of what prices come to, they come to what [`prices::lower`] says, and rows can have the same.
    fn check(problem: &Problem, optimum: &Optimum) {
        let copy = || Optimum {
            matching: optimum.matching.clone(),
            prices: optimum.prices.clone(),
            utilities: optimum.utilities.clone(),
        };
        let choices = |undecided: &Undecided| {
            (0..undecided.len()).map(|at| (undecided.row(at), undecided.choices(at).to_vec())).collect::<Vec<_>>()
        };
        let mut expected = copy();
        prices::lower(problem, &mut expected, &Interrupt::never()).unwrap();
        let nearly: Vec<i64> = optimum.prices.iter().map(|price| price - 2).collect();
        for before in [&[][..], &optimum.prices, &expected.prices, &nearly, &[7], &vec![-3; problem.columns()]] {
            let mut lowered = copy();
            let undecided = lower_again(problem, before, &mut lowered, &Interrupt::never()).unwrap();
            assert_eq!((&lowered.prices, &lowered.utilities), (&expected.prices, &expected.utilities), "{before:?}");
            assert_eq!(choices(&undecided), choices(&Undecided::new(problem, &expected)), "{before:?}");
        }
    }

    #[test]
    fn prices_fall_as_far_as_if_all_pairs_were_looked_at() {
        // Each row has the column of its number, and likes others nearly as much; most columns cost nothing, the last six far too much.
        let value = |row: u32, column: u32| i64::from((row * 31 + column * 17) % 23);
        let mut builder = Problem::builder(vec![1; 160]).unassigned_value(-500);
        for row in 0..160 {
            let liked = (0..160).filter(|&column| column == row || (row + column * column) % 37 == 0);
            let entries: Vec<(u32, i64)> =
                liked.map(|column| (column, if column == row { 300 } else { value(row, column) })).collect();
            builder.push_row(1, &entries);
        }
        let problem = builder.build().unwrap();
        let mut matching = Matching::empty(&problem);
        (0..160).for_each(|row| matching.add(ROWS, row, row, 1));
        let prices: Vec<i64> = (0..160).map(|column| if column < 154 { 0 } else { 270 + column % 5 }).collect();
        let utilities = prices.iter().map(|price| 300 - price).collect();
        check(&problem, &Optimum { matching, prices, utilities });
    }

    #[test]
    fn prices_fall_alike_whatever_the_capacities_and_however_large_the_values() {
        let mut random = 88_172_645_463_325_252_u64;
        let mut below = |bound: u32| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            u32::try_from((random >> 32) % u64::from(bound)).unwrap()
        };
        let mut solved = 0;
        for round in 0..300 {
            let (rows, columns, scale) = (1 + below(30), 1 + below(12), [1, 30, 1 << 33][round % 3]);
            let places = if round % 2 == 0 { 4 } else { 9 };
            let mut builder = Problem::builder((0..columns).map(|_| below(places)).collect());
            if round % 5 < 3 {
                builder = builder.unassigned_value(scale * i64::from(below(4)));
            }
            for _ in 0..rows {
                let liked: Vec<u32> = (0..columns).filter(|_| below(3) > 0).collect();
                let entries: Vec<(u32, i64)> = liked
                    .into_iter()
                    .map(|column| (column, scale * i64::from(below(9)) + i64::from(below(2))))
                    .collect();
                builder.push_row(below(3), &entries);
            }
            let problem = builder.build().unwrap();
            let Found::Optimum(mut optimum) = optimum(&problem, Orientation::Rows, &Interrupt::never()).unwrap() else {
                continue;
            };
            solved += 1;
            check(&problem, &optimum);
            // From prices that are too high for those that nobody waits for.
            let full = |column: usize| {
                optimum.matching.times(COLUMNS, number(column)) == problem.column_capacity()[column]
                    && problem.column_capacity()[column] > 0
            };
            if problem.unassigned_value().is_none() && (0..problem.columns()).all(full) {
                optimum.prices.iter_mut().for_each(|price| *price += 3 * scale);
                optimum.utilities.iter_mut().for_each(|utility| *utility -= 3 * scale);
                check(&problem, &optimum);
            }
        }
        assert!(solved > 150, "{solved}");
    }
}
