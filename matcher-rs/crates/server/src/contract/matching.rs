//! `POST /v1/match`: all learners at once, with the proven best total, and what each of them should know about it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use solver::Interrupt;

use super::counterfactual::{Counterfactual, counterfactuals};
use super::findings::Findings;
use super::hash::input_hash;
use super::pairs::{PairAnswer, Pairs};
use super::people::{LearnerInput, MentorInput, check_sizes};
use super::policy::{PolicyInput, Values};
use super::round::{Assigned, Round};
use super::rules::{ConstraintsInput, ContinuityInput, PairOfIds, WeightsInput};
use super::telling::{UnmatchedBy, blocking_pairs, reason};
use super::zones::ZonesInput;
use super::{Answer, Body, ProblemSize, SOLVER, VERSION, stopped};
use crate::problem_details::Problem;

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
    policy: PolicyInput,
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
    policy: &'a PolicyInput,
    weights: &'a WeightsInput,
}

#[derive(Serialize)]
struct Response<'a> {
    alternates: BTreeMap<&'a str, Vec<Alternate<'a>>>,
    assignments: Vec<PairAnswer<'a>>,
    blocking_pairs: usize,
    dual_objective: i64,
    floor: Option<FloorAnswer>,
    input_hash: String,
    loss: Option<i64>,
    matched: usize,
    objective: i64,
    prices: BTreeMap<&'a str, i64>,
    solver: &'static str,
    total_score: i64,
    unmatched: Vec<Unmatched<'a>>,
    unmatched_by: UnmatchedBy,
    version: &'static str,
}

#[derive(Serialize)]
struct FloorAnswer {
    loss: i64,
    threshold: u16,
}

#[derive(Serialize)]
struct Alternate<'a> {
    mentor: &'a str,
    rank: usize,
    score: u16,
}

#[derive(Serialize)]
struct Unmatched<'a> {
    counterfactual: Option<Counterfactual<'a>>,
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
    let pins_as_sent = request.constraints.pins().to_vec();
    request.canonicalise();
    let input_hash = request.input_hash()?;
    let learners: Vec<&LearnerInput> = request.learners.iter().collect();
    let pairs = Pairs::new(&learners, &request.mentors, &request.weights, &request.constraints, &request.continuity);
    let pins = pinned(&pairs, &pins_as_sent)?;
    let values = Values::new(&request.policy, &learners, &request.mentors);
    let round = Round::new(&pairs, &values, &pins, interrupt)?;
    let (found, floor_loss) = round.solve(interrupt)?;
    let mut response = respond(&round, &found, &request, input_hash, interrupt)?;
    response.floor = floor_loss.map(|loss| FloorAnswer { loss, threshold: found.threshold });
    if values.differ_from_scores() {
        response.loss = Some(round.highest_total_score(interrupt)? - response.total_score);
    }
    let size = ProblemSize { rows: request.learners.len(), columns: request.mentors.len() };
    Ok(Answer { body: body.answer(&response)?, size })
}

/// The mentor that each learner is pinned to.
///
/// # Errors
/// `invalid_request` for each pin that is no pair.
fn pinned(pairs: &Pairs<'_>, pins: &[PairOfIds]) -> Result<Vec<Option<usize>>, Problem> {
    let mut findings = Findings::default();
    let mut mentors = vec![None; pairs.learners().len()];
    for (index, pin) in pins.iter().enumerate() {
        let Some((learner, mentor)) = pairs.find(pin) else { continue };
        if let Err(absent) = pairs.judge(learner, mentor) {
            let message = format!("this pair is absent: {}", absent.name());
            findings.add(format_args!("constraints.pins[{index}]"), "absent_pair", message);
        }
        mentors[learner] = Some(mentor);
    }
    findings.into_result()?;
    Ok(mentors)
}

fn respond<'a>(
    round: &Round<'a>,
    found: &Assigned,
    request: &'a Request,
    input_hash: String,
    interrupt: &Interrupt,
) -> Result<Response<'a>, Problem> {
    let pairs = round.pairs;
    let prices = found.prices.iter().enumerate().map(|(mentor, &price)| (pairs.mentor_id(mentor), price));
    let mut response = Response {
        alternates: BTreeMap::new(),
        assignments: Vec::new(),
        blocking_pairs: blocking_pairs(round, found),
        dual_objective: found.dual_objective,
        floor: None,
        input_hash,
        loss: None,
        matched: found.matched(),
        objective: found.objective,
        prices: prices.collect(),
        solver: SOLVER,
        total_score: 0,
        unmatched: Vec::new(),
        unmatched_by: UnmatchedBy::default(),
        version: VERSION,
    };
    let mut changes = counterfactuals(round, found, interrupt)?;
    let alternates = usize::try_from(request.alternates).unwrap_or_default();
    for (learner, described) in request.learners.iter().enumerate() {
        interrupt.check().map_err(|_| stopped())?;
        let choices = round.choices(learner);
        let assigned = found.mentors[learner];
        if let Some(mentor) = assigned {
            response.total_score += i64::from(round.score(learner, mentor));
            response.assignments.extend(assignment_answer(pairs, learner, mentor, &choices));
        } else {
            let reason = reason(round, found, learner, &choices);
            response.unmatched_by.count(described, reason);
            let counterfactual = changes.remove(&learner);
            response.unmatched.push(Unmatched { counterfactual, learner: &described.id, reason });
        }
        let others = (1..).zip(&choices).filter(|&(_, &(mentor, _))| Some(mentor) != assigned);
        let others = others.take(alternates).map(|(rank, &(mentor, score))| Alternate {
            mentor: pairs.mentor_id(mentor),
            rank,
            score,
        });
        response.alternates.insert(&described.id, others.collect());
    }
    Ok(response)
}

fn assignment_answer<'a>(
    pairs: &Pairs<'a>,
    learner: usize,
    mentor: usize,
    choices: &[(usize, u16)],
) -> Option<PairAnswer<'a>> {
    // The solver only uses pairs that are there, so there is a score; its proof has been checked.
    let score = pairs.judge(learner, mentor).ok()?;
    let mut answer = pairs.describe(learner, mentor, &score);
    answer.learner = Some(pairs.learner_id(learner));
    answer.rank = choices.iter().position(|&(choice, _)| choice == mentor).map(|place| place + 1);
    Some(answer)
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
        self.policy.check(&learners, &self.mentors, &mut findings);
        findings.range("alternates", self.alternates, 0..=10);
        findings.into_result()
    }

    fn canonicalise(&mut self) {
        self.learners.iter_mut().for_each(|learner| learner.canonicalise(&self.zones));
        self.learners.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        self.mentors.iter_mut().for_each(|mentor| mentor.canonicalise(&self.zones));
        self.mentors.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        self.constraints.canonicalise();
        self.constraints.canonicalise_pins();
        self.policy.canonicalise();
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
            policy: &self.policy,
            weights: &self.weights,
        })
    }
}
