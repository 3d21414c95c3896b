//! An optimal assignment with optimal duals, fast: the transportation problem with capacities on both sides.
//!
//! An auction finds most of it ([`auction`]), shortest paths make it exact, first from the side that asked and then from the other
//! ([`augment`]). The optimum found here is one of many: [`crate::canonical`] picks the one that is answered.

pub(crate) mod auction;
pub(crate) mod augment;
mod entry;
mod fronts;
pub(crate) mod lists;
pub(crate) mod market;
mod offers;
pub(crate) mod orientation;
mod transposed;
mod two_ended;
mod warm;

use self::auction::{FINE, ROUGH, THOROUGH, auction, price};
use self::augment::{Ways, augment};
use self::market::Market;
use self::orientation::Orientation;
use self::two_ended::augment_from_both_ends;
use self::warm::resume;
use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::{COLUMNS, Matching, Pair, ROWS};
use crate::problem::Problem;

/// An optimum with optimal duals.
pub(crate) struct Optimum {
    pub(crate) matching: Matching,
    /// By column, never negative.
    pub(crate) prices: Vec<i64>,
    /// What a unit of each row gains.
    pub(crate) utilities: Vec<i64>,
}

/// The solution of a problem with mostly the same rows and columns under the same numbers.
#[derive(Clone, Copy)]
pub(crate) struct Earlier<'a> {
    pub(crate) prices: &'a [i64],
    pub(crate) pairs: &'a [Pair],
    /// What each row can get of its pairs at these prices; nothing if that is not known.
    pub(crate) best: &'a [i64],
}

/// What the search came to.
pub(crate) enum Found {
    Optimum(Optimum),
    /// Some row cannot be assigned as often as it has to be, whatever else is; the pairs assigned so far.
    Stuck(Matching),
}

/// Duals that are about right.
pub(crate) struct Estimate {
    pub(crate) prices: Vec<i64>,
    pub(crate) utilities: Vec<i64>,
}

/// What a rough auction leaves. Worth its while where prices have far to rise: see [`Orientation::is_tight`].
pub(crate) fn estimate(problem: &Problem, interrupt: &Interrupt) -> Result<Estimate, Interrupted> {
    let side = Orientation::of(problem).side();
    let mut market = Market::new(problem);
    let mut lists = market.lists(side);
    price(&mut market, side, &mut lists, ROUGH, interrupt)?;
    let (prices, utilities) = market.duals();
    Ok(Estimate { prices, utilities })
}

/// Solves the problem from the side of the rows, from an earlier solution of which little has changed.
pub(crate) fn optimum_again(
    problem: &Problem,
    earlier: Earlier<'_>,
    interrupt: &Interrupt,
) -> Result<Found, Interrupted> {
    let mut market = Market::new(problem);
    let mut transposed = resume(&mut market, earlier);
    if augment_from_both_ends(&mut market, &transposed, interrupt)?.is_err() {
        return Ok(Found::Stuck(market.matching));
    }
    complete(market, COLUMNS, |_| &mut transposed, interrupt)
}

/// Solves the problem from the side of this orientation.
pub(crate) fn optimum(
    problem: &Problem,
    orientation: Orientation,
    interrupt: &Interrupt,
) -> Result<Found, Interrupted> {
    let side = orientation.side();
    let mut market = Market::new(problem);
    let mut lists = market.lists(side);
    if orientation.is_tight(problem) {
        auction(&mut market, side, &mut lists, (THOROUGH, &[]), interrupt)?;
    } else {
        market.fit_duals(side, lists.best(&market.duals_of(1 - side)));
    }
    if augment(&mut market, side, &mut lists, interrupt)?.is_err() {
        return Ok(Found::Stuck(market.matching));
    }
    drop(lists);
    complete(market, 1 - side, |market| market.lists(1 - side), interrupt)
}

/// Solves the problem from the side of the rows, from an earlier solution of which much has changed, but not by much: an auction from its
/// prices comes before the shortest paths, which would be many and long.
pub(crate) fn optimum_nearby(
    problem: &Problem,
    Earlier { prices, pairs, .. }: Earlier<'_>,
    interrupt: &Interrupt,
) -> Result<Found, Interrupted> {
    let mut market = Market::new(problem);
    market.nodes[COLUMNS].iter_mut().zip(prices).for_each(|(node, &price)| node.dual = price);
    let mut lists = market.lists(ROWS);
    auction(&mut market, ROWS, &mut lists, (FINE, pairs), interrupt)?;
    if augment(&mut market, ROWS, &mut lists, interrupt)?.is_err() {
        return Ok(Found::Stuck(market.matching));
    }
    drop(lists);
    complete(market, COLUMNS, |market| market.lists(COLUMNS), interrupt)
}

/// Assigns what this side has left once all of the other side is assigned.
fn complete<'a, W: Ways>(
    mut market: Market<'a>,
    side: usize,
    ways: impl FnOnce(&Market<'a>) -> W,
    interrupt: &Interrupt,
) -> Result<Found, Interrupted> {
    if market.wants_more(side) {
        let mut ways = ways(&market);
        if augment(&mut market, side, &mut ways, interrupt)?.is_err() {
            return Ok(Found::Stuck(market.matching));
        }
    }
    let (prices, utilities) = market.duals();
    Ok(Found::Optimum(Optimum { matching: market.matching, prices, utilities }))
}
