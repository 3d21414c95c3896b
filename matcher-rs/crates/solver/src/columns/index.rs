//! An inverted index over tiles, by skill, language and hour: who has nobody in a tile is not scored there.
//!
//! Without a skill and a language that are shared there is no pair. A pair without a common hour is one, of no common minutes: they are not
//! counted.

use super::plan::{Class, Plan, Plans};
use super::tile::Tile;
use crate::people::WEEK_HOURS;

/// A bit for each tile.
type Bits = Vec<u64>;

pub(super) struct Index {
    /// By source, whether anybody in a tile has any level of it.
    sources: Vec<Bits>,
    /// By language, whether anybody in a tile speaks it.
    languages: Vec<Bits>,
    /// By hour of the week, whether anybody in a tile is available in it.
    hours: Vec<Bits>,
    /// Where it is not known who speaks what.
    silent: Bits,
    /// Where everybody is scored pair by pair.
    odd: Bits,
    all: Bits,
}

impl Index {
    /// Of so many sources and languages.
    pub(super) fn of(tiles: &[Tile], sources: usize, languages: usize) -> Self {
        let bits = |is_set: &dyn Fn(&Tile) -> bool| {
            let word = |tiles: &[Tile]| {
                tiles.iter().zip(0..).fold(0, |word, (tile, bit)| word | u64::from(is_set(tile)) << bit)
            };
            tiles.chunks(64).map(word).collect()
        };
        Self {
            sources: (0..sources).map(|source| bits(&|tile| tile.rows[source].is_some())).collect(),
            languages: (0..languages).map(|language| bits(&|tile| tile.speaks(language))).collect(),
            hours: (0..WEEK_HOURS).map(|hour| bits(&|tile| tile.hours.has(hour))).collect(),
            silent: bits(&|tile| !tile.known.languages),
            odd: bits(&|tile| tile.known.is_odd),
            all: bits(&|_| true),
        }
    }

    /// The tiles in which a learner may be half of a pair: in all others there is none.
    pub(super) fn tiles_for(&self, plan: &Plan, plans: &Plans) -> Bits {
        let mut bits = self.all.clone();
        if plan.is_pair_by_pair {
            return bits;
        }
        if plan.wants_skills {
            let mut some = self.odd.clone();
            for term in &plans.terms[plan.terms.0 as usize..plan.terms.1 as usize] {
                add(&mut some, &self.sources[term.source as usize]);
            }
            keep(&mut bits, &some);
        }
        let Class { languages, .. } = &plans.classes[plan.class as usize];
        if !languages.is_empty() {
            let mut some = self.odd.clone();
            add(&mut some, &self.silent);
            for &language in languages {
                add(&mut some, &self.languages[language as usize]);
            }
            keep(&mut bits, &some);
        }
        bits
    }

    /// The tiles in which somebody is available in some hour of these intervals: in all others there are no common minutes.
    pub(super) fn tiles_available(&self, intervals: &[(u32, u32)], minutes: &[u16]) -> Bits {
        let mut bits = vec![0; self.all.len()];
        for &(start, end) in intervals {
            let hours = minutes[start as usize] / 60..minutes[end as usize].div_ceil(60);
            self.hours[usize::from(hours.start)..usize::from(hours.end)].iter().for_each(|hour| add(&mut bits, hour));
        }
        bits
    }
}

/// Whether the bit of a tile is set.
#[inline(always)]
pub(super) fn has(bits: &[u64], tile: usize) -> bool {
    bits[tile / 64] >> (tile % 64) & 1 == 1
}

fn add(bits: &mut [u64], others: &[u64]) {
    bits.iter_mut().zip(others).for_each(|(bits, others)| *bits |= others);
}

fn keep(bits: &mut [u64], others: &[u64]) {
    bits.iter_mut().zip(others).for_each(|(bits, others)| *bits &= others);
}

#[cfg(test)]
mod tests {
    use crate::columns::{Columns, Instructions, TILE};
    use crate::people::{Learner, Mentor, Want, Week, Weights};
    use crate::{Interrupt, Round};

    #[test]
    fn tiles_without_a_skill_or_a_language_are_left_out() {
        let want = |skill| vec![Want { skill, level: 1, weight: 1, ..Want::default() }];
        let learner = |wants, languages| Learner { wants, languages, ..Learner::default() };
        let learners = [
            learner(vec![], vec![]),
            learner(want(1), vec![]),
            learner(vec![], vec![8]),
            learner(want(1), vec![8]),
            learner(want(3), vec![7, 8]),
        ];
        // A tile of those who speak 7 and one of those who speak 8, of whom one knows 1; all know 2.
        let mentor = |number| Mentor {
            skills: if number == 0 { vec![(1, 1), (2, 1)] } else { vec![(2, 1)] },
            languages: vec![if number < TILE { 7 } else { 8 }],
            capacity: 1,
            ..Mentor::default()
        };
        let mentors: Vec<Mentor> = (0..2 * TILE).map(mentor).collect();
        let weights = Weights::default();
        let round = Round {
            learners: &learners,
            mentors: &mentors,
            weights: &weights,
            continuity: &[],
            forbidden: &[],
            minimum_score: 0,
        };
        let columns = Columns::new(&round, Instructions::Best, &Interrupt::never()).unwrap();
        let index = &columns.everybody().index;
        let mut places: Vec<(u32, Vec<u64>)> =
            columns.plans.learners.iter().map(|plan| (plan.learner, index.tiles_for(plan, &columns.plans))).collect();
        places.sort_unstable();
        let expected = [0b11, 0b01, 0b10, 0b00, 0b00];
        assert_eq!(places, (0..).zip(expected.map(|bits| vec![bits])).collect::<Vec<_>>());
    }

    #[test]
    fn times_are_not_looked_at_where_nobody_shares_an_hour() {
        let week = |start: u16, end: u16| Week::from_intervals(vec![(start, end)]);
        let times = [week(0, 60), week(59, 61), week(119, 121), week(121, 240), Week::default()];
        let learners = times.map(|availability| Learner { availability, ..Learner::default() });
        // A tile of those who are available in the first hour, in the west, and one of the third and fourth, in the east.
        let mentor = |number| Mentor {
            availability: if number < TILE { week(0, 30) } else { week(150, 190) },
            utc_offset_minutes: Some(if number < TILE { -300 } else { 60 }),
            capacity: 1,
            ..Mentor::default()
        };
        let mentors: Vec<Mentor> = (0..2 * TILE).rev().map(mentor).collect();
        let weights = Weights::default();
        let round = Round {
            learners: &learners,
            mentors: &mentors,
            weights: &weights,
            continuity: &[],
            forbidden: &[],
            minimum_score: 0,
        };
        let columns = Columns::new(&round, Instructions::Best, &Interrupt::never()).unwrap();
        let index = &columns.everybody().index;
        let Columns { plans, needs, .. } = &columns;
        let places = plans
            .learners
            .iter()
            .map(|plan| (plan.learner, index.tiles_available(plans.intervals_of(plan), &needs.minutes)));
        let mut places: Vec<(u32, Vec<u64>)> = places.collect();
        places.sort_unstable();
        let expected = [0b01, 0b01, 0b10, 0b10, 0b00];
        assert_eq!(places, (0..).zip(expected.map(|bits| vec![bits])).collect::<Vec<_>>());
    }
}
