//! The scores of many pairs at once: mentors stand in columns, a learner is scored against 256 of them at a time.
//!
//! Exactly the scores and absences of [`Round::score`], for every input. Learners are sorted by what they are: the points of languages, place,
//! time zone and rating are then the same for many in a row. What is left for each pair are its skills and its times, some fifty instructions
//! for 32 pairs. Whoever does not fit into columns (more than [`needs`] has room for, wanted levels beyond 16 bits) is scored pair by pair.
//!
//! All pairs pass by in no particular order of mentors; nothing is kept but what the visitor keeps.

#![allow(
    clippy::inline_always,
    reason = "what is not inlined is done without vectors: see `dense::select::vectorised`"
)]
#![allow(clippy::needless_range_loop, reason = "a loop over the lanes of several arrays says so")]

mod column;
mod hours;
mod index;
mod kernel;
mod needs;
mod plan;
mod points;
mod rates;
mod task;
mod tile;

use rayon::prelude::*;

pub(crate) use self::column::{Column, Lanes};
use self::index::Index;
use self::needs::Needs;
use self::plan::{Plan, Plans};
use self::rates::Rates;
use self::task::Task;
use self::tile::{MentorKnown, Tile};
pub(crate) use self::tile::{NOBODY, TILE};
use crate::interrupt::{Interrupt, Interrupted};
use crate::problem::number;
use crate::round::Round;

/// Learners that pass over the tiles together, so that a tile stays in the cache. Fixed, so that nothing depends on the number of threads.
const LEARNERS_PER_TASK: usize = 256;
/// Learners for each thread of whom everything that is kept is held at a time, before it is handed on.
const LEARNERS_AT_A_TIME: usize = 16 * LEARNERS_PER_TASK;

/// Which instructions to score with; the scores are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Instructions {
    /// The widest vectors that this processor has.
    #[default]
    Best,
    /// What every processor of the architecture has.
    Plain,
}

/// Everybody of a round, in columns.
pub struct Columns<'a> {
    round: Round<'a>,
    needs: Needs<'a>,
    kinds: Vec<MentorKnown>,
    plans: Plans,
    /// By what is known of learners, in the order of [`Plans::known`], and by kind of mentors.
    rates: Vec<Vec<Rates>>,
    everybody: Tiles,
    instructions: Instructions,
}

/// Some of the mentors, in columns.
pub(crate) struct Tiles {
    list: Vec<Tile>,
    index: Index,
    /// Pairs that have met or must not be, by learner: where the mentor stands.
    exceptions: Vec<(u32, Place)>,
}

/// A tile, and a lane in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    tile: u32,
    lane: u32,
}

/// Looks at scores as they pass.
pub(crate) trait Visitor: Sync {
    /// What is known of a learner along the way.
    type State: Send;
    /// What is kept of it.
    type Kept: Send;

    /// Whether a learner is looked at.
    fn takes(&self, _: u32) -> bool {
        true
    }

    /// Before the first tile of a learner.
    fn begin(&self, learner: u32) -> Self::State;

    /// The scores of a tile, plus 1; 0 where a pair is absent. Tiles without any pair are left out. To be inlined always.
    fn visit(&self, state: &mut Self::State, tile: usize, scores: &Lanes);

    /// After the last tile.
    fn end(&self, state: Self::State) -> Self::Kept;
}

impl<'a> Columns<'a> {
    /// Puts the mentors into columns, of which there are no more than fit into about a gigabyte.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub fn new(round: &Round<'a>, instructions: Instructions, interrupt: &Interrupt) -> Result<Self, Interrupted> {
        let mut kinds: Vec<MentorKnown> = round.mentors.par_iter().map(MentorKnown::of).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let needs = Needs::of(round.learners, round.mentors.len().div_ceil(TILE) + kinds.len());
        let plans = Plans::new(round.learners, &needs);
        let rates = |&learner| kinds.iter().map(|&mentor| Rates::new(learner, mentor, round.weights)).collect();
        let rates = plans.known.par_iter().map(rates).collect();
        let nobody = Tiles { list: Vec::new(), index: Index::of(&[], 0, 0), exceptions: Vec::new() };
        let mut columns = Self { round: *round, needs, kinds, plans, rates, everybody: nobody, instructions };
        columns.everybody = columns.tiles_of(0..number(round.mentors.len()), interrupt)?;
        Ok(columns)
    }

    /// Whom the columns are of.
    #[must_use]
    pub fn round(&self) -> &Round<'a> {
        &self.round
    }

    /// What is scored with.
    pub(crate) fn instructions(&self) -> Instructions {
        self.instructions
    }

    /// All mentors who have a place.
    pub(crate) fn everybody(&self) -> &Tiles {
        &self.everybody
    }

    /// Of some mentors, in ascending order, those who have a place.
    pub(crate) fn tiles_of(
        &self,
        mentors: impl IntoIterator<Item = u32>,
        interrupt: &Interrupt,
    ) -> Result<Tiles, Interrupted> {
        let (mut in_columns, mut odd) = (Vec::new(), Vec::new());
        for mentor in mentors {
            let asked = &self.round.mentors[mentor as usize];
            if asked.capacity > 0 {
                if MentorKnown::of(asked).is_odd { &mut odd } else { &mut in_columns }.push(mentor);
            }
        }
        // Alike in what they speak and in when they are awake, so that the index leaves out more; those apart who speak a lot, for they would
        // be in everybody's way.
        for numbers in [&mut in_columns, &mut odd] {
            numbers.sort_by_cached_key(|&mentor| {
                let mentor = &self.round.mentors[mentor as usize];
                let languages = self.needs.languages_of(mentor);
                (languages.len(), languages, mentor.utc_offset_minutes)
            });
            numbers.chunks_mut(TILE).for_each(<[u32]>::sort_unstable);
        }
        let by_skill = self.needs.by_skill();
        let parts: Vec<&[u32]> = in_columns.chunks(TILE).chain(odd.chunks(TILE)).collect();
        let tile = |numbers| {
            interrupt.check()?;
            Ok(Tile::new(&self.kinds, numbers, self.round.mentors, &self.needs, &by_skill))
        };
        let tiles: Vec<Tile> = parts.into_par_iter().map(tile).collect::<Result<_, Interrupted>>()?;
        let index = Index::of(&tiles, self.needs.wants.len(), self.needs.languages.len());
        Ok(Tiles { exceptions: exceptions(&self.round, &tiles), index, list: tiles })
    }

    /// All scores, learner by learner in the order of their numbers, plus 1; 0 for pairs that are absent. Two bytes a pair: for tests, and for
    /// what is small.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub fn matrix(&self, interrupt: &Interrupt) -> Result<Vec<u16>, Interrupted> {
        struct Rows<'a, 'b>(&'a Columns<'b>);
        impl Visitor for Rows<'_, '_> {
            type State = Vec<u16>;
            type Kept = Vec<u16>;

            fn begin(&self, _: u32) -> Vec<u16> {
                vec![0; self.0.round.mentors.len()]
            }

            #[inline(always)]
            fn visit(&self, state: &mut Vec<u16>, tile: usize, scores: &Lanes) {
                for (&mentor, &score) in
                    self.0.everybody.mentors(tile).iter().zip(scores.iter()).filter(|&(&mentor, _)| mentor != NOBODY)
                {
                    state[mentor as usize] = score;
                }
            }

            fn end(&self, state: Vec<u16>) -> Vec<u16> {
                state
            }
        }
        let mut rows = self.scan(&self.everybody, &Rows(self), interrupt)?;
        rows.sort_unstable_by_key(|&(learner, _)| learner);
        Ok(rows.into_iter().flat_map(|(_, row)| row).collect())
    }

    /// `(mentor, score)` of all pairs that are not absent, by learner, ascending by mentor. Eight bytes a pair: for what is small.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub fn present(&self, interrupt: &Interrupt) -> Result<Vec<Vec<(u32, u16)>>, Interrupted> {
        struct Pairs<'a>(&'a Tiles);
        impl Visitor for Pairs<'_> {
            type State = Vec<(u32, u16)>;
            type Kept = Vec<(u32, u16)>;

            fn begin(&self, _: u32) -> Vec<(u32, u16)> {
                Vec::new()
            }

            #[inline(always)]
            fn visit(&self, state: &mut Vec<(u32, u16)>, tile: usize, scores: &Lanes) {
                let some = self.0.mentors(tile).iter().zip(scores.iter()).filter(|&(_, &score)| score > 0);
                state.extend(some.map(|(&mentor, &score)| (mentor, score - 1)));
            }

            fn end(&self, mut state: Vec<(u32, u16)>) -> Vec<(u32, u16)> {
                state.sort_unstable();
                state.shrink_to_fit();
                state
            }
        }
        let mut present = vec![Vec::new(); self.round.learners.len()];
        for (learner, pairs) in self.scan(&self.everybody, &Pairs(&self.everybody), interrupt)? {
            present[learner as usize] = pairs;
        }
        Ok(present)
    }

    /// The sum of all scores plus 1 of pairs that are not absent: one full pass that keeps next to nothing.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub fn total(&self, interrupt: &Interrupt) -> Result<u64, Interrupted> {
        struct Sum;
        impl Visitor for Sum {
            type State = [u32; TILE / 16];
            type Kept = u64;

            fn begin(&self, _: u32) -> [u32; TILE / 16] {
                [0; TILE / 16]
            }

            #[inline(always)]
            fn visit(&self, state: &mut [u32; TILE / 16], _: usize, scores: &Lanes) {
                // Eight times 4,096 fit into 16 bits.
                let mut sums = [0_u16; TILE / 8];
                for some in scores.as_chunks::<{ TILE / 8 }>().0 {
                    for lane in 0..sums.len() {
                        sums[lane] += some[lane];
                    }
                }
                for lane in 0..state.len() {
                    state[lane] += u32::from(sums[lane]) + u32::from(sums[lane + TILE / 16]);
                }
            }

            fn end(&self, state: [u32; TILE / 16]) -> u64 {
                state.into_iter().map(u64::from).sum()
            }
        }
        Ok(self.scan(&self.everybody, &Sum, interrupt)?.into_iter().map(|(_, sum)| sum).sum())
    }

    /// Passes over all pairs of the learners that the visitor takes with these mentors, in parallel; what it has kept of each learner.
    pub(crate) fn scan<V: Visitor>(
        &self,
        tiles: &Tiles,
        visitor: &V,
        interrupt: &Interrupt,
    ) -> Result<Vec<(u32, V::Kept)>, Interrupted> {
        let mut all = Vec::with_capacity(self.plans.learners.len());
        self.scan_each(tiles, visitor, interrupt, |learner, kept| all.push((learner, kept)))?;
        Ok(all)
    }

    /// As [`Self::scan`], for what would take much memory: what is kept of some learners is handed on before others are looked at.
    pub(crate) fn scan_each<V: Visitor>(
        &self,
        tiles: &Tiles,
        visitor: &V,
        interrupt: &Interrupt,
        mut hand_on: impl FnMut(u32, V::Kept),
    ) -> Result<(), Interrupted> {
        let arch = match self.instructions {
            Instructions::Best => pulp::Arch::new(),
            Instructions::Plain => pulp::Arch::Scalar,
        };
        // Those who are looked at come together, so that tasks are of as many, however few they are.
        let mut plans = self.plans.learners.iter().filter(|plan| visitor.takes(plan.learner));
        loop {
            let some: Vec<&Plan> = plans.by_ref().take(LEARNERS_AT_A_TIME * rayon::current_num_threads()).collect();
            if some.is_empty() {
                return Ok(());
            }
            let tasks: Vec<Vec<(u32, V::Kept)>> = some
                .par_chunks(LEARNERS_PER_TASK)
                // One by one, for cores are not equally fast: rayon by itself splits into quarters for two threads, and the slower core ends late.
                .with_max_len(1)
                .map(|plans| arch.dispatch(Task { columns: self, tiles, plans, visitor, interrupt }))
                .collect::<Result<_, Interrupted>>()?;
            tasks.into_iter().flatten().for_each(|(learner, kept)| hand_on(learner, kept));
        }
    }

    #[inline(never)]
    fn correct(&self, tiles: &Tiles, scores: &mut Lanes, learner: u32, tile: usize) {
        for lane in tiles.exceptions(learner, tile) {
            scores[lane] = self.one(learner, tiles.mentors(tile)[lane]);
        }
    }

    #[inline(never)]
    fn pair_by_pair(&self, mentors: &[u32; TILE], learner: u32) -> Lanes {
        Column(mentors.map(|mentor| if mentor == NOBODY { 0 } else { self.one(learner, mentor) }))
    }

    fn one(&self, learner: u32, mentor: u32) -> u16 {
        self.round.score(learner, mentor).map_or(0, |score| score + 1)
    }
}

impl Tiles {
    /// The mentors of a tile by lane, [`NOBODY`] at its end.
    pub(crate) fn mentors(&self, tile: usize) -> &[u32; TILE] {
        &self.list[tile].mentors
    }

    /// The numbers of all tiles.
    pub(crate) fn numbers(&self) -> std::ops::Range<usize> {
        0..self.list.len()
    }

    /// The exceptions of a learner in a tile.
    fn exceptions(&self, learner: u32, tile: usize) -> impl Iterator<Item = usize> {
        let tile = number(tile);
        let first = self.exceptions.partition_point(|&(other, place)| (other, place.tile) < (learner, tile));
        let own = self.exceptions[first..].iter();
        let own = own.take_while(move |&&(other, place)| (other, place.tile) == (learner, tile));
        own.map(|(_, place)| place.lane as usize)
    }
}

fn exceptions(round: &Round<'_>, tiles: &[Tile]) -> Vec<(u32, Place)> {
    if round.continuity.is_empty() && round.forbidden.is_empty() {
        return Vec::new();
    }
    let mut places = vec![None; round.mentors.len()];
    for (tile, columns) in (0..).zip(tiles) {
        for (lane, &mentor) in (0..).zip(&columns.mentors).filter(|&(_, &mentor)| mentor != NOBODY) {
            places[mentor as usize] = Some(Place { tile, lane });
        }
    }
    let pairs =
        round.continuity.iter().map(|&(learner, mentor, _)| (learner, mentor)).chain(round.forbidden.iter().copied());
    let mut exceptions: Vec<_> =
        pairs.filter_map(|(learner, mentor)| Some((learner, places[mentor as usize]?))).collect();
    exceptions.sort_unstable();
    exceptions.dedup();
    exceptions
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rayon::ThreadPoolBuilder;

    use super::*;
    use crate::people::{Learner, Weights};

    /// Counts what is kept, and tells each learner's number.
    struct Counting<'a>(&'a AtomicUsize);

    impl Visitor for Counting<'_> {
        type State = u32;
        type Kept = u32;

        fn begin(&self, learner: u32) -> u32 {
            learner
        }

        fn visit(&self, _: &mut u32, _: usize, _: &Lanes) {}

        fn end(&self, learner: u32) -> u32 {
            self.0.fetch_add(1, Ordering::Relaxed);
            learner
        }
    }

    #[test]
    fn what_is_kept_is_handed_on_before_it_becomes_much() {
        let learners = vec![Learner::default(); 3 * LEARNERS_AT_A_TIME];
        let weights = Weights::default();
        let (continuity, forbidden) = (&[], &[]);
        let round =
            Round { learners: &learners, mentors: &[], weights: &weights, continuity, forbidden, minimum_score: 0 };
        let (kept, mut handed_on, mut most) = (AtomicUsize::new(0), Vec::new(), 0);
        let columns = Columns::new(&round, Instructions::Best, &Interrupt::never()).ok();
        ThreadPoolBuilder::new().num_threads(1).build().ok().zip(columns).map(|(pool, columns)| {
            pool.install(|| {
                columns.scan_each(columns.everybody(), &Counting(&kept), &Interrupt::never(), |learner, own| {
                    assert_eq!(learner, own);
                    most = most.max(kept.load(Ordering::Relaxed) - handed_on.len());
                    handed_on.push(learner);
                })
            })
        });
        assert_eq!(most, LEARNERS_AT_A_TIME);
        handed_on.sort_unstable();
        assert!(handed_on.into_iter().eq(0..number(learners.len())));
    }
}
