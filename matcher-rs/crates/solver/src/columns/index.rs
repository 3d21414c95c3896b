//! An inverted index over tiles, by skill, language and hour: who has nobody in a tile is not scored there.
//!
//! Without a skill and a language that are shared there is no pair. A pair without a common hour is one, of no common minutes: they are not
//! counted.

use super::hours::{self, Hours};
use super::needs::Needs;
use super::plan::{Class, Plan, Plans};
use super::tile::Tile;

/// A bit for each tile, for one thing after another.
struct Bits {
    /// 64-bit words of each.
    words: usize,
    bits: Vec<u64>,
}

pub(super) struct Index {
    /// By source, whether anybody in a tile has any level of it.
    sources: Bits,
    /// By language, whether anybody in a tile speaks it.
    languages: Bits,
    /// By hour of the week, whether anybody in a tile is available in it.
    hours: Bits,
    /// Where it is not known of everybody what they speak.
    silent: Bits,
    /// Where everybody is scored pair by pair.
    odd: Bits,
    all: Bits,
}

/// 64 tiles that a learner looks at, by bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wanted {
    /// In which there may be a pair: in all others there is none.
    pairs: u64,
    /// In which somebody is available in some hour that the learner is: in all others there are no common minutes.
    minutes: u64,
}

impl Index {
    /// Of so many sources and languages.
    pub(super) fn of(tiles: &[Tile], sources: usize, languages: usize) -> Self {
        Self {
            sources: Bits::of(tiles, 0..sources, Tile::has_levels),
            languages: Bits::of(tiles, 0..languages, Tile::speaks),
            hours: Bits::of(tiles, 0..hours::OF_WEEK, |tile, hour| tile.hours.has(hour)),
            silent: Bits::of(tiles, [()], |tile, ()| tile.silent.contains(&u8::MAX)),
            odd: Bits::of(tiles, [()], |tile, ()| tile.is_odd),
            all: Bits::of(tiles, [()], |_, ()| true),
        }
    }

    /// How many [`Wanted`] there are for each learner.
    pub(super) fn words(&self) -> usize {
        self.all.words
    }

    /// The tiles that a learner looks at.
    #[inline(always)]
    pub(super) fn wanted(&self, plan: &Plan, plans: &Plans, needs: &Needs<'_>) -> impl Iterator<Item = Wanted> {
        let minutes = |&(start, end): &(u32, u32)| (needs.minutes[start as usize], needs.minutes[end as usize]);
        let hours = Hours::of(plans.intervals_of(plan).iter().map(minutes));
        (0..self.words()).map(move |word| Wanted {
            pairs: self.pairs(plan, plans, word),
            minutes: hours.iter().fold(0, |some, hour| some | self.hours.word(hour, word)),
        })
    }

    fn pairs(&self, plan: &Plan, plans: &Plans, word: usize) -> u64 {
        let mut pairs = self.all.word(0, word);
        if plan.is_pair_by_pair {
            return pairs;
        }
        let odd = self.odd.word(0, word);
        if plan.wants_skills {
            let some = plans.terms_of(plan).iter().map(|term| self.sources.word(term.source as usize, word));
            pairs &= some.fold(odd, |some, more| some | more);
        }
        let Class { languages, .. } = &plans.classes[plan.class as usize];
        if !languages.is_empty() {
            let some = languages.iter().map(|&language| self.languages.word(language as usize, word));
            pairs &= some.fold(odd | self.silent.word(0, word), |some, more| some | more);
        }
        pairs
    }
}

impl Bits {
    /// Of each thing, whether it is set for each tile.
    fn of<T: Copy>(tiles: &[Tile], things: impl IntoIterator<Item = T>, is_set: impl Fn(&Tile, T) -> bool) -> Self {
        let word = |(thing, tiles): (T, &[Tile])| {
            tiles.iter().zip(0..).fold(0, |word, (tile, bit)| word | u64::from(is_set(tile, thing)) << bit)
        };
        let words = things.into_iter().flat_map(|thing| tiles.chunks(64).map(move |tiles| (thing, tiles)));
        Self { words: tiles.len().div_ceil(64), bits: words.map(word).collect() }
    }

    fn word(&self, thing: usize, word: usize) -> u64 {
        self.bits[thing * self.words + word]
    }
}

impl Wanted {
    /// Whether there may be pairs in a tile.
    #[inline(always)]
    pub(super) fn has_pairs(wanted: &[Self], tile: usize) -> bool {
        has(wanted[tile / 64].pairs, tile)
    }

    /// Whether there may be common minutes.
    #[inline(always)]
    pub(super) fn has_minutes(wanted: &[Self], tile: usize) -> bool {
        has(wanted[tile / 64].minutes, tile)
    }
}

#[inline(always)]
fn has(bits: u64, tile: usize) -> bool {
    bits >> (tile % 64) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::Wanted;
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
        assert_eq!(looked_at(&learners, &mentors, |wanted| wanted.pairs), [0b11, 0b01, 0b10, 0b00, 0b00]);
    }

    #[test]
    fn minutes_are_not_counted_where_nobody_shares_an_hour() {
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
        assert_eq!(looked_at(&learners, &mentors, |wanted| wanted.minutes), [0b01, 0b01, 0b10, 0b10, 0b00]);
    }

    /// For each learner, the bits of some of no more than 64 tiles.
    fn looked_at(learners: &[Learner], mentors: &[Mentor], bits: impl Fn(Wanted) -> u64) -> Vec<u64> {
        let weights = &Weights::default();
        let round = Round { learners, mentors, weights, continuity: &[], forbidden: &[], minimum_score: 0 };
        let columns = Columns::new(&round, Instructions::Best, &Interrupt::never()).unwrap();
        let Columns { plans, needs, .. } = &columns;
        let wanted = |plan| columns.everybody().index.wanted(plan, plans, needs).map(&bits);
        let mut tiles: Vec<(u32, u64)> =
            plans.learners.iter().flat_map(|plan| wanted(plan).map(|bits| (plan.learner, bits))).collect();
        tiles.sort_unstable();
        tiles.into_iter().map(|(_, bits)| bits).collect()
    }
}
