//! The pairs that are worth a look so far, learner by learner: a small part of all.

use rayon::prelude::*;

use super::Round;
use super::aim::Aim;
use super::findings::Findings;
use crate::problem::{InvalidProblem, MAXIMUM_SIDE, Problem, number};

const INDEX_BITS: u32 = MAXIMUM_SIDE.trailing_zeros();

/// A mentor and the score with them, in 4 bytes: scores have 12 bits, mentors 20. The better is the larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Choice(u32);

impl Choice {
    pub(super) fn new(score: u16, mentor: u32) -> Self {
        Self(u32::from(score) << INDEX_BITS | mentor)
    }

    #[allow(clippy::cast_possible_truncation, reason = "12 bits")]
    pub(super) fn score(self) -> u16 {
        (self.0 >> INDEX_BITS) as u16
    }

    pub(super) fn mentor(self) -> u32 {
        self.0 & (number(MAXIMUM_SIDE) - 1)
    }
}

/// The choices of each learner, ascending by mentor, each once.
pub(super) struct Lists(Vec<Vec<Choice>>);

impl Lists {
    pub(super) fn empty(learners: usize) -> Self {
        Self(vec![Vec::new(); learners])
    }

    /// Adds choices of some learners, of which some may be there already.
    pub(super) fn extend(&mut self, choices: impl Iterator<Item = (u32, Box<[Choice]>)>) {
        let mut added: Vec<Box<[Choice]>> = vec![Box::default(); self.0.len()];
        choices.for_each(|(learner, choices)| added[learner as usize] = choices);
        self.0.par_iter_mut().zip(added).with_min_len(256).filter(|(_, added)| !added.is_empty()).for_each(
            |(list, added)| {
                list.reserve_exact(added.len());
                list.extend_from_slice(&added);
                list.sort_unstable_by_key(|choice| choice.mentor());
                list.dedup();
            },
        );
    }

    pub(super) fn of(&self, learner: u32) -> &[Choice] {
        &self.0[learner as usize]
    }
}

/// The problem of no pairs. Those who take part are rows, in the order in which they choose, and may stay unassigned at 0.
///
/// # Errors
/// [`InvalidProblem`] if there are too many of anything.
pub(super) fn nothing_listed(aim: &Aim) -> Result<Problem, InvalidProblem> {
    let mut builder = Problem::builder(aim.places.clone()).unassigned_value(0).lean();
    aim.queue.iter().for_each(|_| builder.push_row(1, &[]));
    builder.build()
}

/// Adds what was found to such a problem, in which it is not yet. `rows` are by learner.
///
/// # Errors
/// [`InvalidProblem`] if there are too many pairs.
pub(super) fn list(listed: &mut Problem, aim: &Aim, rows: &[u32], found: &Findings) -> Result<(), InvalidProblem> {
    let mut order: Vec<(u32, usize)> = (0..found.len()).map(|at| (rows[found.learner(at) as usize], at)).collect();
    order.par_sort_unstable();
    listed.insert(found.choices(), |row, entries| {
        let (learner, row) = (aim.queue[row], number(row));
        let value = |choice: &Choice| aim.values.of(learner, choice.mentor(), choice.score());
        let first = order.partition_point(|&(other, _)| other < row);
        for &(_, at) in order[first..].iter().take_while(|&&(other, _)| other == row) {
            entries.extend(found.choices_of(at).iter().map(|choice| (choice.mentor(), value(choice))));
        }
    })
}

/// Sticky pairs that may be used, by learner: they are to be on the lists, because they count more than passes see.
pub(super) fn sticky(round: &Round<'_>, aim: &Aim) -> Vec<(u32, Box<[Choice]>)> {
    let values = &aim.values;
    let by_learner = values.sticky.chunk_by(|one, other| one.0 == other.0).filter(|_| values.bonus > 0);
    let choice = |&(learner, mentor): &(u32, u32)| {
        let score = round.score(learner, mentor).filter(|&score| score >= aim.least_score)?;
        Some(Choice::new(score, mentor))
    };
    by_learner.map(|pairs| (pairs[0].0, pairs.iter().filter_map(choice).collect())).collect()
}
