//! What a round aims at beside the highest total: its options on the wire, and the value of a pair under them.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use solver::MAXIMUM_SCORE;

use super::findings::Findings;
use super::people::{LearnerInput, MentorInput};
use super::rules::{PairOfIds, People};
use super::vocabulary::narrow;

/// Options as sent, with the defaults filled in.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default, expecting = "an object of options")]
pub(super) struct PolicyInput {
    fair: bool,
    floor: Option<FloorInput>,
    sticky: StickyInput,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "an object with loss_permille")]
struct FloorInput {
    loss_permille: i64,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default, expecting = "an object with bonus and pairs")]
struct StickyInput {
    bonus: i64,
    pairs: Vec<PairOfIds>,
}

impl PolicyInput {
    pub(super) fn check(&self, learners: &[&LearnerInput], mentors: &[MentorInput], findings: &mut Findings) {
        if let Some(floor) = &self.floor {
            findings.range("policy.floor.loss_permille", floor.loss_permille, 0..=1000);
        }
        findings.range("policy.sticky.bonus", self.sticky.bonus, 0..=MAXIMUM_SCORE.into());
        let people = People::of(learners, mentors);
        for (index, pair) in self.sticky.pairs.iter().enumerate() {
            people.check(&format!("policy.sticky.pairs[{index}]"), pair, findings);
        }
    }

    pub(super) fn canonicalise(&mut self) {
        self.sticky.pairs.sort_unstable();
        self.sticky.pairs.dedup();
    }
}

/// How much a pair counts in what is maximised.
pub(super) struct Values<'a> {
    learners: &'a [&'a LearnerInput],
    mentors: &'a [MentorInput],
    fair: bool,
    bonus: i64,
    standing: HashSet<(&'a str, &'a str)>,
    /// The share of the total that the floor may cost, in thousandths.
    pub(super) loss_permille: Option<i64>,
}

impl<'a> Values<'a> {
    /// Everything given has been checked.
    pub(super) fn new(policy: &'a PolicyInput, learners: &'a [&'a LearnerInput], mentors: &'a [MentorInput]) -> Self {
        let pairs = policy.sticky.pairs.iter().map(|pair| (pair.learner.as_str(), pair.mentor.as_str()));
        Self {
            learners,
            mentors,
            fair: policy.fair,
            bonus: policy.sticky.bonus,
            standing: pairs.collect(),
            loss_permille: policy.floor.as_ref().map(|floor| floor.loss_permille),
        }
    }

    /// Whether anything else than the sum of the scores is maximised.
    pub(super) fn differ_from_scores(&self) -> bool {
        self.fair
            || self.loss_permille.is_some()
            || (self.bonus > 0 && !self.standing.is_empty())
            || self.learners.iter().any(|learner| learner.priority > 0)
    }

    /// What the pair counts, given its score: at most three times [`MAXIMUM_SCORE`].
    pub(super) fn of(&self, learner: usize, mentor: usize, score: u16) -> i64 {
        let base = if self.fair { fair(score) } else { score };
        let learner = self.learners[learner];
        let stands = self.standing.contains(&(learner.id.as_str(), self.mentors[mentor].id.as_str()));
        i64::from(base) + learner.priority + if stands { self.bonus } else { 0 }
    }
}

/// `4095 * (1 - (1 - score / 4095)^2)`, rounded down: the worse a pair, the more a point counts.
fn fair(score: u16) -> u16 {
    let (score, highest) = (u64::from(score), u64::from(MAXIMUM_SCORE));
    narrow(score * (2 * highest - score) / highest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fair_values_are_concave_but_for_rounding_and_keep_the_ends() {
        assert_eq!((fair(0), fair(1), fair(2048), fair(MAXIMUM_SCORE)), (0, 1, 3071, MAXIMUM_SCORE));
        let gains: Vec<u16> = (0..MAXIMUM_SCORE).map(|score| fair(score + 1) - fair(score)).collect();
        assert!(gains.windows(2).all(|gain| gain[1] <= gain[0] + 1), "each point gains at most the rounding more");
        assert!(gains[..100].iter().sum::<u16>() > 100 + gains[3995..].iter().sum::<u16>());
    }
}
