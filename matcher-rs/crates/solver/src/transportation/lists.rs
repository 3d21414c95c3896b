//! For each node of one side, the pairs that can be worth having, best first as far as anybody has looked.
//!
//! Searches stop at the first pair too bad to matter, mostly among the first few, so a list is put in order a stretch at a time, when a
//! search comes to it, and its front lies where one access to memory brings all of it.

use std::ops::Range;

use rayon::prelude::*;

use super::entry::{Entry, Stored};
use super::fronts::{self, Fronts};
use crate::matching::ROWS;
use crate::problem::{Problem, number};

/// What values are counted from; a value less this is a gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Baseline {
    /// What a unit counts unassigned: pairs that are not better never have to be used.
    Unassigned(i64),
    /// The smallest value, where every row has to be assigned.
    Smallest(i64),
}

impl Baseline {
    pub(crate) fn of(problem: &Problem) -> Self {
        problem.unassigned_value().map_or_else(|| Self::Smallest(problem.smallest_value()), Self::Unassigned)
    }

    pub(crate) fn value(self) -> i64 {
        match self {
            Self::Unassigned(value) | Self::Smallest(value) => value,
        }
    }
}

/// The best of a list, best first, and nothing beyond its end; at most one cache line.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
pub(super) struct Front<S>(pub(super) [S; FRONT]);

pub(super) const FRONT: usize = 8;

impl<S: Stored> Front<S> {
    /// The front of a list in no order, which is put into some other.
    pub(super) fn of(all: &mut [S]) -> Self {
        let mut span = Span { start: 0, sorted: 0, end: number(all.len()) };
        sort_more(&mut span, all, FRONT);
        let mut front = Self::default();
        front.0.iter_mut().zip(all).for_each(|(front, entry)| *front = *entry);
        front
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        self.0.iter().take_while(|stored| !stored.is_none()).map(|stored| stored.entry())
    }

    pub(super) fn best_but(&self, other: u32) -> Option<i64> {
        let [first, second, ..] = self.0;
        let best = if first.entry().index() == other { second } else { first };
        (!best.is_none()).then(|| best.entry().key())
    }
}

/// Before `sorted` the entries are in order, best first, and none after is better.
#[derive(Clone, Copy, Default)]
struct Span {
    start: u32,
    sorted: u32,
    end: u32,
}

impl Span {
    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The lists of one side. The key of a pair is its gain less what [`Self::base`] says of its other end.
pub(crate) struct Lists<'a> {
    store: Store<'a>,
    largest_gain: i64,
}

enum Store<'a> {
    Fronts(Fronts<'a>),
    Narrow(Sorted<u32>),
    Wide(Sorted<u64>),
}

/// The entries of all lists, and copies of the first of each.
struct Sorted<S> {
    base: Vec<i64>,
    spans: Vec<Span>,
    entries: Vec<S>,
    fronts: Vec<Front<S>>,
}

/// Does the same with any store.
macro_rules! of_any {
    ($store:expr, $entries:pat => $work:expr) => {
        match $store {
            Store::Fronts($entries) => $work,
            Store::Narrow($entries) => $work,
            Store::Wide($entries) => $work,
        }
    };
}

/// Where the rows of a lean problem have no more pairs than this on average, they are read again rather than copied.
const SHORT: usize = 64;

impl<'a> Lists<'a> {
    /// The lists of this side, ordered by what pairs are good for when the other side has these duals; as after [`Self::rekey`].
    pub(crate) fn new(
        problem: &'a Problem,
        baseline: Baseline,
        side: usize,
        duals: &[i64],
        may_stay_free: bool,
    ) -> Self {
        let largest_gain = problem.largest_value().saturating_sub(baseline.value()).max(0);
        let base_within = |limit| base_of(duals, may_stay_free, largest_gain, limit);
        // Whoever may stay free has no dual below 0, and with such duals no key is larger than its gain: what fits will fit later.
        let all_may_stay_free = may_stay_free && matches!(baseline, Baseline::Unassigned(_));
        let store = match base_within(u32::largest_key()).filter(|_| all_may_stay_free) {
            Some(base) if side == ROWS && problem.is_lean() && problem.pairs() <= SHORT * problem.rows() => {
                Store::Fronts(Fronts::new(problem, baseline.value(), base))
            }
            Some(base) => Store::Narrow(Sorted::new(problem, baseline, side, base)),
            None => {
                // Keys without duals always fit.
                let base = base_within(u64::largest_key()).unwrap_or_else(|| vec![-1; duals.len()]);
                Store::Wide(Sorted::new(problem, baseline, side, base))
            }
        };
        Self { store, largest_gain }
    }

    #[cfg(test)]
    pub(super) fn reads_again(&self) -> bool {
        matches!(self.store, Store::Fronts(_))
    }

    /// The largest gain of all.
    pub(crate) fn largest_gain(&self) -> i64 {
        self.largest_gain
    }

    /// What a dual of the other side is compared with: the key less the difference is what the pair is good for.
    pub(crate) fn base(&self, other: u32) -> i64 {
        self.bases()[other as usize]
    }

    fn bases(&self) -> &[i64] {
        of_any!(&self.store, entries => entries.base())
    }

    /// The largest key of the list but for that of one other end.
    pub(crate) fn best_but(&self, node: u32, other: u32) -> Option<i64> {
        of_any!(&self.store, entries => entries.best_but(node, other))
    }

    /// Reads the front of a list, so that it is near when it is looked at.
    pub(crate) fn touch(&self, node: u32) {
        std::hint::black_box(of_any!(&self.store, entries => entries.best_but(node, u32::MAX)));
    }

    /// Calls `look` with each entry as long as it asks for more, best first; or first with the best, and then, whatever it asks for, with all
    /// others.
    pub(crate) fn scan(&mut self, node: u32, look: impl FnMut(Entry) -> bool) {
        of_any!(&mut self.store, entries => entries.scan(node, look));
    }

    /// Orders the lists anew by what pairs are good for now that the other side has these duals. As long as they only rise, no
    /// pair becomes better, so that for nodes that `may_stay_free` those that are good for nothing are left out.
    ///
    /// Does nothing where the keys would become too large: see [`base_of`].
    pub(crate) fn rekey(&mut self, duals: &[i64], may_stay_free: bool) {
        let largest_key = match self.store {
            Store::Fronts(_) | Store::Narrow(_) => u32::largest_key(),
            Store::Wide(_) => u64::largest_key(),
        };
        let base = base_of(duals, may_stay_free, self.largest_gain, largest_key);
        if let Some(base) = base.filter(|base| base != self.bases()) {
            of_any!(&mut self.store, entries => entries.rekey(base));
        }
    }

    /// The most that each node can get when the other side has these duals; `None` if its list is empty.
    pub(crate) fn best(&self, duals: &[i64]) -> Vec<Option<i64>> {
        let rises: Vec<i64> = duals.iter().zip(self.bases()).map(|(dual, base)| dual - base).collect();
        of_any!(&self.store, entries => entries.best(&rises))
    }
}

impl<S: Stored> Sorted<S> {
    /// How many times as much of a list is put in order each time.
    const GROWTH: usize = 4;

    fn new(problem: &Problem, baseline: Baseline, side: usize, base: Vec<i64>) -> Self {
        let mut lengths = vec![0; if side == ROWS { problem.rows() } else { problem.columns() }];
        if side == ROWS {
            (0..).zip(&mut lengths).for_each(|(row, length)| *length = number(problem.degree(row)));
        } else {
            problem.all_columns().for_each(|column| lengths[column as usize] += 1);
        }
        let mut end = 0;
        let span = |length| {
            let start = end;
            end += length;
            Span { start, sorted: start, end }
        };
        let spans: Vec<Span> = lengths.into_iter().map(span).collect();
        let (entries, fronts) = (vec![S::default(); end as usize], vec![Front::default(); spans.len()]);
        let mut lists = Self { base, spans, entries, fronts };
        if side == ROWS {
            lists.read_rows(problem, baseline);
        } else {
            lists.read_columns(problem, baseline);
        }
        lists
    }

    fn base(&self) -> &[i64] {
        &self.base
    }

    fn best_but(&self, node: u32, other: u32) -> Option<i64> {
        self.fronts[node as usize].best_but(other)
    }

    fn scan(&mut self, node: u32, mut look: impl FnMut(Entry) -> bool) {
        for stored in self.fronts[node as usize].0 {
            if stored.is_none() || !look(stored.entry()) {
                return;
            }
        }
        let mut seen = FRONT;
        loop {
            let span = &mut self.spans[node as usize];
            let entries = &mut self.entries[span.range()];
            let sorted = (span.sorted - span.start) as usize;
            if !entries[seen.min(sorted)..sorted].iter().all(|&stored| look(stored.entry())) || sorted == entries.len()
            {
                return;
            }
            seen = sorted;
            sort_more(span, entries, sorted * Self::GROWTH);
        }
    }

    fn rekey(&mut self, base: Vec<i64>) {
        let changes: Vec<i64> = base.iter().zip(&self.base).map(|(new, old)| new - old).collect();
        self.base = base;
        for_each_list(&mut self.spans, &mut self.entries, &mut self.fronts, |_, entries| {
            let mut kept = 0;
            for at in 0..entries.len() {
                let entry = entries[at].entry();
                let key = entry.key() - changes[entry.index() as usize];
                if key > 0 {
                    entries[kept] = S::store(Entry::new(key, entry.index()));
                    kept += 1;
                }
            }
            kept
        });
    }

    fn best(&self, rises: &[i64]) -> Vec<Option<i64>> {
        let lowest = rises.iter().copied().min().unwrap_or_default();
        let gain = |entry: Entry| entry.key() - rises[entry.index() as usize];
        let node = |node: usize| {
            let front = &self.fronts[node];
            let best = front.entries().map(gain).max();
            let last = front.entries().last().map(|entry| entry.key() - lowest);
            let all = &self.entries[self.spans[node].range()];
            // What follows the front is no better than its last.
            if last > best { all.iter().map(|stored| gain(stored.entry())).max() } else { best }
        };
        (0..self.spans.len()).into_par_iter().with_min_len(256).map(node).collect()
    }

    fn read_rows(&mut self, problem: &Problem, baseline: Baseline) {
        let Self { base, spans, entries, fronts } = self;
        for_each_list(spans, entries, fronts, |row, entries| {
            let own = fronts::entries(problem, baseline.value(), base, row);
            entries.iter_mut().zip(own).map(|(stored, entry)| *stored = S::store(entry)).count()
        });
    }

    fn read_columns(&mut self, problem: &Problem, baseline: Baseline) {
        let Self { base, spans, entries, fronts } = self;
        // Each thread goes over all rows, for it can fill the lists of some columns only.
        let parts = rayon::current_num_threads();
        chunks(spans, entries, fronts, parts).into_par_iter().for_each(|mut chunk| {
            let mut kept = vec![0; chunk.spans.len()];
            let columns = number(chunk.first)..number(chunk.first + chunk.spans.len());
            for (row, _) in (0..).zip(problem.row_capacity()).filter(|&(_, &capacity)| capacity > 0) {
                let least = baseline.value() + base[row as usize];
                for (column, value) in problem.entries_within(row as usize, columns.clone()) {
                    if value > least && problem.column_capacity()[column as usize] > 0 {
                        let at = column as usize - chunk.first;
                        chunk.list(at)[kept[at]] = S::store(Entry::new(value - least, row));
                        kept[at] += 1;
                    }
                }
            }
            for (at, kept) in kept.into_iter().enumerate() {
                chunk.finish(at, kept);
            }
        });
    }
}

/// What keys are counted from when the other side has these duals; `None` where they would become larger than `limit`, which takes duals that
/// differ by several times the range of the values.
fn base_of(duals: &[i64], may_stay_free: bool, largest_gain: i64, limit: i64) -> Option<Vec<i64>> {
    let (least, most) = (duals.iter().copied().min().unwrap_or(0), duals.iter().copied().max().unwrap_or(0));
    let shift = if may_stay_free { 0 } else { 1 + most.max(0) };
    let largest_key = shift.saturating_add(largest_gain).saturating_sub(least);
    (largest_key <= limit).then(|| duals.iter().map(|dual| dual - shift).collect())
}

/// Lists that one thread works on.
struct Chunk<'a, S> {
    /// The node of the first list.
    first: usize,
    /// Where `entries` begins.
    start: usize,
    spans: &'a mut [Span],
    entries: &'a mut [S],
    fronts: &'a mut [Front<S>],
}

impl<S: Stored> Chunk<'_, S> {
    fn list(&mut self, at: usize) -> &mut [S] {
        let Range { start, end } = self.spans[at].range();
        &mut self.entries[start - self.start..end - self.start]
    }

    /// Leaves the list with the first `kept` of its entries, and makes its front.
    fn finish(&mut self, at: usize, kept: usize) {
        let mut span = self.spans[at];
        (span.sorted, span.end) = (span.start, span.start + number(kept));
        let entries = &mut self.list(at)[..kept];
        sort_more(&mut span, entries, FRONT);
        let mut front = Front::default();
        front.0.iter_mut().zip(entries).for_each(|(front, entry)| *front = *entry);
        (self.spans[at], self.fronts[at]) = (span, front);
    }
}

/// Cuts lists into about so many parts.
fn chunks<'a, S>(
    spans: &'a mut [Span],
    mut entries: &'a mut [S],
    fronts: &'a mut [Front<S>],
    parts: usize,
) -> Vec<Chunk<'a, S>> {
    let length = spans.len().div_ceil(parts).max(1);
    let mut start = 0;
    let cut = |(number, (spans, fronts)): (usize, (&'a mut [Span], &'a mut [Front<S>]))| {
        let end = spans.last().map_or(start, |span| span.end as usize);
        let (own, others) = std::mem::take(&mut entries).split_at_mut(end - start);
        let chunk = Chunk { first: number * length, start, spans, entries: own, fronts };
        (entries, start) = (others, end);
        chunk
    };
    spans.chunks_mut(length).zip(fronts.chunks_mut(length)).enumerate().map(cut).collect()
}

/// Leaves each list with as many of its first entries as `keep` says, in parallel; `keep` may change them.
fn for_each_list<S: Stored>(
    spans: &mut [Span],
    entries: &mut [S],
    fronts: &mut [Front<S>],
    keep: impl Fn(usize, &mut [S]) -> usize + Sync,
) {
    let parts = 8 * rayon::current_num_threads();
    chunks(spans, entries, fronts, parts).into_par_iter().for_each(|mut chunk| {
        for at in 0..chunk.spans.len() {
            let kept = keep(chunk.first + at, chunk.list(at));
            chunk.finish(at, kept);
        }
    });
}

/// So few entries are put in order at once: to find the best of them first takes as long.
const FEW: usize = 32;

/// Puts the best `length` of the entries in order, and all of them if those are nearly all.
fn sort_more<S: Stored>(span: &mut Span, entries: &mut [S], length: usize) {
    let sorted = (span.sorted - span.start) as usize;
    let length = if entries.len() <= FEW.max(length + length / 4) { entries.len() } else { length };
    let rest = &mut entries[sorted..];
    if sorted + rest.len() > length {
        rest.select_nth_unstable_by(length - sorted, |a, b| b.cmp(a));
    }
    rest[..length - sorted].sort_unstable_by(|a, b| b.cmp(a));
    span.sorted = span.start + number(length);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::COLUMNS;

    fn seen(lists: &mut Lists, node: u32, most: usize) -> Vec<(i64, u32)> {
        let mut seen = Vec::new();
        lists.scan(node, |entry| {
            seen.push((entry.key(), entry.index()));
            seen.len() < most
        });
        seen
    }

    #[test]
    fn long_lists_come_in_order_from_either_side() {
        let values: Vec<(u32, i64)> = (0..700).map(|column| (column, i64::from(column * 389 % 701) - 100)).collect();
        let problem =
            Problem::builder(vec![1; 700]).unassigned_value(20).row(1, &values).row(0, &values).build().unwrap();
        let baseline = Baseline::of(&problem);
        let mut lists = Lists::new(&problem, baseline, ROWS, &[0; 700], true);
        let mut expected: Vec<(i64, u32)> =
            values.iter().map(|&(column, value)| (value - 20, column)).filter(|&(key, _)| key > 0).collect();
        expected.sort_unstable_by(|a, b| b.cmp(a));
        for most in [3, 8, 9, 40, 700] {
            assert_eq!(seen(&mut lists, 0, most), expected[..most.min(expected.len())]);
        }
        assert_eq!(seen(&mut lists, 1, 9), []);
        let mut columns = Lists::new(&problem, baseline, COLUMNS, &[0; 2], true);
        let (key, column) = expected[0];
        assert_eq!(seen(&mut columns, column, 9), [(key, 0)]);
        assert_eq!(columns.largest_gain(), key);
    }

    #[test]
    fn new_duals_reorder_and_leave_out_what_is_good_for_nothing() {
        let values: Vec<(u32, i64)> = (0..20).map(|column| (column, 100 + i64::from(column))).collect();
        let problem = Problem::builder(vec![1; 20]).unassigned_value(0).row(1, &values).build().unwrap();
        let mut lists = Lists::new(&problem, Baseline::of(&problem), ROWS, &[0; 20], true);
        let duals: Vec<i64> = (0..20).map(|column| 20 * column).collect();
        assert_eq!(lists.best(&duals), [Some(100)]);
        lists.rekey(&duals, true);
        // 100 + c - 20 c, as long as that is above 0.
        assert_eq!(seen(&mut lists, 0, 20), [(100, 0), (81, 1), (62, 2), (43, 3), (24, 4), (5, 5)]);
        assert_eq!(lists.best(&duals), [Some(100)]);
        let mut again = Lists::new(&problem, Baseline::of(&problem), ROWS, &duals, true);
        assert_eq!(seen(&mut again, 0, 20), seen(&mut lists, 0, 20));
    }

    #[test]
    fn keys_that_would_not_fit_stay_as_they_are() {
        let limit = crate::problem::MAXIMUM_VALUE;
        let problem = Problem::builder(vec![1, 1]).row(1, &[(0, -limit), (1, limit)]).build().unwrap();
        let mut lists = Lists::new(&problem, Baseline::of(&problem), ROWS, &[0, 0], false);
        lists.rekey(&[0, 20 * limit], false);
        assert_eq!(seen(&mut lists, 0, 2), [(2 * limit + 1, 1), (1, 0)]);
        assert_eq!(lists.best(&[0, 20 * limit]), [Some(0)]);
    }
}
