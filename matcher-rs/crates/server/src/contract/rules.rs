//! What a request asks beside its people: weights of the components, and hard rules between people.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Deserializer, Serialize};
use solver::Weights;

use super::findings::{Field, Findings};
use super::people::{LearnerInput, MentorInput};
use super::vocabulary::narrow;

const MAXIMUM_WEIGHT: i64 = 10_000;

/// Weights as sent, with the defaults filled in.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default, expecting = "an object of weights")]
pub(super) struct WeightsInput {
    availability: i64,
    continuity: i64,
    languages: i64,
    place: i64,
    rating: i64,
    reliability: i64,
    skills: i64,
    timezone: i64,
    waiting: i64,
}

impl Default for WeightsInput {
    fn default() -> Self {
        let weights = Weights::default();
        Self {
            availability: weights.availability.into(),
            continuity: weights.continuity.into(),
            languages: weights.languages.into(),
            place: weights.place.into(),
            rating: weights.rating.into(),
            reliability: weights.reliability.into(),
            skills: weights.skills.into(),
            timezone: weights.timezone.into(),
            waiting: weights.waiting.into(),
        }
    }
}

/// Hard rules between people.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default, expecting = "an object of constraints")]
pub(super) struct ConstraintsInput {
    forbidden: Vec<PairOfIds>,
    minimum_score: i64,
    /// Pairs that have to be; where nobody is assigned there are none.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pins: Option<Vec<PairOfIds>>,
}

/// Null is no list.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<PairOfIds>>, D::Error> {
    Vec::deserialize(deserializer).map(Some)
}

/// Two people by their ids.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields, expecting = "an object with learner and mentor")]
pub(super) struct PairOfIds {
    pub(super) learner: String,
    pub(super) mentor: String,
}

/// How well pairs got on that met before.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct ContinuityInput(Vec<FormerPair>);

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields, expecting = "an object with learner, mentor and value")]
struct FormerPair {
    learner: String,
    mentor: String,
    value: i64,
}

impl ContinuityInput {
    pub(super) fn check(&self, learners: &[&LearnerInput], mentors: &[MentorInput], findings: &mut Findings) {
        let people = People::of(learners, mentors);
        for (index, pair) in self.0.iter().enumerate() {
            let at = format!("continuity[{index}]");
            people.check_ids(&at, &pair.learner, &pair.mentor, findings);
            findings.range(Field(&at, "value"), pair.value, 0..=1000);
        }
        let mut pairs: Vec<_> = self.0.iter().map(|pair| (&pair.learner, &pair.mentor)).zip(0..).collect();
        pairs.sort_unstable();
        for twice in pairs.windows(2).filter(|twice| twice[0].0 == twice[1].0) {
            findings.add(format_args!("continuity[{}]", twice[1].1), "duplicate", "this pair is given twice");
        }
    }

    pub(super) fn canonicalise(&mut self) {
        self.0.sort_unstable();
    }

    /// `(learner, mentor, value)`.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str, u16)> {
        self.0.iter().map(|pair| (pair.learner.as_str(), pair.mentor.as_str(), narrow(pair.value)))
    }
}

/// Whose ids there are in a request.
pub(super) struct People<'a> {
    learners: HashSet<&'a str>,
    mentors: HashSet<&'a str>,
}

impl<'a> People<'a> {
    pub(super) fn of(learners: &[&'a LearnerInput], mentors: &'a [MentorInput]) -> Self {
        Self {
            learners: learners.iter().map(|learner| learner.id.as_str()).collect(),
            mentors: mentors.iter().map(|mentor| mentor.id.as_str()).collect(),
        }
    }

    pub(super) fn check(&self, at: &str, pair: &PairOfIds, findings: &mut Findings) {
        self.check_ids(at, &pair.learner, &pair.mentor, findings);
    }

    fn check_ids(&self, at: &str, learner: &str, mentor: &str, findings: &mut Findings) {
        for (ids, name, id) in [(&self.learners, "learner", learner), (&self.mentors, "mentor", mentor)] {
            if !ids.contains(id) {
                findings.add(Field(at, name), "unknown_id", format!("no {name} {id:?} in the request"));
            }
        }
    }
}

impl WeightsInput {
    pub(super) fn check(&self, findings: &mut Findings) {
        let all = [
            ("availability", self.availability),
            ("continuity", self.continuity),
            ("languages", self.languages),
            ("place", self.place),
            ("rating", self.rating),
            ("reliability", self.reliability),
            ("skills", self.skills),
            ("timezone", self.timezone),
            ("waiting", self.waiting),
        ];
        for (name, weight) in all {
            findings.range(Field("weights", name), weight, 0..=MAXIMUM_WEIGHT);
        }
        if all.iter().all(|&(_, weight)| weight == 0) {
            findings.add("weights", "conflict", "at least one weight must be above 0");
        }
    }

    /// The solver's form. Call after `check`.
    pub(super) fn to_solver(&self) -> Weights {
        Weights {
            skills: narrow(self.skills),
            availability: narrow(self.availability),
            continuity: narrow(self.continuity),
            languages: narrow(self.languages),
            place: narrow(self.place),
            timezone: narrow(self.timezone),
            reliability: narrow(self.reliability),
            rating: narrow(self.rating),
            waiting: narrow(self.waiting),
        }
    }
}

impl ConstraintsInput {
    pub(super) fn check(&self, learners: &[&LearnerInput], mentors: &[MentorInput], findings: &mut Findings) {
        findings.range("constraints.minimum_score", self.minimum_score, 0..=i64::from(solver::MAXIMUM_SCORE));
        let people = People::of(learners, mentors);
        for (index, pair) in self.forbidden.iter().enumerate() {
            people.check(&format!("constraints.forbidden[{index}]"), pair, findings);
        }
        self.check_pins(&people, mentors, findings);
    }

    fn check_pins(&self, people: &People<'_>, mentors: &[MentorInput], findings: &mut Findings) {
        let mut room: HashMap<&str, i64> = mentors.iter().map(|mentor| (mentor.id.as_str(), mentor.capacity)).collect();
        for (index, pin) in self.pins().iter().enumerate() {
            people.check(&format!("constraints.pins[{index}]"), pin, findings);
            if let Some(left) = room.get_mut(pin.mentor.as_str()) {
                *left -= 1;
                if *left < 0 {
                    let message = "the mentor has fewer places than pins";
                    findings.add(format_args!("constraints.pins[{index}].mentor"), "over_capacity", message);
                }
            }
        }
        let learners = self.pins().iter().map(|pin| pin.learner.as_str());
        findings.unique(learners, |index| format!("constraints.pins[{index}].learner"));
    }

    /// Refuses pins, for a request that assigns nobody.
    pub(super) fn refuse_pins(&self, findings: &mut Findings) {
        if self.pins.is_some() {
            findings.add("constraints.pins", "unknown_field", "one learner's suggestions have no pins");
        }
    }

    /// In the order in which they are now.
    pub(super) fn pins(&self) -> &[PairOfIds] {
        self.pins.as_deref().unwrap_or_default()
    }

    /// Puts the pins in order; a request without any has none. Call when their places are told no more.
    pub(super) fn canonicalise_pins(&mut self) {
        self.pins.get_or_insert_default().sort_unstable();
    }

    pub(super) fn canonicalise(&mut self) {
        self.forbidden.sort_unstable();
        self.forbidden.dedup();
    }

    pub(super) fn minimum_score(&self) -> u16 {
        narrow(self.minimum_score)
    }

    /// In the order in which they are now.
    pub(super) fn forbidden(&self) -> &[PairOfIds] {
        &self.forbidden
    }
}
