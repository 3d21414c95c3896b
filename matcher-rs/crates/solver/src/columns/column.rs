//! One number for each mentor of a tile.

use std::ops::{Deref, DerefMut};

use super::tile::TILE;

/// Numbers of 16 bits in the widest vectors.
pub(super) const SIDE_BY_SIDE: usize = 32;

/// Begins where a line of the cache does: a vector that lies across two lines takes twice as long to read.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Column<T>(pub(crate) [T; TILE]);

/// 16 bits for each mentor of a tile.
pub(crate) type Lanes = Column<u16>;

impl<T: Copy> Column<T> {
    /// The same in every lane.
    #[inline(always)]
    pub(crate) fn of(value: T) -> Self {
        Self([value; TILE])
    }
}

impl<T: Copy + Default> Default for Column<T> {
    fn default() -> Self {
        Self::of(T::default())
    }
}

impl<T> Deref for Column<T> {
    type Target = [T; TILE];

    #[inline(always)]
    fn deref(&self) -> &[T; TILE] {
        &self.0
    }
}

impl<T> DerefMut for Column<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T; TILE] {
        &mut self.0
    }
}

impl Lanes {
    /// Sets the lanes where a mask has all bits, and leaves those where it has none.
    #[inline(always)]
    pub(super) fn set_where(&mut self, mask: &Self, value: u16) {
        for lane in 0..TILE {
            self[lane] ^= (self[lane] ^ value) & mask[lane];
        }
    }
}
