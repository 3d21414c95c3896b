//! Dense matrices of one to one: from the solver's answer to the report, and from a claim to the solver's proof.

use solver::Interrupt;
use solver::dense::{Cost, Error, Matrix, Options, Outcome, Proof, Sense, Solution, solve, verify};

use super::report::{Claim, Infeasible, Number, Report};
use super::{Failure, solve::Shown};

/// A cost that JSON can hold.
pub(super) trait Printed: Cost + Into<Number> {
    /// A number of a claim, if it is of this kind.
    fn parse(number: Number) -> Option<Self>;
    /// Floats are exact only within these.
    fn slacks(proof: &Proof<Self>) -> (Option<f64>, Option<f64>);
}

impl Printed for i64 {
    fn parse(number: Number) -> Option<Self> {
        match number {
            Number::Integer(number) => Some(number),
            Number::Float(_) => None,
        }
    }

    fn slacks(_: &Proof<Self>) -> (Option<f64>, Option<f64>) {
        (None, None)
    }
}

impl Printed for f64 {
    #[allow(clippy::cast_precision_loss, reason = "as a reader of JSON would take it")]
    fn parse(number: Number) -> Option<Self> {
        match number {
            Number::Integer(number) => Some(number as Self),
            Number::Float(number) => Some(number),
        }
    }

    fn slacks(proof: &Proof<Self>) -> (Option<f64>, Option<f64>) {
        (Some(proof.largest_slack), Some(proof.tolerance))
    }
}

/// Solves once.
pub(super) fn outcome<T: Printed>(
    matrix: &Matrix<'_, T>,
    options: Options,
    interrupt: &Interrupt,
) -> Result<Outcome<T>, Error> {
    solve(matrix, options, interrupt)
}

pub(super) fn report<T: Printed>(matrix: &Matrix<'_, T>, outcome: Outcome<T>, shown: Shown) -> Report {
    let size = Report { rows: matrix.rows(), columns: matrix.columns(), ..Report::default() };
    match outcome {
        Outcome::Optimal(solution) => optimal(size, solution, shown),
        Outcome::Infeasible(why) => Report {
            status: "infeasible",
            solver: why.solver,
            infeasible: Some(Infeasible {
                side: if why.lines_are_columns { "columns" } else { "rows" },
                demand: why.demand as u64,
                assignable: why.assignable as u64,
                blocking: why.blocking_lines.len() as u64,
                partners: why.partners.len() as u64,
            }),
            ..size
        },
    }
}

fn optimal<T: Printed>(size: Report, solution: Solution<T>, shown: Shown) -> Report {
    let pairs = || (0..).zip(&solution.columns_of_rows).filter_map(|(row, column)| Some((row, (*column)?))).collect();
    let numbers = |duals: Vec<T>| shown.duals.then(|| duals.into_iter().map(Into::into).collect());
    let (largest_slack, tolerance) = T::slacks(&solution.proof);
    Report {
        status: "optimal",
        solver: solution.solver,
        objective: Some(solution.proof.objective.into()),
        dual_objective: Some(solution.proof.dual_objective.into()),
        largest_slack,
        tolerance,
        pairs: shown.pairs.then(pairs),
        row_duals: numbers(solution.row_duals),
        column_duals: numbers(solution.column_duals),
        ..size
    }
}

/// What the solver says of a claim.
pub(super) fn check<T: Printed>(matrix: &Matrix<'_, T>, sense: Sense, claim: &Claim) -> Result<Report, Failure> {
    let parse = |name: &str, numbers: &[Number]| -> Result<Vec<T>, Failure> {
        let parsed: Option<Vec<T>> = numbers.iter().map(|&number| T::parse(number)).collect();
        parsed.ok_or_else(|| Failure::Input(format!("SOLUTION.json: {name} must be whole for a matrix of int64")))
    };
    let row_duals = parse("row_duals", &claim.row_duals)?;
    let column_duals = parse("column_duals", &claim.column_duals)?;
    let mut columns_of_rows = vec![None; matrix.rows()];
    for &(row, column) in &claim.pairs {
        match columns_of_rows.get_mut(row as usize) {
            Some(slot @ None) => *slot = Some(column),
            Some(_) => return Err(Failure::No(format!("not proven: row {row} is in two pairs"))),
            None => return Err(Failure::No(format!("not proven: the matrix has no row {row}"))),
        }
    }
    let proof = verify(matrix, sense, &columns_of_rows, (&row_duals, &column_duals), &Interrupt::never());
    let proof = proof.map_err(|error| match error {
        Error::Unproven(violation) => Failure::No(format!("not proven: {violation}")),
        other => Failure::Input(other.to_string()),
    })?;
    let (largest_slack, tolerance) = T::slacks(&proof);
    Ok(Report {
        status: "proven",
        solver: "none",
        objective: Some(proof.objective.into()),
        dual_objective: Some(proof.dual_objective.into()),
        largest_slack,
        tolerance,
        rows: matrix.rows(),
        columns: matrix.columns(),
        ..Report::default()
    })
}
