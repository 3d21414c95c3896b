//! Requests and answers of `/v1`, as `contracts/README.md` defines them: bytes in, bytes out, no HTTP.
//!
//! Each endpoint is one function from a body to [`Answer`]; a request type's fields are declared in ascending order of their names, so that
//! writing it gives the canonical form that is hashed.

mod assign;
mod counterfactual;
mod dense;
mod findings;
mod hash;
mod lists;
mod matching;
mod method;
mod pairs;
mod people;
mod policy;
mod round;
mod rules;
mod strict;
mod suggest;
mod telling;
mod vocabulary;
mod wire;
mod zones;

use std::mem;
use std::time::{Duration, Instant};

use solver::certificate::Violation;
use solver::{Interrupt, RoundError, SolveError};

pub use assign::assign;
pub use matching::match_people;
pub use suggest::suggest;
pub use wire::{Body, Form};

use crate::problem_details::{Code, FieldError, Problem};

/// The release, in every answer.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The method behind suggestions.
pub const SCORING: &str = "matcher-rs/exhaustive-scoring";
/// The method behind assignments.
pub const SOLVER: &str = "matcher-rs/auction-and-shortest-paths";

/// An answer, and for the metrics how large the question was and what took how long.
#[derive(Debug)]
pub struct Answer {
    /// The body of the response.
    pub body: Vec<u8>,
    /// How large the question was.
    pub size: ProblemSize,
    /// What its parts took.
    pub phases: Phases,
}

/// How long the parts of an answer took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    /// Shape, limits, canonical form and input hash.
    pub read: Duration,
    /// Scores, the optimum and what is told of it.
    pub solve: Duration,
    /// From there to the bytes; whole pairs are described on the way.
    pub write: Duration,
}

/// A watch that is read between the parts.
struct Watch(Instant);

impl Watch {
    fn start() -> Self {
        Self(Instant::now())
    }

    /// Since the last time.
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now - mem::replace(&mut self.0, now)
    }
}

/// The size of a problem.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProblemSize {
    /// Learners or rows.
    pub rows: usize,
    /// Mentors or columns.
    pub columns: usize,
}

/// What an endpoint is: a function that may take long and looks at the interrupt.
pub type Endpoint = fn(Body<'_>, &Interrupt) -> Result<Answer, Problem>;

fn stopped() -> Problem {
    Problem::new(Code::DeadlineExceeded, "the work was stopped because nobody waits for it any more")
}

fn unsolved(error: &SolveError) -> Problem {
    match error {
        SolveError::Interrupted => stopped(),
        SolveError::Unproven(violation) => unproven(violation),
    }
}

fn unsolved_round(error: &RoundError) -> Problem {
    match error {
        RoundError::Interrupted => stopped(),
        RoundError::Unproven(violation) => unproven(violation),
        RoundError::Refused(refusal) => Problem::new(Code::InternalError, refusal.to_string()),
        RoundError::TooManyEqual => Problem::invalid(vec![FieldError {
            code: "too_many",
            field: "learners".to_owned(),
            message: error.to_string(),
        }]),
    }
}

fn unproven(violation: &Violation) -> Problem {
    Problem::new(Code::CertificateFailed, violation.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_proof_is_withheld_with_the_reason() {
        let violation = Violation::Gap { objective: 3, dual_objective: 4 };
        let problems =
            [unsolved(&SolveError::Unproven(violation.clone())), unsolved_round(&RoundError::Unproven(violation))];
        for problem in problems {
            assert_eq!(problem.code, Code::CertificateFailed);
            assert_eq!(problem.code.status().as_u16(), 500);
            assert_eq!(problem.detail, "the assignment is worth 3, the prices 4");
        }
    }

    #[test]
    fn stopped_work_is_a_passed_deadline() {
        let interrupt = Interrupt::never();
        interrupt.stop();
        let problem =
            suggest(Body::json(br#"{"learner": {"id": "l"}, "mentors": [{"id": "m", "capacity": 1}]}"#), &interrupt);
        assert_eq!(problem.unwrap_err().code, Code::DeadlineExceeded);
    }
}
