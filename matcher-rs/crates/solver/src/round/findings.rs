//! What passes have found of many learners, one after another.

use super::found::Kept;
use super::lists::Choice;

/// What is known of one finding, of which the choices end there.
struct Finding {
    learner: u32,
    end: u32,
    has_better: bool,
    beyond: Option<i32>,
}

/// Findings of learners, of whom some may have several.
#[derive(Default)]
pub(super) struct Findings {
    all: Vec<Finding>,
    choices: Vec<Choice>,
}

impl Findings {
    /// With room for so many learners and choices: what is not used of it is never touched.
    pub(super) fn with_room(learners: usize, choices: usize) -> Self {
        Self { all: Vec::with_capacity(learners), choices: Vec::with_capacity(choices) }
    }

    pub(super) fn push(&mut self, learner: u32, kept: &Kept) {
        let Kept { ref choices, has_better, beyond } = *kept;
        self.choices.extend_from_slice(choices);
        self.all.push(Finding { learner, end: crate::problem::number(self.choices.len()), has_better, beyond });
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// How many choices there are.
    pub(super) fn choices(&self) -> usize {
        self.choices.len()
    }

    pub(super) fn learner(&self, at: usize) -> u32 {
        self.all[at].learner
    }

    /// The choices of one finding, ascending by mentor.
    pub(super) fn choices_of(&self, at: usize) -> &[Choice] {
        let start = at.checked_sub(1).map_or(0, |before| self.all[before].end);
        &self.choices[start as usize..self.all[at].end as usize]
    }

    /// `(learner, beyond)` of each finding; see [`Kept`].
    pub(super) fn beyond(&self) -> impl Iterator<Item = (u32, Option<i32>)> {
        self.all.iter().map(|finding| (finding.learner, finding.beyond))
    }

    /// How many learners would rather have something else.
    pub(super) fn worse(&self) -> usize {
        let worse = self.all.iter().filter(|finding| finding.has_better).map(|finding| finding.learner);
        let mut worse: Vec<u32> = worse.collect();
        worse.sort_unstable();
        worse.dedup();
        worse.len()
    }
}
