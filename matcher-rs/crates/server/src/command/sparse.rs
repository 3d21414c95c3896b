//! Sparse matrices, and dense ones with capacities: one form for the solver of assignment problems with capacities.

use std::path::Path;

use solver::certificate::{self, Proof};
use solver::dense::{Matrix, Sense};
use solver::{Interrupt, Method, Options, Outcome, Pair, Problem, SOLVER, SolveError, solve_with};

use super::Failure;
use super::dense::Printed;
use super::input::{self, SparseMatrix};
use super::report::{Claim, Infeasible, Number, Report};
use super::solve::Shown;

/// The method, where there are fewer places than rows that ask for one.
const FROM_COLUMNS: &str = "auction-and-shortest-paths, from the columns";
/// The method, where every row has a value in every column and all are assigned once.
const AS_A_MATRIX: &str = "dense matrix";

/// A problem in the solver's form, which maximises, and how it came from the file.
pub(super) struct Capacitated {
    problem: Problem,
    sense: Sense,
}

/// Every entry of a dense matrix, whole numbers only.
pub(super) fn entries<T: Printed>(matrix: &Matrix<'_, T>, file: &Path) -> Result<SparseMatrix, Failure> {
    let rows = (0..matrix.rows()).map(|row| {
        let columns = (0_u32..).take(matrix.columns());
        columns
            .filter_map(|column| whole(matrix.at(row, column as usize).into(), row, column, file).transpose())
            .collect()
    });
    Ok(SparseMatrix { rows: rows.collect::<Result<_, _>>()?, columns: matrix.columns() })
}

/// An entry, or none where the pair is forbidden.
fn whole(value: Number, row: usize, column: u32, file: &Path) -> Result<Option<(u32, i64)>, Failure> {
    match value {
        Number::Integer(value) => Ok(Some((column, value))),
        Number::Float(value) if value.is_infinite() => Ok(None),
        Number::Float(value) => match input::whole(value) {
            Some(value) => Ok(Some((column, value))),
            None => Err(Failure::file(
                file,
                format!("row {row}, column {column}: the value {value} must be whole with --capacity"),
            )),
        },
    }
}

impl Capacitated {
    pub(super) fn new(
        matrix: SparseMatrix,
        capacity: Vec<u32>,
        (sense, unassigned): (Sense, Option<i64>),
        file: &Path,
    ) -> Result<Self, Failure> {
        let sign = if sense == Sense::Minimize { -1 } else { 1 };
        let mut builder = Problem::builder(capacity);
        if let Some(value) = unassigned {
            builder = builder.unassigned_value(value.saturating_mul(sign));
        }
        for mut row in matrix.rows {
            for (_, value) in &mut row {
                *value = value.saturating_mul(sign);
            }
            builder.push_row(1, &row);
        }
        let problem = builder.build().map_err(|error| Failure::file(file, error))?;
        Ok(Self { problem, sense })
    }

    /// Solves once: the one place that says which solver does it.
    pub(super) fn solve(&self, canonical: bool, interrupt: &Interrupt) -> Result<Outcome, SolveError> {
        solve_with(&self.problem, &Options { any_optimum: !canonical, ..Options::default() }, interrupt)
    }

    pub(super) fn report(&self, outcome: Outcome, shown: Shown) -> Report {
        match outcome {
            Outcome::Optimal(solution) => {
                let pairs = solution.pairs.iter().map(|pair| (pair.row, pair.column));
                let solver = match solution.method {
                    Method::Rows => SOLVER,
                    Method::Columns => FROM_COLUMNS,
                    Method::Dense => AS_A_MATRIX,
                };
                let duals = |duals: &[i64]| duals.iter().map(|&dual| self.oriented(dual).into()).collect();
                Report {
                    pairs: shown.pairs.then(|| pairs.collect()),
                    row_duals: shown.duals.then(|| duals(&solution.utilities)),
                    column_duals: shown.duals.then(|| duals(&solution.prices)),
                    ..self.sums("optimal", solver, solution.proof)
                }
            }
            Outcome::Infeasible(why) => Report {
                status: "infeasible",
                solver: SOLVER,
                infeasible: Some(Infeasible {
                    side: "rows",
                    demand: why.demand,
                    assignable: why.assignable,
                    blocking: why.blocking_demand,
                    partners: why.blocking_supply,
                }),
                rows: self.problem.rows(),
                columns: self.problem.columns(),
                ..Report::default()
            },
        }
    }

    /// The sums of a proof, as the file has its values.
    /// Rows and columns.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.problem.rows(), self.problem.columns())
    }

    fn sums(&self, status: &'static str, solver: &'static str, proof: Proof) -> Report {
        Report {
            status,
            solver,
            objective: Some(self.oriented(proof.objective).into()),
            dual_objective: Some(self.oriented(proof.dual_objective).into()),
            rows: self.problem.rows(),
            columns: self.problem.columns(),
            ..Report::default()
        }
    }

    fn oriented(&self, number: i64) -> i64 {
        if self.sense == Sense::Minimize { -number } else { number }
    }

    /// Whether the claim's column duals, as prices, prove its pairs.
    pub(super) fn check(&self, claim: &Claim) -> Result<Report, Failure> {
        let no = |what: String| Failure::No(format!("not proven: {what}"));
        let mut pairs: Vec<Pair> = claim.pairs.iter().map(|&(row, column)| Pair { row, column, times: 1 }).collect();
        pairs.sort_unstable();
        if let Some(pair) = pairs.iter().find(|pair| pair.row as usize >= self.problem.rows()) {
            return Err(no(format!("row {} is not in the matrix", pair.row)));
        }
        let prices = claim.column_duals.iter().map(|&dual| i64::parse(dual).map(|dual| self.oriented(dual)));
        let prices: Option<Vec<i64>> = prices.collect();
        let prices = prices.ok_or_else(|| Failure::Input("SOLUTION.json: column_duals must be whole".to_owned()))?;
        let proof = certificate::verify(&self.problem, &pairs, &prices).map_err(|error| no(error.to_string()))?;
        Ok(self.sums("proven", "none", proof))
    }
}
