//! The best choices of one learner, as they pass by.

#![allow(
    clippy::inline_always,
    reason = "what is not inlined is done without vectors: see `dense::select::vectorised`"
)]
#![allow(clippy::needless_range_loop, reason = "a loop over the lanes of several arrays says so")]

use super::lists::Choice;
use crate::columns::{Column, Lanes, TILE};

/// What an absent pair is good for: less than anything that is looked for.
pub(super) const ABSENT: i16 = i16::MIN;
const LEAST: i16 = ABSENT + 1;
/// An odd number that scatters mentors over 32 bits, and the one that gathers them again: their product is 1.
const SCATTER: u32 = 0x9E37_79B1;
const GATHER: u32 = 0x0E8B_2F51;
/// Lanes stand in rows of so many, and each has the bit of its row.
const ROW: usize = TILE / 16;
const ROW_BIT: Column<u16> = {
    let mut bits = [0; TILE];
    let mut lane = 0;
    while lane < TILE {
        bits[lane] = 1 << (lane / ROW);
        lane += 1;
    }
    Column(bits)
};
/// How many times as many are kept before the worse of them are forgotten.
const ROOM: usize = 4;

/// A choice in the order in which one learner prefers them, the best the largest: by what it is good for (16 bits), then by an order of mentors
/// that is the learner's own (32); the score follows (16).
///
/// The own order does not depend on how choices came, and learners who like the same mentors do not all remember the same few.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ranked(u64);

impl Ranked {
    #[inline(always)]
    fn new(good: i16, mentor: u32, score: u16, salt: u32) -> Self {
        let good = good.cast_unsigned() ^ (1 << 15);
        let order = (mentor ^ salt).wrapping_mul(SCATTER);
        Self(u64::from(good) << 48 | u64::from(!order) << 16 | u64::from(score))
    }

    #[allow(clippy::cast_possible_truncation, reason = "the upper 16 of 64 bits")]
    fn good(self) -> i16 {
        ((self.0 >> 48) as u16 ^ (1 << 15)).cast_signed()
    }

    #[allow(clippy::cast_possible_truncation, reason = "32 bits, and the lowest 16")]
    fn choice(self, salt: u32) -> Choice {
        let order = !((self.0 >> 16) as u32);
        Choice::new(self.0 as u16, order.wrapping_mul(GATHER) ^ salt)
    }
}

/// Choices by what they are good for: what the score counts less the price, plus 1.
pub(super) struct Found {
    pub(super) learner: u32,
    /// What counts with every choice besides.
    priority: i32,
    /// What the learner's own order comes from.
    salt: u32,
    /// Choices from here on are taken.
    least: i16,
    /// From here on they are better than what the learner has.
    better: i16,
    /// How many are kept, unless all are.
    keep: usize,
    has_better: bool,
    /// Whether all are kept as long as none is better.
    keeps_equals: bool,
    ranked: Vec<Ranked>,
    /// How many of them have been counted.
    pub(super) counted: usize,
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
    /// Nothing yet; choices that are good for `least` will be taken, at most `keep` of them are kept, and all if `keeps_equals` as long as none
    /// is good for `better`.
    pub(super) fn new(
        (learner, priority): (u32, i32),
        (least, better): (i64, i64),
        keep: usize,
        keeps_equals: bool,
    ) -> Self {
        // Nothing is good for less than a score of 0 at the highest price, nor for more than the highest score: whatever lies beyond may
        // be moved.
        let lane = |utility: i64| {
            let plus_one = (utility - i64::from(priority) + 1).clamp(i64::from(LEAST), i64::from(i16::MAX));
            i16::try_from(plus_one).unwrap_or(i16::MAX)
        };
        Self {
            learner,
            priority,
            salt: learner.wrapping_mul(0x85EB_CA6B),
            least: lane(least),
            better: lane(better),
            keep,
            has_better: false,
            keeps_equals,
            ranked: Vec::new(),
            counted: 0,
            beyond: None,
        }
    }

    /// How many are kept now.
    pub(super) fn len(&self) -> usize {
        self.ranked.len()
    }

    /// Forgets all, and takes no more.
    pub(super) fn give_up(&mut self) {
        (self.ranked, self.counted, self.least) = (Vec::new(), 0, i16::MAX);
    }

    /// What was found and is not known.
    pub(super) fn finish(mut self, is_known: impl Fn(u32) -> bool) -> Kept {
        if self.ranked.len() > self.keep && (self.has_better || !self.keeps_equals) {
            self.shorten();
        }
        self.ranked.retain(|ranked| !is_known(ranked.choice(self.salt).mentor()));
        let mut choices: Box<[Choice]> = self.ranked.iter().map(|ranked| ranked.choice(self.salt)).collect();
        choices.sort_unstable_by_key(|choice| choice.mentor());
        let beyond = self.beyond.map(|beyond| i32::from(beyond) - 1 + self.priority);
        Kept { choices, has_better: self.has_better, beyond }
    }

    /// Looks at a tile: `good` is what each lane is good for.
    #[inline(always)]
    pub(super) fn look(&mut self, mentors: &[u32; TILE], scores: &Lanes, good: &Column<i16>) {
        let mut largest = ABSENT;
        for lane in 0..TILE {
            largest = largest.max(good[lane]);
        }
        if largest >= self.least {
            if !self.keeps_equals {
                self.raise_least(good, largest);
            }
            self.take(mentors, scores, good);
        }
    }

    /// Where many more are to be taken than are kept, those that are worse than so many of them are not.
    #[inline(always)]
    fn raise_least(&mut self, good: &Column<i16>, largest: i16) {
        let (mut enough, mut too_few) = (self.least, largest.saturating_add(1));
        let mut taken = count(good, enough);
        while taken > 2 * self.keep && too_few - enough > 1 {
            let middle = enough.midpoint(too_few);
            let better = count(good, middle);
            if better >= self.keep { (enough, taken) = (middle, better) } else { too_few = middle }
        }
        if enough > self.least {
            self.least = enough;
            self.beyond = self.beyond.max(Some(enough - 1));
        }
    }

    #[inline(always)]
    fn take(&mut self, mentors: &[u32; TILE], scores: &Lanes, good: &Column<i16>) {
        let mut bits = Column::<u16>::of(0);
        for lane in 0..TILE {
            bits[lane] = if good[lane] >= self.least { ROW_BIT[lane] } else { 0 };
        }
        // What is found are few bits of few words then.
        let mut is_taken = [0_u16; ROW];
        for row in bits.as_chunks::<ROW>().0 {
            for at in 0..ROW {
                is_taken[at] |= row[at];
            }
        }
        // Else the compiler makes the words bit by bit.
        let is_taken = std::hint::black_box(is_taken);
        for (first, &[a, b, c, d]) in (0..).step_by(4).zip(is_taken.as_chunks::<4>().0) {
            let mut word = u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48;
            while word != 0 {
                let bit = word.trailing_zeros() as usize;
                self.keep(bit % 16 * ROW + first + bit / 16, mentors, scores, good);
                word &= word - 1;
            }
        }
    }

    #[inline(always)]
    fn keep(&mut self, lane: usize, mentors: &[u32; TILE], scores: &Lanes, good: &Column<i16>) {
        let good = good[lane];
        // What is taken may have become more since the tile was looked at.
        if good >= self.least {
            if self.ranked.is_empty() && !self.keeps_equals {
                self.ranked.reserve_exact(ROOM * self.keep.min(TILE));
            }
            self.ranked.push(Ranked::new(good, mentors[lane], scores[lane] - 1, self.salt));
            self.has_better |= good >= self.better;
            if self.ranked.len() >= ROOM * self.keep && (self.has_better || !self.keeps_equals) {
                self.shorten();
            }
        }
    }

    #[inline(never)]
    fn shorten(&mut self) {
        let (_, &mut cut, rest) = self.ranked.select_nth_unstable_by(self.keep - 1, |a, b| b.cmp(a));
        // What is less good than the last that stays is not looked at again.
        self.beyond = self.beyond.max(rest.iter().map(|ranked| ranked.good()).max()).max(Some(cut.good() - 1));
        self.ranked.truncate(self.keep);
        self.least = cut.good();
    }
}

/// How many are good for so much.
#[inline(always)]
fn count(good: &Column<i16>, least: i16) -> usize {
    let mut count = 0;
    for lane in 0..TILE {
        count += u16::from(good[lane] >= least);
    }
    count.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is kept of tiles in which lane by lane choices are good for these; their scores are as much.
    fn kept(tiles: &[[i16; TILE]], (least, better): (i64, i64), keeps_equals: bool, keep: usize) -> Kept {
        let mut found = Found::new((7, 0), (least, better), keep, keeps_equals);
        for (first, good) in (0..).step_by(TILE).zip(tiles) {
            let mut mentors = [0; TILE];
            mentors.iter_mut().zip(first..).for_each(|(mentor, number)| *mentor = number);
            found.look(&mentors, &Column(good.map(i16::cast_unsigned)), &Column(*good));
        }
        found.finish(|mentor| mentor == 3)
    }

    /// Numbers from 1 to 4,000, each tile in an order of its own.
    fn scattered(tile: u32) -> [i16; TILE] {
        let mut numbers = [0; TILE];
        for (lane, number) in (0..).zip(&mut numbers) {
            let scattered = (u32::try_from(TILE).unwrap_or(0) * tile + lane + 1).wrapping_mul(SCATTER);
            *number = 1 + i16::try_from(scattered % 4000).unwrap_or(0);
        }
        numbers
    }

    #[test]
    fn a_mentor_comes_back_from_the_own_order() {
        for (mentor, salt) in [(0, 0), (1, 7), (0xF_FFFF, 0xFFFF_FFFF), (12_345, 0x8000_0001)] {
            let ranked = Ranked::new(-5, mentor, 4095, salt);
            assert_eq!((ranked.good(), ranked.choice(salt)), (-5, Choice::new(4095, mentor)));
        }
    }

    #[test]
    fn the_best_are_kept_and_nothing_beyond_them_is_better_than_said() {
        let tiles: Vec<[i16; TILE]> = (0..9).map(scattered).collect();
        let mut all: Vec<i16> = tiles.iter().flatten().copied().collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        for keep in [1, 2, 16, 40] {
            let kept = kept(&tiles, (0, 0), false, keep);
            let mut scores: Vec<i16> = kept.choices.iter().map(|choice| choice.score().cast_signed() + 1).collect();
            scores.sort_unstable_by(|a, b| b.cmp(a));
            assert_eq!(scores, all[..keep]);
            let beyond = kept.beyond.unwrap_or(i32::MIN);
            assert!((i32::from(all[keep]) - 1..i32::from(all[keep - 1])).contains(&beyond), "{keep}: {beyond}");
        }
    }

    #[test]
    fn what_is_not_taken_for_there_are_enough_better_ones_is_beyond() {
        let mut tile = [ABSENT; TILE];
        tile[..5].copy_from_slice(&[10, 50, 8, 9, 100]);
        let kept = kept(&[tile], (0, 0), false, 2);
        assert_eq!(kept.choices.iter().map(|choice| choice.mentor()).collect::<Vec<_>>(), [1, 4]);
        assert!(kept.beyond.is_some_and(|beyond| (9..49).contains(&beyond)), "{:?}", kept.beyond);
    }

    #[test]
    fn all_are_kept_that_are_as_good_unless_one_is_better() {
        let mut tiles = [[7; TILE], [6; TILE]];
        let equal = kept(&tiles, (6, 7), true, 2);
        // But for the one that is known.
        assert_eq!((equal.choices.len(), equal.has_better, equal.beyond), (TILE - 1, false, None));
        tiles[1][200] = 8;
        let better = kept(&tiles, (6, 7), true, 2);
        assert_eq!((better.choices.len(), better.has_better, better.beyond), (2, true, Some(6)));
        assert!(better.choices.contains(&Choice::new(7, 456)));
    }
}
