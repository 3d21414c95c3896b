//! The loops over a tile: 16-bit lanes, fixed lengths and no branches, so that the compiler makes vectors of them.
//!
//! A score stands in its lane plus 1; 0 is a pair that is absent.

use super::column::{Column, Lanes, SIDE_BY_SIDE};
use super::plan::{Class, PIECES, Plan, Plans, TERMS, Term};
use super::points::{FULL, upper_half};
use super::rates::TileRates;
use super::tile::{DAY_MINUTES, LEVELS, TILE, Tile};
use crate::scoring::ENOUGH_OVERLAP_MINUTES;

/// What a sixteenth of a minute counts, times 2^16, rounded up.
#[allow(clippy::cast_possible_truncation, reason = "22,756 fits")]
const PER_SIXTEENTH: u16 = ((FULL as u64) << 12).div_ceil(ENOUGH_OVERLAP_MINUTES) as u16;

/// What is the same for all learners of whom the same is known and who live in the same place: points for rating, place and time zone, and for
/// reliability if that is the mentor's alone, plus 1.
#[inline(always)]
pub(super) fn near<const W: usize>(tile: &Tile, class: &Class, rates: &TileRates) -> Lanes {
    let mut points = rates.own;
    if class.known.country {
        for lane in 0..W {
            points[lane] += if tile.country[lane] == class.country { rates.place[lane] } else { 0 };
        }
    }
    if class.known.offset {
        for lane in 0..W {
            points[lane] += rates.timezone.of(closeness(class.offset, tile.offset[lane]), lane);
        }
    }
    points
}

/// What is the same for all learners of a class: [`near`], and the points for languages; 0 where there is nobody, or nobody who speaks any of
/// the languages.
#[inline(always)]
pub(super) fn common<const W: usize>(tile: &Tile, class: &Class, rates: &TileRates, near: &Lanes) -> Lanes {
    let mut points = Column::of(0);
    let [first, others @ ..] = &*class.languages else {
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
    for lane in 0..W {
        let has_first = spread(first[lane]);
        let here = spread(first[lane] | any_other[lane] | tile.silent[lane]);
        let language = (rates.first[lane] & has_first) | (rates.other[lane] & !has_first);
        points[lane] = (near[lane] + language) & here;
    }
    points
}

/// The scores of one learner, of whom these intervals are looked at.
#[inline(always)]
pub(super) fn scores<const W: usize>(
    tile: &Tile,
    (plan, plans): (&Plan, &Plans),
    intervals: &[(u32, u32)],
    common: &Lanes,
    rates: &TileRates,
) -> Lanes {
    let class = &plans.classes[plan.class as usize];
    let waiting = &rates.waiting[plan.waiting as usize];
    let mut scores = *common;
    if intervals.is_empty() {
        for lane in 0..W {
            scores[lane] += waiting[lane];
        }
    } else {
        let minutes = sixteenths::<W>(&overlap::<W>(tile, intervals));
        for lane in 0..W {
            scores[lane] += waiting[lane] + rates.availability.of(enough(minutes[lane]), lane);
        }
    }
    if class.known.shares() > 0 {
        for lane in 0..W {
            scores[lane] += rates.reliability(tile, plan.attendance, lane);
        }
    }
    if plan.wants_skills {
        let covered = covered::<W>(tile, plans.terms_of(plan));
        let multipliers = plan.share.lanes();
        for lane in 0..W {
            let points = rates.skills.of(plan.share.of(covered[lane], multipliers[lane]), lane);
            scores[lane] = (scores[lane] + points) & some(covered[lane].min(common[lane]));
        }
    } else {
        for lane in 0..W {
            scores[lane] &= some(common[lane]);
        }
    }
    scores
}

/// What of the wanted levels each mentor has.
#[inline(always)]
fn covered<const W: usize>(tile: &Tile, terms: &[Term]) -> Lanes {
    let mut sums = [Sums { both: [0; SIDE_BY_SIDE], upper: [0; SIDE_BY_SIDE] }; TILE / LEVELS];
    for two in terms.as_chunks().0 {
        add_levels::<W>(&mut sums, tile, two);
    }
    let mut covered = Column::of(0);
    for chunk in 0..W / LEVELS {
        let Sums { both, upper } = &sums[chunk];
        for lane in 0..SIDE_BY_SIDE {
            covered[LEVELS * chunk + lane] = both[lane].wrapping_sub(upper[lane] << 8);
            covered[LEVELS * chunk + SIDE_BY_SIDE + lane] = upper[lane];
        }
    }
    covered
}

/// What mentors have whose levels are the lower and the upper 8 bits of the same 16.
#[derive(Clone, Copy)]
struct Sums {
    /// That of the lower plus 256 times that of the upper, modulo 2^16: levels are multiplied as they stand there, without being spread.
    both: [u16; SIDE_BY_SIDE],
    upper: [u16; SIDE_BY_SIDE],
}

/// Two terms at a time, so that the sums stay in registers.
#[inline(always)]
fn add_levels<const W: usize>(sums: &mut [Sums; TILE / LEVELS], tile: &Tile, [one, other]: &[Term; TERMS]) {
    let one_column = tile.levels(one.source).as_chunks().0;
    let other_column = tile.levels(other.source).as_chunks().0;
    for chunk in 0..W / LEVELS {
        let Sums { both, upper } = &mut sums[chunk];
        let (of_one, of_other) = (one.levels(&one_column[chunk]), other.levels(&other_column[chunk]));
        for lane in 0..SIDE_BY_SIDE {
            let sum = of_one[lane].wrapping_mul(one.weight).wrapping_add(of_other[lane].wrapping_mul(other.weight));
            both[lane] = both[lane].wrapping_add(sum);
        }
        for lane in 0..SIDE_BY_SIDE {
            let (of_one, of_other) = (of_one[lane] >> 8, of_other[lane] >> 8);
            let sum = of_one.wrapping_mul(one.weight).wrapping_add(of_other.wrapping_mul(other.weight));
            upper[lane] = upper[lane].wrapping_add(sum);
        }
    }
}

impl Term {
    /// What counts of the levels, two in each number: the first in the lower 8 bits, on every processor.
    #[inline(always)]
    fn levels(self, levels: &[u8; LEVELS]) -> [u16; SIDE_BY_SIDE] {
        let mut counted = [0; LEVELS];
        for byte in 0..LEVELS {
            counted[byte] = levels[byte].min(self.to).saturating_sub(self.from);
        }
        let mut pairs: [u16; SIDE_BY_SIDE] = pulp::cast(counted);
        for pair in &mut pairs {
            *pair = u16::from_le(*pair);
        }
        pairs
    }
}

/// Minutes at which both are available, or 255 if there are more: of each piece those before its end less those before its beginning.
#[inline(always)]
fn overlap<const W: usize>(tile: &Tile, pieces: &[(u32, u32)]) -> Column<u8> {
    let mut overlap = Column::of(0);
    for some in pieces.as_chunks::<PIECES>().0 {
        // Not `map`: its closure would not be inlined, and so be without vectors.
        let mut columns = [(&Column([0; TILE]), &Column([0; TILE])); PIECES];
        for piece in 0..PIECES {
            let (start, end) = some[piece];
            columns[piece] = (&tile.minutes[start as usize], &tile.minutes[end as usize]);
        }
        for lane in 0..W {
            let mut sum: u8 = overlap[lane];
            for (before, until) in columns {
                sum = sum.saturating_add(until[lane].wrapping_sub(before[lane]));
            }
            overlap[lane] = sum;
        }
    }
    overlap
}

/// Sixteen times as many; and the compiler does not know that they come from 8 bits, for it would make 32 of them.
#[inline(always)]
fn sixteenths<const W: usize>(minutes: &Column<u8>) -> Lanes {
    let mut sixteenths = Column::of(0);
    for lane in 0..W {
        sixteenths[lane] = 16 * u16::from(minutes[lane]);
    }
    std::hint::black_box(sixteenths)
}

/// The value of so many sixteenths of a minute, `min(1000, minutes * 1000 / 180)`.
#[inline(always)]
fn enough(sixteenths: u16) -> u16 {
    // 16 * 22,756 / 2^16 is above 1000 / 180 by so little that all up to 180 minutes come out exact. The smallest comes last: a product of a
    // product would be one of 32 bits.
    upper_half(sixteenths, PER_SIXTEENTH).min(FULL)
}

/// The value of two offsets, `1000 - apart * 1000 / 720`.
#[inline(always)]
fn closeness(a: u16, b: u16) -> u16 {
    let apart = a.abs_diff(b);
    let apart = apart.min(DAY_MINUTES.unsigned_abs() - apart);
    // 1000 / 720 is 1 + 7 / 18, and 3641 / 2^16 is above 1 / 18 by so little that an eighteenth of 5,040 comes out exact.
    FULL - (apart + upper_half(7 * apart, 3641))
}

/// All bits of what is not 0.
#[inline(always)]
fn some(number: u16) -> u16 {
    if number == 0 { 0 } else { u16::MAX }
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
        for minutes in 0..=u8::MAX {
            let sixteenths = sixteenths::<1>(&Column::of(minutes));
            assert_eq!(
                u32::from(enough(sixteenths[0])),
                (u32::from(minutes) * 1000 / 180).min(1000),
                "{minutes} minutes"
            );
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
