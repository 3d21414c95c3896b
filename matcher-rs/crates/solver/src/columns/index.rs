//! An inverted index over tiles, by skill and language: who has nobody in a tile is not scored there.
//!
//! Without a skill and a language that are shared there is no pair.

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
    /// Where it is not known of everybody what they speak.
    silent: Bits,
    /// Where everybody is scored pair by pair.
    odd: Bits,
    all: Bits,
}

impl Index {
    /// Of so many sources and languages.
    pub(super) fn of(tiles: &[Tile], sources: usize, languages: usize) -> Self {
        Self {
            sources: Bits::of(tiles, 0..sources, Tile::has_levels),
            languages: Bits::of(tiles, 0..languages, Tile::speaks),
            silent: Bits::of(tiles, [()], |tile, ()| tile.silent.contains(&u8::MAX)),
            odd: Bits::of(tiles, [()], |tile, ()| tile.is_odd),
            all: Bits::of(tiles, [()], |_, ()| true),
        }
    }

    /// How many words [`Self::pairs`] has for each learner.
    pub(super) fn words(&self) -> usize {
        self.all.words
    }

    /// The tiles in which there may be pairs with a learner, by bits: in all others there is none.
    pub(super) fn pairs(&self, plan: &Plan, plans: &Plans) -> impl Iterator<Item = u64> {
        (0..self.words()).map(move |word| self.pairs_of(plan, plans, word))
    }

    fn pairs_of(&self, plan: &Plan, plans: &Plans, word: usize) -> u64 {
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

#[cfg(test)]
mod tests {
    use crate::columns::{Columns, Instructions, TILE};
    use crate::people::{Learner, Mentor, Want, Weights};
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
        let places =
            columns.plans.learners.iter().map(|plan| (plan.learner, index.pairs(plan, &columns.plans).collect()));
        let mut places: Vec<(u32, Vec<u64>)> = places.collect();
        places.sort_unstable();
        let expected = [0b11, 0b01, 0b10, 0b00, 0b00];
        assert_eq!(places, (0..).zip(expected.map(|bits| vec![bits])).collect::<Vec<_>>());
    }
}
