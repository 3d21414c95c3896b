//! The smallest numbers of a long line, in one look at it.

use std::array::from_fn;

pub(super) use pulp::NullaryFnOnce as Vectorised;

use super::cost::Cost;

/// Numbers that are looked at side by side.
pub(super) const LANES: usize = 8;
/// Numbers side by side.
pub(super) type Chunk<T> = [T; LANES];
/// Numbers of which those in the same lane have a minimum in common.
const GROUP: usize = 8 * LANES;

/// Scratch space of a selection, and its result.
pub(super) struct Selection<T> {
    minima: Vec<T>,
    /// What was kept, with its place in the line.
    pub(super) kept: Vec<(T, u32)>,
}

/// The numbers of a line, in a form that becomes vector instructions: what implements this is always inlined.
pub(super) trait Numbers<T> {
    fn length(&self) -> usize;

    /// Those from `start` on, a multiple of [`LANES`]; the infinite after the end.
    fn chunk(&mut self, start: usize) -> Chunk<T>;

    fn at(&self, index: usize) -> T;
}

/// How many numbers a selection keeps.
#[derive(Clone, Copy)]
pub(super) struct Wanted<T> {
    /// At least so many, if as many are finite.
    pub(super) least: usize,
    /// At most so many: the smallest.
    pub(super) most: usize,
    /// Only numbers below this, if those are enough: a guess that saves work if it is near the largest number that is kept.
    pub(super) below: T,
}

impl<T: Cost> Selection<T> {
    pub(super) fn new() -> Self {
        Self { minima: Vec::new(), kept: Vec::new() }
    }

    /// Keeps the smallest of a line's numbers. Every number that is not kept is at least the result, which is infinite if all
    /// finite ones are kept. The look begins at a place that depends on `line`, so that equal numbers are not all taken from the front.
    #[inline(always)]
    pub(super) fn smallest(&mut self, numbers: &mut impl Numbers<T>, wanted: Wanted<T>, line: usize) -> T {
        let length = numbers.length();
        self.minima.clear();
        for start in (0..length).step_by(GROUP) {
            let mut minima = [T::INFINITE; LANES];
            for start in (start..(start + GROUP).min(length)).step_by(LANES) {
                let numbers = numbers.chunk(start);
                minima = from_fn(|lane| minima[lane].smaller(numbers[lane]));
            }
            self.minima.extend_from_slice(&minima);
        }
        let cut = self.pick(numbers, wanted, wanted.below, line);
        if self.kept.len() >= wanted.least || wanted.below == T::INFINITE {
            return cut;
        }
        self.pick(numbers, wanted, T::INFINITE, line)
    }

    /// Keeps the smallest numbers below a bound, by the minima.
    #[inline(always)]
    fn pick(&mut self, numbers: &impl Numbers<T>, wanted: Wanted<T>, below: T, line: usize) -> T {
        let mut cut = below;
        self.kept.clear();
        let from = scattered(line, self.minima.len());
        for place in (from..self.minima.len()).chain(0..from) {
            if self.minima[place] >= cut {
                continue;
            }
            let first = place / LANES * GROUP + place % LANES;
            for index in (first..(first + GROUP).min(numbers.length())).step_by(LANES) {
                let number = numbers.at(index);
                if number < cut {
                    #[allow(clippy::cast_possible_truncation, reason = "a line is shorter than 2^32")]
                    self.kept.push((number, index as u32));
                }
            }
            if self.kept.len() >= 2 * wanted.most + LANES {
                cut = self.shorten(wanted.most);
            }
        }
        if self.kept.len() > wanted.most { self.shorten(wanted.most) } else { cut }
    }

    /// The number at this place of what is kept in ascending order, if there is one.
    pub(super) fn nth(&mut self, place: usize) -> Option<T> {
        (place < self.kept.len()).then(|| self.kept.select_nth_unstable_by(place, |a, b| order(a.0, b.0)).1.0)
    }

    /// Keeps as many of what is kept; all others are at least the result.
    fn shorten(&mut self, most: usize) -> T {
        self.kept.select_nth_unstable_by(most - 1, |a, b| order(a.0, b.0));
        self.kept.truncate(most);
        self.kept[most - 1].0
    }
}

/// Does the work with vector instructions if this processor has any, of 256 bits on x86-64: those of 512 gain nothing here, and took 1.6 times
/// as long for rows × columns. Only what is inlined into its `call` is done with them, so
/// work that matters is a type whose `call` is always inlined, and not a closure, which may be or not.
pub(super) fn vectorised<W: Vectorised>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(wide) = pulp::x86::V3::try_new() {
        return wide.vectorize(work);
    }
    pulp::Arch::new().dispatch(work)
}

/// Changed numbers from `start` on, `fill` after the end.
#[inline(always)]
pub(super) fn chunk<T: Cost>(numbers: &[T], start: usize, fill: T, change: impl Fn(T) -> T) -> Chunk<T> {
    match numbers[start..].first_chunk() {
        Some(chunk) => chunk.map(change),
        None => from_fn(|lane| numbers.get(start + lane).map_or(fill, |&number| change(number))),
    }
}

/// Whether one of these is smaller than its counterpart.
#[inline(always)]
pub(super) fn any_smaller<T: Cost>(these: &Chunk<T>, others: &Chunk<T>) -> bool {
    these.iter().zip(others).fold(0, |any, (this, other)| any | u64::from(this < other)) != 0
}

/// The smallest lane, halving: in a row each step would wait for the one before.
#[inline(always)]
pub(super) fn least<T: Cost>(mut lanes: Chunk<T>) -> T {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = lanes[lane].smaller(lanes[lane + half]);
        }
        half /= 2;
    }
    lanes[0]
}

/// The order of numbers that are never NaN.
pub(super) fn order<T: Cost>(a: T, b: T) -> std::cmp::Ordering {
    a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal)
}

/// A start that differs from line to line (Fibonacci hashing).
fn scattered(line: usize, count: usize) -> usize {
    ((line as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize % count.max(1)
}
