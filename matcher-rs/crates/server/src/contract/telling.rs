//! What is told of those who are unmatched: why, and who they are.

use std::collections::BTreeMap;

use serde::Serialize;
use solver::Obstacle;

use super::pairs::Pairs;

/// How many unmatched learners there are by what they have in common; an empty key for who says nothing.
#[derive(Default, Serialize)]
pub(super) struct UnmatchedBy {
    language: BTreeMap<String, usize>,
    level: BTreeMap<String, usize>,
    reason: BTreeMap<&'static str, usize>,
    utc_offset_minutes: BTreeMap<String, usize>,
}

impl UnmatchedBy {
    pub(super) fn count(&mut self, pairs: &Pairs, learner: usize, reason: &'static str) {
        let described = &pairs.learners()[learner];
        let language = described.languages.first().map(|&language| pairs.language(language).to_owned());
        let level = described.wants.iter().map(|want| want.level).max().map(|level| level.to_string());
        let offset = described.utc_offset_minutes.map(|minutes| minutes.to_string());
        *self.language.entry(language.unwrap_or_default()).or_default() += 1;
        *self.level.entry(level.unwrap_or_default()).or_default() += 1;
        *self.reason.entry(reason).or_default() += 1;
        *self.utc_offset_minutes.entry(offset.unwrap_or_default()).or_default() += 1;
    }
}

/// Why a learner is unmatched, as the contract names it.
pub(super) const fn reason(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::NoMentor => "no_feasible_mentor",
        Obstacle::NoPlace | Obstacle::Taken => "capacity_exhausted",
        Obstacle::BelowLeast => "below_floor",
        Obstacle::Outscored => "outscored",
    }
}
