//! What a round aims at beside the highest total: its options on the wire, and what the solver makes of them.

use serde::{Deserialize, Serialize};
use solver::{MAXIMUM_SCORE, Values};

use super::findings::Findings;
use super::pairs::Pairs;
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

    /// What a pair counts under these options. Call after `check` and `canonicalise`.
    pub(super) fn values(&self, priorities: Vec<u16>, pairs: &Pairs) -> Values {
        Values {
            is_fair: self.fair,
            priorities,
            bonus: narrow(self.sticky.bonus),
            sticky: pairs.places(&self.sticky.pairs),
        }
    }

    /// The share of the total that the floor may cost, in thousandths.
    pub(super) fn loss_permille(&self) -> Option<i64> {
        self.floor.as_ref().map(|floor| floor.loss_permille)
    }
}
