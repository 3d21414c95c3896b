//! Random rounds, the odd ones included: values at and beyond the edges of what the contract lets in, and people of whom nothing is known.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use solver::{Learner, Mentor, Rating, Round, Want, Week, Weights};

/// Everybody of a round, owned.
#[derive(Clone, Debug)]
pub struct World {
    pub learners: Vec<Learner>,
    pub mentors: Vec<Mentor>,
    weights: Weights,
    continuity: Vec<(u32, u32, u16)>,
    forbidden: Vec<(u32, u32)>,
    minimum_score: u16,
}

impl World {
    /// The same with as many places as learners.
    #[allow(dead_code, reason = "only some tests need it")]
    pub fn tight(mut self) -> Self {
        let most = self.learners.len().min(self.mentors.len());
        self.learners.truncate(most);
        self.mentors.truncate(most);
        self.mentors.iter_mut().for_each(|mentor| mentor.capacity = 1);
        let is_left = |learner: u32, mentor: u32| learner.max(mentor) < u32::try_from(most).unwrap();
        self.continuity.retain(|&(learner, mentor, _)| is_left(learner, mentor));
        self.forbidden.retain(|&(learner, mentor)| is_left(learner, mentor));
        self
    }

    pub fn round(&self) -> Round<'_> {
        Round {
            learners: &self.learners,
            mentors: &self.mentors,
            weights: &self.weights,
            continuity: &self.continuity,
            forbidden: &self.forbidden,
            minimum_score: self.minimum_score,
        }
    }
}

fn week() -> impl Strategy<Value = Week> {
    let quarters = (0..672_u16, 1..40_u16).prop_map(|(start, length)| (start * 15, (start + length) * 15));
    let minutes = (0..10_080_u16, 0..2_000_u16).prop_map(|(start, length)| (start, start + length));
    prop_oneof![
        3 => vec(quarters, 0..6),
        1 => vec(minutes, 0..4),
        1 => Just(vec![(0, 10_080)]),
    ]
    .prop_map(Week::from_intervals)
}

fn offset() -> impl Strategy<Value = Option<i16>> {
    weighted(0.8, prop_oneof![4 => -720..=840_i16, 1 => any::<i16>()])
}

fn want(skill: u32) -> impl Strategy<Value = Want> {
    let related = btree_map(0..12_u32, prop_oneof![Just(1000_u16), 1..=1000_u16], 0..3);
    let weight = prop_oneof![4 => Just(100_u16), 2 => 1..=1000_u16, 1 => any::<u16>()];
    let level = prop_oneof![8 => 1..=5_u8, 1 => any::<u8>()];
    (level, 0..5_u8, weight, prop_oneof![2 => Just(vec![]), 1 => related.prop_map(|map| map.into_iter().collect())])
        .prop_map(move |(level, from, weight, related)| Want { skill, level, from, weight, related })
}

fn share() -> impl Strategy<Value = Option<u16>> {
    weighted(0.6, prop_oneof![8 => 0..=1000_u16, 1 => any::<u16>()])
}

fn country() -> impl Strategy<Value = Option<u32>> {
    weighted(0.8, prop_oneof![0..3_u32, any::<u32>()])
}

fn learner() -> impl Strategy<Value = Learner> {
    let wants = btree_set(0..12_u32, 0..6).prop_flat_map(|skills| skills.into_iter().map(want).collect::<Vec<_>>());
    let languages = btree_set(0..5_u32, 0..4).prop_map(|set| set.into_iter().collect::<Vec<_>>()).prop_shuffle();
    let waiting = weighted(0.7, prop_oneof![4 => 0..60_u32, 1 => any::<u32>()]);
    (wants, languages, week(), offset(), waiting, country(), share()).prop_map(
        |(wants, languages, availability, utc_offset_minutes, waiting_days, country, attendance_permille)| Learner {
            wants,
            languages,
            availability,
            utc_offset_minutes,
            waiting_days,
            country,
            attendance_permille,
        },
    )
}

fn mentor() -> impl Strategy<Value = Mentor> {
    let level = prop_oneof![8 => 0..=5_u8, 1 => any::<u8>()];
    let skills = btree_map(0..12_u32, level, 0..8).prop_map(|map| map.into_iter().collect());
    let languages = btree_set(0..5_u32, 0..3).prop_map(|set| set.into_iter().collect());
    let count = prop_oneof![0..20_u32, any::<u32>()];
    let rating = (1000..=5000_u16, count).prop_map(|(mean_milli, count)| Rating { mean_milli, count });
    (skills, languages, week(), offset(), 0..4_u32, weighted(0.6, rating), share(), share(), country()).prop_map(
        |(
            skills,
            languages,
            availability,
            utc_offset_minutes,
            capacity,
            rating,
            answer_rate_permille,
            attendance_permille,
            country,
        )| Mentor {
            skills,
            languages,
            availability,
            utc_offset_minutes,
            capacity,
            rating,
            answer_rate_permille,
            country,
            attendance_permille,
        },
    )
}

fn weights() -> impl Strategy<Value = Weights> {
    let any_weights = prop::array::uniform9(prop_oneof![Just(0), 0..=100_u16, 0..=10_000_u16, any::<u16>()]).prop_map(
        |[skills, availability, continuity, languages, place, timezone, reliability, rating, waiting]| Weights {
            skills,
            availability,
            continuity,
            languages,
            place,
            timezone,
            reliability,
            rating,
            waiting,
        },
    );
    prop_oneof![Just(Weights::default()), any_weights]
}

/// Rounds of up to so many people of each side.
pub fn worlds(most: usize) -> impl Strategy<Value = World> {
    (vec(learner(), 1..most), vec(mentor(), 1..most), weights(), prop_oneof![3 => Just(0), 1 => 0..=4095_u16])
        .prop_flat_map(|(learners, mentors, weights, minimum_score)| {
            let pair = || (0..u32::try_from(learners.len()).unwrap(), 0..u32::try_from(mentors.len()).unwrap());
            let continuity = btree_map(pair(), 0..=1000_u16, 0..8);
            let forbidden = btree_set(pair(), 0..8);
            (Just(learners), Just(mentors), Just(weights), Just(minimum_score), continuity, forbidden)
        })
        .prop_map(|(learners, mentors, weights, minimum_score, continuity, forbidden)| World {
            learners,
            mentors,
            weights,
            continuity: continuity.into_iter().map(|((learner, mentor), value)| (learner, mentor, value)).collect(),
            forbidden: forbidden.into_iter().collect(),
            minimum_score,
        })
}
