//! What would have to be different for an unmatched learner to be matched: one change, the smallest first, and proven.
//!
//! A learner who gets worth more than the largest price at which the others' optimum holds is in every optimum: without them a
//! place with that mentor costs the others just that price. A further place is proven by solving the changed problem.
//!
//! Each step of a search is paid for from a [`Budget`], whose end is the end of the search.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde::Serialize;
use solver::{Interrupt, Learner, MAXIMUM_SCORE, Mentor, Want};

use super::method::PAIRS;
use super::round::{Assigned, Round};
use super::stopped;
use crate::problem_details::Problem;

/// Of so many unmatched learners a request, those who choose first.
const MOST_LEARNERS: usize = 1_000;
/// So many problems are solved anew.
const MOST_SOLVED: usize = 4;
/// So many pairs are scored anew for each learner, and for all of them.
const MOST_SCORED: usize = 20_000;
const MOST_SCORED_IN_ALL: usize = 400_000;
/// As much more time in the week is tried, in this order.
const MINUTES: [u16; 3] = [60, 120, 180];

/// A change to the canonical request that has the learner matched.
#[derive(Debug, Default, Serialize)]
pub(super) struct Counterfactual<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    add: Option<Added<'a>>,
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<u8>,
    mentor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    skill: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Added<'a> {
    Language(&'a str),
    Minutes(u16, u16),
}

/// By learner; not for everybody there is one. With a floor there is none, and a further place is tried only where there are few pairs.
///
/// # Errors
/// `deadline_exceeded` if interrupted; `certificate_failed` on a defect of the solver.
pub(super) fn counterfactuals<'a>(
    round: &Round<'a>,
    found: &Assigned,
    interrupt: &Interrupt,
) -> Result<BTreeMap<usize, Counterfactual<'a>>, Problem> {
    let mut answers = BTreeMap::new();
    let queue = round.queue().iter().map(|&learner| learner as usize);
    let unmatched: Vec<usize> = queue.filter(|&learner| found.mentors[learner].is_none()).take(MOST_LEARNERS).collect();
    if round.has_floor() || unmatched.is_empty() {
        return Ok(answers);
    }
    let highest = round.highest_prices(found, interrupt)?;
    let is_small = PAIRS.allow(round.pairs.learners().len(), round.pairs.mentors().len());
    let mut left_to_solve = if is_small { MOST_SOLVED } else { 0 };
    let mut left_to_score = MOST_SCORED_IN_ALL;
    for learner in unmatched {
        let budget = Budget::new(left_to_score.min(MOST_SCORED), interrupt);
        let search = || Search::new(round, &highest, learner, &budget).first_change();
        // Nothing is found without a pair to be scored, so that nobody is asked for either.
        let change = match if left_to_score > 0 { search() } else { Err(Over::Spent) } {
            Ok(change) => change,
            Err(Over::Spent) => None,
            Err(Over::Interrupted) => return Err(stopped()),
        };
        left_to_score -= budget.spent();
        if let Some(change) = change {
            answers.insert(learner, change);
        } else if left_to_solve > 0
            && let Some(mentor) = round.pairs.best_suitable(learner)
        {
            left_to_solve -= 1;
            if round.with_one_more_place(mentor, interrupt)?[learner].is_some() {
                let mentor = round.pairs.mentor_id(mentor);
                answers.insert(learner, Counterfactual { change: "capacity", mentor, ..Counterfactual::default() });
            }
        }
    }
    Ok(answers)
}

/// Why a search ends before it has tried everything.
#[derive(Debug, PartialEq, Eq)]
enum Over {
    /// Enough pairs have been scored.
    Spent,
    Interrupted,
}

/// What a search may cost.
struct Budget<'i> {
    /// So many pairs more may be scored.
    left: Cell<usize>,
    pairs: usize,
    interrupt: &'i Interrupt,
}

impl<'i> Budget<'i> {
    fn new(pairs: usize, interrupt: &'i Interrupt) -> Self {
        Self { left: Cell::new(pairs), pairs, interrupt }
    }

    /// How many pairs have been paid for.
    fn spent(&self) -> usize {
        self.pairs - self.left.get()
    }

    /// Looks at the interrupt alone, before a step that scores nobody.
    fn check(&self) -> Result<(), Over> {
        self.interrupt.check().map_err(|_| Over::Interrupted)
    }

    /// Pays for a pair.
    fn spend(&self) -> Result<(), Over> {
        self.check()?;
        self.left.set(self.left.get().checked_sub(1).ok_or(Over::Spent)?);
        Ok(())
    }
}

/// Changes to one learner.
struct Search<'s, 'a> {
    round: &'s Round<'a>,
    highest: &'s [Option<i64>],
    learner: usize,
    own: &'s Learner,
    /// Mentors with whom a perfect score would do, ascending.
    open: Vec<u32>,
    budget: &'s Budget<'s>,
}

type Found<'a> = Result<Option<Counterfactual<'a>>, Over>;

impl<'s, 'a> Search<'s, 'a> {
    fn new(round: &'s Round<'a>, highest: &'s [Option<i64>], learner: usize, budget: &'s Budget<'s>) -> Self {
        let would_do = |mentor: usize, price: Option<i64>| {
            price.is_some_and(|price| round.value(learner, mentor, MAXIMUM_SCORE) > price)
        };
        let mentors = (0..).zip(highest);
        let open = mentors.filter(|&(mentor, &price)| would_do(mentor as usize, price)).map(|(mentor, _)| mentor);
        Self { round, highest, learner, own: &round.pairs.learners()[learner], open: open.collect(), budget }
    }

    /// The first change that does, of whatever kind.
    fn first_change(&self) -> Found<'a> {
        for kind in [Self::more_time, Self::another_language, Self::lower_level, Self::another_skill] {
            if let Some(change) = kind(self)? {
                return Ok(Some(change));
            }
        }
        Ok(None)
    }

    fn mentor(&self, mentor: u32) -> &'a Mentor {
        &self.round.pairs.mentors()[mentor as usize]
    }

    fn suffices(&self, changed: &Learner, mentor: u32) -> Result<bool, Over> {
        self.budget.spend()?;
        let mentor = mentor as usize;
        let score = self.round.pairs.judge_as(changed, self.learner, mentor);
        Ok(score.is_ok_and(|score| {
            let value = self.round.value(self.learner, mentor, score.total());
            self.highest[mentor].is_some_and(|price| value > price)
        }))
    }

    /// The first open mentor who would do.
    fn first(&self, changed: &Learner) -> Result<Option<u32>, Over> {
        for &mentor in &self.open {
            if self.suffices(changed, mentor)? {
                return Ok(Some(mentor));
            }
        }
        Ok(None)
    }

    fn change(&self, change: &'static str, mentor: u32) -> Counterfactual<'a> {
        Counterfactual { change, mentor: self.round.pairs.mentor_id(mentor as usize), ..Counterfactual::default() }
    }

    /// An hour, or up to three, of the time that a mentor has.
    fn more_time(&self) -> Found<'a> {
        let mut changed = self.own.clone();
        for minutes in MINUTES {
            for &mentor in &self.open {
                self.budget.check()?;
                let theirs = &self.mentor(mentor).availability;
                let Some(start) = self.own.availability.first_lacking(theirs, minutes) else { continue };
                changed.availability = self.own.availability.with(start, start + minutes);
                if self.suffices(&changed, mentor)? {
                    let add = Some(Added::Minutes(start, start + minutes));
                    return Ok(Some(Counterfactual { add, ..self.change("availability", mentor) }));
                }
            }
        }
        Ok(None)
    }

    /// A language of a mentor's, after those that there are.
    fn another_language(&self) -> Found<'a> {
        let mut changed = self.own.clone();
        for (language, mentor) in self.languages_to_try()? {
            changed.languages.truncate(self.own.languages.len());
            changed.languages.push(language);
            if self.suffices(&changed, mentor)? {
                let add = Some(Added::Language(self.round.pairs.language(language)));
                return Ok(Some(Counterfactual { add, ..self.change("language", mentor) }));
            }
        }
        Ok(None)
    }

    /// Languages that are not the learner's with who speaks them, ascending: as many as there are pairs left to score, and one.
    fn languages_to_try(&self) -> Result<Vec<(u32, u32)>, Over> {
        let mut spoken = Vec::new();
        for &mentor in &self.open {
            self.budget.check()?;
            let others = self.mentor(mentor).languages.iter().filter(|language| !self.own.languages.contains(language));
            spoken.extend(others.map(|&language| (language, mentor)));
        }
        let most = self.budget.left.get() + 1;
        if spoken.len() > most {
            spoken.select_nth_unstable(most);
            spoken.truncate(most);
        }
        spoken.sort_unstable();
        Ok(spoken)
    }

    /// A lower level of what is wanted.
    fn lower_level(&self) -> Found<'a> {
        let mut changed = self.own.clone();
        for (place, wanted) in self.own.wants.iter().enumerate() {
            for level in (wanted.from + 1..wanted.level).rev() {
                changed.wants[place].level = level;
                if let Some(mentor) = self.first(&changed)? {
                    return Ok(Some(self.want(wanted.skill, level, mentor)));
                }
            }
            changed.wants[place].level = wanted.level;
        }
        Ok(None)
    }

    /// Level 1 of something else.
    fn another_skill(&self) -> Found<'a> {
        let mut changed = self.own.clone();
        for skill in self.skills_of_mentors()? {
            let place = self.own.wants.binary_search_by_key(&skill, |wanted| wanted.skill);
            let Err(place) = place else { continue };
            changed.wants.insert(place, Want { skill, level: 1, from: 0, weight: 100, related: Vec::new() });
            if let Some(mentor) = self.first(&changed)? {
                return Ok(Some(self.want(skill, 1, mentor)));
            }
            changed.wants.remove(place);
        }
        Ok(None)
    }

    fn want(&self, skill: u32, level: u8, mentor: u32) -> Counterfactual<'a> {
        let skill = Some(self.round.pairs.skill(skill));
        Counterfactual { level: Some(level), skill, ..self.change("want", mentor) }
    }

    fn skills_of_mentors(&self) -> Result<Vec<u32>, Over> {
        let mut skills = Vec::new();
        for &mentor in &self.open {
            self.budget.check()?;
            let known = self.mentor(mentor).skills.iter().filter(|&&(_, level)| level > 0);
            skills.extend(known.map(|&(skill, _)| skill));
        }
        skills.sort_unstable();
        skills.dedup();
        Ok(skills)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budget_ends_with_the_last_pair_and_with_the_interrupt() {
        let interrupt = Interrupt::never();
        let budget = Budget::new(3, &interrupt);
        assert!((0..3).all(|spent| budget.spent() == spent && budget.spend() == Ok(())));
        assert_eq!((budget.spend(), budget.spend()), (Err(Over::Spent), Err(Over::Spent)));
        assert_eq!(budget.spent(), 3);
        assert_eq!(budget.check(), Ok(()));
        interrupt.stop();
        assert_eq!((budget.spend(), budget.check()), (Err(Over::Interrupted), Err(Over::Interrupted)));
    }
}
