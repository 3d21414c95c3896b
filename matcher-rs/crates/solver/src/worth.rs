//! Prices as passes over all pairs look them up.

use crate::problem::{MAXIMUM_SIDE, number};

/// Pairs that a mask has bits for.
pub(crate) const MASKED: usize = u64::BITS as usize;

/// The prices of all columns, and of some that there are not, as many as a power of two: so looking one up takes no comparison.
pub(crate) struct PriceTable {
    prices: Vec<i64>,
    last: u32,
}

impl PriceTable {
    pub(crate) fn new(prices: impl ExactSizeIterator<Item = i64>) -> Self {
        let length = prices.len().next_power_of_two();
        let mut table = Vec::with_capacity(length);
        table.extend(prices);
        table.resize(length, 0);
        Self { prices: table, last: number(length - 1) }
    }

    /// For the pairs of a row: anew for each, so that the compiler sees in the same place that no column is beyond these prices.
    #[inline]
    pub(crate) fn of_row(&self) -> RowPrices<'_> {
        let last = self.last & (number(MAXIMUM_SIDE) - 1);
        RowPrices { prices: &self.prices[..=last as usize], last }
    }
}

/// The prices of a table.
#[derive(Clone, Copy)]
pub(crate) struct RowPrices<'a> {
    prices: &'a [i64],
    last: u32,
}

impl RowPrices<'_> {
    /// What a pair of this column and value is worth. What overflows, at prices near 2^63, becomes high.
    #[inline]
    pub(crate) fn worth(self, (column, value): (u32, i64)) -> i64 {
        value.wrapping_sub(self.prices[(column & self.last) as usize])
    }
}

/// Those of up to [`MASKED`] worths that are so much, as bits, the first lowest. Without branches, for it is not foreseen which they are.
#[inline]
pub(crate) fn mask(worths: impl DoubleEndedIterator<Item = i64>, least: i64) -> u64 {
    worths.rfold(0, |mask, worth| mask << 1 | u64::from(worth >= least))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entries::Entries;

    #[test]
    fn pairs_are_worth_their_value_less_the_price_of_their_column() {
        for columns in 0..=9_u32 {
            let table = PriceTable::new((0..columns).map(|column| 10 * i64::from(column)));
            let prices = table.of_row();
            assert!((0..columns).all(|column| prices.worth((column, 7)) == 7 - 10 * i64::from(column)));
        }
        // Too low to be said, and so high.
        assert_eq!(PriceTable::new([i64::MAX].into_iter()).of_row().worth((0, -2)), i64::MAX);
    }

    #[test]
    fn a_mask_says_which_are_worth_enough() {
        let prices = PriceTable::new((0..100_u32).map(|column| i64::from(column % 7)));
        for value in [0, -5000, 1 << 30] {
            let mut first = Entries::wide();
            first.extend(&[(0, value)]);
            for mut entries in [first.for_some(), Entries::wide()] {
                (0..100).for_each(|column| entries.extend(&[(column, value + i64::from(column % 5))]));
                for (start, least) in [(0, 0), (1, 2), (90, 1), (36, -6), (7, 5)] {
                    let range = start..100.min(start + MASKED);
                    let is_worth = |at: usize| i64::from(number(at % 5)) - i64::from(number(at % 7)) >= least;
                    let expected =
                        range.clone().filter(|&at| is_worth(at)).fold(0, |mask, at| mask | 1 << (at - start));
                    assert_eq!(entries.worth_at_least(range, &prices, value + least), expected, "{value} {start}");
                }
                assert_eq!(entries.worth_at_least(3..3, &prices, i64::MIN), 0);
                assert_eq!(entries.worth_at_least(0..MASKED, &prices, i64::MIN), u64::MAX);
                assert_eq!(entries.worth_at_least(0..MASKED, &prices, i64::MAX), 0);
            }
        }
    }
}
