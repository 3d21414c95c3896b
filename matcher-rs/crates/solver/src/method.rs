//! How a problem is solved: from which side, or as a whole matrix.

use crate::dense;
use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::{Matching, ROWS};
use crate::problem::Problem;
use crate::transportation::Optimum;
use crate::transportation::orientation::Orientation;

/// With fewer pairs than these a whole matrix is solved as quickly from one side.
const LARGE: usize = 1 << 14;

/// How a problem is solved. The canonical answer is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Rows look for columns.
    Rows,
    /// Columns look for rows.
    Columns,
    /// As a whole matrix: [`crate::dense`].
    Dense,
}

impl Method {
    /// A large matrix as a whole, everything else from the scarce side: the one that can be assigned less often.
    #[must_use]
    pub fn of(problem: &Problem) -> Self {
        if problem.pairs() >= LARGE && Self::Dense.suits(problem) {
            Self::Dense
        } else {
            match Orientation::of(problem) {
                Orientation::Rows => Self::Rows,
                Orientation::Columns => Self::Columns,
            }
        }
    }

    /// Whether the problem can be solved like this. As a matrix: with a value for each row and column, all of capacity 1, with no more rows
    /// than columns, and no row may stay unassigned.
    #[must_use]
    pub fn suits(self, problem: &Problem) -> bool {
        self != Self::Dense || problem.matrix().is_some()
    }
}

/// An optimum of a problem that is a whole matrix; `None` of any other.
pub(crate) fn dense_optimum(problem: &Problem, interrupt: &Interrupt) -> Result<Option<Optimum>, Interrupted> {
    let Some(matrix) = problem.matrix() else { return Ok(None) };
    let options = dense::Options { sense: dense::Sense::Maximize, ..dense::Options::default() };
    let solution = match dense::solve(&matrix, options, interrupt) {
        Ok(dense::Outcome::Optimal(solution)) => solution,
        Err(dense::Error::Interrupted) => return Err(Interrupted),
        // Rows so long that values of 2^40 might not fit.
        _ => return Ok(None),
    };
    let mut matching = Matching::empty(problem);
    for (row, column) in (0..).zip(solution.columns_of_rows) {
        let Some(column) = column else { return Ok(None) };
        matching.add(ROWS, row, column, 1);
    }
    // Where every column is assigned, all prices can move together.
    let least = if problem.rows() == problem.columns() { solution.column_duals.iter().min() } else { None };
    let least = least.copied().unwrap_or_default();
    Ok(Some(Optimum {
        matching,
        prices: solution.column_duals.iter().map(|dual| dual - least).collect(),
        utilities: solution.row_duals.iter().map(|dual| dual + least).collect(),
    }))
}
