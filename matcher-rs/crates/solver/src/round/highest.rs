//! The largest optimal prices of a round, where [`super::solve`] finds the smallest: what the others lose if a place is gone.
//!
//! They are the maximum of the lattice of optimal duals (Shapley and Shubik 1971). Of some pairs they are shortest paths (Dijkstra 1959) of those
//! who would have to move on, from a free place or from having nobody, with the smallest prices as potentials. A pass over all pairs then
//! tells whether anybody would rather have something else at those prices. If so it is added, and the paths are looked for again; if not,
//! the prices are optimal for all pairs too, and no optimal ones are larger.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Aim;
use super::lists::{Lists, sticky};
use super::pricing::{LEFT_OUT, Pricing, Wanted};
use crate::columns::Columns;
use crate::interrupt::{Interrupt, Interrupted};

/// Choices that a pass adds to a list, at most, and by how much they can be worse than what a learner has.
const ADDED: usize = 24;
const MARGIN: i64 = 48;

/// The largest optimal price of each mentor: what the others lose if one of the mentor's places is gone. `None` without any place. `mentors`, by
/// learner, and `prices` are those of an optimum of this aim, the prices the smallest.
///
/// # Errors
/// [`Interrupted`].
pub fn highest_prices(
    columns: &Columns<'_>,
    aim: &Aim,
    mentors: &[Option<u32>],
    prices: &[i64],
    interrupt: &Interrupt,
) -> Result<Vec<Option<i64>>, Interrupted> {
    let mut paths = Paths::new(columns, aim, mentors, prices);
    let mut utilities = paths.gains.clone();
    let mut seen = prices.to_vec();
    loop {
        let tiles = columns.everybody();
        let pricing = Pricing::new(tiles, aim, &seen, &utilities, (Wanted::Near(MARGIN), ADDED));
        let found = columns.scan(tiles, &pricing, interrupt)?;
        let is_done = paths.rises.is_some() && found.iter().all(|(_, kept)| !kept.has_better);
        if let (Some(rises), true) = (&paths.rises, is_done) {
            let price = |(rise, price): (&Option<i64>, &i64)| Some((*rise)? + price);
            return Ok(rises.iter().zip(prices).map(price).collect());
        }
        paths.lists.extend(found.into_iter().map(|(learner, kept)| (learner, kept.choices)));
        let rises = paths.shortest(interrupt)?;
        // Whoever has no place is for nobody.
        seen = rises.iter().zip(prices).map(|(rise, price)| rise.map_or(i64::MAX, |rise| rise + price)).collect();
        for (utility, (gain, mentor)) in utilities.iter_mut().zip(paths.gains.iter().zip(mentors)) {
            if let Some(rise) = mentor.filter(|_| *gain >= 0).and_then(|mentor| rises[mentor as usize]) {
                *utility = gain - rise;
            }
        }
        paths.rises = Some(rises);
    }
}

struct Paths<'a> {
    aim: &'a Aim,
    mentors: &'a [Option<u32>],
    /// The smallest.
    prices: &'a [i64],
    /// What each learner who has a mentor gains at these prices; [`LEFT_OUT`] for all others.
    gains: Vec<i64>,
    lists: Lists,
    /// How much larger the largest prices of the lists are; `None` before they are known.
    rises: Option<Vec<Option<i64>>>,
}

impl<'a> Paths<'a> {
    fn new(columns: &Columns<'_>, aim: &'a Aim, mentors: &'a [Option<u32>], prices: &'a [i64]) -> Self {
        let round = columns.round();
        let mut gains = vec![LEFT_OUT; mentors.len()];
        for &learner in &aim.queue {
            if let Some(mentor) = mentors[learner as usize]
                && let Some(score) = round.score(learner, mentor)
            {
                gains[learner as usize] = aim.values.of(learner, mentor, score) - prices[mentor as usize];
            }
        }
        let mut lists = Lists::empty(mentors.len());
        lists.extend(sticky(round, aim).into_iter());
        Self { aim, mentors, prices, gains, lists, rises: None }
    }

    /// How much larger prices can be, of the pairs on the lists.
    fn shortest(&self, interrupt: &Interrupt) -> Result<Vec<Option<i64>>, Interrupted> {
        let places = &self.aim.places;
        // By mentor, who else could have a place there, and how much less they would gain at the smallest prices.
        let mut wanting: Vec<Vec<(u32, i64)>> = vec![Vec::new(); places.len()];
        let mut taken = vec![0; places.len()];
        let mut queue = BinaryHeap::new();
        for &learner in &self.aim.queue {
            let at = learner as usize;
            let (Some(mentor), gain) = (self.mentors[at], self.gains[at]) else { continue };
            taken[mentor as usize] += 1;
            queue.push(Reverse((gain, mentor)));
            for choice in self.lists.of(learner) {
                let other = choice.mentor();
                if other != mentor && places[other as usize] > 0 {
                    let value = self.aim.values.of(learner, other, choice.score());
                    wanting[other as usize].push((mentor, gain - (value - self.prices[other as usize])));
                }
            }
        }
        let free = (0..).zip(taken.iter().zip(places)).filter(|(_, (taken, places))| taken < places);
        queue.extend(free.map(|(mentor, _)| Reverse((0, mentor))));
        let mut rises = vec![None; places.len()];
        let mut settled = 0_u32;
        while let Some(Reverse((rise, mentor))) = queue.pop() {
            if rises[mentor as usize].is_none() {
                settled += 1;
                if settled.is_multiple_of(256) {
                    interrupt.check()?;
                }
                rises[mentor as usize] = Some(rise);
                queue.extend(wanting[mentor as usize].iter().map(|&(other, less)| Reverse((rise + less, other))));
            }
        }
        Ok(rises)
    }
}
