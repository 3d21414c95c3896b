//! `matcher replay`: the bytes that the service answers a stored request with.

use clap::ValueEnum;
use serde_json::Value;
use solver::Interrupt;

use super::{Answer, Failure, ReplayArguments};
use crate::contract;
use crate::problem_details::Problem;

/// Where a request is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Endpoint {
    /// /v1/suggest: has `learner`
    Suggest,
    /// /v1/match: has `learners`
    Match,
    /// /v1/assign: has `dense` or `sparse`
    Assign,
}

pub(super) fn run(arguments: &ReplayArguments) -> Result<Answer, Failure> {
    let body = std::fs::read(&arguments.request).map_err(|error| Failure::file(&arguments.request, error))?;
    let endpoint = arguments.endpoint.or_else(|| endpoint_of(&body)).ok_or_else(|| {
        Failure::file(&arguments.request, "has neither learner, learners, dense nor sparse: say --endpoint")
    })?;
    let answer = match endpoint {
        Endpoint::Suggest => contract::suggest,
        Endpoint::Match => contract::match_people,
        Endpoint::Assign => contract::assign,
    };
    let answer = answer(contract::Body::json(&body), &Interrupt::never()).map_err(|problem| refused(&problem))?;
    Ok(Answer { output: answer.body, exit_code: 0 })
}

fn endpoint_of(body: &[u8]) -> Option<Endpoint> {
    let request: Value = serde_json::from_slice(body).ok()?;
    let has = |field: &str| request.get(field).is_some();
    let endpoints = [
        (has("learner"), Endpoint::Suggest),
        (has("learners"), Endpoint::Match),
        (has("dense") || has("sparse"), Endpoint::Assign),
    ];
    endpoints.into_iter().find(|(fits, _)| *fits).map(|(_, endpoint)| endpoint)
}

/// The problem that the service would answer with, a line for each field.
fn refused(problem: &Problem) -> Failure {
    let fields = problem.errors.iter().map(|error| format!("\n  {}: {}", error.field, error.message));
    Failure::No(format!("{problem}{}", fields.collect::<String>()))
}
