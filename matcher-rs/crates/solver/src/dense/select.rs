//! The smallest numbers of a long line, in one look at it and a second at the blocks where they are.

use std::array::from_fn;

pub(super) use pulp::NullaryFnOnce as Vectorised;

use super::cost::Cost;

/// Numbers that are looked at side by side.
pub(super) const LANES: usize = 8;
/// Numbers side by side.
pub(super) type Chunk<T> = [T; LANES];
/// Blocks that a line is cut into, at least, for each number that is wanted.
const BLOCKS_PER_KEPT: usize = 3;

/// Scratch space of a selection, and its result.
pub(super) struct Selection<T> {
    minima: Vec<T>,
    ranked: Vec<T>,
    /// What was kept, with its place in the line.
    pub(super) kept: Vec<(T, u32)>,
}

impl<T: Cost> Selection<T> {
    pub(super) fn new() -> Self {
        Self { minima: Vec::new(), ranked: Vec::new(), kept: Vec::new() }
    }

    /// Finds the `keep` smallest of `length` numbers, in chunks that begin at a multiple of [`LANES`] and are filled up with the infinite: at least
    /// as many are no larger than the `keep`-th smallest minimum of a block. Every number that is not kept is at least the result,
    /// which is infinite if all finite ones are kept. `first` sees each chunk once, in order, before `again` sees some. The
    /// selection begins at a place that depends on `line`, so that equal numbers are not all taken from the front.
    #[inline(always)]
    pub(super) fn smallest(
        &mut self,
        length: usize,
        keep: usize,
        line: usize,
        mut first: impl FnMut(usize) -> Chunk<T>,
        again: impl Fn(usize) -> Chunk<T>,
    ) -> T {
        let block = block_length(length, keep);
        self.minima.clear();
        for start in (0..length).step_by(block) {
            let mut minima = [T::INFINITE; LANES];
            for start in (start..(start + block).min(length)).step_by(LANES) {
                let numbers = first(start);
                minima = from_fn(|lane| minima[lane].smaller(numbers[lane]));
            }
            self.minima.push(least(minima));
        }
        let mut cut = self.cut(keep);
        let from = scattered(line, self.minima.len());
        self.kept.clear();
        let mut equal = 0;
        for place in (from..self.minima.len()).chain(0..from) {
            let minimum = self.minima[place];
            if minimum > cut || minimum == T::INFINITE || (minimum == cut && equal >= keep) {
                continue;
            }
            for start in (place * block..((place + 1) * block).min(length)).step_by(LANES) {
                let numbers = again(start);
                if numbers.iter().fold(0, |any, &number| any | u64::from(number <= cut)) == 0 {
                    continue;
                }
                for (index, number) in (start..).zip(numbers) {
                    if number < cut || (number == cut && equal < keep && number < T::INFINITE) {
                        equal += usize::from(number == cut);
                        #[allow(clippy::cast_possible_truncation, reason = "a line is shorter than 2^32")]
                        self.kept.push((number, index as u32));
                    }
                }
            }
        }
        if self.kept.len() > keep {
            self.kept.select_nth_unstable_by(keep - 1, |a, b| order(a.0, b.0));
            cut = self.kept[keep - 1].0;
            self.kept.truncate(keep);
        }
        cut
    }

    fn cut(&mut self, keep: usize) -> T {
        if self.minima.len() <= keep {
            return T::INFINITE;
        }
        self.ranked.clone_from(&self.minima);
        *self.ranked.select_nth_unstable_by(keep - 1, |a, b| order(*a, *b)).1
    }
}

/// Does the work with the widest vector instructions that this processor has. Only what is inlined into its `call` is done with them, so
/// work that matters is a type whose `call` is always inlined, and not a closure, which may be or not.
pub(super) fn vectorised<W: Vectorised>(work: W) -> W::Output {
    pulp::Arch::new().dispatch(work)
}

/// Changed numbers from `start` on, the infinite after the end.
#[inline(always)]
pub(super) fn chunk<T: Cost>(numbers: &[T], start: usize, change: impl Fn(T) -> T) -> Chunk<T> {
    match numbers[start..].first_chunk() {
        Some(chunk) => chunk.map(change),
        None => from_fn(|lane| numbers.get(start + lane).map_or(T::INFINITE, |&number| change(number))),
    }
}

fn block_length(length: usize, keep: usize) -> usize {
    let mut block = 2 * LANES;
    while length / (2 * block) > BLOCKS_PER_KEPT * keep {
        block *= 2;
    }
    block
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
