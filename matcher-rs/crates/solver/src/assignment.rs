//! From a problem to its answer: search, smallest prices, canonical optimum, proof. Each step is a module of its own; this one only
//! puts them in order.

use std::fmt;

use crate::canonical::canonicalise;
use crate::certificate::{Proof, Violation, verify};
use crate::infeasible::{self, Infeasibility};
use crate::interrupt::{Interrupt, Interrupted};
use crate::prices;
use crate::problem::Problem;
use crate::shortest_paths::{Found, search};

/// What a problem comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The canonical optimum, proven.
    Optimal(Solution),
    /// Some rows cannot be assigned, with the proof.
    Infeasible(Infeasibility),
}

/// The canonical optimum: see `contracts/README.md`, "Which optimum" and "Which prices".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// The column of each unit, `None` if it is unassigned.
    pub columns_of_units: Vec<Option<u32>>,
    /// The smallest optimal price of each column.
    pub prices: Vec<i64>,
    /// What a unit of each row gains at these prices; 0 for a row that can do nothing.
    pub utilities: Vec<i64>,
    /// The objective from both sides.
    pub proof: Proof,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SolveError {
    /// Whoever holds the interrupt stopped the work.
    Interrupted,
    /// The solver contradicted itself. A defect in it, never in the problem.
    Unproven(Violation),
}

impl fmt::Display for SolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => Interrupted.fmt(f),
            Self::Unproven(violation) => write!(f, "the answer failed its own proof: {violation}"),
        }
    }
}

impl std::error::Error for SolveError {}

impl From<Interrupted> for SolveError {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

/// Solves the problem to the canonical optimum and proves it. The same problem has the same answer, always.
///
/// # Errors
/// [`SolveError`] if stopped, or if the proof fails.
pub fn solve(problem: &Problem, interrupt: &Interrupt) -> Result<Outcome, SolveError> {
    let optimum = match search(problem, interrupt)? {
        Found::Optimum(optimum) => optimum,
        Found::Stuck { unit, matching } => {
            return Ok(Outcome::Infeasible(infeasible::explain(problem, matching, unit, interrupt)?));
        }
    };
    let prices = prices::smallest(problem, &optimum, interrupt)?;
    let mut matching = optimum.matching;
    canonicalise(problem, &prices, &mut matching, interrupt)?;
    let columns_of_units = matching.into_columns();
    let proof = verify(problem, &columns_of_units, &prices).map_err(SolveError::Unproven)?;
    let utilities = (0..problem.rows()).map(|row| problem.utility(row, &prices).unwrap_or_default()).collect();
    Ok(Outcome::Optimal(Solution { columns_of_units, prices, utilities, proof }))
}
