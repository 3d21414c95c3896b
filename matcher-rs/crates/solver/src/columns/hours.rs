//! Hours of a week as bits: where nobody has an hour in common there are no common minutes to count.

use super::needs::pieces;
use crate::people::Week;

/// How many there are.
pub(super) const OF_WEEK: usize = 7 * 24;

/// Hours of the UTC week, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hours([u64; 4]);

impl Hours {
    /// Those of some pieces.
    #[inline(always)]
    pub(super) fn of(pieces: impl Iterator<Item = (u16, u16)>) -> Self {
        let mut hours = Self::default();
        pieces.for_each(|piece| hours.add(piece));
        hours
    }

    /// Adds those in which any minute lies of a piece of an interval, of [`pieces`].
    #[inline(always)]
    pub(super) fn add(&mut self, (start, end): (u16, u16)) {
        let (first, after) = (start / 60, end.div_ceil(60));
        let bits = (1_u64 << (after - first)) - 1;
        let (word, bit) = (usize::from(first / 64), first % 64);
        self.0[word] |= bits << bit;
        self.0[word + 1] |= bits >> 1 >> (63 - bit);
    }

    /// Adds those in which any time of a week lies.
    pub(super) fn add_all(&mut self, week: &Week) {
        pieces(week).for_each(|piece| self.add(piece));
    }

    /// Whether it is among them.
    pub(super) fn has(self, hour: usize) -> bool {
        self.0[hour / 64] >> (hour % 64) & 1 == 1
    }

    /// In ascending order.
    #[inline(always)]
    pub(super) fn iter(self) -> impl Iterator<Item = usize> {
        (0..3).flat_map(move |word| {
            let mut left = self.0[word];
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.checked_sub(1)?;
                Some(64 * word + bit as usize)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::WEEK_MINUTES;

    #[test]
    fn hours_are_those_in_which_some_minute_lies() {
        let listed = |intervals: &[(u16, u16)]| {
            let mut hours = Hours::default();
            hours.add_all(&Week::from_intervals(intervals.to_vec()));
            assert!((0..OF_WEEK).filter(|&hour| hours.has(hour)).eq(hours.iter()));
            hours.iter().collect::<Vec<usize>>()
        };
        let week = [(0, 1), (119, 121), (180, 240), (3839, 3841), (10_079, WEEK_MINUTES)];
        assert_eq!(listed(&week), [0, 1, 2, 3, 63, 64, 167]);
        assert_eq!(listed(&[(0, WEEK_MINUTES)]), (0..OF_WEEK).collect::<Vec<_>>());
        assert_eq!(listed(&[(3700, 4100), (7600, 7900)]), (61..=68).chain(126..=131).collect::<Vec<_>>());
        assert_eq!(listed(&[]), [0; 0]);
    }
}
