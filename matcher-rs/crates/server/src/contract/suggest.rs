//! `POST /v1/suggest`: one learner, the best mentors.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use solver::{Interrupt, Score};

use super::findings::Findings;
use super::hash::input_hash;
use super::lists::at_most;
use super::pairs::{Absent, PairAnswer, Pairs, Threads};
use super::people::{LearnerInput, MentorInput};
use super::rules::{ConstraintsInput, ContinuityInput, WeightsInput};
use super::zones::ZonesInput;
use super::{Answer, Body, Phases, ProblemSize, SCORING, VERSION, Watch, stopped};
use crate::problem_details::Problem;

const MAXIMUM_MENTORS: usize = 20_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with learner and mentors")]
struct Request {
    #[serde(default)]
    constraints: ConstraintsInput,
    #[serde(default)]
    continuity: ContinuityInput,
    #[serde(default = "default_k")]
    k: i64,
    learner: LearnerInput,
    #[serde(deserialize_with = "at_most::<MAXIMUM_MENTORS, _, _>")]
    mentors: Vec<MentorInput>,
    #[serde(default)]
    weights: WeightsInput,
    #[serde(default)]
    zones: ZonesInput,
}

const fn default_k() -> i64 {
    5
}

#[derive(Serialize)]
struct Canonical<'a> {
    constraints: &'a ConstraintsInput,
    continuity: &'a ContinuityInput,
    endpoint: &'static str,
    k: i64,
    learner: &'a LearnerInput,
    mentors: &'a [MentorInput],
    weights: &'a WeightsInput,
}

#[derive(Serialize)]
struct Response<'a> {
    excluded: Excluded,
    input_hash: String,
    solver: &'static str,
    suggestions: Vec<PairAnswer<'a>>,
    version: &'static str,
}

#[derive(Default, Serialize)]
struct Excluded {
    below_minimum_score: u32,
    forbidden: u32,
    no_capacity: u32,
    no_shared_language: u32,
    no_shared_skill: u32,
}

/// The best `k` mentors for the learner.
///
/// # Errors
/// `malformed_json`, `malformed_msgpack`, `invalid_request`; `deadline_exceeded` if interrupted.
pub fn suggest(body: Body<'_>, interrupt: &Interrupt) -> Result<Answer, Problem> {
    let mut watch = Watch::start();
    let mut request: Request = body.read()?;
    request.check()?;
    request.canonicalise();
    let input_hash = request.input_hash()?;
    let Request { learner, mentors, weights, constraints, continuity, k, .. } = request;
    let pairs = Pairs::new(Threads::Own, vec![learner], mentors, &weights, &constraints, &continuity);
    let read = watch.lap();

    let mut excluded = Excluded::default();
    let mut found: Vec<(usize, Score)> = Vec::new();
    for mentor in 0..pairs.mentors().len() {
        interrupt.check().map_err(|_| stopped())?;
        match pairs.judge(0, mentor) {
            Ok(score) => found.push((mentor, score)),
            Err(reason) => *excluded.counter(reason) += 1,
        }
    }
    // Stable: mentors are ascending by id already.
    found.sort_by_key(|(_, score)| Reverse(score.total()));
    found.truncate(usize::try_from(k).unwrap_or_default());
    let suggestions = found.iter().map(|(mentor, score)| pairs.describe(0, *mentor, score)).collect();
    let response = Response { excluded, input_hash, solver: SCORING, suggestions, version: VERSION };
    let (size, solve) = (ProblemSize { rows: 1, columns: pairs.mentors().len() }, watch.lap());
    Ok(Answer { body: body.answer(&response)?, size, phases: Phases { read, solve, write: watch.lap() } })
}

impl Request {
    fn check(&self) -> Result<(), Problem> {
        let mut findings = Findings::default();
        self.zones.check(&mut findings);
        self.learner.check("learner", &self.zones, &mut findings);
        for (index, mentor) in self.mentors.iter().enumerate() {
            mentor.check(&format!("mentors[{index}]"), &self.zones, &mut findings);
        }
        findings.unique(self.mentors.iter().map(|mentor| mentor.id.as_str()), |index| format!("mentors[{index}].id"));
        self.weights.check(&mut findings);
        self.constraints.check(&[&self.learner], &self.mentors, &mut findings);
        self.constraints.refuse_pins(&mut findings);
        self.continuity.check(&[&self.learner], &self.mentors, &mut findings);
        findings.range("k", self.k, 1..=100);
        findings.into_result()
    }

    fn canonicalise(&mut self) {
        self.learner.canonicalise(&self.zones);
        self.mentors.iter_mut().for_each(|mentor| mentor.canonicalise(&self.zones));
        self.mentors.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        self.constraints.canonicalise();
        self.continuity.canonicalise();
    }

    fn input_hash(&self) -> Result<String, Problem> {
        input_hash(&Canonical {
            constraints: &self.constraints,
            continuity: &self.continuity,
            endpoint: "suggest",
            k: self.k,
            learner: &self.learner,
            mentors: &self.mentors,
            weights: &self.weights,
        })
    }
}

impl Excluded {
    fn counter(&mut self, reason: Absent) -> &mut u32 {
        match reason {
            Absent::Forbidden => &mut self.forbidden,
            Absent::NoCapacity => &mut self.no_capacity,
            Absent::NoSharedSkill => &mut self.no_shared_skill,
            Absent::NoSharedLanguage => &mut self.no_shared_language,
            Absent::BelowMinimumScore => &mut self.below_minimum_score,
        }
    }
}
