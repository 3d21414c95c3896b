//! Some learners pass over all tiles: what is the same for several of them is calculated once.

#![allow(
    clippy::inline_always,
    reason = "what is not inlined is done without vectors: see `dense::select::vectorised`"
)]
#![allow(clippy::needless_range_loop, reason = "a loop over the lanes of several arrays says so")]

use super::column::Column;
use super::index::Wanted;
use super::plan::Plan;
use super::rates::TileRates;
use super::tile::{TILE, Tile};
use super::{Columns, Tiles, Visitor, kernel};
use crate::interrupt::{Interrupt, Interrupted};

/// Some learners against all tiles.
pub(super) struct Task<'a, 'b, V> {
    pub(super) columns: &'a Columns<'b>,
    pub(super) tiles: &'a Tiles,
    pub(super) plans: &'a [&'a Plan],
    pub(super) visitor: &'a V,
    pub(super) interrupt: &'a Interrupt,
}

impl<V: Visitor> pulp::NullaryFnOnce for Task<'_, '_, V> {
    type Output = Result<Vec<(u32, V::Kept)>, Interrupted>;

    #[inline(always)]
    fn call(self) -> Self::Output {
        let (index, Columns { plans, needs, .. }) = (&self.tiles.index, self.columns);
        let (mut taken, mut wanted) = (Vec::with_capacity(self.plans.len()), Vec::new());
        for plan in self.plans {
            taken.push(Taken { plan, state: self.visitor.begin(plan.learner) });
            wanted.extend(index.wanted(plan, plans, needs));
        }
        let mut rates = TileRates::default();
        let mut wanted = &*wanted;
        for alike in taken.chunk_by_mut(|one, other| one.plan.known == other.plan.known) {
            let (own, others) = wanted.split_at(alike.len() * index.words());
            wanted = others;
            let known = alike[0].plan.known as usize;
            for (number, tile) in self.tiles.list.iter().enumerate() {
                self.interrupt.check()?;
                if own.chunks_exact(index.words()).all(|wanted| !Wanted::has_pairs(wanted, number)) {
                    continue;
                }
                rates.fill(tile, plans.known[known], &self.columns.rates[known], &plans.waiting);
                match tile.filled {
                    0..=64 => self.tile::<64>(number, tile, &rates, alike, own)?,
                    65..=128 => self.tile::<128>(number, tile, &rates, alike, own)?,
                    _ => self.tile::<TILE>(number, tile, &rates, alike, own)?,
                }
            }
        }
        // Collected, it would stay where the states were, which take several times as much.
        let mut kept = Vec::with_capacity(taken.len());
        kept.extend(taken.into_iter().map(|taken| (taken.plan.learner, self.visitor.end(taken.state))));
        Ok(kept)
    }
}

/// A learner who passes over the tiles.
struct Taken<'a, V: Visitor> {
    plan: &'a Plan,
    state: V::State,
}

impl<V: Visitor> Task<'_, '_, V> {
    /// Scores the learners in the first `W` lanes of a tile, of whom each looks at so many tiles.
    #[inline(always)]
    fn tile<const W: usize>(
        &self,
        number: usize,
        tile: &Tile,
        rates: &TileRates,
        taken: &mut [Taken<'_, V>],
        wanted: &[Wanted],
    ) -> Result<(), Interrupted> {
        let Self { columns, tiles, visitor, interrupt, .. } = self;
        let plans = &columns.plans;
        let least = columns.round.minimum_score;
        let (mut class, mut place) = (u32::MAX, None);
        let (mut near, mut common) = (Column::of(0), Column::of(0));
        for (Taken { plan, state }, wanted) in taken.iter_mut().zip(wanted.chunks_exact(tiles.index.words())) {
            if !Wanted::has_pairs(wanted, number) {
                continue;
            }
            if plan.is_pair_by_pair || tile.is_odd {
                interrupt.check()?;
                visitor.visit(state, number, &columns.pair_by_pair(&tile.mentors, plan.learner));
                continue;
            }
            if class != plan.class {
                class = plan.class;
                let class = &plans.classes[class as usize];
                if place != Some(class.place()) {
                    place = Some(class.place());
                    near = kernel::near::<W>(tile, class, rates);
                }
                common = kernel::common::<W>(tile, class, rates, &near);
            }
            let intervals = if Wanted::has_minutes(wanted, number) { plans.intervals_of(plan) } else { &[] };
            let mut scores = kernel::scores::<W>(tile, (plan, plans), intervals, &common, rates);
            if least > 0 {
                for lane in 0..W {
                    scores[lane] = if scores[lane] > least { scores[lane] } else { 0 };
                }
            }
            if !tiles.exceptions.is_empty() {
                columns.correct(tiles, &mut scores, plan.learner, number);
            }
            visitor.visit(state, number, &scores);
        }
        Ok(())
    }
}
