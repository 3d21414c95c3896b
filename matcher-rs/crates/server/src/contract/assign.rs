//! `POST /v1/assign`: the bare assignment problem, dense or sparse, with its dual certificate.

use std::iter;

use serde::{Deserialize, Serialize};
use solver::problem::MAXIMUM_VALUE;
use solver::{Infeasibility, Interrupt, Options, Outcome, Pair, Problem as Assignment, Solution, solve_with};

use super::dense::Dense;
use super::findings::Findings;
use super::hash::input_hash;
use super::lists::{at_most, at_most_or_null};
use super::method::{BareMethod, BareMethodInput};
use super::{Answer, Body, Phases, ProblemSize, SOLVER, VERSION, Watch, unsolved};
use crate::problem_details::{Code, Problem};

pub(super) const MAXIMUM_SIDE: usize = 100_000;
/// Allowed pairs, or dense values.
pub(super) const MAXIMUM_ENTRIES: usize = 5_000_000;
const MAXIMUM_CAPACITY: i64 = 1_000_000_000;
const MAXIMUM_ROW_CAPACITY_IN_TOTAL: i64 = 100_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with dense or sparse, and objective")]
struct Request {
    #[serde(default)]
    dense: Option<Dense>,
    #[serde(default)]
    sparse: Option<Sparse>,
    #[serde(default, deserialize_with = "at_most_or_null::<MAXIMUM_SIDE, _, _>")]
    row_capacity: Option<Vec<i64>>,
    #[serde(default, deserialize_with = "at_most_or_null::<MAXIMUM_SIDE, _, _>")]
    column_capacity: Option<Vec<i64>>,
    #[serde(default)]
    method: Option<BareMethodInput>,
    objective: Objective,
    #[serde(default)]
    unassigned_rows: Option<UnassignedRows>,
    #[serde(default)]
    unassigned_value: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with rows, columns and entries")]
struct Sparse {
    rows: i64,
    columns: i64,
    #[serde(deserialize_with = "at_most::<MAXIMUM_ENTRIES, _, _>")]
    entries: Vec<Entry>,
}

/// `(row, column, value)` of an allowed pair.
pub(super) type Entry = (i64, i64, i64);

#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Objective {
    Minimize,
    Maximize,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum UnassignedRows {
    #[default]
    Forbidden,
    Allowed,
}

/// Either form of the request in the one that is hashed and solved; fields ascending.
#[derive(Serialize)]
struct Canonical {
    column_capacity: Vec<i64>,
    columns: i64,
    endpoint: &'static str,
    entries: Vec<Entry>,
    objective: Objective,
    row_capacity: Vec<i64>,
    rows: i64,
    unassigned_rows: UnassignedRows,
    unassigned_value: i64,
}

#[derive(Serialize)]
struct Response {
    column_duals: Vec<i64>,
    gap: Option<i64>,
    infeasibility: Option<InfeasibilityAnswer>,
    input_hash: String,
    method: BareMethod,
    objective: Option<i64>,
    pairs: Vec<(u32, u32)>,
    row_duals: Vec<i64>,
    solver: &'static str,
    status: &'static str,
    unassigned: Vec<usize>,
    version: &'static str,
}

#[derive(Serialize)]
struct InfeasibilityAnswer {
    assignable: u64,
    blocking_columns: Vec<usize>,
    blocking_demand: u64,
    blocking_rows: Vec<usize>,
    blocking_supply: u64,
    demand: u64,
    supply: u64,
}

/// The canonical optimum of the bare problem, or why there is none.
///
/// # Errors
/// `malformed_json`, `malformed_msgpack`, `invalid_request`; `deadline_exceeded` if interrupted; `certificate_failed` on a defect of the solver.
pub fn assign(body: Body<'_>, interrupt: &Interrupt) -> Result<Answer, Problem> {
    let mut watch = Watch::start();
    let request: Request = body.read()?;
    let method = request.method.unwrap_or_default();
    let canonical = request.into_canonical()?;
    let problem = canonical.problem().map_err(|error| Problem::new(Code::InternalError, error.to_string()))?;
    let method = method.choose(&problem)?;
    let mut response = Response::new(input_hash(&canonical)?, method.into());
    let read = watch.lap();
    let options = Options { method: Some(method), ..Options::default() };
    match solve_with(&problem, &options, interrupt).map_err(|error| unsolved(&error))? {
        Outcome::Optimal(solution) => response.fill_optimal(&problem, solution, canonical.sign()),
        Outcome::Infeasible(infeasibility) => response.fill_infeasible(infeasibility),
    }
    let (size, solve) = (ProblemSize { rows: problem.rows(), columns: problem.columns() }, watch.lap());
    Ok(Answer { body: body.answer(&response)?, size, phases: Phases { read, solve, write: watch.lap() } })
}

impl Request {
    /// Checks everything; the sizes first, because what they bound is counted out by what follows.
    fn into_canonical(self) -> Result<Canonical, Problem> {
        let mut findings = Findings::default();
        let (rows, columns, mut entries) = match (self.dense, self.sparse) {
            (Some(dense), None) => from_dense(dense, &mut findings),
            (None, Some(sparse)) => from_sparse(sparse, &mut findings),
            _ => {
                findings.add("", "conflict", "give exactly one of dense and sparse");
                (0, 0, Vec::new())
            }
        };
        findings.into_result()?;

        let mut findings = Findings::default();
        entries.sort_unstable();
        for twice in entries.windows(2).filter(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1)) {
            let message = format!("row {} and column {} are given twice", twice[0].0, twice[0].1);
            findings.add("sparse.entries", "duplicate", message);
        }
        let row_capacity = capacities("row_capacity", self.row_capacity, rows, &mut findings);
        let column_capacity = capacities("column_capacity", self.column_capacity, columns, &mut findings);
        let demand = row_capacity.iter().fold(0_i64, |sum, &capacity| sum.saturating_add(capacity));
        if demand > MAXIMUM_ROW_CAPACITY_IN_TOTAL {
            let message = format!("at most {MAXIMUM_ROW_CAPACITY_IN_TOTAL} in total, got {demand}");
            findings.add("row_capacity", "out_of_range", message);
        }
        let unassigned_rows = self.unassigned_rows.unwrap_or_default();
        if self.unassigned_value.is_some() && unassigned_rows == UnassignedRows::Forbidden {
            findings.add("unassigned_value", "conflict", "only with unassigned_rows \"allowed\"");
        }
        let unassigned_value = self.unassigned_value.unwrap_or_default();
        findings.range("unassigned_value", unassigned_value, -MAXIMUM_VALUE..=MAXIMUM_VALUE);
        findings.into_result()?;
        Ok(Canonical {
            column_capacity,
            columns,
            endpoint: "assign",
            entries,
            objective: self.objective,
            row_capacity,
            rows,
            unassigned_rows,
            unassigned_value,
        })
    }
}

type Shape = (i64, i64, Vec<Entry>);

fn from_dense(dense: Dense, findings: &mut Findings) -> Shape {
    dense.check_lengths(findings);
    for &(row, column, value) in &dense.entries {
        findings.range(format_args!("dense[{row}][{column}]"), value, -MAXIMUM_VALUE..=MAXIMUM_VALUE);
    }
    (signed(dense.rows), signed(dense.columns), dense.entries)
}

fn from_sparse(sparse: Sparse, findings: &mut Findings) -> Shape {
    findings.range("sparse.rows", sparse.rows, 0..=signed(MAXIMUM_SIDE));
    findings.range("sparse.columns", sparse.columns, 0..=signed(MAXIMUM_SIDE));
    let (last_row, last_column) = (sparse.rows.saturating_sub(1), sparse.columns.saturating_sub(1));
    for (index, &(row, column, value)) in sparse.entries.iter().enumerate() {
        findings.range(format_args!("sparse.entries[{index}][0]"), row, 0..=last_row);
        findings.range(format_args!("sparse.entries[{index}][1]"), column, 0..=last_column);
        findings.range(format_args!("sparse.entries[{index}][2]"), value, -MAXIMUM_VALUE..=MAXIMUM_VALUE);
    }
    (sparse.rows, sparse.columns, sparse.entries)
}

fn capacities(field: &str, given: Option<Vec<i64>>, length: i64, findings: &mut Findings) -> Vec<i64> {
    let Some(given) = given else { return vec![1; usize::try_from(length).unwrap_or_default()] };
    if signed(given.len()) != length {
        findings.add(field, "wrong_length", format!("must have {length} numbers, got {}", given.len()));
    }
    for (index, &capacity) in given.iter().enumerate() {
        findings.range(format_args!("{field}[{index}]"), capacity, 0..=MAXIMUM_CAPACITY);
    }
    given
}

/// Lengths are far below 2^63.
pub(super) fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

impl Canonical {
    /// What turns values into those of a maximisation, and duals back.
    fn sign(&self) -> i64 {
        match self.objective {
            Objective::Minimize => -1,
            Objective::Maximize => 1,
        }
    }

    fn problem(&self) -> Result<Assignment, solver::InvalidProblem> {
        let narrow = |number: i64| u32::try_from(number).unwrap_or_default();
        let mut builder = Assignment::builder(self.column_capacity.iter().copied().map(narrow).collect());
        if self.unassigned_rows == UnassignedRows::Allowed {
            builder = builder.unassigned_value(self.sign() * self.unassigned_value);
        }
        let mut row_entries = Vec::new();
        let mut rest = self.entries.as_slice();
        for (row, &capacity) in (0..).zip(&self.row_capacity) {
            let (own, others) = rest.split_at(rest.partition_point(|entry| entry.0 <= row));
            rest = others;
            row_entries.clear();
            row_entries.extend(own.iter().map(|&(_, column, value)| (narrow(column), self.sign() * value)));
            builder.push_row(narrow(capacity), &row_entries);
        }
        builder.build()
    }
}

impl Response {
    /// Nothing yet.
    fn new(input_hash: String, method: BareMethod) -> Self {
        Self {
            column_duals: Vec::new(),
            gap: None,
            infeasibility: None,
            input_hash,
            method,
            objective: None,
            pairs: Vec::new(),
            row_duals: Vec::new(),
            solver: SOLVER,
            status: "",
            unassigned: Vec::new(),
            version: VERSION,
        }
    }

    fn fill_optimal(&mut self, problem: &Assignment, solution: Solution, sign: i64) {
        self.status = "optimal";
        self.method = solution.method.into();
        self.objective = Some(sign * solution.proof.objective);
        self.gap = Some(solution.proof.dual_objective - solution.proof.objective);
        let mut left = problem.row_capacity().to_vec();
        for Pair { row, column, times } in solution.pairs {
            self.pairs.extend(iter::repeat_n((row, column), times as usize));
            left[row as usize] -= times;
        }
        self.unassigned = (0..).zip(left).flat_map(|(row, left)| iter::repeat_n(row, left as usize)).collect();
        self.column_duals = solution.prices.into_iter().map(|price| sign * price).collect();
        self.row_duals = solution.utilities.into_iter().map(|utility| sign * utility).collect();
    }

    fn fill_infeasible(&mut self, proof: Infeasibility) {
        self.status = "infeasible";
        self.infeasibility = Some(InfeasibilityAnswer {
            assignable: proof.assignable,
            blocking_columns: proof.blocking_columns,
            blocking_demand: proof.blocking_demand,
            blocking_rows: proof.blocking_rows,
            blocking_supply: proof.blocking_supply,
            demand: proof.demand,
            supply: proof.supply,
        });
    }
}
