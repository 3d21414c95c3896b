//! What learners could change themselves: more time, a language, what they want.
//!
//! A learner who counts more than the largest price at which the others' optimum holds is in every optimum: without them a place with that
//! mentor costs the others just that price.
//!
//! Each mentor that is looked at is paid for from a [`Budget`], whose end is the end of the search.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use solver::{Interrupt, Learner, MAXIMUM_SCORE, Mentor, Want};

use super::change::Change;
use crate::contract::people::MAXIMUM_INTERVALS;
use crate::contract::round::Round;
use crate::contract::stopped;
use crate::contract::vocabulary::narrow;
use crate::problem_details::Problem;

/// So many learners are looked at, those who choose first.
const MOST_LEARNERS: usize = 1_000;
/// So often a mentor is looked at for each learner, and for all of them; for all no more often than so many times each pair.
const MOST_LOOKS: usize = 20_000;
const MOST_LOOKS_IN_ALL: usize = 400_000;
const MOST_LOOKS_A_PAIR: usize = 20;
/// As much more time in the week is tried, in this order.
const MINUTES: [u16; 3] = [60, 120, 180];

/// By learner, of those who are without a mentor, in the order in which they choose; not for everybody there is one. `highest` are the largest
/// prices of the optimum without a floor; after a change pairs score at least `least_score`.
///
/// # Errors
/// `deadline_exceeded` if interrupted.
pub(super) fn own_changes(
    round: &Round<'_>,
    highest: &[Option<i64>],
    least_score: u16,
    unmatched: &[usize],
    interrupt: &Interrupt,
) -> Result<BTreeMap<usize, Change>, Problem> {
    let mut changes = BTreeMap::new();
    let pairs = round.pairs.learners().len() * round.pairs.mentors().len();
    let mut left = MOST_LOOKS_IN_ALL.min(pairs * MOST_LOOKS_A_PAIR);
    for &learner in unmatched.iter().take(MOST_LEARNERS) {
        let budget = Budget::new(left.min(MOST_LOOKS), interrupt);
        match Search::new(round, (highest, least_score), learner, &budget).first_change() {
            Ok(change) => changes.extend(change.map(|change| (learner, change))),
            Err(Over::Spent) => {}
            Err(Over::Interrupted) => return Err(stopped()),
        }
        left -= budget.spent();
        if left == 0 {
            break;
        }
    }
    Ok(changes)
}

/// Why a search ends before it has tried everything.
#[derive(Debug, PartialEq, Eq)]
enum Over {
    /// There have been enough looks.
    Spent,
    Interrupted,
}

/// What a search may cost.
struct Budget<'i> {
    /// So many looks are left.
    left: Cell<usize>,
    looks: usize,
    interrupt: &'i Interrupt,
}

impl<'i> Budget<'i> {
    fn new(looks: usize, interrupt: &'i Interrupt) -> Self {
        Self { left: Cell::new(looks), looks, interrupt }
    }

    /// How many looks have been paid for.
    fn spent(&self) -> usize {
        self.looks - self.left.get()
    }

    /// Pays for a look.
    fn spend(&self) -> Result<(), Over> {
        self.interrupt.check().map_err(|_| Over::Interrupted)?;
        self.left.set(self.left.get().checked_sub(1).ok_or(Over::Spent)?);
        Ok(())
    }
}

/// Changes to one learner.
struct Search<'s, 'a> {
    round: &'s Round<'a>,
    highest: &'s [Option<i64>],
    least_score: u16,
    learner: usize,
    own: &'a Learner,
    /// The learner as a change makes them, while it is looked at.
    changed: RefCell<Learner>,
    /// Mentors with whom a perfect score would do, ascending.
    open: Vec<u32>,
    budget: &'s Budget<'s>,
}

type Found = Result<Option<Change>, Over>;

impl<'s, 'a> Search<'s, 'a> {
    fn new(
        round: &'s Round<'a>,
        (highest, least_score): (&'s [Option<i64>], u16),
        learner: usize,
        budget: &'s Budget<'s>,
    ) -> Self {
        let own = &round.pairs.learners()[learner];
        let mut search =
            Self { round, highest, least_score, learner, own, changed: own.clone().into(), open: Vec::new(), budget };
        search.open = (0..narrow(highest.len())).filter(|&mentor| search.would_do(mentor, MAXIMUM_SCORE)).collect();
        search
    }

    /// The first change that does, of the first kind of which one does.
    fn first_change(&self) -> Found {
        if let Some(change) = self.first(self.more_time())? {
            return Ok(Some(change));
        }
        if let Some(change) = self.least(self.another_language())? {
            return Ok(Some(change));
        }
        if let Some(change) = self.first(self.lower_level())? {
            return Ok(Some(change));
        }
        self.least(self.another_skill())
    }

    fn first(&self, looks: impl Iterator<Item = Option<Change>>) -> Found {
        for look in looks {
            if let Some(change) = self.pay(look)? {
                return Ok(Some(change));
            }
        }
        Ok(None)
    }

    /// The one with the first word, of those with the first mentor; they are given by mentor.
    fn least(&self, looks: impl Iterator<Item = Option<Change>>) -> Found {
        let word = |change: &Change| (change.language, change.want);
        let mut least: Option<Change> = None;
        for look in looks {
            if let Some(change) = self.pay(look)?
                && least.is_none_or(|least| word(&change) < word(&least))
            {
                least = Some(change);
            }
        }
        Ok(least)
    }

    /// Pays for a look; the change that was found in it, if it does.
    fn pay(&self, look: Option<Change>) -> Found {
        self.budget.spend()?;
        Ok(look.filter(|change| self.suffices(change)))
    }

    fn suffices(&self, change: &Change) -> bool {
        let Some(mentor) = change.mentor else { return false };
        let changed = &mut *self.changed.borrow_mut();
        change.make(changed);
        let score = self.round.pairs.judge_as(changed, self.learner, mentor as usize);
        change.undo(changed, self.own);
        let does = |score: u16| score >= self.least_score && self.would_do(mentor, score);
        score.is_ok_and(|score| does(score.total()))
    }

    fn would_do(&self, mentor: u32, score: u16) -> bool {
        let mentor = mentor as usize;
        self.highest[mentor].is_some_and(|price| self.round.value(self.learner, mentor, score) > price)
    }

    /// Open mentors, with a change that is to be with them.
    fn open(&self) -> impl Iterator<Item = (Change, &'a Mentor)> {
        self.open.iter().map(|&mentor| (Change::with(mentor), &self.round.pairs.mentors()[mentor as usize]))
    }

    /// An hour, or up to three, of the time that a mentor has.
    fn more_time(&self) -> impl Iterator<Item = Option<Change>> {
        let own = &self.own.availability;
        MINUTES.into_iter().flat_map(move |minutes| {
            self.open().map(move |(change, theirs)| {
                let start = own.first_lacking(&theirs.availability, minutes)?;
                let added = (start, start + minutes);
                let has_room = own.intervals().len() < MAXIMUM_INTERVALS
                    || own.with(added.0, added.1).intervals().len() <= MAXIMUM_INTERVALS;
                has_room.then_some(Change { minutes: Some(added), ..change })
            })
        })
    }

    /// A language of each mentor's with whom none is shared: any other of theirs makes the same score.
    fn another_language(&self) -> impl Iterator<Item = Option<Change>> {
        let speaks = |language| self.own.languages.contains(language);
        self.open().map(move |(change, theirs)| {
            let shares_none = !theirs.languages.iter().any(speaks);
            shares_none.then(|| change.with_language(self.own, theirs))?
        })
    }

    /// A lower level of what is wanted.
    fn lower_level(&self) -> impl Iterator<Item = Option<Change>> {
        let levels = |wanted: &'a Want| (wanted.from + 1..wanted.level).rev().map(|level| Some((wanted.skill, level)));
        let wants = self.own.wants.iter().flat_map(levels);
        wants.flat_map(|want| self.open().map(move |(change, _)| Some(Change { want, ..change })))
    }

    /// Level 1 of something else that each mentor knows: whatever it is makes the same score.
    fn another_skill(&self) -> impl Iterator<Item = Option<Change>> {
        self.open().map(|(change, theirs)| change.with_skill(self.own, theirs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budget_ends_with_the_last_look_and_with_the_interrupt() {
        let interrupt = Interrupt::never();
        let budget = Budget::new(3, &interrupt);
        assert!((0..3).all(|spent| budget.spent() == spent && budget.spend() == Ok(())));
        assert_eq!((budget.spend(), budget.spend()), (Err(Over::Spent), Err(Over::Spent)));
        assert_eq!(budget.spent(), 3);
        interrupt.stop();
        assert_eq!(budget.spend(), Err(Over::Interrupted));
    }
}
