//! What is told of an assignment beside the pairs: why learners are unmatched, who they are, and which pairs would rather be.

use std::collections::BTreeMap;

use serde::Serialize;

use super::people::LearnerInput;
use super::round::{Assigned, Round};

/// How many unmatched learners there are by what they have in common; an empty key for who says nothing.
#[derive(Default, Serialize)]
pub(super) struct UnmatchedBy {
    language: BTreeMap<String, usize>,
    level: BTreeMap<String, usize>,
    reason: BTreeMap<&'static str, usize>,
    utc_offset_minutes: BTreeMap<String, usize>,
}

impl UnmatchedBy {
    pub(super) fn count(&mut self, learner: &LearnerInput, reason: &'static str) {
        let language = learner.languages.first().cloned().unwrap_or_default();
        let level = learner.wants.iter().map(|want| want.level).max().map(|level| level.to_string());
        let offset = learner.utc_offset_minutes.map(|minutes| minutes.to_string());
        *self.language.entry(language).or_default() += 1;
        *self.level.entry(level.unwrap_or_default()).or_default() += 1;
        *self.reason.entry(reason).or_default() += 1;
        *self.utc_offset_minutes.entry(offset.unwrap_or_default()).or_default() += 1;
    }
}

/// Why the learner is unmatched; `choices` are their pairs that are not absent.
pub(super) fn reason(round: &Round<'_>, found: &Assigned, learner: usize, choices: &[(usize, u16)]) -> &'static str {
    let mut allowed = choices.iter().filter(|&&(_, score)| score >= found.threshold).peekable();
    let outscored_by =
        |mentor: usize, score: u16| found.holders[mentor].iter().all(|&holder| round.score(holder, mentor) > score);
    if allowed.peek().is_some() {
        if allowed.all(|&(mentor, score)| outscored_by(mentor, score)) { "outscored" } else { "capacity_exhausted" }
    } else if !choices.is_empty() {
        "below_floor"
    } else if (0..round.pairs.mentors().len()).any(|mentor| round.pairs.suitable(learner, mentor).is_some()) {
        "capacity_exhausted"
    } else {
        "no_feasible_mentor"
    }
}

/// How many pairs that are not absent score higher for the learner than what they have, or they have nobody, and the mentor has a place
/// or holds somebody with a lower score.
pub(super) fn blocking_pairs(round: &Round<'_>, found: &Assigned) -> usize {
    let mentors = round.pairs.mentors().iter().zip(&found.holders).enumerate();
    // What a mentor holds at worst; a place counts as less than any score.
    let worst: Vec<Option<u16>> = mentors
        .map(|(mentor, (described, holders))| {
            let has_place = holders.len() < described.capacity as usize;
            if has_place { None } else { holders.iter().map(|&holder| round.score(holder, mentor)).min() }
        })
        .collect();
    let blocking = |learner: usize| {
        let held = found.mentors[learner].map(|mentor| round.score(learner, mentor));
        round.present(learner).iter().filter(move |&&(_, score)| Some(score) > held)
    };
    (0..round.pairs.learners().len()).flat_map(blocking).filter(|&&(mentor, score)| Some(score) > worst[mentor]).count()
}
