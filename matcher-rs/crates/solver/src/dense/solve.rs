//! From a matrix to its answer, and from an answer to its proof; rows and columns of the caller on the outside, lines on the inside.

use std::fmt;

use super::auction::auction;
use super::augment::Paths;
use super::bidding::bid;
use super::candidates::{Unprepared, prepare};
use super::cost::Cost;
use super::hall;
use super::matrix::{Lines, Matrix, Sense};
use super::scan::Scan;
use super::state::{NONE, State};
use super::verify::{Proof, Violation, judge, look};
use crate::interrupt::{Interrupt, Interrupted};

/// Lists give way to whole lines when they hold this part of the matrix.
const MOST_OF_THE_MATRIX: usize = 4;
/// They are not tried where bidding leaves more than this part of the lines free: lists would grow to whole lines.
const MOST_OF_THE_LINES: usize = 2;
/// There is an auction where bidding leaves more than this part of the lines free.
const MANY_OF_THE_LINES: usize = 16;
/// Passes of bidding.
const PASSES: usize = 2;

/// How the paths are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Lists, and whole lines once the lists have grown too long.
    #[default]
    Auto,
    /// Lists, however long they grow.
    CandidateLists,
    /// Whole lines, from the first.
    DenseScan,
}

/// What is asked of a matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Smallest or largest sum.
    pub sense: Sense,
    /// How the paths are found; the objective does not depend on it.
    pub method: Method,
}

/// What a matrix comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<T> {
    /// A proven optimum.
    Optimal(Solution<T>),
    /// Not all lines of the shorter side can be assigned.
    Infeasible(Infeasibility),
}

/// A proven optimum. Duals are those of [`verify`].
#[derive(Clone, Debug, PartialEq)]
pub struct Solution<T> {
    /// The column of each row; `None` only where there are more rows than columns.
    pub columns_of_rows: Vec<Option<u32>>,
    /// By row.
    pub row_duals: Vec<T>,
    /// By column.
    pub column_duals: Vec<T>,
    /// The sums, and how exact they are.
    pub proof: Proof<T>,
    /// How the paths were found.
    pub solver: &'static str,
}

/// Some rows and all columns that they may have, or the other way round: too few. No assignment is larger than `assignable`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Infeasibility {
    /// Lines of the shorter side, which all should be assigned.
    pub demand: usize,
    /// As many can be.
    pub assignable: usize,
    /// Whether the lines are the columns.
    pub lines_are_columns: bool,
    /// These lines …
    pub blocking_lines: Vec<u32>,
    /// … may only have these partners, which are `demand - assignable` fewer.
    pub partners: Vec<u32>,
    /// How paths were looked for.
    pub solver: &'static str,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Whoever holds the interrupt stopped the work.
    Interrupted,
    /// A value is no cost.
    Value {
        /// Where.
        row: usize,
        /// Where.
        column: usize,
        /// The value and what would be right.
        message: String,
    },
    /// The answer failed its proof: a defect, or floats whose range is too wide for their precision.
    Unproven(Violation),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => Interrupted.fmt(f),
            Self::Value { row, column, message } => write!(f, "row {row}, column {column}: {message}"),
            Self::Unproven(violation) => write!(f, "the answer failed its own proof: {violation}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Interrupted> for Error {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

/// Solves and proves. The same matrix has the same answer, always; of several optima it is one or the other.
///
/// # Errors
/// [`Error`] if stopped, if a value is refused, or if the proof fails.
pub fn solve<T: Cost>(matrix: &Matrix<'_, T>, options: Options, interrupt: &Interrupt) -> Result<Outcome<T>, Error> {
    match options.sense {
        Sense::Minimize => solve_lines::<T, false>(matrix, options.method, interrupt),
        Sense::Maximize => solve_lines::<T, true>(matrix, options.method, interrupt),
    }
}

fn solve_lines<T: Cost, const NEGATE: bool>(
    matrix: &Matrix<'_, T>,
    method: Method,
    interrupt: &Interrupt,
) -> Result<Outcome<T>, Error> {
    let lines = matrix.lines::<NEGATE>();
    let prepared = prepare(&lines, interrupt).map_err(|error| match error {
        Unprepared::Interrupted => Error::Interrupted,
        Unprepared::Refused { line } => refused(matrix, &lines, line),
    })?;
    let mut state = State::new(lines, prepared);
    if method != Method::DenseScan {
        bid(&mut state, PASSES, interrupt)?;
    }
    let (solver, failed) = complete(&mut state, method, interrupt)?;
    let transposed = matrix.is_transposed();
    if failed > 0 {
        let blocked = hall::reachable(&state, interrupt)?;
        return Ok(Outcome::Infeasible(Infeasibility {
            demand: lines.count,
            assignable: lines.count - failed,
            lines_are_columns: transposed,
            blocking_lines: blocked.lines,
            partners: blocked.columns,
            solver,
        }));
    }
    let mut partners = state.bases;
    partners.iter_mut().zip(&state.prices).for_each(|(base, &price)| *base = *base - price);
    let seen = look(&lines, &state.held, &partners, interrupt)?;
    let mut duals: Vec<T> = seen.iter().map(|seen| seen.least).collect();
    let mut proof = judge(&seen, &state.held, &duals, &partners).map_err(Error::Unproven)?;
    if NEGATE {
        duals.iter_mut().chain(&mut partners).for_each(|dual| *dual = dual.negated());
        (proof.objective, proof.dual_objective) = (proof.objective.negated(), proof.dual_objective.negated());
    }
    let columns_of_rows = if transposed { &state.owner } else { &state.held };
    let columns_of_rows = columns_of_rows.iter().map(|&line| (line != NONE).then_some(line)).collect();
    let (row_duals, column_duals) = if transposed { (partners, duals) } else { (duals, partners) };
    Ok(Outcome::Optimal(Solution { columns_of_rows, row_duals, column_duals, proof, solver }))
}

/// Gives every free line a column, if there is one; how that was done, and how many lines stayed free.
fn complete<T: Cost, const NEGATE: bool>(
    state: &mut State<'_, T, NEGATE>,
    method: Method,
    interrupt: &Interrupt,
) -> Result<(&'static str, usize), Interrupted> {
    let (lines, free) = (state.lines.count, state.free_lines().len());
    let whole_lines = method == Method::DenseScan || (method == Method::Auto && free > lines / MOST_OF_THE_LINES);
    let auctioned = !whole_lines && lines == state.lines.length && free > lines / MANY_OF_THE_LINES;
    if auctioned {
        auction(state, interrupt)?;
    }
    let most = (state.lines.count * state.lines.length / MOST_OF_THE_MATRIX).max(2 * state.candidates.stored());
    let (mut paths, mut scan) = (Paths::new(state.lines.count, state.lines.length), None);
    let mut failed = 0;
    for line in state.free_lines() {
        let grown = method == Method::Auto && state.candidates.stored() > most;
        let found = if grown || whole_lines {
            scan.get_or_insert_with(|| Scan::new(state.lines.length)).insert(state, line, interrupt)?
        } else {
            paths.insert(state, line, interrupt)?
        };
        failed += usize::from(!found);
    }
    let solver = match (scan, auctioned) {
        (None, false) => "candidate-lists",
        (None, true) => "auction, then candidate-lists",
        (Some(_), _) if whole_lines => "dense-scan",
        (Some(_), false) => "candidate-lists, then dense-scan",
        (Some(_), true) => "auction, then candidate-lists, then dense-scan",
    };
    Ok((solver, failed))
}

/// Which value of the line it was.
fn refused<T: Cost, const NEGATE: bool>(matrix: &Matrix<'_, T>, lines: &Lines<'_, T, NEGATE>, line: usize) -> Error {
    let limit = T::limit(lines.length);
    let place = (0..lines.length).find(|&place| !lines.at(line, place).is_accepted(limit)).unwrap_or_default();
    let (row, column) = if matrix.is_transposed() { (place, line) } else { (line, place) };
    let value = matrix.at(row, column);
    Error::Value { row, column, message: format!("the value {value} {}", value.refusal(limit)) }
}

/// Proves an answer that may come from anywhere. Minimising, the duals of a row and a column add up to at most the pair's value, and to
/// it if the pair is assigned; where there are more columns than rows a column's dual is at most 0, and 0 if it is free, and
/// the same for rows. Maximising, at least and at least 0.
///
/// # Errors
/// [`Error::Unproven`] if it is no proven optimum, otherwise as [`solve`].
pub fn verify<T: Cost>(
    matrix: &Matrix<'_, T>,
    sense: Sense,
    columns_of_rows: &[Option<u32>],
    (row_duals, column_duals): (&[T], &[T]),
    interrupt: &Interrupt,
) -> Result<Proof<T>, Error> {
    match sense {
        Sense::Minimize => verify_lines::<T, false>(matrix, columns_of_rows, (row_duals, column_duals), interrupt),
        Sense::Maximize => verify_lines::<T, true>(matrix, columns_of_rows, (row_duals, column_duals), interrupt),
    }
}

fn verify_lines<T: Cost, const NEGATE: bool>(
    matrix: &Matrix<'_, T>,
    columns_of_rows: &[Option<u32>],
    (row_duals, column_duals): (&[T], &[T]),
    interrupt: &Interrupt,
) -> Result<Proof<T>, Error> {
    let lines = matrix.lines::<NEGATE>();
    let lengths = (columns_of_rows.len(), row_duals.len(), column_duals.len());
    if lengths != (matrix.rows(), matrix.rows(), matrix.columns()) {
        return Err(Error::Unproven(Violation::Lengths));
    }
    // Duals that the solver could not have found could overflow below.
    if !row_duals.iter().chain(column_duals).all(|dual| dual.is_within(T::FAR)) {
        return Err(Error::Unproven(Violation::Overflow));
    }
    let limit = T::limit(lines.length);
    for line in 0..lines.count {
        interrupt.check()?;
        if !(0..lines.length).all(|place| lines.at(line, place).is_accepted(limit)) {
            return Err(refused(matrix, &lines, line));
        }
    }
    let oriented =
        |duals: &[T]| -> Vec<T> { duals.iter().map(|&dual| if NEGATE { dual.negated() } else { dual }).collect() };
    let (line_duals, partner_duals, held) = if matrix.is_transposed() {
        let mut held = vec![NONE; lines.count];
        for (row, column) in (0..).zip(columns_of_rows) {
            let Some(column) = column else { continue };
            match held.get_mut(*column as usize) {
                Some(slot) if *slot == NONE => *slot = row,
                _ => return Err(Error::Unproven(Violation::Assignment(*column as usize))),
            }
        }
        (oriented(column_duals), oriented(row_duals), held)
    } else {
        let held = columns_of_rows.iter().map(|column| column.unwrap_or(NONE)).collect();
        (oriented(row_duals), oriented(column_duals), held)
    };
    let seen = look(&lines, &held, &partner_duals, interrupt)?;
    let mut proof = judge(&seen, &held, &line_duals, &partner_duals).map_err(Error::Unproven)?;
    if NEGATE {
        (proof.objective, proof.dual_objective) = (proof.objective.negated(), proof.dual_objective.negated());
    }
    Ok(proof)
}
