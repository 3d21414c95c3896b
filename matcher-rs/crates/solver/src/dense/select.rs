//! The smallest numbers of a long line, in one look at it: at the smallest of each few, and then where those are small.

pub(super) use pulp::NullaryFnOnce as Vectorised;

use super::cost::Cost;

/// Numbers that are looked at side by side.
pub(super) const LANES: usize = 8;
/// Numbers side by side.
pub(super) type Chunk<T> = [T; LANES];
/// Numbers of which those in the same lane have a minimum in common.
pub(super) const GROUP: usize = 8 * LANES;
/// Lines that are looked at side by side, a group of each in turn: memory that is read in several places comes quicker.
pub(super) const ABREAST: usize = 8;

/// What a selection begins with, scratch space, and its result.
pub(super) struct Selection<T> {
    /// The smallest number of each lane of each group: [`minima_of`] each line, one line after another.
    pub(super) minima: Vec<T>,
    ranked: Vec<T>,
    /// What was kept, with its place in the line.
    pub(super) kept: Vec<(T, u32)>,
}

/// How many minima the selection of a line of this length begins with.
pub(super) fn minima_of(length: usize) -> usize {
    length.div_ceil(GROUP) * LANES
}

/// The numbers of a line.
pub(super) struct Numbers<F> {
    pub(super) line: usize,
    /// Which of the lines it is whose minima are known.
    pub(super) place: usize,
    pub(super) length: usize,
    /// The number at a place of the line.
    pub(super) at: F,
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
        Self { minima: Vec::new(), ranked: Vec::new(), kept: Vec::new() }
    }

    /// Keeps the smallest of a line's numbers. Every number that is not kept is at least the result, which is infinite if all
    /// finite ones are kept. The look begins at a place that depends on the line, so that equal numbers are not all taken from the front.
    #[inline(always)]
    pub(super) fn smallest(&mut self, numbers: &Numbers<impl Fn(usize) -> T>, wanted: Wanted<T>) -> T {
        if wanted.below < T::INFINITE {
            let cut = self.pick(numbers, wanted.most, wanted.below);
            if self.kept.len() >= wanted.least {
                return cut;
            }
        }
        let below = self.enough(numbers, wanted.most);
        self.pick(numbers, wanted.most, below)
    }

    /// A bound that at least so many numbers are below, infinite if that is not known: as many minima are.
    fn enough(&mut self, numbers: &Numbers<impl Fn(usize) -> T>, count: usize) -> T {
        let minima = &self.minima[numbers.place * minima_of(numbers.length)..][..minima_of(numbers.length)];
        if minima.len() < count {
            return T::INFINITE;
        }
        self.ranked.clear();
        self.ranked.extend_from_slice(minima);
        self.ranked.select_nth_unstable_by(count - 1, |a, b| order(*a, *b)).1.above()
    }

    /// Keeps the smallest numbers below a bound, by the minima.
    #[inline(always)]
    fn pick(&mut self, numbers: &Numbers<impl Fn(usize) -> T>, most: usize, below: T) -> T {
        let Self { minima, kept, .. } = self;
        let minima = &minima[numbers.place * minima_of(numbers.length)..][..minima_of(numbers.length)];
        let mut cut = below;
        kept.clear();
        let from = scattered(numbers.line, minima.len());
        for range in [from..minima.len(), 0..from] {
            for place in range {
                if minima[place] >= cut {
                    continue;
                }
                let first = place / LANES * GROUP + place % LANES;
                for index in (first..(first + GROUP).min(numbers.length)).step_by(LANES) {
                    let number = (numbers.at)(index);
                    if number < cut {
                        #[allow(clippy::cast_possible_truncation, reason = "a line is shorter than 2^32")]
                        kept.push((number, index as u32));
                    }
                }
                if kept.len() >= 2 * most + LANES {
                    cut = shorten(kept, most);
                }
            }
        }
        if kept.len() > most { shorten(kept, most) } else { cut }
    }

    /// The number at this place of what is kept in ascending order, if there is one.
    pub(super) fn nth(&mut self, place: usize) -> Option<T> {
        (place < self.kept.len()).then(|| self.kept.select_nth_unstable_by(place, |a, b| order(a.0, b.0)).1.0)
    }
}

/// Keeps as many of what is kept; all others are at least the result.
fn shorten<T: Cost>(kept: &mut Vec<(T, u32)>, most: usize) -> T {
    kept.select_nth_unstable_by(most - 1, |a, b| order(a.0, b.0));
    kept.truncate(most);
    kept[most - 1].0
}

/// Does the work with vector instructions if this processor has any, of 256 bits on x86-64: those of 512 gain nothing where memory is what takes
/// time. Only what is inlined into its `call` is done with them, so work that matters is a type whose `call` is always inlined, and not a
/// closure, which may be or not.
pub(super) fn vectorised<W: Vectorised>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(wide) = pulp::x86::V3::try_new() {
        return wide.vectorize(work);
    }
    pulp::Arch::new().dispatch(work)
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
