//! Exact: assigns what is free along shortest augmenting paths, from either side.
//!
//! Dijkstra's algorithm on reduced costs (Tomizawa 1971; Edmonds and Karp 1972) from one free node at a time, on capacities instead of copies.
//! A path ends where the other side has something free, or at a node of its own side that may as well stay free. From the rows it sells
//! ("forward"); from the columns it lowers the prices of what an auction left unsold ("backward"); the steps are the same.

use super::lists::Lists;
use super::market::{Market, Node, both};

use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::Matching;
use crate::problem::number;
use crate::radix_heap::RadixHeap;

/// The pairs of the side that searches. The key of a pair is its gain less what [`Ways::base`] says of its other end.
pub(crate) trait Ways {
    /// Makes keys fit to be searched from when the other side has these duals.
    fn rekey(&mut self, duals: &[i64], may_stay_free: bool);

    /// What a dual of the other side is compared with.
    fn base(&self, other: u32) -> i64;

    /// At least the largest key of a node but for that of one other end.
    fn best_but(&self, node: u32, other: u32) -> Option<i64>;

    /// Calls `look` with the key and the other end of each pair of a node. Where it answers that it has seen enough, what follows is no better,
    /// or `look` passes over it.
    fn scan(&mut self, node: u32, look: impl FnMut(i64, u32) -> bool);
}

impl Ways for Lists<'_> {
    #[inline]
    fn rekey(&mut self, duals: &[i64], may_stay_free: bool) {
        Self::rekey(self, duals, may_stay_free);
    }

    #[inline]
    fn base(&self, other: u32) -> i64 {
        Self::base(self, other)
    }

    #[inline]
    fn best_but(&self, node: u32, other: u32) -> Option<i64> {
        Self::best_but(self, node, other)
    }

    #[inline]
    fn scan(&mut self, node: u32, mut look: impl FnMut(i64, u32) -> bool) {
        Self::scan(self, node, |entry| look(entry.key(), entry.index()));
    }
}

/// Assigns every node of `side` until none has anything free that is worth having assigned. A node that has to be assigned and cannot be
/// is the error within.
pub(crate) fn augment(
    market: &mut Market<'_>,
    side: usize,
    lists: &mut impl Ways,
    interrupt: &Interrupt,
) -> Result<Result<(), u32>, Interrupted> {
    let least = if market.may_stay_free(side) { Some(0) } else { None };
    let duals = market.duals_of(1 - side);
    lists.rekey(&duals, least.is_some());
    let rises: Vec<i64> = (0..).zip(duals).map(|(node, dual)| dual - lists.base(node)).collect();
    let lowest_rise = rises.iter().copied().min().unwrap_or_default();
    let nodes = market.nodes[side].len();
    let (from, to) = both(&mut market.nodes, side);
    let mut search = Search {
        side,
        from,
        to,
        lists,
        matching: &mut market.matching,
        least,
        rises,
        lowest_rise,
        number: market.searches,
        scanned: Vec::new(),
        settled: Vec::new(),
        queue: RadixHeap::new(),
        waiting: Vec::new(),
        shortest: i64::MAX,
        end: None,
    };
    for root in 0..number(nodes) {
        while search.wants_more(root) {
            interrupt.check()?;
            if !search.augment_from(root, interrupt)? {
                return Ok(Err(root));
            }
        }
    }
    market.searches = search.number;
    Ok(Ok(()))
}

/// Where a path may end.
#[derive(Clone, Copy)]
enum End {
    /// A node of the other side that has something free.
    Free(u32),
    /// A node of this side that gives up a pair, or was never to get one.
    GivesUp(u32),
}

struct Search<'a, W> {
    side: usize,
    from: &'a mut [Node],
    to: &'a mut [Node],
    lists: &'a mut W,
    matching: &'a mut Matching,
    /// The dual at which a node of this side may stay free, if it may.
    least: Option<i64>,
    /// How much each dual of the other side is above the base of the lists.
    rises: Vec<i64>,
    /// None of these is lower; duals of the other side only rise here.
    lowest_rise: i64,
    number: u32,
    scanned: Vec<u32>,
    settled: Vec<u32>,
    queue: RadixHeap,
    /// Nodes of this side reached at the present distance, to be scanned.
    waiting: Vec<u32>,
    shortest: i64,
    end: Option<End>,
}

impl<W: Ways> Search<'_, W> {
    fn wants_more(&self, node: u32) -> bool {
        let Node { dual, free, .. } = self.from[node as usize];
        free > 0 && self.least.is_none_or(|least| dual > least)
    }

    /// Whether a path was found; if not, nothing has changed.
    fn augment_from(&mut self, root: u32, interrupt: &Interrupt) -> Result<bool, Interrupted> {
        self.begin();
        self.reach(root, 0, u32::MAX, u32::MAX);
        self.scan_waiting();
        while let Some((distance, node)) = self.queue.pop() {
            if distance >= self.shortest {
                break;
            }
            if distance > self.to[node as usize].distance {
                continue;
            }
            self.settled.push(node);
            if self.settled.len().is_multiple_of(256) {
                interrupt.check()?;
            }
            for at in 0..self.matching.of(1 - self.side, node).len() {
                let cell = self.matching.of(1 - self.side, node)[at];
                let partner = &mut self.from[cell.partner as usize];
                if partner.search != self.number {
                    (partner.search, partner.distance, partner.before, partner.at) =
                        (self.number, distance, node, number(at));
                    // Looking at all lists here lets their accesses to memory overlap.
                    let way_on = distance + partner.dual + self.lowest_rise;
                    if self.lists.best_but(cell.partner, node).is_some_and(|key| way_on - key < self.shortest) {
                        self.waiting.push(cell.partner);
                    } else {
                        self.scanned.push(cell.partner);
                        self.may_give_up(cell.partner);
                    }
                }
            }
            self.scan_waiting();
        }
        let Some(end) = self.end else { return Ok(false) };
        self.update_duals();
        self.follow_back(root, end);
        Ok(true)
    }

    fn begin(&mut self) {
        self.number += 1;
        self.scanned.clear();
        self.settled.clear();
        self.queue.clear();
        self.shortest = i64::MAX;
        self.end = None;
    }

    fn reach(&mut self, node: u32, distance: i64, before: u32, at: u32) {
        let reached = &mut self.from[node as usize];
        (reached.search, reached.distance, reached.before, reached.at) = (self.number, distance, before, at);
        self.waiting.push(node);
    }

    fn scan_waiting(&mut self) {
        while let Some(node) = self.waiting.pop() {
            self.scanned.push(node);
            self.scan(node);
        }
    }

    /// Takes the way that ends here; returns how far it would be over a pair that is worth nothing.
    fn may_give_up(&mut self, node: u32) -> i64 {
        let Node { dual, distance, .. } = self.from[node as usize];
        if let Some(least) = self.least
            && distance + dual - least < self.shortest
        {
            self.shortest = distance + dual - least;
            self.end = Some(End::GivesUp(node));
        }
        distance + dual
    }

    /// Takes every way on from a node of this side that is shorter than the best end.
    fn scan(&mut self, node: u32) {
        let base = self.may_give_up(node);
        let Self { lists, rises, to, queue, lowest_rise, number, shortest, end, .. } = self;
        lists.scan(node, |key, other| {
            let distance = base - key;
            if distance + *lowest_rise >= *shortest {
                return false;
            }
            let distance = distance + rises[other as usize];
            if distance >= *shortest {
                return true;
            }
            let target = &mut to[other as usize];
            if target.search == *number && distance >= target.distance {
                return true;
            }
            (target.search, target.distance, target.before) = (*number, distance, node);
            if target.free > 0 {
                *shortest = distance;
                *end = Some(End::Free(other));
            } else {
                queue.push(distance, other);
            }
            true
        });
    }

    /// Makes the found path tight and keeps every reduced cost at 0 or above.
    fn update_duals(&mut self) {
        for &number in &self.settled {
            let node = &mut self.to[number as usize];
            node.dual += self.shortest - node.distance;
            self.rises[number as usize] += self.shortest - node.distance;
        }
        for &node in &self.scanned {
            let node = &mut self.from[node as usize];
            node.dual -= self.shortest - node.distance;
        }
    }

    /// Moves as much as the whole path can carry, from its end back to the root.
    fn follow_back(&mut self, root: u32, end: End) {
        let times = self.bottleneck(root, end);
        let mut target = match end {
            End::Free(target) => {
                self.to[target as usize].free -= times;
                target
            }
            End::GivesUp(node) if node == root => return,
            End::GivesUp(node) => {
                self.from[node as usize].free += times;
                self.take_back(node, times)
            }
        };
        loop {
            let node = self.to[target as usize].before;
            if node == root {
                self.matching.add(self.side, node, target, times);
                self.from[root as usize].free -= times;
                return;
            }
            let next = self.take_back(node, times);
            self.matching.add(self.side, node, target, times);
            target = next;
        }
    }

    /// Takes from a node the pair over which the path reached it.
    fn take_back(&mut self, node: u32, times: u32) -> u32 {
        let Node { before, at, .. } = self.from[node as usize];
        self.matching.remove(1 - self.side, before, at as usize, times);
        before
    }

    fn bottleneck(&self, root: u32, end: End) -> u32 {
        let mut times = self.from[root as usize].free;
        let mut node = match end {
            End::Free(target) => {
                times = times.min(self.to[target as usize].free);
                self.to[target as usize].before
            }
            End::GivesUp(node) => node,
        };
        while node != root {
            let Node { before, at, .. } = self.from[node as usize];
            times = times.min(self.matching.of(1 - self.side, before)[at as usize].times);
            node = self.to[before as usize].before;
        }
        times
    }
}
