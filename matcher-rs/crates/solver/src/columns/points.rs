//! From values to points in 16-bit lanes: divisions that come out exact as multiplications.

use super::column::{Column, Lanes};
use crate::scoring::MAXIMUM_SCORE;

/// The value of a component that could not be better.
pub(super) const FULL: u16 = 1000;
const SHIFT: u32 = 20;

/// The upper half of the product: `floor(a * b / 2^16)`, one instruction on most processors.
///
/// LLVM finds that instruction only if both numbers come from 16-bit lanes inside the loop: a number that is the same for all is widened before
/// the loop, and costs five instructions. So what is multiplied with is a lane of an array here, however often it is the same.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "a product of 32 bits, shifted by 16")]
pub(super) fn upper_half(a: u16, b: u16) -> u16 {
    ((u32::from(a) * u32::from(b)) >> 16) as u16
}

/// `floor(4095 * weight * value / (1000 * present))` for values 0 to 1,000, as `floor(value * multiplier / 2^20)`.
///
/// There always is such a multiplier. Let L be the largest of all `points(v) / v`, U the smallest of all `(points(v) + 1) / v`. Every
/// multiplier from `2^20 L` on, below `2^20 U`, is exact; L and U are different fractions with denominators up to 1,000, so at least 10^-6
/// apart, and `2^20 * 10^-6` is more than 1. The products are below `1000 * 4.096 * 2^20`, which is less than 2^32.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Points {
    high: u16,
    low: u16,
}

impl Points {
    /// `present` is the sum of the weights that are present, this one included.
    #[allow(clippy::cast_possible_truncation, reason = "the multiplier is below 2^23, and its halves have 16 bits")]
    pub(super) fn new(weight: u16, present: u64) -> Self {
        let multiplier =
            (1..=u64::from(FULL)).map(|value| (exact(weight, present, value) << SHIFT).div_ceil(value)).max();
        let multiplier = multiplier.unwrap_or_default();
        Self { high: (multiplier >> 16) as u16, low: multiplier as u16 }
    }

    /// The points of a value.
    #[inline(always)]
    pub(super) fn of(self, value: u16) -> u16 {
        value.wrapping_mul(self.high).wrapping_add(upper_half(value, self.low)) >> (SHIFT - 16)
    }
}

/// [`Points`] by lane.
#[derive(Default)]
pub(super) struct PointLanes {
    pub(super) high: Lanes,
    pub(super) low: Lanes,
}

impl PointLanes {
    /// Sets the lanes where a mask has all bits, and leaves those where it has none.
    #[inline(always)]
    pub(super) fn set_where(&mut self, mask: &Lanes, points: Points) {
        self.high.set_where(mask, points.high);
        self.low.set_where(mask, points.low);
    }

    /// The points of a value in this lane.
    #[inline(always)]
    pub(super) fn of(&self, value: u16, lane: usize) -> u16 {
        Points { high: self.high[lane], low: self.low[lane] }.of(value)
    }
}

fn exact(weight: u16, present: u64, value: u64) -> u64 {
    (u64::from(MAXIMUM_SCORE) * u64::from(weight) * value).checked_div(u64::from(FULL) * present).unwrap_or_default()
}

/// `floor(covered * 1000 / wanted)` for levels counted so that `wanted` is 1 to 32,767.
///
/// A first guess is right or one too high; the sign of the remainder, which needs 16 bits, tells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    wanted: u16,
    multiplier: u16,
}

impl Share {
    pub(super) const LARGEST: u16 = i16::MAX.cast_unsigned();

    /// `wanted` is more than half of [`Self::LARGEST`], and not more than that.
    #[allow(clippy::cast_possible_truncation, reason = "1,000 × 2^16 over more than 2^14")]
    pub(super) fn new(wanted: u16) -> Self {
        debug_assert!((Self::LARGEST / 2 + 1..=Self::LARGEST).contains(&wanted), "{wanted}");
        Self { wanted, multiplier: (u32::from(FULL) << 16).div_ceil(u32::from(wanted)) as u16 }
    }

    /// The multiplier in every lane, and the compiler does not know that they are the same.
    #[inline(always)]
    pub(super) fn lanes(self) -> Lanes {
        std::hint::black_box(Column::of(self.multiplier))
    }

    /// The share in thousandths, with a lane of [`Self::lanes`].
    #[inline(always)]
    pub(super) fn of(self, covered: u16, multiplier: u16) -> u16 {
        let guess = upper_half(covered, multiplier);
        let remainder = covered.wrapping_mul(FULL).wrapping_sub(guess.wrapping_mul(self.wanted));
        guess.wrapping_add((remainder.cast_signed() >> 15).cast_unsigned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_exact_for_every_value() {
        let weights = [0, 1, 2, 20, 60, 100, 333, 500, 997, 4096, 9999, 10_000, u16::MAX];
        let sums = [1, 2, 7, 20, 21, 331, 1000, 1060, 1061, 7919, 65_535, 80_000, 8 * 65_535];
        for (weight, others) in weights.into_iter().flat_map(|weight| sums.map(|others| (weight, others - 1))) {
            let present = u64::from(weight) + others;
            let points = Points::new(weight, present);
            for value in 0..=FULL {
                let expected = exact(weight, present, u64::from(value));
                assert_eq!(u64::from(points.of(value)), expected, "{weight} of {present} at {value}");
            }
        }
    }

    #[test]
    fn shares_are_exact_for_every_level() {
        for wanted in (Share::LARGEST / 2 + 1..=Share::LARGEST).step_by(97).chain([Share::LARGEST]) {
            let share = Share::new(wanted);
            for covered in 0..=wanted {
                assert_eq!(
                    u32::from(share.of(covered, share.multiplier)),
                    u32::from(covered) * 1000 / u32::from(wanted)
                );
            }
        }
    }
}
