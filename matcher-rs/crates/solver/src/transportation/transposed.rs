//! The pairs of a problem by column, in no order of worth: for searches that come to few of them.

use super::augment::Ways;
use crate::entries::Entries;
use crate::problem::{Problem, number};

/// The rows of each column, and what the pairs gain above a baseline.
pub(crate) struct Transposed {
    starts: Vec<u32>,
    /// Rows in the place of columns.
    entries: Entries,
    baseline: i64,
}

impl Transposed {
    pub(crate) fn of(problem: &Problem, baseline: i64) -> Self {
        let mut starts = vec![0; problem.columns() + 1];
        problem.all_columns().for_each(|column| starts[column as usize + 1] += 1);
        for column in 0..problem.columns() {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let mut entries = problem.blank_entries();
        for row in 0..problem.rows() {
            problem.entries(row).for_each(|(column, value)| {
                let at = &mut next[column as usize];
                entries.set(*at as usize, number(row), value);
                *at += 1;
            });
        }
        Self { starts, entries, baseline }
    }

    /// The rows and gains of a column.
    pub(crate) fn entries(&self, column: u32) -> impl Iterator<Item = (u32, i64)> {
        let range = self.starts[column as usize] as usize..self.starts[column as usize + 1] as usize;
        self.entries.of(range).map(|(row, value)| (row, value - self.baseline))
    }
}

impl Ways for &mut Transposed {
    #[inline]
    fn rekey(&mut self, _: &[i64], _: bool) {}

    #[inline]
    fn base(&self, _: u32) -> i64 {
        0
    }

    #[inline]
    fn best_but(&self, _: u32, _: u32) -> Option<i64> {
        // As good as any can be.
        Some(i64::MAX / 2)
    }

    #[inline]
    fn scan(&mut self, column: u32, mut look: impl FnMut(i64, u32) -> bool) {
        self.entries(column).for_each(|(row, gain)| {
            look(gain, row);
        });
    }
}
