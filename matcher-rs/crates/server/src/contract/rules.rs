//! What a request asks beside its people: weights of the components, and hard rules between people.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
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
    languages: i64,
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
            languages: weights.languages.into(),
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
    forbidden: Vec<ForbiddenPair>,
    minimum_score: i64,
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields, expecting = "an object with learner and mentor")]
struct ForbiddenPair {
    learner: String,
    mentor: String,
}

impl WeightsInput {
    pub(super) fn check(&self, findings: &mut Findings) {
        let all = [
            ("availability", self.availability),
            ("languages", self.languages),
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
            languages: narrow(self.languages),
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
        let learner_ids: HashSet<&str> = learners.iter().map(|learner| learner.id.as_str()).collect();
        let mentor_ids: HashSet<&str> = mentors.iter().map(|mentor| mentor.id.as_str()).collect();
        for (index, pair) in self.forbidden.iter().enumerate() {
            let at = format!("constraints.forbidden[{index}]");
            for (ids, name, id) in [(&learner_ids, "learner", &pair.learner), (&mentor_ids, "mentor", &pair.mentor)] {
                if !ids.contains(id.as_str()) {
                    findings.add(Field(&at, name), "unknown_id", format!("no {name} {id:?} in the request"));
                }
            }
        }
    }

    pub(super) fn canonicalise(&mut self) {
        self.forbidden.sort_unstable();
        self.forbidden.dedup();
    }

    pub(super) fn minimum_score(&self) -> u16 {
        narrow(self.minimum_score)
    }

    /// Whether the pair is ruled out. Call after `canonicalise`.
    pub(super) fn forbids(&self, learner: &str, mentor: &str) -> bool {
        self.forbidden
            .binary_search_by(|pair| (pair.learner.as_str(), pair.mentor.as_str()).cmp(&(learner, mentor)))
            .is_ok()
    }
}
