//! The assignment problem in the one form that the solver reads: maximise, sparse rows, capacities on both sides.
//!
//! Rows come in order of priority and columns in order of preference between equal values; that is what makes the optimum
//! canonical. Minimising is the caller's negation. A capacity is a number on either side, never copies of a row or a column.
//! How pairs are stored is [`crate::entries`]'s.

mod builder;

use std::ops::Range;

use rayon::prelude::*;

pub use self::builder::{InvalidProblem, ProblemBuilder};
use crate::dense::{Matrix, Order};
use crate::entries::Entries;
use crate::worth::{MASKED, PriceTable};

/// Largest magnitude of a value. With [`MAXIMUM_UNITS`] it keeps every price, utility and path length below 2^63: on a path, each assigned
/// pair that is given up is followed by one that is taken, and at most as many pairs are assigned as there are units.
pub const MAXIMUM_VALUE: i64 = 1 << 40;
/// Largest sum of row capacities.
pub const MAXIMUM_UNITS: usize = 1 << 20;
/// Most rows, and most columns.
pub const MAXIMUM_SIDE: usize = 1 << 20;
/// Most allowed pairs.
pub const MAXIMUM_PAIRS: usize = u32::MAX as usize;

/// Rows of which there are two copies while pairs are added to them,
const ROWS_AT_A_TIME: usize = 1 << 13;
/// and how many of them one thread takes at a time.
const ROWS_OF_A_THREAD: usize = 1 << 9;

/// A problem that [`crate::solve`] accepts; only [`ProblemBuilder::build`] makes one.
#[derive(Clone, Debug)]
pub struct Problem {
    row_starts: Vec<u32>,
    entries: Entries,
    row_capacity: Vec<u32>,
    column_capacity: Vec<u32>,
    units: usize,
    unassigned_value: Option<i64>,
    is_lean: bool,
}

impl Problem {
    /// Starts a problem with these column capacities and without rows, in which no row may stay unassigned.
    #[must_use]
    pub fn builder(column_capacity: Vec<u32>) -> ProblemBuilder {
        ProblemBuilder::new(column_capacity)
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.row_capacity.len()
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.column_capacity.len()
    }

    /// How many times rows are to be assigned: the sum of the row capacities.
    #[must_use]
    pub fn units(&self) -> usize {
        self.units
    }

    /// Number of allowed pairs.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.entries.len()
    }

    /// How often each row is to be assigned.
    #[must_use]
    pub fn row_capacity(&self) -> &[u32] {
        &self.row_capacity
    }

    /// How often each column can be.
    #[must_use]
    pub fn column_capacity(&self) -> &[u32] {
        &self.column_capacity
    }

    /// What a unit of a row (one of as many as its capacity) counts without a column; `None` if every unit has to have one.
    #[must_use]
    pub fn unassigned_value(&self) -> Option<i64> {
        self.unassigned_value
    }

    /// The allowed `(column, value)` of a row, ascending by column.
    pub fn entries(&self, row: usize) -> impl Iterator<Item = (u32, i64)> {
        self.entries.of(self.range(row))
    }

    /// The entries of a row in some of the columns.
    pub(crate) fn entries_within(&self, row: usize, columns: Range<u32>) -> impl Iterator<Item = (u32, i64)> {
        self.entries.within(self.range(row), columns)
    }

    /// All values as a matrix, if each row has one in each column, all have capacity 1, no row may stay unassigned, and there are no more rows
    /// than columns.
    pub(crate) fn matrix(&self) -> Option<Matrix<'_, i64>> {
        let (rows, columns) = (self.rows(), self.columns());
        let is_whole = self.pairs() == rows * columns && rows > 0 && rows <= columns;
        let is_one_to_one = || self.row_capacity.iter().chain(&self.column_capacity).all(|&capacity| capacity == 1);
        (is_whole && self.unassigned_value.is_none() && is_one_to_one())
            .then(|| Matrix::new(self.entries.wide_values()?, rows, columns, Order::RowMajor))
            .flatten()
    }

    /// The same rows and columns with other pairs: for each row of a range, those that `fill` adds; and what it says of each range, in order.
    pub(crate) fn with_pairs<T: Send>(&self, fill: impl Fn(Range<usize>, &mut Pairs) -> T + Sync) -> (Self, Vec<T>) {
        let chunk = self.rows().div_ceil(4 * rayon::current_num_threads()).max(256);
        let (parts, entries): (Vec<_>, Vec<_>) = (0..self.rows().div_ceil(chunk))
            .into_par_iter()
            .map(|part| {
                let rows = part * chunk..self.rows().min((part + 1) * chunk);
                let ends = Vec::with_capacity(rows.len());
                let mut pairs = Pairs { problem: self, ends, entries: self.entries.for_some() };
                let told = fill(rows, &mut pairs);
                ((pairs.ends, told), pairs.entries)
            })
            .unzip();
        let mut row_starts = Vec::with_capacity(self.row_starts.len());
        row_starts.push(0);
        let (mut start, mut all_told) = (0, Vec::with_capacity(parts.len()));
        for ((ends, told), entries) in parts.into_iter().zip(&entries) {
            row_starts.extend(ends.into_iter().map(|end| start + end));
            start += number(entries.len());
            all_told.push(told);
        }
        let problem = Self {
            row_starts,
            entries: Entries::joined(entries),
            row_capacity: self.row_capacity.clone(),
            column_capacity: self.column_capacity.clone(),
            ..*self
        };
        (problem, all_told)
    }

    /// Room for as many pairs, of other numbers than the columns', but the same values.
    pub(crate) fn blank_entries(&self) -> Entries {
        self.entries.blank()
    }

    /// Adds `more` pairs in place, so that there never are two copies of many others. `of_row` adds those of a row: columns that the problem
    /// has and that are not allowed to the row yet, in any order.
    ///
    /// # Errors
    /// [`InvalidProblem`] if there are too many pairs.
    pub(crate) fn insert(
        &mut self,
        more: usize,
        of_row: impl Fn(usize, &mut Vec<(u32, i64)>) + Sync,
    ) -> Result<(), InvalidProblem> {
        let mut end = self.pairs() + more;
        if end > MAXIMUM_PAIRS {
            return Err(InvalidProblem::TooManyPairs { row: self.rows() });
        }
        self.entries.grow(more);
        // The last first: what moves only moves up.
        for first in (0..self.rows()).step_by(ROWS_AT_A_TIME).rev() {
            let last = self.rows().min(first + ROWS_AT_A_TIME);
            let merged = |part: usize| {
                let (mut entries, mut ends, mut pairs) = (self.entries.none(), Vec::new(), Vec::new());
                let first = first + part * ROWS_OF_A_THREAD;
                for row in first..last.min(first + ROWS_OF_A_THREAD) {
                    pairs.clear();
                    pairs.extend(self.entries(row));
                    of_row(row, &mut pairs);
                    pairs.sort_by_key(|&(column, _)| column);
                    entries.extend(&pairs);
                    ends.push(entries.len());
                }
                (first, ends, entries)
            };
            let parts = (0..(last - first).div_ceil(ROWS_OF_A_THREAD)).into_par_iter().with_max_len(1).map(merged);
            let parts: Vec<(usize, Vec<usize>, Entries)> = parts.collect();
            for (first, ends, entries) in parts.iter().rev() {
                end -= entries.len();
                self.entries.put(end, entries);
                let row_ends = self.row_starts[first + 1..].iter_mut();
                row_ends.zip(ends).for_each(|(row_end, own)| *row_end = number(end + own));
            }
        }
        debug_assert_eq!(end, 0);
        Ok(())
    }

    /// The columns of all entries, row by row.
    pub(crate) fn all_columns(&self) -> impl Iterator<Item = u32> {
        self.entries.of(0..self.pairs()).map(|(column, _)| column)
    }

    /// Those of these rows that have some of the wanted columns.
    pub(crate) fn rows_with(&self, rows: Range<usize>, is_wanted: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut found = Vec::new();
        let start = self.row_starts[rows.start];
        self.entries.of(start as usize..self.row_starts[rows.end] as usize).fold(start, |at, (column, _)| {
            if is_wanted(column) {
                found.push(at);
            }
            at + 1
        });
        let mut row = rows.start;
        for at in &mut found {
            row += self.row_starts[row + 1..].iter().take_while(|&&end| end <= *at).count();
            *at = number(row);
        }
        found.dedup();
        found
    }

    /// Whether pairs are to be read again rather than copied, and take 4 bytes each.
    pub(crate) fn is_lean(&self) -> bool {
        self.is_lean && self.entries.is_narrow()
    }

    /// How many columns are allowed to a row.
    pub(crate) fn degree(&self, row: usize) -> usize {
        self.range(row).len()
    }

    fn range(&self, row: usize) -> Range<usize> {
        self.row_starts[row] as usize..self.row_starts[row + 1] as usize
    }

    /// The smallest value of all; 0 if no pair is allowed.
    pub(crate) fn smallest_value(&self) -> i64 {
        self.entries.extreme(i64::min).unwrap_or_default()
    }

    /// The largest value of all; 0 if no pair is allowed.
    pub(crate) fn largest_value(&self) -> i64 {
        self.entries.extreme(i64::max).unwrap_or_default()
    }

    /// The value of a pair, if it is allowed.
    #[must_use]
    pub fn value(&self, row: usize, column: u32) -> Option<i64> {
        self.entries.value(self.range(row), column)
    }

    /// What a unit of this row gains at these prices: its best value less price, or staying unassigned. `None` if it can do neither.
    ///
    /// Prices are no less than 0. What overflows, at prices near 2^63, becomes high: more than the row gains, which proves nothing false.
    #[must_use]
    pub fn utility(&self, row: usize, prices: &[i64]) -> Option<i64> {
        let worths = self.entries(row).map(|(column, value)| value.wrapping_sub(prices[column as usize]));
        worths.max().max(self.unassigned_value)
    }

    /// As [`Self::utility`], for passes over all pairs. Not inlined, so that its loop has all registers.
    #[inline(never)]
    pub(crate) fn utility_at(&self, row: usize, prices: &PriceTable) -> Option<i64> {
        let (entries, prices) = (self.entries(row), prices.of_row());
        let best = entries.fold(i64::MIN, |best, entry| best.max(prices.worth(entry)));
        (self.degree(row) > 0).then_some(best).max(self.unassigned_value)
    }
}

/// Pairs of some rows of a problem in a row, as they are added.
pub(crate) struct Pairs<'a> {
    problem: &'a Problem,
    ends: Vec<u32>,
    entries: Entries,
}

impl Pairs<'_> {
    /// Adds those pairs of a row that are worth so much at these prices, and tells of each.
    pub(crate) fn extend_worth(
        &mut self,
        row: usize,
        prices: &PriceTable,
        least: i64,
        mut tell: impl FnMut((u32, i64)),
    ) {
        let (range, all) = (self.problem.range(row), &self.problem.entries);
        for start in range.clone().step_by(MASKED) {
            let mut wanted = all.worth_at_least(start..range.end.min(start + MASKED), prices, least);
            while wanted != 0 {
                tell(self.entries.push_from(all, start + wanted.trailing_zeros() as usize));
                wanted &= wanted - 1;
            }
        }
    }

    /// Takes back what was added to the present row.
    pub(crate) fn clear_row(&mut self) {
        self.entries.truncate(self.ends.last().copied().unwrap_or_default() as usize);
    }

    /// Adds all pairs that a problem with the same rows allows to this one.
    pub(crate) fn extend_all(&mut self, problem: &Problem, row: usize) {
        self.entries.extend_from(&problem.entries, problem.range(row));
    }

    /// The next row is the present one.
    pub(crate) fn end_row(&mut self) {
        self.ends.push(number(self.entries.len()));
    }
}

/// A position as it is stored: neither sides, nor pairs, nor units are as many as 2^32.
pub(crate) fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_that_are_added_come_between_the_others() {
        let rows = 2 * ROWS_AT_A_TIME + ROWS_OF_A_THREAD + 7;
        let own = |row: usize| [(3, i64::from(number(row)) % 100), (6, 7)];
        for value in [9, 1 << 30] {
            let mut builder = Problem::builder(vec![1; 9]).unassigned_value(0).lean();
            (0..rows).for_each(|row| builder.push_row(1, &own(row)[row % 2..]));
            let mut problem = builder.build().unwrap();
            let more = |row: usize, pairs: &mut Vec<(u32, i64)>| {
                if row.is_multiple_of(3) {
                    pairs.extend([(8, 2), (5, if row == 300 { value } else { 4 })]);
                }
            };
            problem.insert(2 * rows.div_ceil(3), more).unwrap();
            assert_eq!(problem.is_lean(), value == 9);
            for row in 0..rows {
                let mut expected = own(row)[row % 2..].to_vec();
                more(row, &mut expected);
                expected.sort_unstable();
                assert!(problem.entries(row).eq(expected), "{row}");
            }
        }
    }
}
