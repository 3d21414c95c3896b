//! The loops over a tile: 16-bit lanes, fixed lengths and no branches, so that the compiler makes vectors of them.
//!
//! A score stands in its lane plus 1; 0 is a pair that is absent.

use super::column::{Column, Lanes};
use super::plan::{Class, Plan, Plans, Rates, Term};
use super::points::{FULL, upper_half};
use super::tile::{DAY_MINUTES, TILE, Tile};
use crate::scoring::{ENOUGH_OVERLAP_MINUTES, OTHER_LANGUAGE};

#[allow(clippy::cast_possible_truncation, reason = "180")]
const ENOUGH: u16 = ENOUGH_OVERLAP_MINUTES as u16;
#[allow(clippy::cast_possible_truncation, reason = "700")]
const OTHER: u16 = OTHER_LANGUAGE as u16;

/// What is the same for all learners of whom the same is known and who live in the same place: points for rating, place and time zone, and for
/// reliability if that is the mentor's alone, plus 1.
#[inline(always)]
pub(super) fn near<const W: usize>(tile: &Tile, class: &Class, rates: &Rates) -> Lanes {
    let mut points = Column::of(0);
    for lane in 0..W {
        points[lane] = 1 + rates.rating.of(tile.rating[lane], lane);
    }
    if class.known.shares() == 0 {
        add_reliability::<W>(&mut points, tile, 0, tile.known.shares, rates);
    }
    if class.known.has_country() && tile.known.country {
        let same = rates.place.of(FULL, 0);
        for lane in 0..W {
            points[lane] += if tile.country[lane] == class.country { same } else { 0 };
        }
    }
    if class.known.has_offset() {
        for lane in 0..W {
            points[lane] += rates.timezone.of(closeness(class.offset, tile.offset[lane]), lane);
        }
    }
    points
}

/// What is the same for all learners of a class: [`near`], and the points for languages; 0 where there is nobody, or nobody who speaks any of
/// the languages.
#[inline(always)]
pub(super) fn common<const W: usize>(tile: &Tile, class: &Class, rates: &Rates, near: &Lanes) -> Lanes {
    let mut points = Column::of(0);
    let ([first, others @ ..], true) = (&*class.languages, tile.known.languages) else {
        for lane in 0..W {
            points[lane] = near[lane] & tile.present[lane];
        }
        return points;
    };
    let first = tile.language(*first).unwrap_or(const { &Column([0; TILE]) });
    let mut any_other = Column::of(0);
    for language in others.iter().filter_map(|&language| tile.language(language)) {
        for lane in 0..W {
            any_other[lane] |= language[lane];
        }
    }
    let (best, other) = (rates.languages.of(FULL, 0), rates.languages.of(OTHER, 0));
    for lane in 0..W {
        let (has_first, has_other) = (spread(first[lane]), spread(any_other[lane]));
        points[lane] = (near[lane] + other + ((best - other) & has_first)) & (has_first | has_other);
    }
    points
}

/// Adds the points of the mean of `known` shares, of which one is the learner's.
#[inline(always)]
fn add_reliability<const W: usize>(points: &mut Lanes, tile: &Tile, own: u16, known: u16, rates: &Rates) {
    match known {
        1 => add_mean::<W>(points, tile, rates, |share| share + own),
        2 => add_mean::<W>(points, tile, rates, |share| share.midpoint(own)),
        // 21846 / 2^16 is above 1 / 3 by so little that a third of 3,000 comes out exact.
        3 => add_mean::<W>(points, tile, rates, |share| upper_half(share + own, 21846)),
        _ => {}
    }
}

#[inline(always)]
fn add_mean<const W: usize>(points: &mut Lanes, tile: &Tile, rates: &Rates, mean: impl Fn(u16) -> u16) {
    for lane in 0..W {
        points[lane] += rates.reliability.of(mean(tile.shares[lane]), lane);
    }
}

/// The scores of one learner, of whom these intervals are looked at.
#[inline(always)]
pub(super) fn scores<const W: usize>(
    tile: &Tile,
    (plan, plans): (&Plan, &Plans),
    intervals: &[(u32, u32)],
    common: &Lanes,
    rates: &Rates,
) -> Lanes {
    let class = &plans.classes[plan.class as usize];
    let mut scores = *common;
    let waiting = rates.waiting.of(plan.waiting, 0);
    let here = |common: u16| if common == 0 { 0 } else { u16::MAX };
    if intervals.is_empty() {
        for lane in 0..W {
            scores[lane] = (common[lane] + waiting) & here(common[lane]);
        }
    } else {
        let overlap = overlap::<W>(tile, intervals);
        for lane in 0..W {
            let points = rates.availability.of(enough(overlap[lane]), lane);
            scores[lane] = (common[lane] + waiting + points) & here(common[lane]);
        }
    }
    if class.known.shares() > 0 {
        add_reliability::<W>(&mut scores, tile, plan.attendance, tile.known.shares + class.known.shares(), rates);
        for lane in 0..W {
            scores[lane] &= here(common[lane]);
        }
    }
    if plan.wants_skills {
        let covered = covered::<W>(tile, &plans.terms[plan.terms.0 as usize..plan.terms.1 as usize]);
        let multipliers = plan.share.lanes();
        for lane in 0..W {
            let some = if covered[lane] == 0 { 0 } else { here(common[lane]) };
            let points = rates.skills.of(plan.share.of(covered[lane], multipliers[lane]), lane);
            scores[lane] = (scores[lane] + points) & some;
        }
    }
    scores
}

/// What of the wanted levels each mentor has. Four columns at a time, so that the sums stay in registers.
#[inline(always)]
fn covered<const W: usize>(tile: &Tile, terms: &[Term]) -> Lanes {
    let mut covered = Column::of(0);
    let mut some = [(Term::default(), 0); 4];
    let mut filled = 0;
    for term in terms {
        let Some(row) = tile.rows[term.source as usize] else { continue };
        some[filled] = (*term, row);
        filled += 1;
        if filled == some.len() {
            add_levels::<W, _>(&mut covered, tile, some);
            filled = 0;
        }
    }
    let [first, second, third, _] = some;
    match filled {
        1 => add_levels::<W, _>(&mut covered, tile, [first]),
        2 => add_levels::<W, _>(&mut covered, tile, [first, second]),
        3 => add_levels::<W, _>(&mut covered, tile, [first, second, third]),
        _ => {}
    }
    covered
}

#[inline(always)]
fn add_levels<const W: usize, const N: usize>(covered: &mut Lanes, tile: &Tile, some: [(Term, u32); N]) {
    // Not `map`: its closure would not be inlined, and so be without vectors.
    let mut columns = [&Column([0; TILE]); N];
    for term in 0..N {
        columns[term] = &tile.levels[some[term].1 as usize];
    }
    for lane in 0..W {
        let mut sum = covered[lane];
        for term in 0..N {
            sum = sum.wrapping_add(some[term].0.of(columns[term][lane]));
        }
        covered[lane] = sum;
    }
}

impl Term {
    #[inline(always)]
    fn of(self, level: u8) -> u16 {
        u16::from(level.saturating_sub(self.from).min(self.gap)).wrapping_mul(self.weight)
    }
}

/// Minutes at which both are available: those before the end of an interval less those before its beginning.
#[inline(always)]
fn overlap<const W: usize>(tile: &Tile, intervals: &[(u32, u32)]) -> Lanes {
    let mut overlap = Column::of(0_u16);
    let (threes, rest) = intervals.as_chunks::<3>();
    for &three in threes {
        add_minutes::<W, _>(&mut overlap, tile, three);
    }
    match *rest {
        [first] => add_minutes::<W, _>(&mut overlap, tile, [first]),
        [first, second] => add_minutes::<W, _>(&mut overlap, tile, [first, second]),
        _ => {}
    }
    overlap
}

#[inline(always)]
fn add_minutes<const W: usize, const N: usize>(overlap: &mut Lanes, tile: &Tile, intervals: [(u32, u32); N]) {
    let mut columns = [(&Column([0; TILE]), &Column([0; TILE])); N];
    for interval in 0..N {
        let (start, end) = intervals[interval];
        columns[interval] = (&tile.minutes[start as usize], &tile.minutes[end as usize]);
    }
    for lane in 0..W {
        let mut sum = overlap[lane];
        for (before, until) in columns {
            sum = sum.wrapping_add(until[lane]).wrapping_sub(before[lane]);
        }
        overlap[lane] = sum;
    }
}

/// The value of so many minutes, `min(1000, minutes * 1000 / 180)`.
#[inline(always)]
fn enough(minutes: u16) -> u16 {
    // 1000 / 180 is 5 + 5 / 9, and 7282 / 2^16 is above 1 / 9 by so little that a ninth of 900 comes out exact.
    let five = 5 * minutes.min(ENOUGH);
    five + upper_half(five, 7282)
}

/// The value of two offsets, `1000 - apart * 1000 / 720`.
#[inline(always)]
fn closeness(a: u16, b: u16) -> u16 {
    let apart = a.abs_diff(b);
    let apart = apart.min(DAY_MINUTES.unsigned_abs() - apart);
    // 1000 / 720 is 1 + 7 / 18, and 3641 / 2^16 is above 1 / 18 by so little that an eighteenth of 5,040 comes out exact.
    FULL - (apart + upper_half(7 * apart, 3641))
}

/// All bits or none, from 8 to 16.
#[inline(always)]
fn spread(mask: u8) -> u16 {
    i16::from(mask.cast_signed()).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_divisions() {
        for minutes in 0..=10_080_u16 {
            assert_eq!(u32::from(enough(minutes)), (u32::from(minutes) * 1000 / 180).min(1000), "{minutes} minutes");
        }
        for apart in 0..=720_u16 {
            let expected = 1000 - u32::from(apart) * 1000 / 720;
            assert_eq!(u32::from(closeness(apart, 0)), expected, "{apart} minutes apart");
            assert_eq!(
                u32::from(closeness(1000, (1000 + apart) % 1440)),
                expected,
                "{apart} minutes apart, across midnight"
            );
        }
    }
}
