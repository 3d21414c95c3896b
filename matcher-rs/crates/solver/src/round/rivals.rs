//! How many others would pay as much for a mentor: with one place more than those, somebody without a mentor has one.
//!
//! Let a learner count `value` with a mentor who has some places more, and be without a mentor still. Then all the places are taken, the price is
//! `value` or more, and whoever is there gains no less than before, for more places make nobody worse off (Shapley and Shubik 1971; Demange and
//! Gale 1985). So those who are there would have paid `value` with what they gained before.

#![allow(
    clippy::inline_always,
    reason = "what is not inlined is done without vectors: see `dense::select::vectorised`"
)]
#![allow(clippy::needless_range_loop, reason = "a loop over the lanes of several arrays says so")]

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use super::aim::{Aim, Values};
use super::pricing::{counted, narrow};
use crate::columns::{Column, Columns, Lanes, TILE, Tiles, Visitor};
use crate::interrupt::{Interrupt, Interrupted};
use crate::problem::number;

/// What nobody pays.
const TOO_MUCH: i16 = i16::MAX;

/// Somebody without a mentor, and what they count with one, or would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Who asks.
    pub learner: u32,
    /// For whom.
    pub mentor: u32,
    /// 0 to three times [`crate::MAXIMUM_SCORE`].
    pub value: i64,
}

/// Of each who asks, how many others would pay as much for that mentor: the pair counts no less than the value and what they gain together.
/// `utilities` are what learners gain, by learner; negative for those who take no part. No pair has to score anything.
///
/// # Errors
/// [`Interrupted`].
pub fn rivals(
    columns: &Columns<'_>,
    aim: &Aim,
    utilities: &[i64],
    asking: &[Asking],
    interrupt: &Interrupt,
) -> Result<Vec<u32>, Interrupted> {
    let bids = Bids::of(asking, aim.places.len());
    let tiles = columns.tiles_of(bids.mentors(), interrupt)?;
    let lowest = |mentor: u32| bids.lowest(mentor).map_or(TOO_MUCH, narrow);
    let lowest = tiles.numbers().map(|tile| Column(tiles.mentors(tile).map(lowest))).collect();
    let visitor = Rivals { tiles: &tiles, values: &aim.values, utilities, bids: &bids, lowest };
    columns.scan_each(&tiles, &visitor, interrupt, |_, ()| {})?;
    // What sticky pairs count more has not been seen.
    let plain = Values { bonus: 0, ..aim.values.clone() };
    let pays = |values: &Values, learner: u32, mentor: u32| {
        let utility = Some(utilities[learner as usize]).filter(|&utility| utility >= 0)?;
        Some(values.of(learner, mentor, columns.round().score(learner, mentor)?) - utility)
    };
    for &(learner, mentor) in aim.values.sticky.iter().filter(|&&(_, mentor)| bids.lowest(mentor).is_some()) {
        if let (Some(seen), Some(paid)) = (pays(&plain, learner, mentor), pays(&aim.values, learner, mentor)) {
            bids.reached(mentor, seen).inspect(|&bid| _ = bids.counts[bid].fetch_sub(1, Ordering::Relaxed));
            bids.reached(mentor, paid).inspect(|&bid| _ = bids.counts[bid].fetch_add(1, Ordering::Relaxed));
        }
    }
    let paid = bids.paid();
    let others = |asking: &Asking| {
        let own = pays(&aim.values, asking.learner, asking.mentor).is_some_and(|own| own >= asking.value);
        bids.reached(asking.mentor, asking.value).map_or(0, |bid| paid[bid]) - u32::from(own)
    };
    Ok(asking.iter().map(others).collect())
}

/// Values that are asked for, by mentor and ascending, each once.
struct Bids {
    values: Vec<i64>,
    /// Those of a mentor are from the mentor's to the next one's.
    starts: Vec<usize>,
    /// Who would pay so much, and not so much as the next of the same mentor.
    counts: Vec<AtomicU32>,
}

impl Bids {
    fn of(asking: &[Asking], mentors: usize) -> Self {
        let mut all: Vec<(u32, i64)> = asking.iter().map(|asking| (asking.mentor, asking.value)).collect();
        all.sort_unstable();
        all.dedup();
        let starts = (0..=number(mentors)).map(|mentor| all.partition_point(|&(other, _)| other < mentor));
        Self {
            starts: starts.collect(),
            counts: all.iter().map(|_| AtomicU32::new(0)).collect(),
            values: all.into_iter().map(|(_, value)| value).collect(),
        }
    }

    /// Of nobody there are none.
    fn range(&self, mentor: u32) -> Range<usize> {
        let mentor = mentor as usize;
        self.starts.get(mentor..mentor + 2).map_or(0..0, |ends| ends[0]..ends[1])
    }

    fn mentors(&self) -> impl Iterator<Item = u32> {
        (0..number(self.starts.len() - 1)).filter(|&mentor| !self.range(mentor).is_empty())
    }

    fn lowest(&self, mentor: u32) -> Option<i64> {
        self.values[self.range(mentor)].first().copied()
    }

    /// The highest of a mentor's that is not above this.
    fn reached(&self, mentor: u32, paid: i64) -> Option<usize> {
        let range = self.range(mentor);
        let reached = self.values[range.clone()].partition_point(|&value| value <= paid);
        (reached > 0).then(|| range.start + reached - 1)
    }

    /// How many would pay each.
    fn paid(&self) -> Vec<u32> {
        let mut paid: Vec<u32> = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        for mentor in self.mentors() {
            for bid in self.range(mentor).rev().skip(1) {
                paid[bid] += paid[bid + 1];
            }
        }
        paid
    }
}

struct Rivals<'a> {
    tiles: &'a Tiles,
    values: &'a Values,
    utilities: &'a [i64],
    bids: &'a Bids,
    /// By tile, the lowest bid for each mentor.
    lowest: Vec<Column<i16>>,
}

impl Visitor for Rivals<'_> {
    /// What a pair has to count without priority so that nothing is paid, and more for what is.
    type State = i16;
    type Kept = ();

    fn takes(&self, learner: u32) -> bool {
        self.utilities[learner as usize] >= 0
    }

    fn begin(&self, learner: u32) -> i16 {
        narrow(self.utilities[learner as usize] - i64::from(self.values.priority(learner)))
    }

    #[inline(always)]
    fn visit(&self, nothing: &mut i16, tile: usize, scores: &Lanes) {
        let (lowest, counted) = (&self.lowest[tile], counted(self.values, scores));
        let mut is_paid = 0_u16;
        for lane in 0..TILE {
            let here = counted[lane].cast_signed() - 1 - *nothing;
            is_paid |= u16::from(scores[lane] > 0 && here >= lowest[lane]);
        }
        if is_paid > 0 {
            self.count(tile, scores, &counted, *nothing);
        }
    }

    fn end(&self, _: i16) {}
}

impl Rivals<'_> {
    #[inline(never)]
    fn count(&self, tile: usize, scores: &Lanes, counted: &Lanes, nothing: i16) {
        for lane in (0..TILE).filter(|&lane| scores[lane] > 0) {
            let paid = counted[lane].cast_signed() - 1 - nothing;
            if paid >= self.lowest[tile][lane]
                && let Some(bid) = self.bids.reached(self.tiles.mentors(tile)[lane], paid.into())
            {
                self.bids.counts[bid].fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}
