//! `POST /v1/match`: all learners at once, with the proven best total, and what each of them should know about it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use solver::{Interrupt, Outcome, Problem as Assignment, Solution, solve};

use super::findings::Findings;
use super::hash::input_hash;
use super::pairs::{PairAnswer, Pairs};
use super::people::{LearnerInput, MentorInput, check_sizes};
use super::rules::{ConstraintsInput, ContinuityInput, WeightsInput};
use super::zones::ZonesInput;
use super::{Answer, Body, ProblemSize, SOLVER, VERSION, stopped, unsolved};
use crate::problem_details::{Code, Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with learners and mentors")]
struct Request {
    #[serde(default = "default_alternates")]
    alternates: i64,
    #[serde(default)]
    constraints: ConstraintsInput,
    #[serde(default)]
    continuity: ContinuityInput,
    learners: Vec<LearnerInput>,
    mentors: Vec<MentorInput>,
    #[serde(default)]
    weights: WeightsInput,
    #[serde(default)]
    zones: ZonesInput,
}

const fn default_alternates() -> i64 {
    3
}

#[derive(Serialize)]
struct Canonical<'a> {
    alternates: i64,
    constraints: &'a ConstraintsInput,
    continuity: &'a ContinuityInput,
    endpoint: &'static str,
    learners: &'a [LearnerInput],
    mentors: &'a [MentorInput],
    weights: &'a WeightsInput,
}

#[derive(Serialize)]
struct Response<'a> {
    alternates: BTreeMap<&'a str, Vec<Alternate<'a>>>,
    assignments: Vec<PairAnswer<'a>>,
    dual_objective: i64,
    input_hash: String,
    objective: i64,
    prices: BTreeMap<&'a str, i64>,
    solver: &'static str,
    unmatched: Vec<Unmatched<'a>>,
    version: &'static str,
}

#[derive(Serialize)]
struct Alternate<'a> {
    mentor: &'a str,
    rank: usize,
    score: u16,
}

#[derive(Serialize)]
struct Unmatched<'a> {
    learner: &'a str,
    reason: &'static str,
}

/// The canonical optimal assignment of learners to mentors.
///
/// # Errors
/// `malformed_json`, `malformed_msgpack`, `invalid_request`; `deadline_exceeded` if interrupted; `certificate_failed` on a defect of the solver.
pub fn match_people(body: Body<'_>, interrupt: &Interrupt) -> Result<Answer, Problem> {
    let mut request: Request = body.read()?;
    request.check()?;
    request.canonicalise();
    let input_hash = request.input_hash()?;
    let learners: Vec<&LearnerInput> = request.learners.iter().collect();
    let pairs = Pairs::new(&learners, &request.mentors, &request.weights, &request.constraints, &request.continuity);
    let round = Round::solve(&pairs, interrupt)?;
    let response = round.response(usize::try_from(request.alternates).unwrap_or_default(), input_hash, interrupt)?;
    let size = ProblemSize { rows: request.learners.len(), columns: request.mentors.len() };
    Ok(Answer { body: body.answer(&response)?, size })
}

impl Request {
    fn check(&self) -> Result<(), Problem> {
        check_sizes(self.learners.len(), self.mentors.len())?;
        let mut findings = Findings::default();
        self.zones.check(&mut findings);
        for (index, learner) in self.learners.iter().enumerate() {
            learner.check(&format!("learners[{index}]"), &self.zones, &mut findings);
        }
        for (index, mentor) in self.mentors.iter().enumerate() {
            mentor.check(&format!("mentors[{index}]"), &self.zones, &mut findings);
        }
        findings
            .unique(self.learners.iter().map(|learner| learner.id.as_str()), |index| format!("learners[{index}].id"));
        findings.unique(self.mentors.iter().map(|mentor| mentor.id.as_str()), |index| format!("mentors[{index}].id"));
        self.weights.check(&mut findings);
        let learners: Vec<&LearnerInput> = self.learners.iter().collect();
        self.constraints.check(&learners, &self.mentors, &mut findings);
        self.continuity.check(&learners, &self.mentors, &mut findings);
        findings.range("alternates", self.alternates, 0..=10);
        findings.into_result()
    }

    fn canonicalise(&mut self) {
        self.learners.iter_mut().for_each(|learner| learner.canonicalise(&self.zones));
        self.learners.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        self.mentors.iter_mut().for_each(|mentor| mentor.canonicalise(&self.zones));
        self.mentors.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        self.constraints.canonicalise();
        self.continuity.canonicalise();
    }

    fn input_hash(&self) -> Result<String, Problem> {
        input_hash(&Canonical {
            alternates: self.alternates,
            constraints: &self.constraints,
            continuity: &self.continuity,
            endpoint: "match",
            learners: &self.learners,
            mentors: &self.mentors,
            weights: &self.weights,
        })
    }
}

/// A solved problem, read by learner (ascending by id) rather than by row (ascending by priority).
struct Round<'a> {
    pairs: &'a Pairs<'a>,
    /// The row of each learner.
    row_of_learner: Vec<usize>,
    assignment: Assignment,
    solution: Solution,
    /// The mentor of each learner.
    mentors: Vec<Option<usize>>,
    /// The learners of each mentor.
    holders: Vec<Vec<usize>>,
}

impl<'a> Round<'a> {
    fn solve(pairs: &'a Pairs<'a>, interrupt: &Interrupt) -> Result<Self, Problem> {
        // Stable: learners are ascending by id already.
        let mut by_priority: Vec<usize> = (0..pairs.learners().len()).collect();
        by_priority.sort_by_key(|&learner| Reverse(pairs.learners()[learner].waiting_days.unwrap_or_default()));
        let capacities = pairs.mentors().iter().map(|mentor| mentor.capacity).collect();
        let mut builder = Assignment::builder(capacities).unassigned_value(0);
        let mut row_of_learner = vec![0; by_priority.len()];
        let mut entries = Vec::new();
        for (row, &learner) in by_priority.iter().enumerate() {
            interrupt.check().map_err(|_| stopped())?;
            row_of_learner[learner] = row;
            entries.clear();
            entries.extend((0..).zip(0..pairs.mentors().len()).filter_map(|(column, mentor)| {
                let score = pairs.judge(learner, mentor).ok()?;
                Some((column, i64::from(score.total())))
            }));
            builder.push_row(1, &entries);
        }
        let assignment = builder.build().map_err(|error| Problem::new(Code::InternalError, error.to_string()))?;
        let solution = match solve(&assignment, interrupt).map_err(|error| unsolved(&error))? {
            Outcome::Optimal(solution) => solution,
            Outcome::Infeasible(_) => {
                let detail = "a problem in which every learner may stay unmatched was called infeasible";
                return Err(Problem::new(Code::InternalError, detail));
            }
        };
        let mut holders = vec![Vec::new(); pairs.mentors().len()];
        let mut mentors = vec![None; by_priority.len()];
        for pair in &solution.pairs {
            let (learner, mentor) = (by_priority[pair.row as usize], pair.column as usize);
            holders[mentor].push(learner);
            mentors[learner] = Some(mentor);
        }
        Ok(Self { pairs, row_of_learner, assignment, solution, mentors, holders })
    }

    fn response(&self, alternates: usize, input_hash: String, interrupt: &Interrupt) -> Result<Response<'a>, Problem> {
        let mut response = Response {
            alternates: BTreeMap::new(),
            assignments: Vec::new(),
            dual_objective: self.solution.proof.dual_objective,
            input_hash,
            objective: self.solution.proof.objective,
            prices: self.prices(),
            solver: SOLVER,
            unmatched: Vec::new(),
            version: VERSION,
        };
        for learner in 0..self.pairs.learners().len() {
            interrupt.check().map_err(|_| stopped())?;
            let id = self.pairs.learner_id(learner);
            let choices = self.choices(learner);
            let assigned = self.mentors[learner];
            match assigned {
                Some(mentor) => response.assignments.extend(self.assignment_answer(learner, mentor, &choices)),
                None => response.unmatched.push(Unmatched { learner: id, reason: self.reason(learner, &choices) }),
            }
            let others = (1..).zip(&choices).filter(|&(_, &(mentor, _))| Some(mentor) != assigned);
            let others = others.take(alternates).map(|(rank, &(mentor, score))| Alternate {
                mentor: self.pairs.mentor_id(mentor),
                rank,
                score,
            });
            response.alternates.insert(id, others.collect());
        }
        Ok(response)
    }

    fn prices(&self) -> BTreeMap<&'a str, i64> {
        self.solution.prices.iter().enumerate().map(|(mentor, &price)| (self.pairs.mentor_id(mentor), price)).collect()
    }

    fn assignment_answer(&self, learner: usize, mentor: usize, choices: &[(usize, u16)]) -> Option<PairAnswer<'a>> {
        // The solver only uses pairs that are there, so there is a score; its proof has been checked.
        let score = self.pairs.judge(learner, mentor).ok()?;
        let mut answer = self.pairs.describe(learner, mentor, &score);
        answer.learner = Some(self.pairs.learner_id(learner));
        answer.rank = choices.iter().position(|&(choice, _)| choice == mentor).map(|place| place + 1);
        Some(answer)
    }

    /// The learner's pairs, best first: `(mentor, score)`.
    fn choices(&self, learner: usize) -> Vec<(usize, u16)> {
        let row = self.row_of_learner[learner];
        let mut choices: Vec<(usize, u16)> = self
            .assignment
            .entries(row)
            .map(|(column, score)| (column as usize, u16::try_from(score).unwrap_or_default()))
            .collect();
        // Stable: mentors are ascending by id already.
        choices.sort_by_key(|&(_, score)| Reverse(score));
        choices
    }

    fn reason(&self, learner: usize, choices: &[(usize, u16)]) -> &'static str {
        let outscored_by = |mentor: usize, score: u16| {
            self.holders[mentor]
                .iter()
                .all(|&holder| self.pairs.judge(holder, mentor).is_ok_and(|held| held.total() > score))
        };
        if !choices.is_empty() && choices.iter().all(|&(mentor, score)| outscored_by(mentor, score)) {
            "outscored"
        } else if !choices.is_empty()
            || (0..self.pairs.mentors().len()).any(|mentor| self.pairs.lacks_only_capacity(learner, mentor))
        {
            "capacity_exhausted"
        } else {
            "no_feasible_mentor"
        }
    }
}
