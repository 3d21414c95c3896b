//! The best entries of each line, and a bound below which no other entry is: all that the search looks at, until a bound is reached.
//!
//! Entries hold reduced costs, the cost less the base of the column, ascending. The price that the search adds never falls, so
//! a look at a list ends where the reduced cost alone is too much, and a bound that held once holds for good.

use std::array::from_fn;

use rayon::prelude::*;

use super::cost::Cost;
use super::matrix::Lines;
use super::select::{LANES, Selection, Vectorised, chunk, order, vectorised};
use crate::interrupt::{Interrupt, Interrupted};

/// Entries of a list at first.
const KEPT: usize = 24;
/// A list that the column minima have made shorter than this is made anew.
const FEW: usize = 8;
/// Lines that one task looks at. Fixed, so that nothing depends on the number of threads.
pub(super) const LINES_PER_TASK: usize = 64;

/// Lists of all lines.
pub(super) struct Candidates<T> {
    entries: Vec<Entry<T>>,
    spans: Vec<Span<T>>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Entry<T> {
    pub(super) cost: T,
    pub(super) column: u32,
}

#[derive(Clone, Copy, Default)]
struct Span<T> {
    start: usize,
    length: usize,
    beyond: T,
}

/// Lists for zero prices, and the base of each column.
pub(super) struct Prepared<T> {
    pub(super) candidates: Candidates<T>,
    pub(super) bases: Vec<T>,
}

/// Why there are no lists.
pub(super) enum Unprepared {
    /// This line has a value that is no cost.
    Refused {
        line: usize,
    },
    Interrupted,
}

impl From<Interrupted> for Unprepared {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

/// One look at the whole matrix: the domain of every value, column minima, and the smallest costs of every line.
///
/// The base of a column is its minimum if the matrix is square, else 0: a column that stays free must have price 0.
pub(super) fn prepare<T: Cost, const NEGATE: bool>(
    lines: &Lines<'_, T, NEGATE>,
    interrupt: &Interrupt,
) -> Result<Prepared<T>, Unprepared> {
    let keep = KEPT.min(lines.length.max(1));
    let mut entries = vec![Entry::default(); lines.count * keep];
    let mut spans = vec![Span::default(); lines.count];
    let limit = T::limit(lines.length);
    let minima = entries
        .par_chunks_mut(LINES_PER_TASK * keep)
        .zip(spans.par_chunks_mut(LINES_PER_TASK))
        .enumerate()
        .map(|(task, (entries, spans))| (task * LINES_PER_TASK, entries, spans))
        .try_fold(
            || vec![T::INFINITE; lines.length],
            |mut minima, (first, entries, spans)| {
                interrupt.check()?;
                let mut refused = None;
                let mut selection = Selection::new();
                lines.visit(first..first + spans.len(), |line, values| {
                    let (minima, selection) = (minima.as_mut_slice(), &mut selection);
                    let Some(beyond) = vectorised(Look::<T, NEGATE> { values, line, keep, limit, minima, selection })
                    else {
                        refused.get_or_insert(line);
                        return;
                    };
                    let at = line - first;
                    spans[at] = Span { start: line * keep, length: selection.kept.len(), beyond };
                    for (entry, &(cost, column)) in entries[at * keep..].iter_mut().zip(&selection.kept) {
                        *entry = Entry { cost, column };
                    }
                });
                refused.map_or(Ok(minima), |line| Err(Unprepared::Refused { line }))
            },
        )
        .try_reduce(
            || vec![T::INFINITE; lines.length],
            |a, b| Ok(a.into_iter().zip(b).map(|(a, b)| a.smaller(b)).collect()),
        )?;
    let bases = bases(lines, minima);
    let mut candidates = Candidates { entries, spans };
    candidates.reduce(lines, &bases, keep, interrupt)?;
    Ok(Prepared { candidates, bases })
}

fn bases<T: Cost, const NEGATE: bool>(lines: &Lines<'_, T, NEGATE>, minima: Vec<T>) -> Vec<T> {
    if lines.count < lines.length {
        return vec![T::default(); lines.length];
    }
    minima.into_iter().map(|least| if least == T::INFINITE { T::default() } else { least }).collect()
}

/// Selects the smallest costs of a line and lowers the column minima; `None` if a value is outside the domain.
struct Look<'a, T, const NEGATE: bool> {
    values: &'a [T],
    line: usize,
    keep: usize,
    limit: T,
    minima: &'a mut [T],
    selection: &'a mut Selection<T>,
}

impl<T: Cost, const NEGATE: bool> Vectorised for Look<'_, T, NEGATE> {
    type Output = Option<T>;

    #[inline(always)]
    fn call(self) -> Option<T> {
        let Self { values, line, keep, limit, minima, selection } = self;
        let mut outside = [0_u64; LANES];
        let beyond = selection.smallest(
            values.len(),
            keep,
            line,
            |start| {
                let costs = chunk(values, start, Lines::<T, NEGATE>::cost);
                if let Some(minima) = minima[start..].first_chunk_mut::<LANES>() {
                    outside = from_fn(|lane| outside[lane] | u64::from(!costs[lane].is_within(limit)));
                    *minima = from_fn(|lane| minima[lane].smaller(costs[lane]));
                } else {
                    for (minimum, cost) in minima[start..].iter_mut().zip(costs) {
                        outside[0] |= u64::from(!cost.is_within(limit));
                        *minimum = minimum.smaller(cost);
                    }
                }
                costs
            },
            |start| chunk(values, start, Lines::<T, NEGATE>::cost),
        );
        let accepted = |&value: &T| Lines::<T, NEGATE>::cost(value).is_accepted(limit);
        (outside == [0; LANES] || values.iter().all(accepted)).then_some(beyond)
    }
}

impl<T: Cost> Candidates<T> {
    /// The list of a line, and the bound of what is not in it.
    pub(super) fn of(&self, line: usize) -> (&[Entry<T>], T) {
        let span = self.spans[line];
        (&self.entries[span.start..span.start + span.length], span.beyond)
    }

    /// Entries in memory, those of lists that have moved included.
    pub(super) fn stored(&self) -> usize {
        self.entries.len()
    }

    /// From costs to reduced costs.
    fn reduce<const NEGATE: bool>(
        &mut self,
        lines: &Lines<'_, T, NEGATE>,
        bases: &[T],
        keep: usize,
        interrupt: &Interrupt,
    ) -> Result<(), Interrupted> {
        let zero_prices = &vec![T::default(); lines.length];
        let Some(highest) = bases.iter().copied().reduce(|a, b| if b > a { b } else { a }) else { return Ok(()) };
        self.entries
            .par_chunks_mut(LINES_PER_TASK * keep)
            .zip(self.spans.par_chunks_mut(LINES_PER_TASK))
            .enumerate()
            .try_for_each(|(task, (entries, spans))| {
                interrupt.check()?;
                let mut selection = Selection::new();
                let mut scratch = Vec::new();
                for (at, (entries, span)) in entries.chunks_mut(keep).zip(spans).enumerate() {
                    let list = &mut entries[..span.length];
                    for entry in list.iter_mut() {
                        entry.cost = entry.cost - bases[entry.column as usize];
                    }
                    list.sort_by(|a, b| order(a.cost, b.cost));
                    if span.beyond == T::INFINITE {
                        continue;
                    }
                    span.beyond = span.beyond - highest;
                    span.length = list.partition_point(|entry| entry.cost <= span.beyond);
                    if span.length < FEW.min(keep) {
                        let values = lines.line(task * LINES_PER_TASK + at, &mut scratch);
                        let line = task * LINES_PER_TASK + at;
                        let (prices, selection) = (zero_prices.as_slice(), &mut selection);
                        span.beyond = vectorised(Fill::<T, NEGATE> { values, line, keep, bases, prices, selection });
                        span.length = write(selection, entries, |column| {
                            Lines::<T, NEGATE>::cost(values[column]) - bases[column]
                        });
                    }
                }
                Ok(())
            })
    }

    /// Makes the list of a line anew, with the `keep` entries that are smallest at these prices.
    pub(super) fn refill<const NEGATE: bool>(
        &mut self,
        lines: &Lines<'_, T, NEGATE>,
        line: usize,
        keep: usize,
        bases: &[T],
        prices: &[T],
        scratch: &mut Scratch<T>,
    ) {
        let values = lines.line(line, &mut scratch.line);
        let keep = keep.min(lines.length);
        let selection = &mut scratch.selection;
        let beyond = vectorised(Fill::<T, NEGATE> { values, line, keep, bases, prices, selection });
        let span = &mut self.spans[line];
        span.beyond = beyond;
        if selection.kept.len() > span.length {
            span.start = self.entries.len();
            // Less than doubling, which would be felt: the lists are nearly all that is in memory beside the matrix.
            if self.entries.capacity() < span.start + selection.kept.len() {
                self.entries.reserve_exact(selection.kept.len().max(span.start / 8));
            }
            self.entries.resize(span.start + selection.kept.len(), Entry::default());
        }
        span.length = write(selection, &mut self.entries[span.start..], |column| {
            Lines::<T, NEGATE>::cost(values[column]) - bases[column]
        });
    }
}

/// What a new list is made with.
pub(super) struct Scratch<T> {
    line: Vec<T>,
    selection: Selection<T>,
}

impl<T: Cost> Scratch<T> {
    pub(super) fn new() -> Self {
        Self { line: Vec::new(), selection: Selection::new() }
    }
}

/// Selects the smallest sums of reduced cost and price.
struct Fill<'a, T, const NEGATE: bool> {
    values: &'a [T],
    line: usize,
    keep: usize,
    bases: &'a [T],
    prices: &'a [T],
    selection: &'a mut Selection<T>,
}

impl<T: Cost, const NEGATE: bool> Vectorised for Fill<'_, T, NEGATE> {
    type Output = T;

    #[inline(always)]
    fn call(self) -> T {
        let Self { values, line, keep, bases, prices, selection } = self;
        let sums = |start: usize| {
            let costs = chunk(values, start, Lines::<T, NEGATE>::cost);
            let (bases, prices) = (chunk(bases, start, |base| base), chunk(prices, start, |price| price));
            from_fn(
                |lane| {
                    if costs[lane] == T::INFINITE { costs[lane] } else { costs[lane] - bases[lane] + prices[lane] }
                },
            )
        };
        selection.smallest(values.len(), keep, line, sums, sums)
    }
}

/// Puts what was selected into a list, by reduced cost.
fn write<T: Cost>(selection: &mut Selection<T>, entries: &mut [Entry<T>], reduced: impl Fn(usize) -> T) -> usize {
    for kept in &mut selection.kept {
        kept.0 = reduced(kept.1 as usize);
    }
    selection.kept.sort_by(|a, b| order(a.0, b.0));
    for (entry, &(cost, column)) in entries.iter_mut().zip(&selection.kept) {
        *entry = Entry { cost, column };
    }
    selection.kept.len()
}
