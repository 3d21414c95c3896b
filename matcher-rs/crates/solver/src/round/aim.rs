//! What a round is solved for: who takes part, who has places, and what a pair counts.

#![allow(
    clippy::inline_always,
    reason = "what is not inlined is done without vectors: see `dense::select::vectorised`"
)]

use super::Round;
use crate::problem::number;
use crate::scoring::MAXIMUM_SCORE;

/// What is maximised, and over whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aim {
    /// Learners who take part, in the order in which they choose among optima; each once.
    pub queue: Vec<u32>,
    /// Places of each mentor that are to be filled; a mentor without capacity has none.
    pub places: Vec<u32>,
    /// What scores less is not used.
    pub least_score: u16,
    /// What a pair counts.
    pub values: Values,
}

impl Aim {
    /// The highest total score of everybody; learners choose by their numbers.
    #[must_use]
    pub fn of(round: &Round<'_>) -> Self {
        Self {
            queue: (0..number(round.learners.len())).collect(),
            places: round.mentors.iter().map(|mentor| mentor.capacity).collect(),
            least_score: 0,
            values: Values::default(),
        }
    }
}

/// What a pair counts, given its score; by default the score itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// Whether a score counts `4095 * (1 - (1 - score / 4095)^2)`, rounded down: the worse a pair, the more a point counts.
    pub is_fair: bool,
    /// By learner, what counts with every pair of theirs: 0 to [`MAXIMUM_SCORE`], and what is more counts as that. Those beyond the end have 0.
    pub priorities: Vec<u16>,
    /// What sticky pairs count more: 0 to [`MAXIMUM_SCORE`], and what is more counts as that.
    pub bonus: u16,
    /// `(learner, mentor)`, ascending.
    pub sticky: Vec<(u32, u32)>,
}

impl Values {
    /// No pair counts more.
    pub(super) const HIGHEST: u16 = 3 * MAXIMUM_SCORE;

    /// What the pair counts: at most three times [`MAXIMUM_SCORE`].
    #[must_use]
    pub fn of(&self, learner: u32, mentor: u32, score: u16) -> i64 {
        let base = if self.is_fair { fair(score) } else { score };
        let stands = self.bonus > 0 && self.sticky.binary_search(&(learner, mentor)).is_ok();
        let bonus = if stands { self.bonus.min(MAXIMUM_SCORE) } else { 0 };
        i64::from(base) + i64::from(self.priority(learner)) + i64::from(bonus)
    }

    /// Whether any pair may count anything else than its score.
    #[must_use]
    pub fn differ_from_scores(&self) -> bool {
        let has_sticky = self.bonus > 0 && !self.sticky.is_empty();
        self.is_fair || has_sticky || self.priorities.iter().any(|&priority| priority > 0)
    }

    /// What counts with every pair of the learner.
    pub(super) fn priority(&self, learner: u32) -> i32 {
        self.priorities.get(learner as usize).map_or(0, |&priority| priority.min(MAXIMUM_SCORE).into())
    }
}

/// `score * (8190 - score) / 4095`, which is twice the score less its square by 4,095, rounded up.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "at most 4,095 for scores, and for others it is not looked at")]
pub(super) fn fair(score: u16) -> u16 {
    let square = u32::from(score) * u32::from(score) + 4094;
    // By 2^12 - 1 one divides as by 2^12 with what was carried.
    let rounded_up = (square + (square >> 12) + 1) >> 12;
    (2 * score).wrapping_sub(rounded_up as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fair_values_are_those_of_the_formula() {
        for score in 0..=MAXIMUM_SCORE {
            let (exact, highest) = (u32::from(score), u32::from(MAXIMUM_SCORE));
            assert_eq!(u32::from(fair(score)), exact * (2 * highest - exact) / highest, "{score}");
        }
    }

    #[test]
    fn fair_values_are_concave_but_for_rounding_and_keep_the_ends() {
        assert_eq!((fair(0), fair(1), fair(2048), fair(MAXIMUM_SCORE)), (0, 1, 3071, MAXIMUM_SCORE));
        let gains: Vec<u16> = (0..MAXIMUM_SCORE).map(|score| fair(score + 1) - fair(score)).collect();
        assert!(gains.windows(2).all(|gain| gain[1] <= gain[0] + 1), "each point gains at most the rounding more");
        assert!(gains[..100].iter().sum::<u16>() > 100 + gains[3995..].iter().sum::<u16>());
    }

    #[test]
    fn what_counts_is_added_up() {
        let values = Values { is_fair: true, priorities: vec![0, 7], bonus: 100, sticky: vec![(1, 2)] };
        let of = |learner, mentor| values.of(learner, mentor, 2048);
        assert_eq!((of(0, 2), of(1, 1), of(1, 2), of(2, 2)), (3071, 3078, 3178, 3071));
        assert!(values.differ_from_scores());
        let idle = Values { bonus: 100, priorities: vec![0], ..Values::default() };
        assert!(!idle.differ_from_scores());
        assert_eq!(idle.of(0, 0, 9), 9);
    }
}
