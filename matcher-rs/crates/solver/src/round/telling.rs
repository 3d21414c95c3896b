//! What people want to know of an assignment, found in one pass over all pairs: how good a choice is for whoever made it, what else there
//! was, who would rather have each other, and what stood in the way of the others.

#![allow(
    clippy::inline_always,
    reason = "what is not inlined is done without vectors: see `dense::select::vectorised`"
)]
#![allow(clippy::needless_range_loop, reason = "a loop over the lanes of several arrays says so")]

use std::cmp::Reverse;

use super::Round;
use crate::columns::{Column, Columns, Lanes, TILE, Tiles, Visitor};
use crate::interrupt::{Interrupt, Interrupted};
use crate::people::Mentor;
use crate::problem::number;

/// What is told of a learner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Of those who have a mentor: the place of that mentor among their pairs that are not absent, from 1, by score descending, then by the
    /// mentors' numbers.
    pub rank: Option<u32>,
    /// The first of that order, `(mentor, score)`.
    pub best: Box<[(u32, u16)]>,
    /// In how many pairs both would rather be: the learner scores higher there than where they are, or has nobody, and the mentor has a place
    /// left, or holds somebody who scores less.
    pub blocking: u32,
    /// Of those who have nobody: why.
    pub obstacle: Option<Obstacle>,
}

/// What stands in the way of a learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// All pairs are absent, and would be if every mentor had a place.
    NoMentor,
    /// All pairs are absent, but some only because that mentor has no place at all.
    NoPlace,
    /// No pair scores as much as it has to.
    BelowLeast,
    /// With every mentor, everybody who is there scores higher.
    Outscored,
    /// With some mentor, somebody is there who scores no higher.
    Taken,
}

/// Tells of each learner of the round; `mentors` is who has whom. Nobody who has no mentor could just have a place with a pair that scores
/// `least_score` or more: in an optimum that is so. `keep` is the length of [`Told::best`] at most.
///
/// # Errors
/// [`Interrupted`].
pub fn tell(
    columns: &Columns<'_>,
    mentors: &[Option<u32>],
    least_score: u16,
    keep: usize,
    interrupt: &Interrupt,
) -> Result<Vec<Told>, Interrupted> {
    let round = columns.round();
    let own: Vec<u16> = (0..number(mentors.len()))
        .zip(mentors)
        .map(|(learner, mentor)| mentor.and_then(|mentor| round.score(learner, mentor)).map_or(0, |score| score + 1))
        .collect();
    let tiles = columns.everybody();
    let worst = worst(round, mentors, &own);
    let price = |mentor: u32| worst.get(mentor as usize).copied().unwrap_or_default();
    let worst = tiles.numbers().map(|tile| Column(tiles.mentors(tile).map(price))).collect();
    let visitor = Telling { tiles, mentors, own: &own, worst, least_score, keep };
    let none = Told { rank: None, best: Box::default(), blocking: 0, obstacle: None };
    let mut told = vec![none; mentors.len()];
    for (learner, of_learner) in columns.scan(tiles, &visitor, interrupt)? {
        told[learner as usize] = of_learner;
    }
    look_for_the_placeless(columns, &mut told, interrupt)?;
    Ok(told)
}

/// By mentor the lowest score there plus 1, 0 if there is a place left.
fn worst(round: &Round<'_>, mentors: &[Option<u32>], own: &[u16]) -> Vec<u16> {
    let mut left: Vec<u32> = round.mentors.iter().map(|mentor| mentor.capacity).collect();
    let mut worst = vec![u16::MAX; left.len()];
    for (&mentor, &own) in mentors.iter().zip(own) {
        let Some(mentor) = mentor else { continue };
        let at = mentor as usize;
        left[at] = left[at].saturating_sub(1);
        worst[at] = worst[at].min(own);
    }
    worst.iter().zip(left).map(|(&worst, left)| if left > 0 { 0 } else { worst }).collect()
}

struct Telling<'a> {
    tiles: &'a Tiles,
    mentors: &'a [Option<u32>],
    /// By learner the score with their mentor plus 1; 0 without one.
    own: &'a [u16],
    /// By tile.
    worst: Vec<Lanes>,
    least_score: u16,
    keep: usize,
}

/// What is known of a learner along the way.
struct State {
    mentor: Option<u32>,
    /// The score with that mentor plus 1.
    own: u16,
    /// Pairs that come before that one.
    before: u32,
    blocking: u32,
    /// The highest score plus 1.
    highest: u16,
    /// Whether somebody is with some mentor who scores no higher.
    is_level: bool,
    /// The best so far, in order.
    best: Vec<(u32, u16)>,
    /// Scores plus 1 from here on belong to them.
    least: u16,
}

impl Visitor for Telling<'_> {
    type State = State;
    type Kept = Told;

    fn begin(&self, learner: u32) -> State {
        let at = learner as usize;
        State {
            mentor: self.mentors[at],
            own: self.own[at],
            before: 0,
            blocking: 0,
            highest: 0,
            is_level: false,
            best: Vec::with_capacity(self.keep),
            least: if self.keep > 0 { 1 } else { u16::MAX },
        }
    }

    #[inline(always)]
    fn visit(&self, state: &mut State, tile: usize, scores: &Lanes) {
        let (worst, own) = (&self.worst[tile], state.own);
        let (mut above, mut blocking, mut equal, mut highest) = (0_u16, 0_u16, 0_u16, 0_u16);
        for lane in 0..TILE {
            above += u16::from(scores[lane] > own);
            equal += u16::from(scores[lane] == own);
            blocking += u16::from(scores[lane] > own.max(worst[lane]));
            highest = highest.max(scores[lane]);
        }
        state.highest = state.highest.max(highest);
        state.blocking += u32::from(blocking);
        if let Some(mentor) = state.mentor {
            state.before += u32::from(above);
            if equal > 0 {
                state.before += ahead(self.tiles.mentors(tile), scores, own, mentor);
            }
        } else {
            let mut level = 0_u16;
            for lane in 0..TILE {
                level |= u16::from(scores[lane] > self.least_score && scores[lane] >= worst[lane]);
            }
            state.is_level |= level > 0;
        }
        if highest >= state.least {
            state.keep(self.tiles.mentors(tile), scores, self.keep);
        }
    }

    fn end(&self, state: State) -> Told {
        let obstacle = if state.is_level {
            Obstacle::Taken
        } else if state.highest > self.least_score {
            Obstacle::Outscored
        } else if state.highest > 0 {
            Obstacle::BelowLeast
        } else {
            // Those without a place are looked at apart.
            Obstacle::NoMentor
        };
        Told {
            rank: state.mentor.map(|_| state.before + 1),
            best: state.best.into_boxed_slice(),
            blocking: state.blocking,
            obstacle: state.mentor.is_none().then_some(obstacle),
        }
    }
}

impl State {
    #[inline(never)]
    fn keep(&mut self, mentors: &[u32; TILE], scores: &Lanes, keep: usize) {
        for (&mentor, &score) in mentors.iter().zip(scores.iter()) {
            if score < self.least {
                continue;
            }
            let order = |&(mentor, score): &(u32, u16)| (Reverse(score), mentor);
            let found = (mentor, score - 1);
            let at = self.best.partition_point(|other| order(other) < order(&found));
            if at < keep {
                self.best.truncate(keep - 1);
                self.best.insert(at, found);
            }
            if let Some(&(_, last)) = self.best.get(keep - 1) {
                self.least = last + 1;
            }
        }
    }
}

/// How many of equal scores are of mentors with smaller numbers; in a tile mentors ascend.
#[inline(never)]
fn ahead(mentors: &[u32; TILE], scores: &Lanes, own: u16, mentor: u32) -> u32 {
    let end = mentors.partition_point(|&other| other < mentor);
    scores[..end].iter().map(|&score| u32::from(score == own)).sum()
}

/// Looks for mentors without capacity whom learners of whom all pairs are absent could have otherwise.
fn look_for_the_placeless(columns: &Columns<'_>, told: &mut [Told], interrupt: &Interrupt) -> Result<(), Interrupted> {
    let round = columns.round();
    let placeless: Vec<u32> =
        (0..).zip(round.mentors).filter(|(_, mentor)| mentor.capacity == 0).map(|(number, _)| number).collect();
    let asking: Vec<bool> = told.iter().map(|told| told.obstacle == Some(Obstacle::NoMentor)).collect();
    if placeless.is_empty() || !asking.contains(&true) {
        return Ok(());
    }
    let mentors: Vec<Mentor> =
        placeless.iter().map(|&mentor| Mentor { capacity: 1, ..round.mentors[mentor as usize].clone() }).collect();
    let place = |mentor: u32| placeless.binary_search(&mentor).ok().map(number);
    let continuity: Vec<_> = round
        .continuity
        .iter()
        .filter_map(|&(learner, mentor, value)| Some((learner, place(mentor)?, value)))
        .collect();
    let forbidden: Vec<_> =
        round.forbidden.iter().filter_map(|&(learner, mentor)| Some((learner, place(mentor)?))).collect();
    let round = Round { mentors: &mentors, continuity: &continuity, forbidden: &forbidden, ..*round };
    let with_places = Columns::new(&round, columns.instructions(), interrupt)?;
    let visitor = AnyPair { asking: &asking };
    for (learner, has_any) in with_places.scan(with_places.everybody(), &visitor, interrupt)? {
        if has_any {
            told[learner as usize].obstacle = Some(Obstacle::NoPlace);
        }
    }
    Ok(())
}

/// Whether there is any pair, of the learners who ask.
struct AnyPair<'a> {
    asking: &'a [bool],
}

impl Visitor for AnyPair<'_> {
    type State = u16;
    type Kept = bool;

    fn takes(&self, learner: u32) -> bool {
        self.asking[learner as usize]
    }

    fn begin(&self, _: u32) -> u16 {
        0
    }

    #[inline(always)]
    fn visit(&self, state: &mut u16, _: usize, scores: &Lanes) {
        for lane in 0..TILE {
            *state |= scores[lane];
        }
    }

    fn end(&self, state: u16) -> bool {
        state > 0
    }
}
