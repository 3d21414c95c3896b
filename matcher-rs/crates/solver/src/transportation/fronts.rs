//! Lists of which only the front is kept: for rows that are short, and stored in little, so that what follows is read from the problem again.

use rayon::prelude::*;

use super::entry::{Entry, Stored};
use super::lists::{FRONT, Front};
use crate::problem::Problem;

/// Rows that one thread reads, at least.
const ROWS_PER_THREAD: usize = 256;

/// The best of each row, best first.
pub(super) struct Fronts<'a> {
    problem: &'a Problem,
    baseline: i64,
    base: Vec<i64>,
    by_row: Vec<Front<u32>>,
}

impl<'a> Fronts<'a> {
    pub(super) fn new(problem: &'a Problem, baseline: i64, base: Vec<i64>) -> Self {
        let mut fronts = Self { problem, baseline, base: Vec::new(), by_row: vec![Front::default(); problem.rows()] };
        fronts.rekey(base);
        fronts
    }

    pub(super) fn base(&self) -> &[i64] {
        &self.base
    }

    pub(super) fn rekey(&mut self, base: Vec<i64>) {
        self.base = base;
        let Self { problem, baseline, base, by_row } = self;
        by_row.par_iter_mut().enumerate().with_min_len(ROWS_PER_THREAD).for_each_init(Vec::new, |all, (row, front)| {
            all.clear();
            all.extend(entries(problem, *baseline, base, row).map(u32::store));
            *front = Front::of(all);
        });
    }

    pub(super) fn best_but(&self, row: u32, other: u32) -> Option<i64> {
        self.by_row[row as usize].best_but(other)
    }

    /// What follows the front comes in no order, and all of it.
    pub(super) fn scan(&self, row: u32, mut look: impl FnMut(Entry) -> bool) {
        let front = &self.by_row[row as usize].0;
        for stored in front {
            if stored.is_none() || !look(stored.entry()) {
                return;
            }
        }
        let last = front[FRONT - 1].entry();
        for entry in entries(self.problem, self.baseline, &self.base, row as usize).filter(|&entry| entry < last) {
            look(entry);
        }
    }

    pub(super) fn best(&self, rises: &[i64]) -> Vec<Option<i64>> {
        let lowest = rises.iter().copied().min().unwrap_or_default();
        let gain = |entry: Entry| entry.key() - rises[entry.index() as usize];
        let row = |(row, front): (usize, &Front<u32>)| {
            let best = front.entries().map(gain).max();
            let last = front.entries().last().map(|entry| entry.key() - lowest);
            // What follows the front is no better than its last.
            if last > best { entries(self.problem, self.baseline, &self.base, row).map(gain).max() } else { best }
        };
        self.by_row.par_iter().enumerate().with_min_len(ROWS_PER_THREAD).map(row).collect()
    }
}

/// What a row can have that is good for something, ascending by column.
pub(super) fn entries(problem: &Problem, baseline: i64, base: &[i64], row: usize) -> impl Iterator<Item = Entry> {
    let is_open = problem.row_capacity()[row] > 0;
    problem.entries(row).filter_map(move |(column, value)| {
        let key = value - baseline - base[column as usize];
        (is_open && key > 0 && problem.column_capacity()[column as usize] > 0).then(|| Entry::new(key, column))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::ROWS;
    use crate::transportation::lists::{Baseline, Lists};

    /// A row of 40 columns and one of none; 0 counts as much as staying unassigned.
    fn problem(is_lean: bool) -> Problem {
        let values: Vec<(u32, i64)> = (0..40).map(|column| (column, i64::from(column * 389 % 701))).collect();
        let builder = Problem::builder([vec![1; 39], vec![0]].concat()).unassigned_value(0);
        let builder = if is_lean { builder.lean() } else { builder };
        builder.row(1, &values).row(1, &[]).build().unwrap()
    }

    /// The best in order, and what follows.
    fn seen(lists: &mut Lists<'_>) -> (Vec<Entry>, Vec<Entry>) {
        let mut front = Vec::new();
        lists.scan(0, |entry| {
            front.push(entry);
            true
        });
        let mut rest = front.split_off(FRONT.min(front.len()));
        rest.sort_unstable();
        (front, rest)
    }

    #[test]
    fn rows_that_are_read_again_come_as_those_that_are_copied() {
        let (lean, copied) = (problem(true), problem(false));
        let of = |problem| Lists::new(problem, Baseline::of(problem), ROWS, &[0; 40], true);
        let (mut fronts, mut lists) = (of(&lean), of(&copied));
        assert!(fronts.reads_again() && !lists.reads_again());
        let rising: Vec<i64> = (0..40).map(|column| 200 + 5 * column).collect();
        for duals in [vec![0; 40], vec![200; 40], rising, vec![900; 40]] {
            assert_eq!(fronts.best(&duals), lists.best(&duals));
            fronts.rekey(&duals, true);
            lists.rekey(&duals, true);
            assert_eq!(seen(&mut fronts), seen(&mut lists), "{duals:?}");
            assert_eq!(fronts.best(&duals), lists.best(&duals), "{duals:?}");
            assert!((0..40).all(|other| fronts.best_but(0, other) == lists.best_but(0, other)));
        }
        assert_eq!(seen(&mut fronts), (vec![], vec![]));
    }

    #[test]
    fn a_scan_ends_in_the_front_where_it_is_told_to() {
        let problem = problem(true);
        let mut lists = Lists::new(&problem, Baseline::of(&problem), ROWS, &[0; 40], true);
        let mut looks = 0;
        lists.scan(0, |_| {
            looks += 1;
            looks < 5
        });
        assert_eq!(looks, 5);
    }
}
