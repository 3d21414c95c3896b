//! Approximate: prices and assignments within epsilon of complementary slackness, most of them exactly right.
//!
//! The auction of Bertsekas (1979), on capacities as in Bertsekas and Castañon (1989): a bidder offers for what it likes best as much more
//! as it could lose before its second choice, and epsilon; the lowest offers fall out of what is full. A round with a large epsilon finds
//! roughly where prices are, one with a small epsilon the rest; what is not exactly right after a round is given up, at last
//! for [`super::augment`] to find.

use std::collections::VecDeque;

use super::lists::Lists;
use super::market::Market;
use super::offers::{Offer, Offers};
use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::{Pair, ROWS};
use crate::problem::number;

/// Gains of a smaller range are counted in fractions, so that epsilon can be small among many ties.
const LEAST_RANGE: i64 = 1 << 10;
/// Epsilon of each round, as the range of the gains divided by this: for as much as an auction can find,
pub(crate) const THOROUGH: &[i64] = &[32, 512];
/// for prices that are only about right,
pub(crate) const ROUGH: &[i64] = &[8, 64];
/// and from prices that are about right.
pub(crate) const FINE: &[i64] = &[4096];
/// Where everybody has to be assigned a utility can fall without end; whoever has fallen so many ranges below 0 is left to the search.
const RANGES_TO_LOSE: i64 = 4;
/// Bids between two looks at the clock, and at whether the lists are still in order.
const BIDS: usize = 1024;
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
    let mut auction = Auction::new(market, side, lists);
    auction.begin(market, side, standing);
    auction.take_rounds(divisors, interrupt)?;
    auction.order_lists();
    let best = auction.lists.best(&auction.prices);
    auction.give_up_untight(&best);
    let Auction { prices, offers, .. } = auction;
    set_duals(market, side, prices, best);
    for node in 0..number(market.nodes[1 - side].len()) {
        for &Offer { bidder, times, .. } in offers.of(node) {
            market.assign(side, bidder, node, times);
        }
    }
    Ok(())
}

/// As [`auction`], for the prices alone: nothing is assigned.
pub(crate) fn price(
    market: &mut Market<'_>,
    side: usize,
    lists: &mut Lists<'_>,
    divisors: &[i64],
    interrupt: &Interrupt,
) -> Result<(), Interrupted> {
    let mut auction = Auction::new(market, side, lists);
    auction.begin(market, side, &[]);
    auction.take_rounds(divisors, interrupt)?;
    auction.round_prices();
    let best = auction.lists.best(&auction.prices);
    let Auction { prices, .. } = auction;
    set_duals(market, side, prices, best);
    Ok(())
}

/// The prices that an auction has ended with, and the most that each bidder can get at them.
fn set_duals(market: &mut Market<'_>, side: usize, prices: Vec<i64>, best: Vec<Option<i64>>) {
    for (node, price) in market.nodes[1 - side].iter_mut().zip(prices) {
        node.dual = price;
    }
    market.fit_duals(side, best);
}

/// What a bidder likes best, and how much less it likes the second.
struct Choice {
    node: u32,
    key: i64,
    margin: i64,
}

struct Auction<'a, 'b> {
    lists: &'a mut Lists<'b>,
    prices: Vec<i64>,
    /// How much each price is above the base of the lists.
    rises: Vec<i64>,
    lowest_rise: i64,
    /// How much each node can still take without losing any offer.
    room: Vec<u32>,
    offers: Offers,
    /// Who has how much to bid for, in the order of their turns.
    bidders: VecDeque<(u32, u32)>,
    /// How many fractions make one; the rises, offers and what follows are counted in them.
    scale: i64,
    /// Whether bidders may stay without anything.
    may_stay_free: bool,
    /// Nobody bids for less.
    least: i64,
    range: i64,
    epsilon: i64,
    /// How many entries have been looked at since the lists were put in order,
    looked_at: usize,
    /// and how many are enough to put them in order again, which takes as long as that.
    enough: usize,
}

impl<'a, 'b> Auction<'a, 'b> {
    /// Of these lists of `side`, before anybody bids.
    fn new(market: &Market<'_>, side: usize, lists: &'a mut Lists<'b>) -> Self {
        let may_stay_free = market.may_stay_free(side);
        let scale = (LEAST_RANGE / lists.largest_gain().max(1)).max(1);
        let range = lists.largest_gain() * scale;
        let others = &market.nodes[1 - side];
        Self {
            prices: market.duals_of(1 - side),
            rises: Vec::new(),
            lowest_rise: 0,
            room: others.iter().map(|node| node.free).collect(),
            offers: Offers::with_room(others.iter().map(|node| node.free)),
            bidders: VecDeque::new(),
            may_stay_free,
            least: if may_stay_free { 0 } else { -RANGES_TO_LOSE * range },
            scale,
            range,
            epsilon: 0,
            looked_at: 0,
            enough: market.problem.pairs() / 2,
            lists,
        }
    }

    /// Makes bidders of all who have nothing that stands.
    fn begin(&mut self, market: &Market<'_>, side: usize, standing: &[Pair]) {
        let mut free: Vec<u32> = market.nodes[side].iter().map(|node| node.free).collect();
        for &Pair { row, column, times } in standing {
            let (bidder, node) = if side == ROWS { (row, column) } else { (column, row) };
            free[bidder as usize] -= times;
            self.room[node as usize] -= times;
            // A pair that is not allowed is worth nothing that anybody gets.
            let gain = market.gain(side, bidder, node).unwrap_or(i64::MIN);
            self.offers.push(node, Offer { price: 0, gain, bidder, times });
        }
        if !standing.is_empty() {
            self.give_up_untight(&self.lists.best(&self.prices));
        }
        let others = free.iter().enumerate().filter(|&(_, &times)| times > 0);
        self.bidders.extend(others.map(|(bidder, &times)| (number(bidder), times)));
    }

    /// Takes bids in rounds of these epsilons; after each but the last, what is not exactly right is given up.
    fn take_rounds(&mut self, divisors: &[i64], interrupt: &Interrupt) -> Result<(), Interrupted> {
        let mut epsilons: Vec<i64> = divisors.iter().map(|divisor| (self.range / divisor).max(1)).collect();
        epsilons.dedup();
        for (round, epsilon) in epsilons.into_iter().enumerate() {
            if round > 0 {
                self.order_lists();
                self.give_up_untight(&self.lists.best(&self.prices));
            }
            self.epsilon = epsilon;
            self.measure_rises();
            self.take_bids(interrupt)?;
        }
        Ok(())
    }

    fn take_bids(&mut self, interrupt: &Interrupt) -> Result<(), Interrupted> {
        let mut bids = 0;
        while let Some((bidder, times)) = self.bidders.pop_front() {
            if let Some(&(later, _)) = self.bidders.get(TURNS_AHEAD) {
                self.lists.touch(later);
            }
            self.bid(bidder, times);
            bids += 1;
            if bids == BIDS {
                interrupt.check()?;
                bids = 0;
                if self.looked_at > self.enough {
                    self.order_lists_anew();
                }
            }
        }
        Ok(())
    }

    fn bid(&mut self, bidder: u32, times: u32) {
        let Some(Choice { node, key, margin }) = self.choose(bidder) else { return };
        let at = node as usize;
        let price = self.rises[at] + margin.min(self.range) + self.epsilon;
        let mut excess = times - times.min(self.room[at]);
        self.room[at] -= times - excess;
        while excess > 0
            && let Some(lowest) = self.offers.lowest(node).filter(|lowest| lowest.price < price)
        {
            let lost = excess.min(lowest.times);
            self.offers.take_from_lowest(node, lost);
            self.bidders.push_back((lowest.bidder, lost));
            excess -= lost;
        }
        if excess < times {
            let gain = key + self.lists.base(node);
            self.offers.push(node, Offer { price, gain, bidder, times: times - excess });
        }
        if excess > 0 {
            self.bidders.push_back((bidder, excess));
        }
        if self.room[at] == 0
            && let Some(lowest) = self.offers.lowest(node)
        {
            self.rises[at] = lowest.price;
        }
    }

    /// What the bidder likes best, and how much less it likes the second.
    fn choose(&mut self, bidder: u32) -> Option<Choice> {
        let (mut best, mut second) = (self.least, self.least);
        let mut choice = None;
        let Self { lists, rises, lowest_rise, scale, looked_at, .. } = self;
        lists.scan(bidder, |entry| {
            *looked_at += 1;
            let key = entry.key() * *scale;
            if key - *lowest_rise <= second {
                return false;
            }
            let utility = key - rises[entry.index() as usize];
            if utility > best {
                (second, best) = (best, utility);
                choice = Some(entry);
            } else if utility > second {
                second = utility;
            }
            true
        });
        choice.map(|entry| Choice { node: entry.index(), key: entry.key(), margin: best - second })
    }

    fn measure_rises(&mut self) {
        self.rises =
            (0..).zip(&self.prices).map(|(node, price)| (price - self.lists.base(node)) * self.scale).collect();
        self.find_lowest_rise();
    }

    /// Prices only rise, so none comes below it.
    fn find_lowest_rise(&mut self) {
        self.lowest_rise = self.rises.iter().copied().min().unwrap_or_default();
    }

    /// Prices without fractions. Whole gains less these are the old utilities rounded up, so what was best still is, and what was so within
    /// epsilon mostly becomes so.
    fn round_prices(&mut self) {
        for ((node, price), rise) in (0..).zip(&mut self.prices).zip(&self.rises) {
            *price = self.lists.base(node) + rise.div_euclid(self.scale);
        }
    }

    /// Puts the lists in the order of whole prices.
    fn order_lists(&mut self) {
        self.round_prices();
        self.lists.rekey(&self.prices, self.may_stay_free);
        self.looked_at = 0;
    }

    /// As [`Self::order_lists`] in the midst of bids, which stay as they are: once prices have risen by much what is best is no longer at the front.
    fn order_lists_anew(&mut self) {
        let before: Vec<i64> = (0..number(self.prices.len())).map(|node| self.lists.base(node)).collect();
        self.order_lists();
        for ((node, before), rise) in (0..).zip(before).zip(&mut self.rises) {
            let more = (before - self.lists.base(node)) * self.scale;
            *rise += more;
            self.offers.raise(node, more);
        }
        self.find_lowest_rise();
    }

    /// Makes bidders of all whose offers are not exactly for what they like best at these prices, at which the most that each can get is `best`.
    fn give_up_untight(&mut self, best: &[Option<i64>]) {
        let Self { offers, room, prices, lists, bidders, scale, .. } = self;
        for ((node, &price), room) in (0..).zip(&*prices).zip(room) {
            // What stands can be outbid at the present price.
            offers.retain_at(node, (price - lists.base(node)) * *scale, |offer| {
                let utility = best[offer.bidder as usize].unwrap_or_default();
                let stands = offer.gain == utility + price;
                if !stands {
                    bidders.push_back((offer.bidder, offer.times));
                    *room += offer.times;
                }
                stands
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    #[test]
    fn lists_in_a_new_order_change_no_price_no_offer_and_no_choice() {
        // Thirty rows, that like twelve columns of two places in many ways.
        for unassigned in [Some(0), None] {
            let mut builder = Problem::builder(vec![2; 12]);
            builder = if let Some(value) = unassigned { builder.unassigned_value(value) } else { builder };
            for row in 0..30_i64 {
                let values: Vec<(u32, i64)> =
                    (0..12).map(|column| (column, 400 + (row * 89 + i64::from(column) * 61) % 97)).collect();
                builder.push_row(1, &values);
            }
            let problem = builder.build().unwrap();
            let market = Market::new(&problem);
            let mut lists = market.lists(ROWS);
            let mut auction = Auction::new(&market, ROWS, &mut lists);
            auction.begin(&market, ROWS, &[]);
            (auction.epsilon, auction.enough) = (7, usize::MAX);
            auction.measure_rises();
            for _ in 0..60 {
                let (bidder, times) = auction.bidders.pop_front().unwrap();
                auction.bid(bidder, times);
            }
            let state = |auction: &mut Auction<'_, '_>| {
                let base: Vec<i64> = (0..12).map(|node| auction.lists.base(node) * auction.scale).collect();
                let prices: Vec<i64> = base.iter().zip(&auction.rises).map(|(base, rise)| base + rise).collect();
                let offers = (0..).zip(&base).map(|(node, base)| {
                    let offers = auction.offers.of(node).iter();
                    let offers = offers.map(|offer| (base + offer.price, offer.gain, offer.bidder, offer.times));
                    offers.collect::<Vec<_>>()
                });
                let offers: Vec<_> = offers.collect();
                let margins: Vec<_> =
                    (0..30).map(|bidder| auction.choose(bidder).map(|choice| choice.margin)).collect();
                (prices, offers, margins, base)
            };
            let before = state(&mut auction);
            auction.order_lists_anew();
            let after = state(&mut auction);
            assert_ne!(before.3, after.3, "prices have risen");
            assert_eq!((before.0, before.1, before.2), (after.0, after.1, after.2));
            assert_eq!(auction.lowest_rise, auction.rises.iter().copied().min().unwrap());
        }
    }
}
