//! What would have to be different for an unmatched learner to be matched: one change, the smallest first, and proven.
//!
//! A learner who gets worth more than the largest price at which the others' optimum holds is in every optimum: without them a
//! place with that mentor costs the others just that price. A further place is proven by solving the changed problem.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde::Serialize;
use solver::{Interrupt, Learner, MAXIMUM_SCORE, Want};

use super::method::PAIRS;
use super::round::{Assigned, Round};
use super::stopped;
use crate::problem_details::Problem;

/// Of so many unmatched learners a request, those who choose first.
const MOST_LEARNERS: usize = 20;
/// So many problems are solved anew.
const MOST_SOLVED: usize = 4;
/// So many pairs are scored anew for each learner.
const MOST_SCORED: usize = 20_000;
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
    for learner in unmatched {
        interrupt.check().map_err(|_| stopped())?;
        let search = Search::new(round, &highest, learner);
        let change = search.more_time().or_else(|| search.another_language()).or_else(|| search.another_want());
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

/// Changes to one learner.
struct Search<'s, 'a> {
    round: &'s Round<'a>,
    highest: &'s [Option<i64>],
    learner: usize,
    own: &'s Learner,
    /// Mentors with whom a perfect score would do, ascending.
    open: Vec<usize>,
    scored: Cell<usize>,
}

impl<'s, 'a> Search<'s, 'a> {
    fn new(round: &'s Round<'a>, highest: &'s [Option<i64>], learner: usize) -> Self {
        let would_do =
            |&mentor: &usize| highest[mentor].is_some_and(|price| round.value(learner, mentor, MAXIMUM_SCORE) > price);
        let open = (0..highest.len()).filter(would_do).collect();
        Self { round, highest, learner, own: &round.pairs.learners()[learner], open, scored: Cell::new(0) }
    }

    fn suffices(&self, changed: &Learner, mentor: usize) -> bool {
        if self.scored.get() == MOST_SCORED {
            return false;
        }
        self.scored.set(self.scored.get() + 1);
        let score = self.round.pairs.judge_as(changed, self.learner, mentor);
        score.is_ok_and(|score| {
            let value = self.round.value(self.learner, mentor, score.total());
            self.highest[mentor].is_some_and(|price| value > price)
        })
    }

    fn first(&self, changed: &Learner, mut is_asked: impl FnMut(usize) -> bool) -> Option<&'a str> {
        let mut open = self.open.iter().copied();
        let mentor = open.find(|&mentor| is_asked(mentor) && self.suffices(changed, mentor))?;
        Some(self.round.pairs.mentor_id(mentor))
    }

    /// An hour, or up to three, of the time that a mentor has.
    fn more_time(&self) -> Option<Counterfactual<'a>> {
        let mut changed = self.own.clone();
        for minutes in MINUTES {
            for &mentor in &self.open {
                let theirs = &self.round.pairs.mentors()[mentor].availability;
                let Some(start) = self.own.availability.first_lacking(theirs, minutes) else { continue };
                changed.availability = self.own.availability.with(start, start + minutes);
                if self.suffices(&changed, mentor) {
                    let mentor = self.round.pairs.mentor_id(mentor);
                    let add = Some(Added::Minutes(start, start + minutes));
                    return Some(Counterfactual { add, change: "availability", mentor, ..Counterfactual::default() });
                }
            }
        }
        None
    }

    /// A language of a mentor's, after those that there are.
    fn another_language(&self) -> Option<Counterfactual<'a>> {
        let mentors = self.round.pairs.mentors();
        let mut languages: Vec<u32> =
            self.open.iter().flat_map(|&mentor| mentors[mentor].languages.iter().copied()).collect();
        languages.sort_unstable();
        languages.dedup();
        languages.retain(|language| !self.own.languages.contains(language));
        let mut changed = self.own.clone();
        languages.into_iter().find_map(|language| {
            changed.languages.truncate(self.own.languages.len());
            changed.languages.push(language);
            let mentor = self.first(&changed, |mentor| mentors[mentor].languages.binary_search(&language).is_ok())?;
            let add = Some(Added::Language(self.round.pairs.language(language)));
            Some(Counterfactual { add, change: "language", mentor, ..Counterfactual::default() })
        })
    }

    /// A lower level of what is wanted; or level 1 of something else.
    fn another_want(&self) -> Option<Counterfactual<'a>> {
        let want = |skill: u32, level: u8, mentor| Counterfactual {
            change: "want",
            level: Some(level),
            mentor,
            skill: Some(self.round.pairs.skill(skill)),
            ..Counterfactual::default()
        };
        let lower = self.own.wants.iter().enumerate().find_map(|(place, wanted)| {
            let mut changed = self.own.clone();
            (wanted.from + 1..wanted.level).rev().find_map(|level| {
                changed.wants[place].level = level;
                Some(want(wanted.skill, level, self.first(&changed, |_| true)?))
            })
        });
        lower.or_else(|| {
            self.skills_of_mentors().into_iter().find_map(|skill| {
                let mut changed = self.own.clone();
                let place = self.own.wants.binary_search_by_key(&skill, |wanted| wanted.skill).err()?;
                changed.wants.insert(place, Want { skill, level: 1, from: 0, weight: 100, related: Vec::new() });
                Some(want(skill, 1, self.first(&changed, |_| true)?))
            })
        })
    }

    fn skills_of_mentors(&self) -> Vec<u32> {
        let mentors = self.round.pairs.mentors();
        let known = self.open.iter().flat_map(|&mentor| &mentors[mentor].skills);
        let mut skills: Vec<u32> = known.filter(|&&(_, level)| level > 0).map(|&(skill, _)| skill).collect();
        skills.sort_unstable();
        skills.dedup();
        skills
    }
}
