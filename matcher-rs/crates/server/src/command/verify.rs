//! `matcher verify`: a stored solution against its problem, whoever found it.

use solver::dense::Matrix;

use super::dense::{self, Printed};
use super::input::{self, Input};
use super::report::{Claim, Report};
use super::sparse::{self, Capacitated};
use super::{Answer, Failure, VerifyArguments};

pub(super) fn run(arguments: &VerifyArguments) -> Result<Answer, Failure> {
    let failure = |what: String| Failure::file(&arguments.solution, what);
    let claim = std::fs::read(&arguments.solution).map_err(|error| failure(error.to_string()))?;
    let claim: Claim = serde_json::from_slice(&claim)
        .map_err(|error| failure(format!("{error}; `matcher solve --pairs --duals` prints what can be verified")))?;
    let problem = &arguments.problem;
    let report = match input::read(&problem.file)? {
        Input::Integers(stored) => checked(&stored.matrix(&problem.file)?, arguments, &claim)?,
        Input::Floats(stored) => checked(&stored.matrix(&problem.file)?, arguments, &claim)?,
        Input::Sparse(matrix) => {
            let capacity = problem.capacity(matrix.columns)?;
            Capacitated::new(matrix, capacity, problem.objective(), &problem.file)?.check(&claim)?
        }
    };
    report.answer()
}

fn checked<T: Printed>(matrix: &Matrix<'_, T>, arguments: &VerifyArguments, claim: &Claim) -> Result<Report, Failure> {
    let problem = &arguments.problem;
    if problem.is_one_to_one()? {
        return problem.pool()?.install(|| dense::check(matrix, problem.sense(), claim));
    }
    let entries = sparse::entries(matrix, &problem.file)?;
    let capacity = problem.capacity(matrix.columns())?;
    Capacitated::new(entries, capacity, problem.objective(), &problem.file)?.check(claim)
}
