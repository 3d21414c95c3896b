//! Which side asks and which is asked.

use crate::matching::{COLUMNS, ROWS};
use crate::problem::Problem;

/// The side from which a problem is solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Orientation {
    /// Rows look for columns.
    Rows,
    /// Columns look for rows.
    Columns,
}

impl Orientation {
    /// The scarce side: the one that can be assigned less often.
    pub(crate) fn of(problem: &Problem) -> Self {
        if places(problem) < problem.units() as u64 { Self::Columns } else { Self::Rows }
    }

    /// Whether there is hardly more than what asks can take, so that prices have far to rise. From there on an auction is worth its while:
    /// with more to choose from it leaves prices too high that shortest paths find faster from 0.
    pub(crate) fn is_tight(self, problem: &Problem) -> bool {
        let places = places(problem);
        let units = problem.units() as u64;
        let (asking, asked) = if self == Self::Rows { (units, places) } else { (places, units) };
        asking.saturating_mul(128) >= asked.saturating_mul(127)
    }

    pub(crate) fn side(self) -> usize {
        match self {
            Self::Rows => ROWS,
            Self::Columns => COLUMNS,
        }
    }
}

fn places(problem: &Problem) -> u64 {
    problem.column_capacity().iter().copied().map(u64::from).sum()
}
