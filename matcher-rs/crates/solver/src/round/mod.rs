//! A round of people: who looks for a mentor, who may be asked, and the rules between them.
//!
//! Here is the score of a pair, one at a time: the reference for [`crate::columns`], which does many at once. [`solve`] finds the best
//! assignment of all without the matrix of scores; [`pricing`] is how it looks at all pairs, [`aim`] what best means. [`telling`] is what
//! people want to know of an assignment.

mod aim;
mod findings;
mod found;
mod highest;
mod lists;
mod nearest;
mod pricing;
mod proof;
mod rivals;
mod solve;
mod telling;

pub use aim::{Aim, Values};
pub use highest::highest_prices;
pub use nearest::{OUT_OF_REACH, nearest};
pub use rivals::{Asking, rivals};
pub use solve::{Effort, RoundError, RoundOptions, RoundSolution, solve_round};
pub use telling::{Obstacle, Told, tell};

use crate::people::{Learner, Mentor, Weights};
use crate::scoring::score;

/// Everybody of a round. Mentors are in order of preference between equal scores.
#[derive(Clone, Copy, Debug)]
pub struct Round<'a> {
    /// Who looks for a mentor.
    pub learners: &'a [Learner],
    /// Who may be asked.
    pub mentors: &'a [Mentor],
    /// How much each component counts.
    pub weights: &'a Weights,
    /// `(learner, mentor, value)`, ascending, each pair once: how well those got on who met before, 0 to 1,000.
    pub continuity: &'a [(u32, u32, u16)],
    /// `(learner, mentor)`, ascending: pairs that must not be.
    pub forbidden: &'a [(u32, u32)],
    /// What scores less is no pair.
    pub minimum_score: u16,
}

impl Round<'_> {
    /// The score of a pair; `None` if it is absent: forbidden, without a place, without anything shared, or below the minimum.
    #[must_use]
    pub fn score(&self, learner: u32, mentor: u32) -> Option<u16> {
        let (asking, asked) = (&self.learners[learner as usize], &self.mentors[mentor as usize]);
        if asked.capacity == 0 || self.forbidden.binary_search(&(learner, mentor)).is_ok() {
            return None;
        }
        let met = self.continuity.binary_search_by_key(&(learner, mentor), |&(learner, mentor, _)| (learner, mentor));
        let continuity = met.ok().map(|at| self.continuity[at].2);
        let total = score(asking, asked, continuity, self.weights).ok()?.total();
        (total >= self.minimum_score).then_some(total)
    }
}
