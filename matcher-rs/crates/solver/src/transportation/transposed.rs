//! The pairs of a problem by column, in no order of worth: for searches that come to few of them.

use super::augment::Ways;
use crate::problem::{Problem, number};

/// The pairs of each column, as rows and gains above a baseline.
pub(crate) struct Transposed {
    starts: Vec<u32>,
    entries: Vec<(u32, i64)>,
}

impl Transposed {
    pub(crate) fn of(problem: &Problem, baseline: i64) -> Self {
        let mut starts = vec![0; problem.columns() + 1];
        for column in problem.all_columns() {
            starts[column as usize + 1] += 1;
        }
        for column in 0..problem.columns() {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, 0); problem.pairs()];
        for row in 0..problem.rows() {
            for (column, value) in problem.entries(row) {
                let at = &mut next[column as usize];
                entries[*at as usize] = (number(row), value - baseline);
                *at += 1;
            }
        }
        Self { starts, entries }
    }

    pub(crate) fn entries(&self, column: u32) -> &[(u32, i64)] {
        let at = column as usize;
        &self.entries[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

impl Ways for Transposed {
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
        for &(row, gain) in self.entries(column) {
            look(gain, row);
        }
    }
}
