//! Hours of a week as bits: people without a common hour have no common minute, and their minutes are not counted.

use super::needs::pieces;
use crate::people::Week;

/// Hours of the UTC week, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hours([u64; 4]);

impl Hours {
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

    /// Whether there is a common one.
    #[inline(always)]
    pub(super) fn meets(self, other: Self) -> bool {
        (0..3).fold(0, |common, word| common | self.0[word] & other.0[word]) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::WEEK_MINUTES;

    #[test]
    fn hours_are_those_in_which_some_minute_lies() {
        let of = |intervals: &[(u16, u16)]| {
            let mut hours = Hours::default();
            hours.add_all(&Week::from_intervals(intervals.to_vec()));
            hours
        };
        let listed = |intervals: &[(u16, u16)]| {
            let hours = of(intervals);
            (0..168).filter(|hour| hours.meets(of(&[(60 * hour, 60 * hour + 1)]))).collect::<Vec<u16>>()
        };
        let week = [(0, 1), (119, 121), (180, 240), (3839, 3841), (10_079, WEEK_MINUTES)];
        assert_eq!(listed(&week), [0, 1, 2, 3, 63, 64, 167]);
        assert_eq!(listed(&[(0, WEEK_MINUTES)]), (0..168).collect::<Vec<_>>());
        assert_eq!(listed(&[(3700, 4100), (7600, 7900)]), (61..=68).chain(126..=131).collect::<Vec<_>>());
        assert_eq!(listed(&[]), [0; 0]);
    }
}
