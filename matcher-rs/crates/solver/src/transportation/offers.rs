//! The offers that stand in an auction: of each node, the lowest goes first.
//!
//! A binary heap for each node (Williams 1964), all in one store: most nodes take few offers, which one access to memory brings.

use std::ops::Range;

use crate::problem::number;

/// An offer that stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) price: i64,
    /// What the pair is worth above the baseline.
    pub(super) gain: i64,
    pub(super) bidder: u32,
    pub(super) times: u32,
}

/// The offers of all nodes of a side.
pub(super) struct Offers {
    heaps: Vec<Heap>,
    store: Vec<Offer>,
}

/// Where the offers of a node are. None is lower than its parent.
#[derive(Clone, Copy)]
struct Heap {
    start: u32,
    used: u32,
    room: u32,
}

impl Heap {
    fn range(self) -> Range<usize> {
        self.start as usize..(self.start + self.used) as usize
    }
}

impl Offers {
    /// Offers for more than there is room for move to the end of the store; no node starts with more than this.
    const MOST_AT_FIRST: u32 = 16;

    /// Room for an offer each time that a node can be had.
    pub(super) fn with_room(capacity: impl Iterator<Item = u32>) -> Self {
        let mut start = 0;
        let heap = |capacity: u32| {
            let heap = Heap { start, used: 0, room: capacity.min(Self::MOST_AT_FIRST) };
            start += heap.room;
            heap
        };
        let heaps = capacity.map(heap).collect();
        Self { heaps, store: vec![Offer::default(); start as usize] }
    }

    /// The offers of a node, the lowest first and the others in no order.
    pub(super) fn of(&self, node: u32) -> &[Offer] {
        &self.store[self.heaps[node as usize].range()]
    }

    pub(super) fn lowest(&self, node: u32) -> Option<Offer> {
        self.of(node).first().copied()
    }

    pub(super) fn push(&mut self, node: u32, offer: Offer) {
        let heap = &mut self.heaps[node as usize];
        if heap.used == heap.room {
            let start = self.store.len();
            self.store.extend_from_within(heap.range());
            (heap.start, heap.room) = (number(start), (2 * heap.room).max(4));
            self.store.resize(start + heap.room as usize, Offer::default());
        }
        heap.used += 1;
        let offers = &mut self.store[heap.range()];
        let mut at = offers.len() - 1;
        offers[at] = offer;
        while at > 0 && offers[at].price < offers[(at - 1) / 2].price {
            offers.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    /// Takes so much from the lowest offer of a node, which has as much.
    pub(super) fn take_from_lowest(&mut self, node: u32, times: u32) {
        let heap = &mut self.heaps[node as usize];
        let offers = &mut self.store[heap.range()];
        offers[0].times -= times;
        if offers[0].times > 0 {
            return;
        }
        heap.used -= 1;
        let last = offers.len() - 1;
        offers[0] = offers[last];
        let offers = &mut offers[..last];
        let mut at = 0;
        while let Some(below) = (2 * at + 1..offers.len().min(2 * at + 3)).min_by_key(|&below| offers[below].price)
            && offers[below].price < offers[at].price
        {
            offers.swap(at, below);
            at = below;
        }
    }

    /// Adds as much to the price of each offer of a node.
    pub(super) fn raise(&mut self, node: u32, by: i64) {
        for offer in &mut self.store[self.heaps[node as usize].range()] {
            offer.price += by;
        }
    }

    /// Keeps the offers of a node that are as they have to be, all at the same price.
    pub(super) fn retain_at(&mut self, node: u32, price: i64, mut is_kept: impl FnMut(&Offer) -> bool) {
        let heap = &mut self.heaps[node as usize];
        let offers = &mut self.store[heap.range()];
        let mut kept = 0;
        for at in 0..offers.len() {
            if is_kept(&offers[at]) {
                offers[kept] = Offer { price, ..offers[at] };
                kept += 1;
            }
        }
        heap.used = number(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(price: i64, times: u32) -> Offer {
        Offer { price, gain: 2 * price, bidder: 7, times }
    }

    #[test]
    fn the_lowest_offer_of_a_node_goes_first_however_many_there_are() {
        let mut offers = Offers::with_room([0, 2, 1000].into_iter());
        let prices: Vec<i64> = (0..100).map(|at| at * 37 % 101).collect();
        for &price in &prices {
            (0..3).for_each(|node| offers.push(node, offer(price + i64::from(node), 2)));
        }
        for node in 0..3 {
            let mut seen = Vec::new();
            while let Some(lowest) = offers.lowest(node) {
                seen.push(lowest.price - i64::from(node));
                offers.take_from_lowest(node, 1);
                assert_eq!(offers.lowest(node).map(|lowest| lowest.times), Some(1));
                offers.take_from_lowest(node, 1);
            }
            let mut expected = prices.clone();
            expected.sort_unstable();
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn offers_that_are_kept_are_all_at_one_price() {
        let mut offers = Offers::with_room([4, 1].into_iter());
        (1..4).for_each(|price| offers.push(0, offer(price, 1)));
        offers.push(1, offer(9, 1));
        offers.retain_at(0, 50, |offer| offer.gain != 4);
        let of = |node| offers.of(node).iter().map(|offer| (offer.price, offer.gain)).collect::<Vec<_>>();
        assert_eq!((of(0), of(1)), (vec![(50, 2), (50, 6)], vec![(9, 18)]));
    }
}
