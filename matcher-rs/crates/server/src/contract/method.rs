//! How a request to `/v1/match` or `/v1/assign` is solved: which of the ways it asks for, and which it gets. The answer is the same.

use serde::{Deserialize, Serialize};
use solver::{Method as Solving, Problem as Assignment};

use super::findings::Findings;
use super::people::Limits;
use crate::problem_details::Problem;

/// Up to here all pairs may be listed.
pub(super) const PAIRS: Limits = Limits { side: 20_000, pairs: 5_000_000, advice: "; the method people takes more" };
/// Up to here it is as quick to list them, or quicker.
const FEW_PAIRS: usize = 1_000_000;
/// Of each side: as many as the solver has numbers for, in thousands.
pub(super) const MAXIMUM_PEOPLE: usize = 1_000_000;
const PEOPLE: Limits = Limits { side: MAXIMUM_PEOPLE, pairs: 100_000_000_000, advice: "" };

/// What a request to `/v1/match` asks for.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum MethodInput {
    /// Pairs where there are few.
    #[default]
    Auto,
    Pairs,
    People,
}

/// What was used. The answer is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Method {
    /// All pairs that are not absent are listed.
    Pairs,
    /// Pairs are scored again in each pass, and few are kept.
    People,
}

impl MethodInput {
    /// The method for so many people.
    ///
    /// # Errors
    /// `invalid_request` if there are too many for it.
    pub(super) fn choose(self, learners: usize, mentors: usize) -> Result<Method, Problem> {
        let are_few = learners.saturating_mul(mentors) <= FEW_PAIRS && PAIRS.allow(learners, mentors);
        if self == Self::Pairs || (self == Self::Auto && are_few) {
            PAIRS.check(learners, mentors)?;
            Ok(Method::Pairs)
        } else {
            PEOPLE.check(learners, mentors)?;
            Ok(Method::People)
        }
    }
}

/// How a request to `/v1/assign` wants to be solved.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum BareMethodInput {
    /// A large matrix as a whole, everything else from the side that can be assigned less often.
    #[default]
    Auto,
    Rows,
    Columns,
    Dense,
}

/// How it was. The answer is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BareMethod {
    /// Rows asked.
    Rows,
    /// Columns asked.
    Columns,
    /// As a whole matrix.
    Dense,
}

impl BareMethodInput {
    /// The method for a problem.
    ///
    /// # Errors
    /// `invalid_request` if the problem is no whole matrix and should be solved as one.
    pub(super) fn choose(self, problem: &Assignment) -> Result<Solving, Problem> {
        let method = match self {
            Self::Auto => Solving::of(problem),
            Self::Rows => Solving::Rows,
            Self::Columns => Solving::Columns,
            Self::Dense => Solving::Dense,
        };
        let mut findings = Findings::default();
        if !method.suits(problem) {
            let message = "dense takes a value for each row and column, capacities of 1, no more rows than columns, and \
                           unassigned_rows \"forbidden\"";
            findings.add("method", "conflict", message);
        }
        findings.into_result()?;
        Ok(method)
    }
}

impl From<Solving> for BareMethod {
    fn from(method: Solving) -> Self {
        match method {
            Solving::Rows => Self::Rows,
            Solving::Columns => Self::Columns,
            Solving::Dense => Self::Dense,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_listed_as_long_as_there_are_few() {
        let cases = [
            (1_000, 1_000, Method::Pairs),
            (1_001, 1_000, Method::People),
            (20_000, 50, Method::Pairs),
            (20_001, 2, Method::People),
            (0, 20_001, Method::People),
        ];
        for (learners, mentors, method) in cases {
            assert_eq!(MethodInput::Auto.choose(learners, mentors).unwrap(), method, "{learners} × {mentors}");
            assert_eq!(MethodInput::People.choose(learners, mentors).unwrap(), Method::People);
        }
        assert_eq!(MethodInput::Pairs.choose(2_500, 2_000).unwrap(), Method::Pairs);
    }

    #[test]
    fn too_many_are_refused_by_the_field_and_with_what_takes_more() {
        let refused = MethodInput::Pairs.choose(20_001, 250).unwrap_err();
        assert_eq!(
            refused.errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(),
            ["learners", "mentors"]
        );
        assert!(refused.errors.iter().all(|error| error.message.ends_with("; the method people takes more")));
        let refused = MethodInput::Auto.choose(1_000_000, 100_001).unwrap_err();
        assert_eq!(refused.errors.len(), 1);
        assert_eq!((refused.errors[0].field.as_str(), refused.errors[0].code), ("mentors", "too_many"));
        assert_eq!(refused.errors[0].message, "learners × mentors may be at most 100000000000, got 100001000000");
    }
}
