//! The line of JSON that `matcher solve` prints, and what `matcher verify` reads of it.

use serde::{Deserialize, Serialize};

use super::{Answer, Failure};

/// The status where the time ran out before there was an answer.
pub(super) const DEADLINE: &str = "deadline";

/// A number of either kind.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Number {
    Integer(i64),
    Float(f64),
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

/// What was found; fields that do not apply are left out.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) objective: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dual_objective: Option<Number>,
    /// How far a line is from complementary slackness, at most, and how far it may be; floats only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) largest_slack: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tolerance: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) infeasible: Option<Infeasible>,
    pub(super) solver: &'static str,
    pub(super) rows: usize,
    pub(super) columns: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<Run>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pairs: Option<Vec<(u32, u32)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) row_duals: Option<Vec<Number>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column_duals: Option<Vec<Number>>,
}

/// `demand` lines need a partner, `assignable` can have one at most: `blocking` of them have `partners` between them.
#[derive(Debug, Serialize)]
pub(super) struct Infeasible {
    pub(super) side: &'static str,
    pub(super) demand: u64,
    pub(super) assignable: u64,
    pub(super) blocking: u64,
    pub(super) partners: u64,
}

/// What it took, without loading.
#[derive(Debug, Serialize)]
pub(super) struct Run {
    pub(super) seconds: Vec<f64>,
    pub(super) threads: usize,
    pub(super) peak_bytes: Option<u64>,
    pub(super) peak_bytes_beyond_input: Option<u64>,
}

/// A solution to verify.
#[derive(Debug, Deserialize)]
pub(super) struct Claim {
    pub(super) pairs: Vec<(u32, u32)>,
    pub(super) row_duals: Vec<Number>,
    pub(super) column_duals: Vec<Number>,
}

impl Report {
    /// Of a problem of this size that was given up.
    pub(super) fn given_up(rows: usize, columns: usize) -> Self {
        Self { status: DEADLINE, solver: "none", rows, columns, ..Self::default() }
    }

    /// One line, and whether it is a yes.
    pub(super) fn answer(&self) -> Result<Answer, Failure> {
        let mut output = serde_json::to_vec(self).map_err(|error| Failure::Defect(error.to_string()))?;
        output.push(b'\n');
        let exit_code = match self.status {
            DEADLINE => 3,
            _ => u8::from(self.infeasible.is_some()),
        };
        Ok(Answer { output, exit_code })
    }
}
