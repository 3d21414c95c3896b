//! How a pair is stored in a list: what it is good for above where it leads, in 8 bytes, or 4 where that fits.

use crate::problem::MAXIMUM_SIDE;

const INDEX_BITS: u32 = MAXIMUM_SIDE.trailing_zeros();

/// A pair from one of its ends: a key above the number of the node at the other end. Of two entries the better is the larger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry(u64);

impl Entry {
    /// `key` is from 1 to what fits above an index.
    pub(super) fn new(key: i64, index: u32) -> Self {
        debug_assert!((1..=u64::largest_key()).contains(&key), "{key}");
        Self(key.unsigned_abs() << INDEX_BITS | u64::from(index))
    }

    /// How good the pair is; see [`super::lists::Lists`].
    pub(crate) fn key(self) -> i64 {
        (self.0 >> INDEX_BITS).cast_signed()
    }

    /// The node at the other end.
    #[allow(clippy::cast_possible_truncation, reason = "the mask leaves 20 bits")]
    pub(crate) fn index(self) -> u32 {
        (self.0 & (MAXIMUM_SIDE as u64 - 1)) as u32
    }
}

/// How an entry is stored. Where all keys are small enough it takes 4 bytes, else 8.
pub(super) trait Stored: Copy + Default + Ord + Send + Sync {
    const BITS: u32;

    fn store(entry: Entry) -> Self;

    fn entry(self) -> Entry;

    fn largest_key() -> i64 {
        (1 << (Self::BITS - INDEX_BITS)) - 1
    }

    /// What fills a front that is longer than its list.
    fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl Stored for u32 {
    const BITS: u32 = Self::BITS;

    #[allow(clippy::cast_possible_truncation, reason = "of a key that is no larger than what fits")]
    fn store(entry: Entry) -> Self {
        entry.0 as Self
    }

    fn entry(self) -> Entry {
        Entry(self.into())
    }
}

impl Stored for u64 {
    const BITS: u32 = Self::BITS;

    fn store(entry: Entry) -> Self {
        entry.0
    }

    fn entry(self) -> Entry {
        Entry(self)
    }
}
