//! Problems are built row by row, and what they must not contain is named.

use std::fmt;

use super::{MAXIMUM_PAIRS, MAXIMUM_SIDE, MAXIMUM_UNITS, MAXIMUM_VALUE, Problem, number};
use crate::entries::Entries;

/// Collects rows; the first mistake is kept and reported by [`ProblemBuilder::build`].
#[derive(Clone, Debug)]
pub struct ProblemBuilder {
    problem: Problem,
    invalid: Option<InvalidProblem>,
}

impl ProblemBuilder {
    pub(super) fn new(column_capacity: Vec<u32>) -> Self {
        let invalid = (column_capacity.len() > MAXIMUM_SIDE).then_some(InvalidProblem::TooManyColumns);
        Self {
            problem: Problem {
                row_starts: vec![0],
                entries: Entries::narrow(),
                row_capacity: Vec::new(),
                column_capacity,
                units: 0,
                unassigned_value: None,
                is_lean: false,
            },
            invalid,
        }
    }

    /// Lets units stay unassigned, each counting `value` in the objective.
    #[must_use]
    pub fn unassigned_value(mut self, value: i64) -> Self {
        if value.unsigned_abs() > MAXIMUM_VALUE.unsigned_abs() {
            self.invalid = self.invalid.or(Some(InvalidProblem::ValueOutOfRange { value }));
        }
        self.problem.unassigned_value = Some(value);
        self
    }

    /// Has pairs read again rather than copied: that takes more time and less memory.
    pub(crate) fn lean(mut self) -> Self {
        self.problem.is_lean = true;
        self
    }

    /// Adds the next row: its capacity and its allowed `(column, value)`, strictly ascending by column.
    #[must_use]
    pub fn row(mut self, capacity: u32, entries: &[(u32, i64)]) -> Self {
        self.push_row(capacity, entries);
        self
    }

    /// As [`ProblemBuilder::row`], for loops.
    pub fn push_row(&mut self, capacity: u32, entries: &[(u32, i64)]) {
        let row = self.problem.row_capacity.len();
        let mistake = self.mistake_in(row, capacity, entries);
        if self.invalid.is_some() || mistake.is_some() {
            self.invalid = self.invalid.take().or(mistake);
            return;
        }
        let problem = &mut self.problem;
        if row == 0 && entries.len() == problem.columns() && problem.unassigned_value.is_none() {
            // Perhaps a matrix, which is read as one.
            problem.entries = Entries::wide();
        }
        problem.entries.recount_for(entries);
        problem.entries.extend(entries);
        problem.row_starts.push(number(problem.entries.len()));
        problem.row_capacity.push(capacity);
        problem.units += capacity as usize;
    }

    fn mistake_in(&self, row: usize, capacity: u32, entries: &[(u32, i64)]) -> Option<InvalidProblem> {
        if row == MAXIMUM_SIDE {
            return Some(InvalidProblem::TooManyRows);
        }
        if self.problem.units + capacity as usize > MAXIMUM_UNITS {
            return Some(InvalidProblem::TooManyUnits { row });
        }
        if entries.len() > MAXIMUM_PAIRS - self.problem.entries.len() {
            return Some(InvalidProblem::TooManyPairs { row });
        }
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
            return Some(InvalidProblem::ColumnsNotAscending { row, column: pair[1].0 });
        }
        let columns = self.problem.column_capacity.len();
        if let Some(&(column, _)) = entries.iter().find(|&&(column, _)| column as usize >= columns) {
            return Some(InvalidProblem::UnknownColumn { row, column });
        }
        let &(_, value) = entries.iter().find(|(_, value)| value.unsigned_abs() > MAXIMUM_VALUE.unsigned_abs())?;
        Some(InvalidProblem::ValueOutOfRange { value })
    }

    /// The problem.
    ///
    /// # Errors
    /// The first [`InvalidProblem`] among the calls so far.
    pub fn build(self) -> Result<Problem, InvalidProblem> {
        self.invalid.map_or(Ok(self.problem), Err)
    }
}

/// What a problem must not contain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are what the message names")]
pub enum InvalidProblem {
    /// The columns of a row are repeated or out of order.
    ColumnsNotAscending { row: usize, column: u32 },
    /// A row names a column that has no capacity entry.
    UnknownColumn { row: usize, column: u32 },
    /// A value beyond [`MAXIMUM_VALUE`].
    ValueOutOfRange { value: i64 },
    /// More units than [`MAXIMUM_UNITS`].
    TooManyUnits { row: usize },
    /// More allowed pairs than [`MAXIMUM_PAIRS`].
    TooManyPairs { row: usize },
    /// More rows than [`MAXIMUM_SIDE`].
    TooManyRows,
    /// More columns than [`MAXIMUM_SIDE`].
    TooManyColumns,
}

impl fmt::Display for InvalidProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ColumnsNotAscending { row, column } => {
                write!(f, "row {row}: column {column} is repeated or out of ascending order")
            }
            Self::UnknownColumn { row, column } => write!(f, "row {row}: there is no column {column}"),
            Self::ValueOutOfRange { value } => write!(f, "value {value} is beyond -2^40..2^40"),
            Self::TooManyUnits { row } => write!(f, "row {row}: row capacities add up to more than {MAXIMUM_UNITS}"),
            Self::TooManyPairs { row } => write!(f, "row {row}: more than {MAXIMUM_PAIRS} pairs are allowed"),
            Self::TooManyRows => write!(f, "there are more than {MAXIMUM_SIDE} rows"),
            Self::TooManyColumns => write!(f, "there are more than {MAXIMUM_SIDE} columns"),
        }
    }
}

impl std::error::Error for InvalidProblem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named() {
        let build = |entries: &[(u32, i64)]| Problem::builder(vec![1, 1]).row(1, entries).build().unwrap_err();
        assert_eq!(build(&[(1, 0), (1, 0)]), InvalidProblem::ColumnsNotAscending { row: 0, column: 1 });
        assert_eq!(build(&[(1, 0), (0, 0)]), InvalidProblem::ColumnsNotAscending { row: 0, column: 0 });
        assert_eq!(build(&[(2, 0)]), InvalidProblem::UnknownColumn { row: 0, column: 2 });
        assert_eq!(build(&[(0, i64::MIN)]), InvalidProblem::ValueOutOfRange { value: i64::MIN });
        assert_eq!(build(&[(0, MAXIMUM_VALUE + 1)]), InvalidProblem::ValueOutOfRange { value: MAXIMUM_VALUE + 1 });
        let units = Problem::builder(vec![]).row(1 << 20, &[]).row(1, &[]).build().unwrap_err();
        assert_eq!(units, InvalidProblem::TooManyUnits { row: 1 });
        let columns = Problem::builder(vec![1; MAXIMUM_SIDE + 1]).build().unwrap_err();
        assert_eq!(columns.to_string(), "there are more than 1048576 columns");
        let value = Problem::builder(vec![]).unassigned_value(-MAXIMUM_VALUE - 1).build().unwrap_err();
        assert_eq!(value.to_string(), "value -1099511627777 is beyond -2^40..2^40");
    }
}
