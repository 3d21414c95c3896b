//! The pairs of a problem one after another, 12 bytes each, or 4 where columns and values fit into that.

use std::iter::{Copied, Zip};
use std::ops::Range;
use std::slice::Iter;

use rayon::prelude::*;

use crate::problem::{MAXIMUM_SIDE, number};
use crate::worth::{PriceTable, mask};

const COLUMN_BITS: u32 = MAXIMUM_SIDE.trailing_zeros();
/// The largest value of a narrow pair, counted from the smallest that there can be. Every score is one, counted from 0.
const LARGEST_NARROW: i64 = (1 << (u32::BITS - COLUMN_BITS)) - 1;
/// Among so few entries a column is looked for by looking at all of them.
const SHORT: usize = 64;
/// Pairs that one thread looks at, at least.
const PER_THREAD: usize = 1 << 16;

#[derive(Clone, Debug)]
pub(crate) enum Entries {
    /// A value, counted from `least`, above its column.
    Narrow {
        least: i64,
        words: Vec<u32>,
    },
    Wide {
        columns: Vec<u32>,
        values: Vec<i64>,
    },
}

impl Entries {
    pub(crate) fn wide() -> Self {
        Self::Wide { columns: Vec::new(), values: Vec::new() }
    }

    /// Narrow until something does not fit: scores do.
    pub(crate) fn narrow() -> Self {
        Self::Narrow { least: 0, words: Vec::new() }
    }

    /// No entries, for some of these: narrow until something does not fit. If these are not narrow, values on both sides of their first do.
    pub(crate) fn for_some(&self) -> Self {
        let least = match self {
            Self::Narrow { least, .. } => *least,
            Self::Wide { values, .. } => values.first().map_or(0, |value| value - LARGEST_NARROW / 2),
        };
        Self::Narrow { least, words: Vec::new() }
    }

    /// All of these, one after another; narrow if all of them are, in which case they are so from the same value.
    pub(crate) fn joined(mut parts: Vec<Self>) -> Self {
        if !parts.iter().all(Self::is_narrow) {
            parts.iter_mut().for_each(Self::widen);
        }
        let (mut least, mut words, mut all_columns, mut all_values) = (0, Vec::new(), Vec::new(), Vec::new());
        for part in &parts {
            match part {
                Self::Narrow { least: from, words: own } => {
                    least = *from;
                    words.push(&**own);
                }
                Self::Wide { columns, values } => {
                    all_columns.push(&**columns);
                    all_values.push(&**values);
                }
            }
        }
        if all_columns.is_empty() {
            Self::Narrow { least, words: concatenated(&words) }
        } else {
            Self::Wide { columns: concatenated(&all_columns), values: concatenated(&all_values) }
        }
    }

    /// As many entries, that take as much each, for [`Self::set`] to fill in.
    pub(crate) fn blank(&self) -> Self {
        let count = self.len();
        match self {
            Self::Narrow { least, .. } => Self::Narrow { least: *least, words: vec![0; count] },
            Self::Wide { .. } => Self::Wide { columns: vec![0; count], values: vec![0; count] },
        }
    }

    /// Puts a number in the place of a column, and one of the values that these are made for.
    pub(crate) fn set(&mut self, at: usize, column: u32, value: i64) {
        match self {
            Self::Narrow { least, words } => words[at] = pack(column, value - *least),
            Self::Wide { columns, values } => (columns[at], values[at]) = (column, value),
        }
    }

    pub(crate) fn is_narrow(&self) -> bool {
        matches!(self, Self::Narrow { .. })
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Narrow { words, .. } => words.len(),
            Self::Wide { columns, .. } => columns.len(),
        }
    }

    pub(crate) fn extend(&mut self, entries: &[(u32, i64)]) {
        self.widen_for(entries);
        match self {
            Self::Narrow { least, words } => {
                words.extend(entries.iter().map(|&(column, value)| pack(column, value - *least)));
            }
            Self::Wide { columns, values } => {
                columns.extend(entries.iter().map(|&(column, _)| column));
                values.extend(entries.iter().map(|&(_, value)| value));
            }
        }
    }

    /// Adds what others have in a range.
    pub(crate) fn extend_from(&mut self, others: &Self, range: Range<usize>) {
        match (&mut *self, others) {
            (Self::Narrow { least, words }, Self::Narrow { least: from, words: others }) if *least == *from => {
                words.extend_from_slice(&others[range]);
            }
            _ => range.for_each(|at| self.push(others.at(at))),
        }
    }

    /// Adds what others have in a place; returns it.
    #[inline]
    pub(crate) fn push_from(&mut self, others: &Self, at: usize) -> (u32, i64) {
        let pair = others.at(at);
        match (&mut *self, others) {
            (Self::Narrow { least, words }, Self::Narrow { least: from, words: others }) if *least == *from => {
                words.push(others[at]);
            }
            _ => self.push(pair),
        }
        pair
    }

    fn push(&mut self, (column, value): (u32, i64)) {
        self.widen_for(&[(column, value)]);
        match self {
            Self::Narrow { least, words } => words.push(pack(column, value - *least)),
            Self::Wide { columns, values } => {
                columns.push(column);
                values.push(value);
            }
        }
    }

    /// Those of up to [`MASKED`] in a range that are worth so much at these prices, as bits, the first lowest. Not inlined, so that the loop has all
    /// registers.
    #[inline(never)]
    pub(crate) fn worth_at_least(&self, range: Range<usize>, prices: &PriceTable, least: i64) -> u64 {
        let prices = prices.of_row();
        match self {
            Self::Narrow { least: from, words } => {
                let worths = words[range].iter().map(|&word| prices.worth(unpack(word, 0)));
                mask(worths, least.saturating_sub(*from))
            }
            Self::Wide { columns, values } => {
                let pairs = columns[range.clone()].iter().copied().zip(values[range].iter().copied());
                mask(pairs.map(|pair| prices.worth(pair)), least)
            }
        }
    }

    fn at(&self, at: usize) -> (u32, i64) {
        match self {
            Self::Narrow { least, words } => unpack(words[at], *least),
            Self::Wide { columns, values } => (columns[at], values[at]),
        }
    }

    pub(crate) fn truncate(&mut self, count: usize) {
        match self {
            Self::Narrow { words, .. } => words.truncate(count),
            Self::Wide { columns, values } => {
                columns.truncate(count);
                values.truncate(count);
            }
        }
    }

    /// Makes exactly so much room at the end.
    pub(crate) fn grow(&mut self, more: usize) {
        let length = self.len() + more;
        match self {
            Self::Narrow { words, .. } => {
                words.reserve_exact(more);
                words.resize(length, 0);
            }
            Self::Wide { columns, values } => {
                columns.reserve_exact(more);
                columns.resize(length, 0);
                values.reserve_exact(more);
                values.resize(length, 0);
            }
        }
    }

    /// No entries, stored as these are as long as they fit.
    pub(crate) fn none(&self) -> Self {
        match self {
            Self::Narrow { least, .. } => Self::Narrow { least: *least, words: Vec::new() },
            Self::Wide { .. } => Self::wide(),
        }
    }

    /// Puts others, made by [`Self::none`], in the place of as many from `start` on.
    pub(crate) fn put(&mut self, start: usize, others: &Self) {
        if !others.is_narrow() {
            self.widen();
        }
        match (&mut *self, others) {
            (Self::Narrow { words, .. }, Self::Narrow { words: others, .. }) => {
                words[start..start + others.len()].copy_from_slice(others);
            }
            _ => {
                for (at, (column, value)) in (start..).zip(others.of(0..others.len())) {
                    self.set(at, column, value);
                }
            }
        }
    }

    /// Counts narrow values from another value where these do not fit and would then, with all others.
    pub(crate) fn recount_for(&mut self, entries: &[(u32, i64)]) {
        let Self::Narrow { least, words } = self else { return };
        let values = || entries.iter().map(|&(_, value)| value);
        if values().all(|value| (0..=LARGEST_NARROW).contains(&(value - *least))) {
            return;
        }
        let all = || words.iter().map(|&word| unpack(word, *least).1).chain(values());
        let (Some(lowest), Some(highest)) = (all().min(), all().max()) else { return };
        let room = LARGEST_NARROW - (highest - lowest);
        if room >= 0 {
            let before = *least - (lowest - room / 2);
            for word in words {
                let (column, value) = unpack(*word, before);
                *word = pack(column, value);
            }
            *least -= before;
        }
    }

    fn widen_for(&mut self, entries: &[(u32, i64)]) {
        if let Self::Narrow { least, .. } = self
            && !entries.iter().all(|&(_, value)| (0..=LARGEST_NARROW).contains(&(value - *least)))
        {
            self.widen();
        }
    }

    fn widen(&mut self) {
        if let Self::Narrow { least, words } = self {
            let (columns, values) = words.iter().map(|&word| unpack(word, *least)).unzip();
            *self = Self::Wide { columns, values };
        }
    }

    /// The columns and values of a range.
    pub(crate) fn of(&self, range: Range<usize>) -> Stretch<'_> {
        match self {
            Self::Narrow { least, words } => Stretch::Narrow(*least, words[range].iter()),
            Self::Wide { columns, values } => {
                Stretch::Wide(columns[range.clone()].iter().copied().zip(values[range].iter().copied()))
            }
        }
    }

    /// Of a range, ascending by column, those in some of the columns.
    pub(crate) fn within(&self, range: Range<usize>, columns: Range<u32>) -> Stretch<'_> {
        let own = self.stored(range.clone());
        let until = |end: u32| range.start + own.partition_point(|&stored| self.column(stored) < end);
        self.of(until(columns.start)..until(columns.end))
    }

    /// The value of a column in a range, ascending by column.
    pub(crate) fn value(&self, range: Range<usize>, column: u32) -> Option<i64> {
        let own = self.stored(range.clone());
        // Where it is, or would be.
        let at = if own.len() <= SHORT {
            // Several side by side, and no step waits for memory that the one before asked for.
            own.iter().map(|&stored| u32::from(self.column(stored) < column)).sum::<u32>() as usize
        } else {
            own.partition_point(|&stored| self.column(stored) < column)
        };
        own.get(at).filter(|&&stored| self.column(stored) == column).map(|_| self.at(range.start + at).1)
    }

    /// All values one after another, if they are stored so.
    pub(crate) fn wide_values(&self) -> Option<&[i64]> {
        match self {
            Self::Narrow { .. } => None,
            Self::Wide { values, .. } => Some(values),
        }
    }

    /// What `of_two` leaves of all values.
    pub(crate) fn extreme(&self, of_two: impl Fn(i64, i64) -> i64 + Sync + Send) -> Option<i64> {
        match self {
            Self::Narrow { least, words } => {
                words.par_iter().with_min_len(PER_THREAD).map(|&word| unpack(word, *least).1).reduce_with(of_two)
            }
            Self::Wide { values, .. } => values.par_iter().with_min_len(PER_THREAD).copied().reduce_with(of_two),
        }
    }

    /// What has the columns in it.
    fn stored(&self, range: Range<usize>) -> &[u32] {
        match self {
            Self::Narrow { words, .. } => &words[range],
            Self::Wide { columns, .. } => &columns[range],
        }
    }

    fn column(&self, stored: u32) -> u32 {
        match self {
            Self::Narrow { .. } => unpack(stored, 0).0,
            Self::Wide { .. } => stored,
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most LARGEST_NARROW, and not below 0")]
#[inline]
fn pack(column: u32, value: i64) -> u32 {
    (value as u32) << COLUMN_BITS | column
}

fn unpack(word: u32, least: i64) -> (u32, i64) {
    (word & (number(MAXIMUM_SIDE) - 1), least + i64::from(word >> COLUMN_BITS))
}

/// Copies of all of these, one after another.
fn concatenated<T: Copy + Default + Send + Sync>(parts: &[&[T]]) -> Vec<T> {
    let mut all = vec![T::default(); parts.iter().map(|part| part.len()).sum()];
    let mut rest = &mut *all;
    let mut places = Vec::with_capacity(parts.len());
    for part in parts {
        let (own, others) = rest.split_at_mut(part.len());
        places.push(own);
        rest = others;
    }
    places.into_par_iter().zip(parts).for_each(|(place, part)| place.copy_from_slice(part));
    all
}

/// Columns and values.
#[derive(Clone)]
pub(crate) enum Stretch<'a> {
    /// What values are counted from, and the words.
    Narrow(i64, Iter<'a, u32>),
    Wide(Zip<Copied<Iter<'a, u32>>, Copied<Iter<'a, i64>>>),
}

impl Iterator for Stretch<'_> {
    type Item = (u32, i64);

    #[inline]
    fn next(&mut self) -> Option<(u32, i64)> {
        match self {
            Self::Narrow(least, words) => words.next().map(|&word| unpack(word, *least)),
            Self::Wide(pairs) => pairs.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Narrow(_, words) => words.size_hint(),
            Self::Wide(pairs) => pairs.size_hint(),
        }
    }

    /// One loop of each kind, where a loop of both would ask at every step which it is.
    #[inline]
    fn fold<B, F: FnMut(B, (u32, i64)) -> B>(self, start: B, mut step: F) -> B {
        match self {
            Self::Narrow(least, words) => words.fold(start, |before, &word| step(before, unpack(word, least))),
            Self::Wide(pairs) => pairs.fold(start, step),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows, `[(3, 7), (5, 9)]` and `[(4, 4095)]`.
    fn two_rows() -> Entries {
        let mut entries = Entries::narrow();
        entries.extend(&[(3, 7), (5, 9)]);
        entries.extend(&[(4, LARGEST_NARROW)]);
        entries
    }

    #[test]
    fn pairs_are_the_same_narrow_and_wide() {
        let narrow = two_rows();
        let mut wide = Entries::wide();
        wide.extend(&[(3, 7), (5, 9), (4, LARGEST_NARROW)]);
        assert!(narrow.is_narrow() && narrow.wide_values().is_none());
        for entries in [narrow, wide] {
            assert!(entries.of(0..3).eq([(3, 7), (5, 9), (4, 4095)]));
            assert_eq!(
                entries.of(0..3).fold(0, |sum, (column, value)| sum + i64::from(column) * value),
                21 + 45 + 16380
            );
            assert!(entries.within(0..2, 4..6).eq([(5, 9)]));
            assert_eq!([3, 4, 5].map(|column| entries.value(0..2, column)), [Some(7), None, Some(9)]);
            assert_eq!((entries.extreme(i64::min), entries.extreme(i64::max)), (Some(7), Some(4095)));
        }
    }

    #[test]
    fn what_does_not_fit_makes_all_wide() {
        for value in [-1, LARGEST_NARROW + 1] {
            let (mut extended, mut merged) = (two_rows(), two_rows());
            extended.extend(&[(0, value)]);
            merged.grow(1);
            let mut others = merged.none();
            others.extend(&[(4, LARGEST_NARROW), (6, value)]);
            merged.put(2, &others);
            let mut narrow = two_rows().none();
            narrow.extend(&[(3, 7)]);
            merged.put(0, &narrow);
            assert!(extended.of(0..4).eq([(3, 7), (5, 9), (4, 4095), (0, value)]));
            assert!(merged.of(0..4).eq([(3, 7), (5, 9), (4, 4095), (6, value)]));
            assert!(merged.wide_values().is_some());
        }
    }

    #[test]
    fn values_are_counted_from_another_one_as_long_as_all_fit() {
        let mut entries = Entries::narrow();
        let mut all = Vec::new();
        for (value, is_narrow) in [(-9_000, true), (-7_000, true), (-4_906, true), (-9_001, true), (-4_905, false)] {
            entries.recount_for(&[(3, value)]);
            entries.extend(&[(3, value)]);
            all.push((3, value));
            assert_eq!(entries.is_narrow(), is_narrow, "{value}");
            assert!(entries.of(0..all.len()).eq(all.iter().copied()), "{value}");
        }
    }

    #[test]
    fn values_are_narrow_around_any_value_and_parts_are_joined_as_they_are() {
        let around = |value: i64| {
            let mut wide = Entries::wide();
            wide.extend(&[(0, value)]);
            wide.for_some()
        };
        let part = |values: &[i64]| {
            let mut entries = around(-5000);
            (0..).zip(values).for_each(|(column, &value)| entries.extend(&[(column, value)]));
            entries
        };
        let entries = |entries: &Entries| entries.of(0..entries.len()).collect::<Vec<_>>();
        let (near, far) = ([-7000, -5000, -3000], [-5000, 0]);
        let joined = Entries::joined(vec![part(&near), part(&[]), part(&near[1..])]);
        assert!(joined.is_narrow());
        assert_eq!(entries(&joined), [(0, -7000), (1, -5000), (2, -3000), (0, -5000), (1, -3000)]);
        assert_eq!((joined.extreme(i64::min), joined.extreme(i64::max)), (Some(-7000), Some(-3000)));
        let joined = Entries::joined(vec![part(&near), part(&far)]);
        assert!(!joined.is_narrow());
        assert_eq!(entries(&joined), [(0, -7000), (1, -5000), (2, -3000), (0, -5000), (1, 0)]);

        for kept in [part(&near), part(&far)] {
            let mut blank = kept.blank();
            assert_eq!((blank.len(), blank.is_narrow()), (kept.len(), kept.is_narrow()));
            blank.set(1, 77, near[1]);
            blank.set(0, 9, near[1]);
            assert_eq!(entries(&blank)[..2], [(9, -5000), (77, -5000)]);
            let mut copied = around(-5000);
            copied.extend_from(&kept, 0..kept.len());
            assert_eq!(entries(&copied), entries(&kept));
            copied.truncate(1);
            assert_eq!(entries(&copied)[..], entries(&kept)[..1]);
        }
    }

    #[test]
    fn a_column_is_found_among_few_and_among_many() {
        for count in [0, 1, number(SHORT), number(SHORT) + 1, 100] {
            for mut entries in [Entries::narrow(), Entries::wide()] {
                entries.extend(&[(1, 5)]);
                (0..count).for_each(|at| entries.extend(&[(2 * at, i64::from(at))]));
                let range = 1..entries.len();
                for at in 0..count {
                    assert_eq!(entries.value(range.clone(), 2 * at), Some(i64::from(at)));
                    assert_eq!(entries.value(range.clone(), 2 * at + 1), None);
                }
                assert_eq!(entries.value(range, 2 * count), None);
            }
        }
    }
}
