//! A priority queue for keys that never fall below the last one taken: Dijkstra's.
//!
//! Radix heap (Ahuja, Mehlhorn, Orlin and Tarjan 1990): a key waits in the bucket of the highest bit in which it differs from the last
//! key taken, so that an operation takes constant time but for the 64 moves that a key can make.

/// Items with keys, smallest key first; which of equal keys comes first is fixed by the order of the calls.
pub(crate) struct RadixHeap {
    buckets: Vec<Vec<(i64, u32)>>,
    /// Bit `b` is set if bucket `b` may hold something; bucket 64 cannot occur, keys being at least 0.
    occupied: u64,
    last: i64,
}

impl RadixHeap {
    pub(crate) fn new() -> Self {
        Self { buckets: vec![Vec::new(); 64], occupied: 0, last: 0 }
    }

    /// Empties the queue, and lets keys start from 0 again.
    pub(crate) fn clear(&mut self) {
        while self.occupied != 0 {
            self.buckets[self.occupied.trailing_zeros() as usize].clear();
            self.occupied &= self.occupied - 1;
        }
        self.last = 0;
    }

    /// `key` is at least the last one taken.
    pub(crate) fn push(&mut self, key: i64, item: u32) {
        debug_assert!(key >= self.last, "{key} after {}", self.last);
        let bucket = (i64::BITS - (key ^ self.last).leading_zeros()) as usize;
        self.buckets[bucket].push((key, item));
        self.occupied |= 1 << bucket;
    }

    /// Moves items of the smallest key to `items`, so many at most; others of that key may be left, and pushed.
    pub(crate) fn pop_some(&mut self, most: usize, items: &mut Vec<u32>) -> Option<i64> {
        let (key, item) = self.pop()?;
        items.push(item);
        let equal = &mut self.buckets[0];
        items.extend(equal.drain((equal.len() + 1).saturating_sub(most)..).map(|(_, item)| item));
        Some(key)
    }

    pub(crate) fn pop(&mut self) -> Option<(i64, u32)> {
        loop {
            if self.occupied == 0 {
                return None;
            }
            let lowest = self.occupied.trailing_zeros() as usize;
            if lowest == 0
                && let Some(least) = self.buckets[0].pop()
            {
                return Some(least);
            }
            self.occupied &= !(1 << lowest);
            let mut bucket = std::mem::take(&mut self.buckets[lowest]);
            if let Some(&(least, _)) = bucket.iter().min_by_key(|&&(key, _)| key) {
                self.last = least;
                for (key, item) in bucket.drain(..) {
                    self.push(key, item);
                }
            }
            self.buckets[lowest] = bucket;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_out_in_order_whatever_is_pushed_meanwhile() {
        let mut heap = RadixHeap::new();
        let mut random = 88_172_645_463_325_252_u64;
        let mut waiting = std::collections::BinaryHeap::new();
        for round in 0..2 {
            let mut last = 0;
            for step in 0..20_000_u32 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                if random % 5 < 3 {
                    let key = last + i64::try_from((random >> 8) >> (random % 50)).unwrap() % (1 << 50);
                    heap.push(key, step);
                    waiting.push(std::cmp::Reverse(key));
                } else {
                    let taken = heap.pop().map(|(key, _)| key);
                    assert_eq!(taken, waiting.pop().map(|std::cmp::Reverse(key)| key), "round {round}");
                    last = taken.unwrap_or(last);
                }
            }
            heap.clear();
            waiting.clear();
            assert_eq!(heap.pop(), None);
        }
    }

    #[test]
    fn items_of_a_key_come_out_together_but_no_more_than_are_wanted() {
        let mut heap = RadixHeap::new();
        (0..20).for_each(|item| heap.push(i64::from(item % 2), item));
        let mut taken = Vec::new();
        assert_eq!(heap.pop_some(7, &mut taken), Some(0));
        assert_eq!(taken.len(), 7);
        heap.push(0, 20);
        assert_eq!(heap.pop_some(usize::MAX, &mut taken), Some(0));
        taken.sort_unstable();
        assert!(taken.iter().copied().eq((0..=20).filter(|item| item % 2 == 0)));
        taken.clear();
        assert_eq!(heap.pop_some(10, &mut taken), Some(1));
        assert_eq!((taken.len(), heap.pop_some(1, &mut taken)), (10, None));
    }
}
