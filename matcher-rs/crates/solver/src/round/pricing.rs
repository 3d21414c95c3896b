//! A pass over all pairs: what learners would rather have at given prices.

#![allow(
    clippy::inline_always,
    reason = "what is not inlined is done without vectors: see `dense::select::vectorised`"
)]
#![allow(clippy::needless_range_loop, reason = "a loop over the lanes of several arrays says so")]

use std::sync::atomic::{AtomicUsize, Ordering};

use super::aim::{Aim, Values, fair};
use super::found::{ABSENT, Found, Kept};
use crate::columns::{Column, Lanes, TILE, Tiles, Visitor};
use crate::problem::Problem;

/// Choices are counted when a learner has got so many more of them.
const COUNTED: usize = 64;
/// The utility of a learner who is not looked at.
pub(super) const LEFT_OUT: i64 = -1;
/// Whatever costs more than any pair counts is for nobody.
const HIGHEST_PRICE: i16 = Values::HIGHEST.cast_signed() + 1;

/// What pairs count by their scores alone, plus 1 as these; of absent pairs anything.
#[inline(always)]
pub(super) fn counted(values: &Values, scores: &Lanes) -> Lanes {
    let mut counted = *scores;
    if values.is_fair {
        for lane in 0..TILE {
            counted[lane] = 1 + fair(scores[lane].saturating_sub(1));
        }
    }
    counted
}

/// A value, a price or what is between them, in 16 bits: all that there are fit.
pub(super) fn narrow(value: i64) -> i16 {
    i16::try_from(value).unwrap_or(if value < 0 { i16::MIN } else { i16::MAX })
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
    fn count(&self, found: &mut Found) {
        let more = found.len() - found.counted;
        found.counted += more;
        if self.kept.fetch_add(more, Ordering::Relaxed) + more > self.most {
            found.give_up();
        }
    }
}

impl Visitor for Pricing<'_> {
    type State = Found;
    type Kept = Kept;

    fn takes(&self, learner: u32) -> bool {
        self.utilities[learner as usize] >= 0
    }

    fn begin(&self, learner: u32) -> Found {
        let (utility, priority) = (self.utilities[learner as usize], self.aim.values.priority(learner));
        let taken = (self.wanted.least(utility), utility + 1);
        Found::new((learner, priority), taken, self.keep, self.wanted == Wanted::AsGood)
    }

    #[inline(always)]
    fn visit(&self, found: &mut Found, tile: usize, scores: &Lanes) {
        let (prices, least) = (&self.prices[tile], self.aim.least_score);
        let counted = counted(&self.aim.values, scores);
        let mut good = Column::of(ABSENT);
        for lane in 0..TILE {
            let here = counted[lane].cast_signed() - prices[lane];
            good[lane] = if scores[lane] > least { here } else { ABSENT };
        }
        found.look(self.tiles.mentors(tile), scores, &good);
        if self.wanted == Wanted::AsGood && found.len() >= found.counted + COUNTED {
            self.count(found);
        }
    }

    fn end(&self, found: Found) -> Kept {
        let learner = found.learner;
        found.finish(|mentor| self.known.as_ref().is_some_and(|known| known.has(learner, mentor)))
    }
}
