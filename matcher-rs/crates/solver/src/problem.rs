//! The assignment problem in the one form that the solver reads: maximise, sparse rows, capacities on both sides.
//!
//! Rows come in order of priority and columns in order of preference between equal values; that is what makes the optimum
//! canonical. Minimising is the caller's negation. A capacity is a number, never a copy of the row's entries: the copies of a row ("units")
//! share its list.

use std::fmt;

/// Largest magnitude of a value. With [`MAXIMUM_UNITS`] it keeps every price, utility and path length below 2^63: a price is
/// the difference of at most as many pairs of values as there are units.
pub const MAXIMUM_VALUE: i64 = 1 << 40;
/// Largest sum of row capacities.
pub const MAXIMUM_UNITS: usize = 1 << 20;

/// A problem that [`crate::solve`] accepts; only [`ProblemBuilder::build`] makes one.
#[derive(Clone, Debug)]
pub struct Problem {
    row_starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<i64>,
    row_capacity: Vec<u32>,
    column_capacity: Vec<u32>,
    row_of_unit: Vec<u32>,
    unit_starts: Vec<u32>,
    unassigned_value: Option<i64>,
}

impl Problem {
    /// Starts a problem with these column capacities and without rows, in which no row may stay unassigned.
    #[must_use]
    pub fn builder(column_capacity: Vec<u32>) -> ProblemBuilder {
        ProblemBuilder {
            problem: Self {
                row_starts: vec![0],
                columns: Vec::new(),
                values: Vec::new(),
                row_capacity: Vec::new(),
                column_capacity,
                row_of_unit: Vec::new(),
                unit_starts: vec![0],
                unassigned_value: None,
            },
            invalid: None,
        }
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

    /// Number of row copies: the sum of the row capacities.
    #[must_use]
    pub fn units(&self) -> usize {
        self.row_of_unit.len()
    }

    /// The row that a unit is a copy of; copies of a row follow one another.
    #[must_use]
    pub fn row_of_unit(&self, unit: usize) -> usize {
        self.row_of_unit[unit] as usize
    }

    /// The units that are copies of a row.
    #[must_use]
    pub fn units_of_row(&self, row: usize) -> std::ops::Range<u32> {
        self.unit_starts[row]..self.unit_starts[row + 1]
    }

    /// How many units each row has.
    #[must_use]
    pub fn row_capacity(&self) -> &[u32] {
        &self.row_capacity
    }

    /// How many units each column takes.
    #[must_use]
    pub fn column_capacity(&self) -> &[u32] {
        &self.column_capacity
    }

    /// What a unit without a column is worth; `None` if every unit has to have one.
    #[must_use]
    pub fn unassigned_value(&self) -> Option<i64> {
        self.unassigned_value
    }

    /// The allowed `(column, value)` of a row, ascending by column.
    pub fn entries(&self, row: usize) -> impl Iterator<Item = (u32, i64)> {
        let range = self.row_starts[row]..self.row_starts[row + 1];
        self.columns[range.clone()].iter().copied().zip(self.values[range].iter().copied())
    }

    /// The value of a pair, if it is allowed.
    #[must_use]
    pub fn value(&self, row: usize, column: u32) -> Option<i64> {
        let range = self.row_starts[row]..self.row_starts[row + 1];
        let at = self.columns[range.clone()].binary_search(&column).ok()?;
        Some(self.values[range][at])
    }

    /// What a unit of this row gains at these prices: its best value less price, or staying unassigned. `None` if it can do neither.
    #[must_use]
    pub fn utility(&self, row: usize, prices: &[i64]) -> Option<i64> {
        self.entries(row).map(|(column, value)| value - prices[column as usize]).max().max(self.unassigned_value)
    }
}

/// Collects rows; the first mistake is kept and reported by [`ProblemBuilder::build`].
#[derive(Clone, Debug)]
pub struct ProblemBuilder {
    problem: Problem,
    invalid: Option<InvalidProblem>,
}

impl ProblemBuilder {
    /// Lets units stay unassigned, each counting `value` in the objective.
    #[must_use]
    pub fn unassigned_value(mut self, value: i64) -> Self {
        if value.unsigned_abs() > MAXIMUM_VALUE.unsigned_abs() {
            self.invalid = self.invalid.or(Some(InvalidProblem::ValueOutOfRange { value }));
        }
        self.problem.unassigned_value = Some(value);
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
        problem.columns.extend(entries.iter().map(|&(column, _)| column));
        problem.values.extend(entries.iter().map(|&(_, value)| value));
        problem.row_starts.push(problem.columns.len());
        problem.row_capacity.push(capacity);
        let units = problem.row_of_unit.len() + capacity as usize;
        // `mistake_in` has seen to it that both numbers fit.
        problem.row_of_unit.resize(units, u32::try_from(row).unwrap_or(u32::MAX));
        problem.unit_starts.push(u32::try_from(units).unwrap_or(u32::MAX));
    }

    fn mistake_in(&self, row: usize, capacity: u32, entries: &[(u32, i64)]) -> Option<InvalidProblem> {
        if u32::try_from(row).is_err() || self.problem.row_of_unit.len() + capacity as usize > MAXIMUM_UNITS {
            return Some(InvalidProblem::TooManyUnits { row });
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
        let value = Problem::builder(vec![]).unassigned_value(-MAXIMUM_VALUE - 1).build().unwrap_err();
        assert_eq!(value.to_string(), "value -1099511627777 is beyond -2^40..2^40");
    }
}
