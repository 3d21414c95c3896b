//! Approximate: prices and assignments within epsilon of complementary slackness, most of them exactly right.
//!
//! The auction of Bertsekas (1979), on capacities as in Bertsekas and Castañon (1989): a bidder offers for what it likes best as much more
//! as it could lose before its second choice, and epsilon; the lowest offers fall out of what is full. A round with a large epsilon finds
//! roughly where prices are, one with a small epsilon the rest; what is not exactly right after a round is given up, at last
//! for [`super::augment`] to find.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BinaryHeap, VecDeque};

use rayon::prelude::*;

use super::lists::Lists;
use super::market::Market;
use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::{Pair, ROWS};
use crate::problem::number;

/// Gains of a smaller range are counted in fractions, so that epsilon can be small among many ties.
const LEAST_RANGE: i64 = 1 << 10;
/// Epsilon of each round, as the range of the gains divided by this: for as much as an auction can find,
pub(crate) const THOROUGH: &[i64] = &[32, 512];
/// for prices that are only about right,
pub(crate) const ROUGH: &[i64] = &[8];
/// and from prices that are about right.
pub(crate) const FINE: &[i64] = &[4096];
/// Where everybody has to be assigned a utility can fall without end; whoever has fallen so many ranges below 0 is left to the search.
const RANGES_TO_LOSE: i64 = 4;
/// Whose turn is so far away has their list fetched from memory, which takes about as long.
const TURNS_AHEAD: usize = 4;

/// Auctions everything that the nodes of `side` want, in rounds of these epsilons. Prices start from the duals of the other side, and
/// `standing` are pairs of `side` and the other that stand at first, as far as they are what the former like best at those prices.
/// Nothing else is assigned.
pub(crate) fn auction(
    market: &mut Market<'_>,
    side: usize,
    lists: &mut Lists<'_>,
    (divisors, standing): (&[i64], &[Pair]),
    interrupt: &Interrupt,
) -> Result<(), Interrupted> {
    let may_stay_free = market.may_stay_free(side);
    let scale = (LEAST_RANGE / lists.largest_gain().max(1)).max(1);
    let range = lists.largest_gain() * scale;
    let mut auction = Auction {
        prices: market.duals_of(1 - side),
        rises: Vec::new(),
        lowest_rise: 0,
        room: market.nodes[1 - side].iter().map(|node| node.free).collect(),
        offers: vec![BinaryHeap::new(); market.nodes[1 - side].len()],
        bidders: VecDeque::new(),
        least: if may_stay_free { 0 } else { -RANGES_TO_LOSE * range },
        scale,
        range,
        epsilon: 0,
        lists,
    };
    auction.begin(market, side, standing);
    let mut epsilons: Vec<i64> = divisors.iter().map(|divisor| (range / divisor).max(1)).collect();
    epsilons.dedup();
    for epsilon in epsilons {
        auction.epsilon = epsilon;
        auction.measure_rises();
        auction.take_bids(interrupt)?;
        auction.round_prices();
        auction.lists.rekey(&auction.prices, may_stay_free);
        auction.give_up_untight(market, side);
    }
    let Auction { prices, offers, lists, .. } = auction;
    for (node, price) in market.nodes[1 - side].iter_mut().zip(prices) {
        node.dual = price;
    }
    market.fit_duals(side, lists);
    for (node, offers) in (0..).zip(offers) {
        for Reverse(Offer { bidder, times, .. }) in offers {
            market.assign(side, bidder, node, times);
        }
    }
    Ok(())
}

/// An offer that stands. The order is by price.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Offer {
    price: i64,
    bidder: u32,
    times: u32,
}

struct Auction<'a, 'b> {
    lists: &'a mut Lists<'b>,
    prices: Vec<i64>,
    /// How much each price is above the base of the lists.
    rises: Vec<i64>,
    lowest_rise: i64,
    /// How much each node can still take without losing any offer.
    room: Vec<u32>,
    offers: Vec<BinaryHeap<Reverse<Offer>>>,
    /// Who has how much to bid for, in the order of their turns.
    bidders: VecDeque<(u32, u32)>,
    /// How many fractions make one; the rises, offers and what follows are counted in them.
    scale: i64,
    /// Nobody bids for less.
    least: i64,
    range: i64,
    epsilon: i64,
}

impl Auction<'_, '_> {
    /// Makes bidders of all who have nothing that stands.
    fn begin(&mut self, market: &Market<'_>, side: usize, standing: &[Pair]) {
        let mut free: Vec<u32> = market.nodes[side].iter().map(|node| node.free).collect();
        for &Pair { row, column, times } in standing {
            let (bidder, node) = if side == ROWS { (row, column) } else { (column, row) };
            free[bidder as usize] -= times;
            self.room[node as usize] -= times;
            self.offers[node as usize].push(Reverse(Offer { price: 0, bidder, times }));
        }
        if !standing.is_empty() {
            self.give_up_untight(market, side);
        }
        let others = free.iter().enumerate().filter(|&(_, &times)| times > 0);
        self.bidders.extend(others.map(|(bidder, &times)| (number(bidder), times)));
    }

    fn take_bids(&mut self, interrupt: &Interrupt) -> Result<(), Interrupted> {
        let mut unchecked = 0;
        while let Some((bidder, times)) = self.bidders.pop_front() {
            if let Some(&(later, _)) = self.bidders.get(TURNS_AHEAD) {
                self.lists.touch(later);
            }
            self.bid(bidder, times);
            unchecked += 1;
            if unchecked == 1024 {
                interrupt.check()?;
                unchecked = 0;
            }
        }
        Ok(())
    }

    fn bid(&mut self, bidder: u32, times: u32) {
        let Some((node, margin)) = self.choose(bidder) else { return };
        let at = node as usize;
        let offers = &mut self.offers[at];
        let price = self.rises[at] + margin.min(self.range) + self.epsilon;
        offers.push(Reverse(Offer { price, bidder, times }));
        let mut excess = times - times.min(self.room[at]);
        self.room[at] -= times - excess;
        while excess > 0
            && let Some(mut lowest) = offers.peek_mut()
        {
            let Reverse(Offer { bidder, times, .. }) = &mut *lowest;
            let lost = excess.min(*times);
            excess -= lost;
            *times -= lost;
            self.bidders.push_back((*bidder, lost));
            if *times == 0 {
                PeekMut::pop(lowest);
            }
        }
        if self.room[at] == 0
            && let Some(Reverse(lowest)) = offers.peek()
        {
            self.rises[at] = lowest.price;
        }
    }

    /// What the bidder likes best, and how much less it likes the second.
    fn choose(&mut self, bidder: u32) -> Option<(u32, i64)> {
        let (mut best, mut second) = (self.least, self.least);
        let mut choice = None;
        let Self { lists, rises, lowest_rise, scale, .. } = self;
        lists.scan(bidder, |entry| {
            let key = entry.key() * *scale;
            if key - *lowest_rise <= second {
                return false;
            }
            let utility = key - rises[entry.index() as usize];
            if utility > best {
                (second, best) = (best, utility);
                choice = Some(entry.index());
            } else if utility > second {
                second = utility;
            }
            true
        });
        choice.map(|node| (node, best - second))
    }

    fn measure_rises(&mut self) {
        self.rises =
            (0..).zip(&self.prices).map(|(node, price)| (price - self.lists.base(node)) * self.scale).collect();
        // Prices only rise, so this remains true.
        self.lowest_rise = self.rises.iter().copied().min().unwrap_or_default();
    }

    /// Prices without fractions. Whole gains less these are the old utilities rounded up, so what was best still is, and what was so within
    /// epsilon mostly becomes so.
    fn round_prices(&mut self) {
        for ((node, price), rise) in (0..).zip(&mut self.prices).zip(&self.rises) {
            *price = self.lists.base(node) + rise.div_euclid(self.scale);
        }
    }

    /// Makes bidders of all whose offers are not exactly for what they like best at these prices.
    fn give_up_untight(&mut self, market: &Market<'_>, side: usize) {
        let best = self.lists.best(&self.prices);
        let stands = |node: u32, offer: &Offer| {
            let utility = best[offer.bidder as usize].unwrap_or_default();
            market.gain(side, offer.bidder, node) == Some(utility + self.prices[node as usize])
        };
        let given_up: Vec<Vec<(u32, u32)>> = self
            .offers
            .par_iter_mut()
            .zip(&mut self.room)
            .enumerate()
            .with_min_len(256)
            .map(|(node, (offers, room))| {
                let node = number(node);
                let mut given_up = Vec::new();
                // What stands can be outbid at the present price.
                let standing = offers.drain().filter_map(|Reverse(offer)| {
                    if stands(node, &offer) {
                        return Some(Reverse(Offer {
                            price: (self.prices[node as usize] - self.lists.base(node)) * self.scale,
                            ..offer
                        }));
                    }
                    given_up.push((offer.bidder, offer.times));
                    None
                });
                let standing = standing.collect();
                *offers = standing;
                *room += given_up.iter().map(|&(_, times)| times).sum::<u32>();
                given_up
            })
            .collect();
        self.bidders = given_up.into_iter().flatten().collect();
    }
}
