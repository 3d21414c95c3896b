//! The best entries of each line, and a bound below which no other entry is: all that the search looks at, until a bound is reached.
//!
//! Entries hold reduced costs, the cost less the base of the column, ascending. The price that the search adds never falls, so
//! a look at a list ends where the reduced cost alone is too much, and a bound that held once holds for good.

use rayon::prelude::*;

use super::cost::Cost;
use super::matrix::Lines;
use super::minima::{LeastCosts, LeastSums, Sums};
use super::select::{ABREAST, Numbers, Selection, Wanted, order, vectorised};
use crate::interrupt::{Interrupt, Interrupted};

/// Entries of a list at first.
const KEPT: usize = 25;
/// A list that the column minima have made shorter than this is made anew.
const FEW: usize = 4;
/// Entries that a guess aims at.
const TARGET: usize = 24;
/// Lines that one task looks at. Fixed, so that nothing depends on the number of threads.
pub(super) const LINES_PER_TASK: usize = 64;
/// So many columns with the highest bases are looked at one by one when costs become reduced costs. Without them a bound sinks only by the
/// highest base of the others: lists stay twice as long.
const HIGH: usize = 32;
/// Column minima that exist at a time, at most about so many: few, for they are as long as a line; more than one, so that threads can
/// share what is left.
const MINIMA_PER_THREAD: usize = 4;

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
    length: u32,
    /// Entries that there is room for.
    room: u32,
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
    // Room for lists that grow, so that these need not move: memory that is not used yet costs nothing.
    let mut entries = Vec::with_capacity(lines.count * keep * 5 / 4);
    entries.resize(lines.count * keep, Entry::default());
    let mut spans = vec![Span::default(); lines.count];
    let limit = T::limit(lines.length);
    let minima = entries
        .par_chunks_mut(LINES_PER_TASK * keep)
        .zip(spans.par_chunks_mut(LINES_PER_TASK))
        .enumerate()
        .with_min_len(lines.count / (LINES_PER_TASK * MINIMA_PER_THREAD * rayon::current_num_threads()))
        .map(|(task, (entries, spans))| (task * LINES_PER_TASK, entries, spans))
        .try_fold(
            || vec![T::INFINITE; lines.length],
            |mut minima, (first, entries, spans)| {
                interrupt.check()?;
                let mut refused = None;
                let mut selection = Selection::new();
                let mut wanted = Wanted { least: FEW.min(keep), most: keep, below: T::INFINITE };
                lines.visit(first..first + spans.len(), |start, values| {
                    for (start, values) in (start..).step_by(ABREAST).zip(values.chunks(ABREAST * lines.length)) {
                        let (of_columns, minima) = (minima.as_mut_slice(), &mut selection.minima);
                        let within = vectorised(LeastCosts::<T, NEGATE> { values, limit, of_columns, minima });
                        for (place, values) in values.chunks_exact(lines.length).enumerate() {
                            let line = start + place;
                            let cost = |column: usize| Lines::<T, NEGATE>::cost(values[column]);
                            if !within && !(0..values.len()).all(|column| cost(column).is_accepted(limit)) {
                                refused.get_or_insert(line);
                                return;
                            }
                            let numbers = Numbers { line, place, length: values.len(), at: cost };
                            let beyond = selection.smallest(&numbers, wanted);
                            learn(&mut wanted, beyond, &mut selection);
                            let at = line - first;
                            spans[at] = Span::new(line, keep, selection.kept.len(), beyond);
                            for (entry, &(cost, column)) in entries[at * keep..].iter_mut().zip(&selection.kept) {
                                *entry = Entry { cost, column };
                            }
                        }
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

impl<T> Span<T> {
    #[allow(clippy::cast_possible_truncation, reason = "a line is shorter than 2^32")]
    fn new(line: usize, keep: usize, length: usize, beyond: T) -> Self {
        Self { start: line * keep, length: length as u32, room: keep as u32, beyond }
    }
}

impl<T: Cost> Candidates<T> {
    /// The list of a line, and the bound of what is not in it.
    pub(super) fn of(&self, line: usize) -> (&[Entry<T>], T) {
        let span = self.spans[line];
        (&self.entries[span.start..][..span.length as usize], span.beyond)
    }

    /// Entries that the list of a line has room for where it is.
    pub(super) fn room(&self, line: usize) -> usize {
        self.spans[line].room as usize
    }

    /// Entries in memory, those of lists that have moved included.
    pub(super) fn stored(&self) -> usize {
        self.entries.len()
    }

    /// How far apart the first and the last reduced cost of a list are, the mean over all lines; nothing for a list that holds its
    /// whole line.
    pub(super) fn spread(&self) -> T {
        let cut = |span: &&Span<T>| span.length > 0 && span.beyond < T::INFINITE;
        let spreads = self.spans.iter().filter(cut).map(|span| span.beyond - self.entries[span.start].cost);
        T::total(spreads).split(self.spans.len())
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
        let (high, highest) = &high_columns(bases);
        self.entries
            .par_chunks_mut(LINES_PER_TASK * keep)
            .zip(self.spans.par_chunks_mut(LINES_PER_TASK))
            .enumerate()
            .try_for_each(|(task, (entries, spans))| {
                interrupt.check()?;
                let mut scratch = Scratch::new();
                for (line, (entries, span)) in (task * LINES_PER_TASK..).zip(entries.chunks_mut(keep).zip(spans)) {
                    let list = &mut entries[..span.length as usize];
                    for entry in list.iter_mut() {
                        entry.cost = entry.cost - bases[entry.column as usize];
                    }
                    list.sort_by(|a, b| order(a.cost, b.cost));
                    if span.beyond == T::INFINITE {
                        continue;
                    }
                    let likely = list.last().map_or(T::INFINITE, |last| last.cost.above());
                    // What is not listed costs no less than the bound, nor than itself, less its base.
                    let costs = high.iter().map(|&column| (lines.at(line, column), bases[column]));
                    let unlisted = costs.filter(|&(cost, _)| cost >= span.beyond).map(|(cost, base)| cost - base);
                    let beyond = unlisted.fold(span.beyond - *highest, T::smaller);
                    let length = list.partition_point(|entry| entry.cost <= beyond);
                    *span = Span::new(line, keep, length, beyond);
                    if length < FEW.min(keep) {
                        let wanted = Wanted { least: FEW.min(keep), most: keep, below: likely };
                        let values = lines.line(line, &mut scratch.line);
                        let sums = Sums::<T, NEGATE> { values, bases, prices: zero_prices };
                        let beyond = fill(line, sums, wanted, &mut scratch.selection);
                        *span = Span::new(line, keep, write(&mut scratch.selection, entries, sums), beyond);
                    }
                }
                Ok(())
            })
    }

    /// For each line a number that about as many sums are below as a guess aims at, judging by its list.
    pub(super) fn likely(&self, prices: &[T]) -> Vec<T> {
        let spans = self.spans.par_iter().with_min_len(LINES_PER_TASK);
        spans
            .map_init(Selection::new, |selection, span| {
                let entries = &self.entries[span.start..][..span.length as usize];
                selection.kept.clear();
                selection
                    .kept
                    .extend(entries.iter().map(|entry| (entry.cost + prices[entry.column as usize], entry.column)));
                selection.nth(TARGET).map_or(T::INFINITE, T::above)
            })
            .collect()
    }

    /// Makes all lists anew, at prices of zero, of numbers below what is likely for their line.
    pub(super) fn rebuild<const NEGATE: bool>(
        &mut self,
        lines: &Lines<'_, T, NEGATE>,
        bases: &[T],
        likely: &[T],
        interrupt: &Interrupt,
    ) -> Result<(), Interrupted> {
        let prices = &vec![T::default(); lines.length];
        let keep = KEPT.min(lines.length.max(1));
        self.entries.clear();
        self.entries.resize(lines.count * keep, Entry::default());
        self.entries
            .par_chunks_mut(LINES_PER_TASK * keep)
            .zip(self.spans.par_chunks_mut(LINES_PER_TASK))
            .enumerate()
            .try_for_each(|(task, (entries, spans))| {
                interrupt.check()?;
                let first = task * LINES_PER_TASK;
                let mut selection = Selection::new();
                lines.visit(first..first + spans.len(), |start, values| {
                    for (line, values) in (start..).zip(values.chunks_exact(lines.length)) {
                        let wanted = Wanted { least: FEW.min(keep), most: keep, below: likely[line] };
                        let sums = Sums::<T, NEGATE> { values, bases, prices };
                        let beyond = fill(line, sums, wanted, &mut selection);
                        let at = line - first;
                        let length = write(&mut selection, &mut entries[at * keep..], sums);
                        spans[at] = Span::new(line, keep, length, beyond);
                    }
                });
                Ok(())
            })
    }

    /// Makes the list of a line anew, with entries that are smallest at these prices.
    #[allow(clippy::cast_possible_truncation, reason = "a line is shorter than 2^32")]
    pub(super) fn refill<const NEGATE: bool>(
        &mut self,
        lines: &Lines<'_, T, NEGATE>,
        line: usize,
        wanted: Wanted<T>,
        bases: &[T],
        prices: &[T],
        scratch: &mut Scratch<T>,
    ) {
        let values = lines.line(line, &mut scratch.line);
        let selection = &mut scratch.selection;
        let sums = Sums::<T, NEGATE> { values, bases, prices };
        let beyond = fill(line, sums, wanted, selection);
        let length = selection.kept.len();
        let span = &mut self.spans[line];
        if length > span.room as usize {
            (span.start, span.room) = (self.entries.len(), length as u32);
            // Less than doubling, which would be felt: the lists are nearly all that is in memory beside the matrix.
            if self.entries.capacity() < span.start + length {
                self.entries.reserve_exact(length.max(span.start / 8));
            }
            self.entries.resize(span.start + length, Entry::default());
        }
        (span.length, span.beyond) = (length as u32, beyond);
        write(selection, &mut self.entries[span.start..], sums);
    }
}

/// A few columns, and a number that no base is above in any other.
fn high_columns<T: Cost>(bases: &[T]) -> (Vec<usize>, T) {
    let mut columns: Vec<usize> = (0..bases.len()).collect();
    if columns.is_empty() {
        return (columns, T::default());
    }
    let rest = HIGH.min(columns.len() - 1);
    let highest = bases[*columns.select_nth_unstable_by(rest, |&a, &b| order(bases[b], bases[a])).1];
    columns.truncate(rest);
    columns.retain(|&column| bases[column] > highest);
    (columns, highest)
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

/// Selects the smallest sums of a line.
fn fill<T: Cost, const NEGATE: bool>(
    line: usize,
    sums: Sums<'_, T, NEGATE>,
    wanted: Wanted<T>,
    selection: &mut Selection<T>,
) -> T {
    vectorised(LeastSums { sums, minima: &mut selection.minima });
    selection.smallest(&Numbers { line, place: 0, length: sums.values.len(), at: |column| sums.at(column) }, wanted)
}

/// After too many or too few numbers: the next line is likely like this one.
fn learn<T: Cost>(wanted: &mut Wanted<T>, beyond: T, selection: &mut Selection<T>) {
    if beyond != wanted.below {
        wanted.below = selection.nth(TARGET).map_or(T::INFINITE, T::above);
    }
}

/// Puts what was selected into a list, by reduced cost; how many there are.
fn write<T: Cost, const NEGATE: bool>(
    selection: &mut Selection<T>,
    entries: &mut [Entry<T>],
    sums: Sums<'_, T, NEGATE>,
) -> usize {
    for kept in &mut selection.kept {
        kept.0 = sums.reduced(kept.1 as usize);
    }
    selection.kept.sort_by(|a, b| order(a.0, b.0));
    for (entry, &(cost, column)) in entries.iter_mut().zip(&selection.kept) {
        *entry = Entry { cost, column };
    }
    selection.kept.len()
}
