//! Loops over the values of lines that find minima: of columns, and those that a selection begins with.

use std::array::from_fn;

use super::cost::Cost;
use super::matrix::Lines;
use super::select::{Chunk, GROUP, LANES, Vectorised, minima_of};

/// Lines whose costs lower the column minima at once: these are read and written once for all of them.
const TOGETHER: usize = 4;

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
        let mut inside = [u64::MAX; LANES];
        for (group, of_columns) in of_columns.chunks_mut(GROUP).enumerate() {
            let mut part = Part::<T, NEGATE> { limit, of_columns, inside, length, width, group };
            for (values, minima) in values.chunks(TOGETHER * length).zip(minima.chunks_mut(TOGETHER * width)) {
                if values.len() == TOGETHER * length {
                    part.lower::<TOGETHER>(values, minima);
                } else {
                    for (values, minima) in values.chunks_exact(length).zip(minima.chunks_exact_mut(width)) {
                        part.lower::<1>(values, minima);
                    }
                }
            }
            inside = part.inside;
        }
        inside.iter().all(|lane| lane >> 63 == 1)
    }
}

/// A group of columns.
struct Part<'a, T, const NEGATE: bool> {
    limit: T,
    of_columns: &'a mut [T],
    /// Has the highest bit where all values are in the domain.
    inside: [u64; LANES],
    length: usize,
    width: usize,
    group: usize,
}

impl<T: Cost, const NEGATE: bool> Part<'_, T, NEGATE> {
    /// Lowers the column minima to the costs of so many lines, and finds their minima.
    #[inline(always)]
    fn lower<const LINES: usize>(&mut self, values: &[T], minima: &mut [T]) {
        let (of_columns, of_columns_left) = self.of_columns.as_chunks_mut::<LANES>();
        let columns = self.group * GROUP..;
        // In two steps: sliced and cut to chunks in one, the loop below takes a tenth more time.
        let parts: [_; LINES] = from_fn(|line| values[line * self.length..][columns.clone()].as_chunks::<LANES>());
        let mut lanes = [[T::INFINITE; LANES]; LINES];
        let (mut inside, limit) = (self.inside, self.limit);
        let chunks: [_; LINES] = from_fn(|line| &parts[line].0[..of_columns.len()]);
        for (place, of_columns) in of_columns.iter_mut().enumerate() {
            let mut least = *of_columns;
            for (chunks, lanes) in chunks.iter().zip(&mut lanes) {
                let costs = chunks[place].map(Lines::<T, NEGATE>::cost);
                inside = from_fn(|lane| inside[lane] & costs[lane].inside(limit));
                *lanes = from_fn(|lane| lanes[lane].smaller(costs[lane]));
                least = from_fn(|lane| least[lane].smaller(costs[lane]));
            }
            *of_columns = least;
        }
        for (line, lanes) in lanes.iter_mut().enumerate() {
            // Only the last group has some.
            let left = &values[..(line + 1) * self.length];
            let left = &left[left.len() - of_columns_left.len()..];
            for ((lane, of_column), &value) in lanes.iter_mut().zip(of_columns_left.iter_mut()).zip(left) {
                let cost = Lines::<T, NEGATE>::cost(value);
                inside[0] &= cost.inside(limit);
                *lane = lane.smaller(cost);
                *of_column = of_column.smaller(cost);
            }
            minima[line * self.width + self.group * LANES..][..LANES].copy_from_slice(lanes);
        }
        self.inside = inside;
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
