//! Whom somebody without a mentor could have soonest.

#![allow(
    clippy::inline_always,
    reason = "what is not inlined is done without vectors: see `dense::select::vectorised`"
)]
#![allow(clippy::needless_range_loop, reason = "a loop over the lanes of several arrays says so")]

use std::cmp::Reverse;

use super::aim::{Aim, Values};
use super::found::ABSENT;
use super::pricing::{counted, narrow};
use crate::columns::{Column, Columns, Lanes, TILE, Tiles, Visitor};
use crate::interrupt::{Interrupt, Interrupted};

/// A price at which nobody is had before anybody else: of mentors without capacity, say.
pub const OUT_OF_REACH: i64 = 2 * Values::HIGHEST as i64;

/// Of each learner who `asks`, the pair that counts the most less the mentor's price, then with the highest score, then of the first mentor:
/// `(mentor, score)`; `None` if all are absent. Prices, by mentor, are 0 to [`OUT_OF_REACH`]. No pair has to score anything.
///
/// # Errors
/// [`Interrupted`].
pub fn nearest(
    columns: &Columns<'_>,
    aim: &Aim,
    prices: &[i64],
    asks: &[bool],
    interrupt: &Interrupt,
) -> Result<Vec<Option<(u32, u16)>>, Interrupted> {
    let tiles = columns.everybody();
    let price = |mentor: u32| narrow(prices.get(mentor as usize).copied().unwrap_or_default());
    let by_tile = tiles.numbers().map(|tile| Column(tiles.mentors(tile).map(price))).collect();
    let visitor = Nearest { tiles, values: &aim.values, prices: by_tile, asks };
    let mut found = vec![None; asks.len()];
    for (learner, nearest) in columns.scan(tiles, &visitor, interrupt)? {
        found[learner as usize] = nearest;
    }
    // What sticky pairs count more has not been seen.
    for &(learner, mentor) in aim.values.sticky.iter().filter(|&&(learner, _)| asks[learner as usize]) {
        if let Some(score) = columns.round().score(learner, mentor) {
            let value = aim.values.of(learner, mentor, score) - i64::from(aim.values.priority(learner));
            let near = Near(narrow(value) - price(mentor), score, Reverse(mentor));
            found[learner as usize] = found[learner as usize].max(Some(near));
        }
    }
    Ok(found.into_iter().map(|nearest| nearest.map(|Near(_, score, Reverse(mentor))| (mentor, score))).collect())
}

/// What a pair counts less the price, its score, and the mentor; the nearest is the largest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Near(i16, u16, Reverse<u32>);

struct Nearest<'a> {
    tiles: &'a Tiles,
    values: &'a Values,
    /// By tile.
    prices: Vec<Column<i16>>,
    asks: &'a [bool],
}

impl Visitor for Nearest<'_> {
    type State = Option<Near>;
    type Kept = Option<Near>;

    fn takes(&self, learner: u32) -> bool {
        self.asks[learner as usize]
    }

    fn begin(&self, _: u32) -> Option<Near> {
        None
    }

    #[inline(always)]
    fn visit(&self, nearest: &mut Option<Near>, tile: usize, scores: &Lanes) {
        let (prices, counted) = (&self.prices[tile], counted(self.values, scores));
        let (mut good, mut best) = (Column::of(ABSENT), ABSENT);
        for lane in 0..TILE {
            let here = counted[lane].cast_signed() - 1 - prices[lane];
            good[lane] = if scores[lane] > 0 { here } else { ABSENT };
            best = best.max(good[lane]);
        }
        if best > ABSENT && nearest.is_none_or(|Near(good, ..)| best >= good) {
            *nearest = (*nearest).max(first(self.tiles.mentors(tile), scores, &good, best));
        }
    }

    fn end(&self, nearest: Option<Near>) -> Option<Near> {
        nearest
    }
}

/// The nearest of those who are just as good as this.
#[inline(never)]
fn first(mentors: &[u32; TILE], scores: &Lanes, good: &Column<i16>, best: i16) -> Option<Near> {
    let as_good = (0..TILE).filter(|&lane| good[lane] == best);
    as_good.map(|lane| Near(best, scores[lane] - 1, Reverse(mentors[lane]))).max()
}
