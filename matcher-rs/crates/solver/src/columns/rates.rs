//! The points of each component where all of one kind of learners meets mentors: by kind of mentors, and spread over the lanes of a tile.

use super::column::Lanes;
use super::plan::LearnerKnown;
use super::points::{FULL, PointLanes, Points, upper_half};
use super::tile::{MentorKnown, OTHER, TILE, Tile};
use crate::people::Weights;

/// By kind of mentors, for learners of whom the same is known. A component that is missing has no points.
#[derive(Clone, Debug)]
pub(super) struct Rates {
    skills: Points,
    availability: Points,
    timezone: Points,
    reliability: Points,
    rating: Points,
    waiting: Points,
    /// Of the same country.
    place: u16,
    /// Of the learner's first language.
    first: u16,
    /// Of any other.
    other: u16,
    mean: Mean,
}

impl Rates {
    pub(super) fn new(learner: LearnerKnown, mentor: MentorKnown, weights: &Weights) -> Self {
        let shares = learner.shares() + mentor.shares;
        let present = [
            (weights.skills, learner.skills),
            (weights.availability, learner.availability && mentor.availability),
            (weights.languages, learner.languages && mentor.languages),
            (weights.place, learner.country && mentor.country),
            (weights.timezone, learner.offset && mentor.offset),
            (weights.reliability, shares > 0),
            (weights.rating, mentor.rating),
            (weights.waiting, learner.waiting),
        ];
        let sum = present.iter().filter(|(_, is_present)| *is_present).map(|&(weight, _)| u64::from(weight)).sum();
        let rate = |(weight, is_present)| if is_present { Points::new(weight, sum) } else { Points::default() };
        let [skills, availability, languages, place, timezone, reliability, rating, waiting] = present.map(rate);
        let mean = Mean::of(shares);
        let (place, first, other) = (place.of(FULL), languages.of(FULL), languages.of(OTHER));
        Self { skills, availability, timezone, reliability, rating, waiting, place, first, other, mean }
    }
}

/// The rates of the mentors of one tile, lane by lane.
#[derive(Default)]
pub(super) struct TileRates {
    /// The points of the rating, and of reliability where it is the mentor's alone, plus 1.
    pub(super) own: Lanes,
    /// Of the same country.
    pub(super) place: Lanes,
    /// Of the learner's first language.
    pub(super) first: Lanes,
    /// Of any other.
    pub(super) other: Lanes,
    pub(super) skills: PointLanes,
    pub(super) availability: PointLanes,
    pub(super) timezone: PointLanes,
    /// Of each of [`super::plan::Plans::waiting`].
    pub(super) waiting: Vec<Lanes>,
    reliability: PointLanes,
    mean: Lanes,
}

impl TileRates {
    /// Makes them those of learners of whom this is known; `by_kind` has the rates of each kind of mentors.
    #[inline(always)]
    pub(super) fn fill(&mut self, tile: &Tile, known: LearnerKnown, by_kind: &[Rates], waiting: &[u16]) {
        let (mut of_rating, mut of_waiting) = (PointLanes::default(), PointLanes::default());
        for (kind, rates) in (0..=u8::MAX).zip(by_kind).filter(|(kind, _)| tile.kinds.contains(kind)) {
            let mut mask = Lanes::default();
            for lane in 0..TILE {
                mask[lane] = if tile.kinds[lane] == kind { u16::MAX } else { 0 };
            }
            self.skills.set_where(&mask, rates.skills);
            self.availability.set_where(&mask, rates.availability);
            self.timezone.set_where(&mask, rates.timezone);
            self.reliability.set_where(&mask, rates.reliability);
            of_rating.set_where(&mask, rates.rating);
            of_waiting.set_where(&mask, rates.waiting);
            self.mean.set_where(&mask, rates.mean.0);
            self.place.set_where(&mask, rates.place);
            self.first.set_where(&mask, rates.first);
            self.other.set_where(&mask, rates.other);
        }
        for lane in 0..TILE {
            self.own[lane] = 1 + of_rating.of(tile.rating[lane], lane);
        }
        if known.shares() == 0 {
            for lane in 0..TILE {
                self.own[lane] += self.reliability(tile, 0, lane);
            }
        }
        self.waiting.resize(waiting.len(), Lanes::default());
        for (points, &value) in self.waiting.iter_mut().zip(waiting) {
            // The compiler does not know that they are the same for all lanes, or for all values: see `upper_half`.
            let values = Lanes::of(value);
            let (of_waiting, values) = std::hint::black_box((&of_waiting, &values));
            for lane in 0..TILE {
                points[lane] = of_waiting.of(values[lane], lane);
            }
        }
    }

    /// The points of the mean of all shares that are known, of which one is the learner's.
    #[inline(always)]
    pub(super) fn reliability(&self, tile: &Tile, own: u16, lane: usize) -> u16 {
        self.reliability.of(Mean(self.mean[lane]).mean(tile.shares[lane] + own), lane)
    }
}

/// Divides a sum of shares by how many there are.
#[derive(Clone, Copy, Debug)]
struct Mean(u16);

impl Mean {
    fn of(shares: u16) -> Self {
        Self(match shares {
            0 => 0,
            _ => (1_u16 << 15).div_ceil(shares),
        })
    }

    /// `floor(sum / shares)` of up to three: 10,923 / 2^15 is above 1 / 3 by so little that a third of 3,000 comes out exact. It never is
    /// above [`FULL`]; but for this the compiler would make the product of a product one of 32 bits.
    #[inline(always)]
    fn mean(self, sum: u16) -> u16 {
        upper_half(2 * sum, self.0).min(FULL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_those_of_the_divisions() {
        for shares in 1..=3 {
            for sum in 0..=shares * FULL {
                assert_eq!(Mean::of(shares).mean(sum), sum / shares, "{sum} of {shares}");
            }
        }
    }
}
