//! `POST /v1/match`: all learners at once, with the proven best total, and what each of them should know about it.

use std::collections::BTreeMap;

use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};
use solver::{Columns, Instructions, Interrupt, Told};

use super::counterfactual::{self, Change, Counterfactual};
use super::findings::Findings;
use super::hash::input_hash;
use super::lists::at_most;
use super::method::{MAXIMUM_PEOPLE, Method, MethodInput};
use super::pairs::{Pairs, Threads};
use super::people::{LearnerInput, MentorInput};
use super::policy::PolicyInput;
use super::round::{Assigned, Round};
use super::rules::{ConstraintsInput, ContinuityInput, PairOfIds, WeightsInput};
use super::telling::{UnmatchedBy, reason};
use super::vocabulary::narrow;
use super::zones::ZonesInput;
use super::{Answer, Body, Phases, ProblemSize, SOLVER, VERSION, Watch, stopped};
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
    #[serde(deserialize_with = "at_most::<MAXIMUM_PEOPLE, _, _>")]
    learners: Vec<LearnerInput>,
    #[serde(deserialize_with = "at_most::<MAXIMUM_PEOPLE, _, _>")]
    mentors: Vec<MentorInput>,
    #[serde(default)]
    method: MethodInput,
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
    alternates: Alternates<'a>,
    assignments: Assignments<'a>,
    blocking_pairs: u64,
    dual_objective: i64,
    floor: Option<FloorAnswer>,
    input_hash: String,
    loss: Option<i64>,
    matched: usize,
    method: Method,
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
struct Unmatched<'a> {
    counterfactual: Option<Counterfactual<'a>>,
    learner: &'a str,
    reason: &'static str,
}

/// Who has whom, and what is told of everybody; written pair by pair, so that no more than one is in memory.
#[derive(Clone, Copy)]
struct Assignments<'a> {
    pairs: &'a Pairs,
    found: &'a Assigned,
    told: &'a [Told],
}

impl Serialize for Assignments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.found.matched()))?;
        for (learner, (&mentor, told)) in self.found.mentors.iter().zip(self.told).enumerate() {
            let Some(mentor) = mentor.map(|mentor| mentor as usize) else { continue };
            // The solver only uses pairs that are there, so there is a score; its proof has been checked.
            let Ok(score) = self.pairs.judge(learner, mentor) else { continue };
            let mut answer = self.pairs.describe(learner, mentor, &score);
            answer.learner = Some(self.pairs.learner_id(learner));
            answer.rank = told.rank;
            list.serialize_element(&answer)?;
        }
        list.end()
    }
}

/// By learner, the best choices but for the mentor whom they have.
struct Alternates<'a> {
    of: Assignments<'a>,
    most: usize,
}

#[derive(Serialize)]
struct Alternate<'a> {
    mentor: &'a str,
    rank: u32,
    score: u16,
}

impl Serialize for Alternates<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Assignments { pairs, found, told } = self.of;
        let people = found.mentors.iter().zip(told).enumerate();
        serializer.collect_map(people.map(|(learner, (&assigned, told))| {
            let others = (1..).zip(&told.best).filter(|&(_, &(mentor, _))| Some(mentor) != assigned);
            let others = others.take(self.most).map(|(rank, &(mentor, score))| Alternate {
                mentor: pairs.mentor_id(mentor as usize),
                rank,
                score,
            });
            (pairs.learner_id(learner), others.collect::<Vec<Alternate<'_>>>())
        }))
    }
}

/// The canonical optimal assignment of learners to mentors.
///
/// # Errors
/// `malformed_json`, `malformed_msgpack`, `invalid_request`; `deadline_exceeded` if interrupted; `certificate_failed` on a defect of the solver.
pub fn match_people(body: Body<'_>, interrupt: &Interrupt) -> Result<Answer, Problem> {
    let mut watch = Watch::start();
    let mut request: Request = body.read()?;
    let method = request.method.choose(request.learners.len(), request.mentors.len())?;
    request.check()?;
    let pins_as_sent = request.constraints.pins().to_vec();
    request.canonicalise();
    let input_hash = request.input_hash()?;
    let Request { alternates, constraints, continuity, learners, mentors, policy, weights, .. } = request;
    let priorities = learners.iter().map(|learner| narrow(learner.priority)).collect();
    let pairs = Pairs::new(Threads::Pool, learners, mentors, &weights, &constraints, &continuity);
    let pins = pinned(&pairs, &pins_as_sent)?;
    let read = watch.lap();
    let people = pairs.round();
    let columns = Columns::new(&people, Instructions::Best, interrupt).map_err(|_| stopped())?;
    let aim = (policy.values(priorities, &pairs), policy.loss_permille());
    let round = Round::new(&pairs, &columns, aim, &pins, method, interrupt)?;
    let solved = round.solve(interrupt)?;
    let found = &solved.found;
    let alternates = narrow(alternates);
    let told = round.tell(found, alternates + 1, interrupt)?;
    let assignments = Assignments { pairs: &pairs, found, told: &told };
    let changes = counterfactual::changes(&round, &solved, interrupt)?;
    let mut response = respond(&round, assignments, alternates, input_hash, &changes);
    response.floor = solved
        .without_floor
        .as_ref()
        .map(|without| FloorAnswer { loss: without.objective - found.objective, threshold: found.threshold });
    if round.has_options() {
        response.loss = Some(round.highest_total_score(interrupt)? - response.total_score);
    }
    let size = ProblemSize { rows: pairs.learners().len(), columns: pairs.mentors().len() };
    let solve = watch.lap();
    Ok(Answer { body: body.answer(&response)?, size, phases: Phases { read, solve, write: watch.lap() } })
}

/// The mentor that each learner is pinned to.
///
/// # Errors
/// `invalid_request` for each pin that is no pair.
fn pinned(pairs: &Pairs, pins: &[PairOfIds]) -> Result<Vec<Option<u32>>, Problem> {
    let mut findings = Findings::default();
    let mut mentors = vec![None; pairs.learners().len()];
    for (index, pin) in pins.iter().enumerate() {
        let Some((learner, mentor)) = pairs.find(pin) else { continue };
        if let Err(absent) = pairs.judge(learner as usize, mentor as usize) {
            let message = format!("this pair is absent: {}", absent.name());
            findings.add(format_args!("constraints.pins[{index}]"), "absent_pair", message);
        }
        mentors[learner as usize] = Some(mentor);
    }
    findings.into_result()?;
    Ok(mentors)
}

fn respond<'a>(
    round: &Round<'a>,
    assignments: Assignments<'a>,
    alternates: usize,
    input_hash: String,
    changes: &BTreeMap<usize, Change>,
) -> Response<'a> {
    let Assignments { pairs, found, told } = assignments;
    let (mut unmatched, mut unmatched_by) = (Vec::new(), UnmatchedBy::default());
    for (learner, told) in told.iter().enumerate() {
        let Some(reason) = told.obstacle.map(reason) else { continue };
        unmatched_by.count(pairs, learner, reason);
        let counterfactual = changes.get(&learner).map(|&change| Counterfactual { change, pairs });
        unmatched.push(Unmatched { counterfactual, learner: pairs.learner_id(learner), reason });
    }
    let scores = (0..).zip(&found.mentors).filter_map(|(learner, &mentor)| Some(round.score(learner, mentor?)));
    let prices = found.prices.iter().enumerate().map(|(mentor, &price)| (pairs.mentor_id(mentor), price));
    Response {
        alternates: Alternates { of: assignments, most: alternates },
        assignments,
        blocking_pairs: told.iter().map(|told| u64::from(told.blocking)).sum(),
        dual_objective: found.dual_objective,
        floor: None,
        input_hash,
        loss: None,
        matched: found.matched(),
        method: round.method(),
        objective: found.objective,
        prices: prices.collect(),
        solver: SOLVER,
        total_score: scores.map(i64::from).sum(),
        unmatched,
        unmatched_by,
        version: VERSION,
    }
}

impl Request {
    fn check(&self) -> Result<(), Problem> {
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
