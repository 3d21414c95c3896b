//! The two number types that a dense matrix may hold, and the arithmetic that the search needs of them.

use std::fmt::{Debug, Display};
use std::ops::{Add, Neg, Sub};

/// A cost: `i64`, in which everything is exact, or `f64`.
pub trait Cost:
    Copy
    + Debug
    + Default
    + Display
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// Above every cost: the cost of a forbidden pair, and of what has not been found yet.
    const INFINITE: Self;
    /// Above every distance.
    const FAR: Self;
    /// A price that keeps every distance at [`Cost::FAR`] or above.
    const UNREACHABLE: Self;

    /// Smallest magnitude that is refused for lines of this length: below it no price, path or sum leaves the type.
    fn limit(length: usize) -> Self;

    /// Has the highest bit where the magnitude is below this limit, never for NaN; other bits mean nothing.
    fn inside(self, limit: Self) -> u64;

    /// Whether the magnitude is below this limit; never for NaN.
    #[inline(always)]
    fn is_within(self, limit: Self) -> bool {
        self.inside(limit) >> 63 == 1
    }

    /// Whether it is a cost: within the limit, or what forbids a pair.
    fn is_accepted(self, limit: Self) -> bool;

    /// How far a reduced cost may be from what exact arithmetic says, if no value is larger in magnitude than `scale`. Zero for integers.
    fn tolerance(scale: Self, length: usize) -> Self;

    /// The next larger number.
    #[must_use]
    fn above(self) -> Self;

    /// One of so many equal parts, rounded towards 0.
    #[must_use]
    fn split(self, parts: usize) -> Self;

    /// Bits in the order of the numbers, for numbers from 0; rounding below 0 counts as 0.
    fn key(self) -> u64;

    /// The number with this [`Cost::key`].
    fn from_key(key: u64) -> Self;

    /// The sum, infinite if it is none of the type.
    fn total(numbers: impl Iterator<Item = Self>) -> Self;

    /// Why this cost, which [`Cost::is_within`] does not take, is refused.
    fn refusal(self, limit: Self) -> String;

    /// Negation that never fails; what cannot be negated exactly is refused by [`Cost::limit`].
    #[must_use]
    fn negated(self) -> Self;

    /// The smaller of two, in the form that becomes one instruction; not for NaN.
    #[inline(always)]
    #[must_use]
    fn smaller(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    /// The larger of two; not for NaN.
    #[inline(always)]
    #[must_use]
    fn larger(self, other: Self) -> Self {
        if other > self { other } else { self }
    }
}

impl Cost for f64 {
    const INFINITE: Self = Self::INFINITY;
    const FAR: Self = Self::INFINITY;
    const UNREACHABLE: Self = Self::INFINITY;

    fn limit(_: usize) -> Self {
        // 2^900, so that sums of 2^100 of them are finite.
        Self::from_bits((1023 + 900) << 52)
    }

    #[inline(always)]
    fn inside(self, limit: Self) -> u64 {
        // Without their signs, bits are in the order of the magnitudes, and those of NaN come last.
        self.abs().to_bits().wrapping_sub(limit.to_bits())
    }

    fn is_accepted(self, limit: Self) -> bool {
        self.is_within(limit) || self == Self::INFINITE
    }

    #[allow(clippy::cast_precision_loss, reason = "lengths are far below 2^53")]
    fn tolerance(scale: Self, length: usize) -> Self {
        scale * Self::EPSILON * length as Self
    }

    fn above(self) -> Self {
        self.next_up()
    }

    #[allow(clippy::cast_precision_loss, reason = "numbers of lines are far below 2^53")]
    fn split(self, parts: usize) -> Self {
        self / parts.max(1) as Self
    }

    fn key(self) -> u64 {
        if self > 0.0 { self.to_bits() } else { 0 }
    }

    fn from_key(key: u64) -> Self {
        Self::from_bits(key)
    }

    fn total(numbers: impl Iterator<Item = Self>) -> Self {
        numbers.sum()
    }

    fn refusal(self, limit: Self) -> String {
        if self.is_nan() {
            "must be a number".to_owned()
        } else if self.is_infinite() {
            "is infinite on the side that does not forbid a pair: use +inf when minimising, -inf when maximising"
                .to_owned()
        } else {
            format!("must be smaller in magnitude than {limit:e}, so that no sum is infinite")
        }
    }

    #[inline(always)]
    fn negated(self) -> Self {
        -self
    }
}

impl Cost for i64 {
    const INFINITE: Self = Self::MAX;
    const FAR: Self = Self::MAX / 4;
    const UNREACHABLE: Self = Self::MAX / 2;

    fn limit(length: usize) -> Self {
        // A price is the difference of at most as many pairs of costs as a line is long, and a distance adds two prices and two costs;
        // that leaves every distance below a quarter of the type.
        Self::MAX / (16 * (i64::try_from(length).unwrap_or(Self::MAX / 32) + 2))
    }

    #[inline(always)]
    #[allow(clippy::cast_sign_loss, reason = "the sign is the highest bit")]
    fn inside(self, limit: Self) -> u64 {
        // Both differences are negative; outside one of them is not, itself or by wrapping.
        (self.wrapping_sub(limit) & (-limit).wrapping_sub(self)) as u64
    }

    fn is_accepted(self, limit: Self) -> bool {
        self.is_within(limit)
    }

    fn tolerance(_: Self, _: usize) -> Self {
        0
    }

    fn split(self, parts: usize) -> Self {
        self / Self::try_from(parts.max(1)).unwrap_or(Self::MAX)
    }

    fn above(self) -> Self {
        self.saturating_add(1)
    }

    #[allow(clippy::cast_sign_loss, reason = "not negative")]
    fn key(self) -> u64 {
        self.max(0) as u64
    }

    #[allow(clippy::cast_possible_wrap, reason = "was an i64")]
    fn from_key(key: u64) -> Self {
        key as Self
    }

    fn total(numbers: impl Iterator<Item = Self>) -> Self {
        let sum: i128 = numbers.map(i128::from).sum();
        Self::try_from(sum).unwrap_or(Self::MAX)
    }

    fn refusal(self, limit: Self) -> String {
        format!("must be smaller in magnitude than {limit}, so that no sum of a matrix of this size leaves 64 bits")
    }

    #[inline(always)]
    fn negated(self) -> Self {
        self.wrapping_neg()
    }
}
