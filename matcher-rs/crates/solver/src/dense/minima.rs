//! Loops over the values of lines that find minima: of columns, and those that a selection begins with.

use std::array::from_fn;

use super::cost::Cost;
use super::matrix::Lines;
use super::select::{Chunk, GROUP, LANES, Vectorised, minima_of};

/// Lowers the column minima to the costs of some lines, and finds the minima that selections among the costs begin with; false if a value
/// may be outside the domain.
pub(super) struct LeastCosts<'a, T, const NEGATE: bool> {
    /// Of lines one after another.
    pub(super) values: &'a [T],
    pub(super) limit: T,
    pub(super) of_columns: &'a mut [T],
    pub(super) minima: &'a mut Vec<T>,
}

impl<T: Cost, const NEGATE: bool> Vectorised for LeastCosts<'_, T, NEGATE> {
    type Output = bool;

    #[inline(always)]
    fn call(self) -> bool {
        let Self { values, limit, of_columns, minima } = self;
        let (length, width) = (of_columns.len(), minima_of(of_columns.len()));
        minima.resize(values.len() / length * width, T::INFINITE);
        let mut outside = [0; LANES];
        for (group, of_columns) in of_columns.chunks_mut(GROUP).enumerate() {
            let (of_columns, of_columns_left) = of_columns.as_chunks_mut::<LANES>();
            for (values, minima) in values.chunks_exact(length).zip(minima.chunks_exact_mut(width)) {
                let (values, values_left) = values[group * GROUP..].as_chunks::<LANES>();
                let mut lanes = [T::INFINITE; LANES];
                // All are written, for it costs less than to find out which are lower.
                for (values, of_columns) in values.iter().zip(of_columns.iter_mut()) {
                    let costs = values.map(Lines::<T, NEGATE>::cost);
                    outside = from_fn(|lane| outside[lane] | costs[lane].outside(limit));
                    lanes = from_fn(|lane| lanes[lane].smaller(costs[lane]));
                    *of_columns = from_fn(|lane| of_columns[lane].smaller(costs[lane]));
                }
                for ((lane, &value), of_column) in lanes.iter_mut().zip(values_left).zip(of_columns_left.iter_mut()) {
                    let cost = Lines::<T, NEGATE>::cost(value);
                    outside[0] |= cost.outside(limit);
                    *lane = lane.smaller(cost);
                    *of_column = of_column.smaller(cost);
                }
                minima[group * LANES..][..LANES].copy_from_slice(&lanes);
            }
        }
        outside.iter().all(|lane| lane >> 63 == 0)
    }
}

/// Sums of reduced cost and price of a line.
#[derive(Clone, Copy)]
pub(super) struct Sums<'a, T, const NEGATE: bool> {
    pub(super) values: &'a [T],
    pub(super) bases: &'a [T],
    pub(super) prices: &'a [T],
}

impl<T: Cost, const NEGATE: bool> Sums<'_, T, NEGATE> {
    #[inline(always)]
    pub(super) fn at(&self, column: usize) -> T {
        Self::sum(self.values[column], self.bases[column], self.prices[column])
    }

    /// The reduced cost.
    #[inline(always)]
    pub(super) fn reduced(&self, column: usize) -> T {
        Lines::<T, NEGATE>::cost(self.values[column]) - self.bases[column]
    }

    #[inline(always)]
    fn sum(value: T, base: T, price: T) -> T {
        Lines::<T, NEGATE>::cost(value) - base + price
    }
}

/// Finds the minima that a selection among the sums begins with.
pub(super) struct LeastSums<'a, T, const NEGATE: bool> {
    pub(super) sums: Sums<'a, T, NEGATE>,
    pub(super) minima: &'a mut Vec<T>,
}

impl<T: Cost, const NEGATE: bool> Vectorised for LeastSums<'_, T, NEGATE> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Sums { values, bases, prices } = self.sums;
        self.minima.clear();
        let groups = values.chunks(GROUP).zip(bases.chunks(GROUP)).zip(prices.chunks(GROUP));
        for ((values, bases), prices) in groups {
            let (values, values_left) = values.as_chunks::<LANES>();
            let (bases, bases_left) = bases.as_chunks::<LANES>();
            let (prices, prices_left) = prices.as_chunks::<LANES>();
            let mut lanes = [T::INFINITE; LANES];
            for ((values, bases), prices) in values.iter().zip(bases).zip(prices) {
                let sums: Chunk<T> = from_fn(|lane| Sums::<T, NEGATE>::sum(values[lane], bases[lane], prices[lane]));
                lanes = from_fn(|lane| lanes[lane].smaller(sums[lane]));
            }
            for (((lane, &value), &base), &price) in lanes.iter_mut().zip(values_left).zip(bases_left).zip(prices_left)
            {
                *lane = lane.smaller(Sums::<T, NEGATE>::sum(value, base, price));
            }
            self.minima.extend_from_slice(&lanes);
        }
    }
}
