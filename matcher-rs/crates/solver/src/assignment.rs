//! From a problem to its answer: an optimum, smallest prices, canonical optimum, proof. Each step is a module of its own; this one only
//! puts them in order.

use std::fmt;

use crate::canonical::canonicalise;
use crate::certificate::{Proof, Violation, verify};
use crate::core_problem::Core;
use crate::infeasible::{self, Infeasibility};
use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::Pair;
use crate::method::{Method, dense_optimum};
use crate::prices;
use crate::prices_again::lower_again;
use crate::problem::Problem;
use crate::tight::Undecided;
use crate::transportation::orientation::Orientation;
use crate::transportation::{Earlier, Found, Optimum, optimum, optimum_again};

/// How often the core of a start from an earlier solution may turn out to be too small before all pairs are taken.
const CORES: usize = 8;

/// How a problem is to be solved. The default is what [`solve`] does.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How to solve it; [`Method::of`] for `None`, and for what does not suit the problem. The canonical answer is the same.
    pub method: Option<Method>,
    /// Any optimum and any optimal prices will do, as long as the same problem has the same answer.
    pub any_optimum: bool,
}

/// What a problem comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An optimum, proven.
    Optimal(Solution),
    /// Some rows cannot be assigned, with the proof.
    Infeasible(Infeasibility),
}

/// An optimum; the canonical one unless any was asked for: see `contracts/README.md`, "Which optimum" and "Which prices".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// Who is assigned to whom, ascending; what rows have beyond that is unassigned.
    pub pairs: Vec<Pair>,
    /// The smallest optimal price of each column.
    pub prices: Vec<i64>,
    /// What a unit of each row gains at these prices; 0 for a row that can do nothing.
    pub utilities: Vec<i64>,
    /// The objective from both sides.
    pub proof: Proof,
    /// How it was solved.
    pub method: Method,
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
    solve_with(problem, &Options::default(), interrupt)
}

/// Solves the problem as the options say, and proves the optimum. The same problem and options have the same answer, whatever the number
/// of threads.
///
/// # Errors
/// [`SolveError`] if stopped, or if the proof fails.
pub fn solve_with(problem: &Problem, options: &Options, interrupt: &Interrupt) -> Result<Outcome, SolveError> {
    let method = options.method.filter(|method| method.suits(problem)).unwrap_or_else(|| Method::of(problem));
    interrupt.check()?;
    match settled(problem, options.any_optimum, method, None, interrupt)? {
        (Found::Optimum(optimum), method) => proven(problem, optimum, method),
        (Found::Stuck(matching), _) => Ok(Outcome::Infeasible(infeasible::explain(problem, matching, interrupt)?)),
    }
}

/// As [`solve_with`], but quicker where little has changed since `earlier`, the solution of a problem with mostly the same rows and columns
/// under the same numbers. The canonical answer is the same as from nothing. Always solved from the rows.
///
/// # Errors
/// [`SolveError`] if stopped, or if the proof fails.
pub fn solve_again(
    problem: &Problem,
    earlier: &Solution,
    options: &Options,
    interrupt: &Interrupt,
) -> Result<Outcome, SolveError> {
    interrupt.check()?;
    let mut known: Option<(Vec<i64>, Vec<Pair>)> = None;
    let mut core = Core::of(problem, earlier);
    for _ in 0..CORES {
        interrupt.check()?;
        let earlier = match &known {
            Some((prices, pairs)) => Earlier { prices, pairs, best: &[] },
            None => core.start(earlier),
        };
        let Found::Optimum(mut optimum) = optimum_again(&core.problem, earlier, interrupt)? else { break };
        let undecided = if options.any_optimum {
            None
        } else {
            prices::lower_together(&core.problem, &mut optimum);
            Some(lower_again(&core.problem, earlier.prices, &mut optimum, interrupt)?)
        };
        let outside = core.rows_outside(problem, &optimum.prices, &optimum.utilities);
        if outside.is_empty() {
            if let Some(undecided) = undecided {
                canonicalise(&core.problem, &mut optimum, undecided, interrupt)?;
            }
            return proven(problem, optimum, Method::Rows);
        }
        core = core.with_all_of(problem, &outside);
        known = Some((optimum.prices, optimum.matching.pairs()));
    }
    let (prices, pairs) = known.as_ref().map_or((&earlier.prices, &earlier.pairs), |(prices, pairs)| (prices, pairs));
    let earlier = Earlier { prices, pairs, best: &[] };
    match settled(problem, options.any_optimum, Method::Rows, Some(earlier), interrupt)? {
        (Found::Optimum(optimum), method) => proven(problem, optimum, method),
        (Found::Stuck(matching), _) => Ok(Outcome::Infeasible(infeasible::explain(problem, matching, interrupt)?)),
    }
}

/// Lowers the prices of an optimum to the smallest; what rows can still have instead.
fn lowered(problem: &Problem, optimum: &mut Optimum, interrupt: &Interrupt) -> Result<Undecided, Interrupted> {
    prices::lower_together(problem, optimum);
    prices::lower(problem, optimum, interrupt)?;
    Ok(Undecided::new(problem, optimum))
}

/// An optimum, the canonical one with the smallest prices unless any will do, and by what method.
fn settled(
    problem: &Problem,
    any_optimum: bool,
    method: Method,
    earlier: Option<Earlier<'_>>,
    interrupt: &Interrupt,
) -> Result<(Found, Method), Interrupted> {
    let (mut found, method) = found(problem, method, earlier, interrupt)?;
    if !any_optimum && let Found::Optimum(optimum) = &mut found {
        // Where rows can have much instead, prices often are the smallest, and that saves a pass over all pairs.
        let undecided = Undecided::new(problem, optimum);
        let is_lowest = prices::are_smallest(problem, optimum, &undecided);
        let undecided = if is_lowest { undecided } else { lowered(problem, optimum, interrupt)? };
        canonicalise(problem, optimum, undecided, interrupt)?;
    }
    Ok((found, method))
}

/// The solution, with its proof over all pairs.
fn proven(problem: &Problem, mut optimum: Optimum, method: Method) -> Result<Outcome, SolveError> {
    for (row, _) in problem.row_capacity().iter().enumerate().filter(|&(_, &capacity)| capacity == 0) {
        optimum.utilities[row] = problem.utility(row, &optimum.prices).unwrap_or_default();
    }
    let pairs = optimum.matching.pairs();
    let proof = verify(problem, &pairs, &optimum.prices).map_err(SolveError::Unproven)?;
    Ok(Outcome::Optimal(Solution { pairs, prices: optimum.prices, utilities: optimum.utilities, proof, method }))
}

/// What the method comes to, or the rows where it comes to nothing, and which of them it was.
fn found(
    problem: &Problem,
    method: Method,
    earlier: Option<Earlier<'_>>,
    interrupt: &Interrupt,
) -> Result<(Found, Method), Interrupted> {
    if method == Method::Dense
        && let Some(optimum) = dense_optimum(problem, interrupt)?
    {
        return Ok((Found::Optimum(optimum), method));
    }
    if let Some(earlier) = earlier {
        return Ok((optimum_again(problem, earlier, interrupt)?, Method::Rows));
    }
    let (orientation, method) = match method {
        Method::Columns => (Orientation::Columns, method),
        Method::Rows | Method::Dense => (Orientation::Rows, Method::Rows),
    };
    Ok((optimum(problem, orientation, interrupt)?, method))
}
