//! A pass over all pairs: what learners would rather have at given prices.

#![allow(
    clippy::inline_always,
    reason = "what is not inlined is done without vectors: see `dense::select::vectorised`"
)]
#![allow(clippy::needless_range_loop, reason = "a loop over the lanes of several arrays says so")]

use std::sync::atomic::{AtomicUsize, Ordering};

use super::aim::{Aim, Values, fair};
use super::lists::Choice;
use crate::columns::{Column, Lanes, TILE, Tiles, Visitor};
use crate::problem::Problem;

/// Lanes that are looked at together once a tile has something in it.
const GROUP: usize = 32;
/// Choices are counted when a learner has got so many more of them.
const COUNTED: usize = 64;
/// The utility of a learner who is not looked at.
pub(super) const LEFT_OUT: i64 = -1;
/// What an absent pair is good for: less than anything that is looked for.
const ABSENT: i16 = i16::MIN;
const LEAST: i16 = ABSENT + 1;
/// Whatever costs more than any pair counts is for nobody.
const HIGHEST_PRICE: i16 = Values::HIGHEST.cast_signed() + 1;

/// Choices by what they are good for: what the score counts less the price, plus 1.
pub(super) struct Found {
    /// What counts with every choice besides.
    priority: i32,
    learner: u32,
    /// Choices from here on are taken.
    least: i16,
    /// From here on they are better than what the learner has.
    better: i16,
    has_better: bool,
    /// Whether all are kept as long as none is better.
    keeps_equals: bool,
    choices: Vec<(i16, Choice)>,
    /// How many of them have been counted.
    counted: usize,
    /// The most that a choice which was not kept is good for; `None` if all were.
    beyond: Option<i16>,
}

/// What a pass has found of a learner.
pub(super) struct Kept {
    pub(super) choices: Box<[Choice]>,
    /// Whether any of them is better than what the learner has.
    pub(super) has_better: bool,
    /// If there were more choices to be taken: what any of them is good for, at most.
    pub(super) beyond: Option<i32>,
}

impl Found {
    fn new(learner: u32, priority: i32, least: i64, better: i64, keeps_equals: bool) -> Self {
        // Nothing is good for less than a score of 0 at the highest price, nor for more than the highest score: whatever lies beyond may
        // be moved.
        let lane = |utility: i64| {
            let plus_one = (utility - i64::from(priority) + 1).clamp(i64::from(LEAST), i64::from(i16::MAX));
            i16::try_from(plus_one).unwrap_or(i16::MAX)
        };
        let (least, better) = (lane(least), lane(better));
        Self {
            priority,
            learner,
            least,
            better,
            has_better: false,
            keeps_equals,
            choices: Vec::new(),
            counted: 0,
            beyond: None,
        }
    }

    /// What was found and is not known, of what was found at most `keep` unless all is to be kept.
    fn finish(mut self, keep: usize, known: Option<&Known<'_>>) -> Kept {
        if self.choices.len() > keep && (self.has_better || !self.keeps_equals) {
            self.shorten(keep);
        }
        self.choices.sort_unstable_by_key(|(_, choice)| choice.mentor());
        let is_new = |choice: &Choice| known.is_none_or(|known| !known.has(self.learner, choice.mentor()));
        let choices = self.choices.iter().map(|&(_, choice)| choice).filter(is_new).collect();
        Kept {
            choices,
            has_better: self.has_better,
            beyond: self.beyond.map(|beyond| i32::from(beyond) - 1 + self.priority),
        }
    }

    /// Of equals those stay that come first in an order of the learner's own: it does not depend on how they came, and learners who like the
    /// same mentors do not all remember the same few.
    #[inline(never)]
    fn shorten(&mut self, keep: usize) {
        let salt = self.learner.wrapping_mul(0x85EB_CA6B);
        let own_order = |choice: Choice| (choice.mentor() ^ salt).wrapping_mul(0x9E37_79B1);
        let order = |a: &(i16, Choice), b: &(i16, Choice)| {
            b.0.cmp(&a.0).then_with(|| own_order(a.1).cmp(&own_order(b.1))).then(a.1.cmp(&b.1))
        };
        let (_, &mut (cut, _), rest) = self.choices.select_nth_unstable_by(keep - 1, order);
        // What is less good than the last that stays is not looked at again.
        self.beyond = self.beyond.max(rest.iter().map(|&(good, _)| good).max()).max(Some(cut - 1));
        self.choices.truncate(keep);
        self.least = cut;
    }

    /// Looks at a tile.
    #[inline(always)]
    fn look(&mut self, mentors: &[u32; TILE], scores: &Lanes, good: &Column<i16>, keep: usize) {
        if largest(good) >= self.least {
            self.take(mentors, scores, good, keep);
        }
    }

    #[inline(always)]
    fn take(&mut self, mentors: &[u32; TILE], scores: &Lanes, good: &Column<i16>, keep: usize) {
        for (group, some) in good.as_chunks::<GROUP>().0.iter().enumerate() {
            if largest(some) < self.least {
                continue;
            }
            for (lane, &good) in (group * GROUP..).zip(some) {
                if good >= self.least {
                    self.choices.push((good, Choice::new(scores[lane] - 1, mentors[lane])));
                    self.has_better |= good >= self.better;
                    if (self.has_better || !self.keeps_equals) && self.choices.len() >= 2 * keep {
                        self.shorten(keep);
                    }
                }
            }
        }
    }
}

/// One running maximum over the lanes is what the compiler makes vectors of.
#[inline(always)]
fn largest<const N: usize>(numbers: &[i16; N]) -> i16 {
    let mut largest = i16::MIN;
    for lane in 0..N {
        largest = largest.max(numbers[lane]);
    }
    largest
}

/// Pairs that need not be found again.
pub(super) struct Known<'a> {
    pub(super) listed: &'a Problem,
    /// The row of each learner who takes part.
    pub(super) rows: &'a [u32],
}

impl Known<'_> {
    fn has(&self, learner: u32, mentor: u32) -> bool {
        self.listed.value(self.rows[learner as usize] as usize, mentor).is_some()
    }
}

/// Which choices are taken in a pass at prices.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The best of those that are better than what the learner has.
    Better,
    /// The best of those that are better than what the learner has, or not worse by more than this.
    Near(i64),
    /// Those that are better or as good, all of them as long as none is better.
    AsGood,
}

impl Wanted {
    /// What a choice is good for, at least, that is taken by a learner who gains this much.
    pub(super) fn least(self, utility: i64) -> i64 {
        match self {
            Self::Better => utility + 1,
            Self::Near(margin) => (utility - margin).max(0),
            Self::AsGood => utility,
        }
    }
}

/// What learners would rather have than what they have.
pub(super) struct Pricing<'a> {
    tiles: &'a Tiles,
    aim: &'a Aim,
    /// By tile.
    prices: Vec<Column<i16>>,
    /// What each learner gains now; negative: left out.
    utilities: &'a [i64],
    wanted: Wanted,
    /// How many better ones are kept of each learner.
    keep: usize,
    known: Option<Known<'a>>,
    /// How many choices are kept where all equal ones are.
    kept: AtomicUsize,
    /// No more of those.
    most: usize,
}

impl<'a> Pricing<'a> {
    /// Prices are by mentor, utilities by learner. What sticky pairs count more is not seen: they are on every list anyway.
    pub(super) fn new(
        tiles: &'a Tiles,
        aim: &'a Aim,
        prices: &[i64],
        utilities: &'a [i64],
        (wanted, keep): (Wanted, usize),
    ) -> Self {
        let price = |mentor: u32| {
            let price = prices.get(mentor as usize).map_or(0, |&price| price.min(HIGHEST_PRICE.into()));
            i16::try_from(price).unwrap_or(HIGHEST_PRICE)
        };
        let prices = tiles.numbers().map(|tile| Column(tiles.mentors(tile).map(price))).collect();
        Self { tiles, aim, prices, utilities, wanted, keep, known: None, kept: AtomicUsize::new(0), most: usize::MAX }
    }

    /// What is known is not kept.
    pub(super) fn without(mut self, known: Known<'a>) -> Self {
        self.known = Some(known);
        self
    }

    /// At most about so many equal choices are to be kept, so that memory is bounded.
    pub(super) fn with_at_most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// Whether there were more, so that some are missing.
    pub(super) fn has_lost_some(&self) -> bool {
        self.kept.load(Ordering::Relaxed) > self.most
    }

    #[inline(never)]
    fn count(&self, state: &mut Found) {
        let more = state.choices.len() - state.counted;
        state.counted += more;
        if self.kept.fetch_add(more, Ordering::Relaxed) + more > self.most {
            state.choices = Vec::new();
            state.counted = 0;
            state.least = i16::MAX;
        }
    }
}

impl Visitor for Pricing<'_> {
    type State = Found;
    type Kept = Kept;

    fn begin(&self, learner: u32) -> Option<Found> {
        let utility = Some(self.utilities[learner as usize]).filter(|&utility| utility >= 0)?;
        let priority = self.aim.values.priority(learner);
        Some(Found::new(learner, priority, self.wanted.least(utility), utility + 1, self.wanted == Wanted::AsGood))
    }

    #[inline(always)]
    fn visit(&self, state: &mut Found, tile: usize, scores: &Lanes) {
        let (prices, least) = (&self.prices[tile], self.aim.least_score);
        let mut counts = *scores;
        if self.aim.values.is_fair {
            for lane in 0..TILE {
                counts[lane] = 1 + fair(scores[lane].saturating_sub(1));
            }
        }
        let mut good = Column::of(ABSENT);
        for lane in 0..TILE {
            let here = counts[lane].cast_signed() - prices[lane];
            good[lane] = if scores[lane] > least { here } else { ABSENT };
        }
        state.look(self.tiles.mentors(tile), scores, &good, self.keep);
        if state.keeps_equals && state.choices.len() >= state.counted + COUNTED {
            self.count(state);
        }
    }

    fn end(&self, state: Found) -> Kept {
        state.finish(self.keep, self.known.as_ref())
    }
}
