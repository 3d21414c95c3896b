//! The columns give the scores and the absences of the formula, one by one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod people;

use people::worlds;
use proptest::prelude::*;
use solver::{Columns, Instructions, Interrupt, Learner, Mentor, Rating, Round, Want, Week, Weights};

/// Nobody has met, and nobody is kept from anybody.
fn round_of<'a>(learners: &'a [Learner], mentors: &'a [Mentor], weights: &'a Weights) -> Round<'a> {
    Round { learners, mentors, weights, continuity: &[], forbidden: &[], minimum_score: 0 }
}

/// The first pair that the columns see differently.
fn difference(round: &Round<'_>, instructions: Instructions) -> Option<String> {
    let scores = Columns::new(round, instructions, &Interrupt::never()).unwrap().matrix(&Interrupt::never()).unwrap();
    assert_eq!(scores.len(), round.learners.len() * round.mentors.len());
    let present = Columns::new(round, instructions, &Interrupt::never()).unwrap().present(&Interrupt::never()).unwrap();
    for (row, present) in scores.chunks(round.mentors.len()).zip(present) {
        let pairs = (0..).zip(row).filter(|&(_, &score)| score > 0).map(|(mentor, &score)| (mentor, score - 1));
        assert_eq!(present, pairs.collect::<Vec<(u32, u16)>>());
    }
    let pairs = (0..)
        .zip(round.learners)
        .flat_map(|(learner, _)| (0..).zip(round.mentors).map(move |(mentor, _)| (learner, mentor)));
    pairs.zip(scores).find_map(|((learner, mentor), found)| {
        let expected = round.score(learner, mentor);
        (expected != found.checked_sub(1)).then(|| {
            let (asking, asked) = (&round.learners[learner as usize], &round.mentors[mentor as usize]);
            format!("{found} less 1 instead of {expected:?} for {asking:?} with {asked:?}")
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_score_is_that_of_the_formula(world in worlds(20)) {
        prop_assert_eq!(difference(&world.round(), Instructions::Best), None);
        prop_assert_eq!(difference(&world.round(), Instructions::Plain), None);
    }
}

#[test]
fn a_column_for_everything_would_be_too_much_and_is_not_needed() {
    // Minutes, and related skills, of which no two learners share any: most are scored pair by pair.
    let learners: Vec<Learner> = (0..10_000_u16)
        .map(|number| Learner {
            wants: vec![Want {
                skill: 1,
                level: 5,
                from: 0,
                weight: 1 + number % 1000,
                related: vec![(2, 1 + number / 10)],
            }],
            availability: Week::from_intervals(vec![(number, number + 70)]),
            ..Learner::default()
        })
        .collect();
    let mentors: Vec<Mentor> = (1..4)
        .map(|number| Mentor {
            skills: vec![(2, 5)],
            availability: Week::from_intervals(vec![(number * 997, number * 3001)]),
            capacity: 1,
            ..Mentor::default()
        })
        .collect();
    let weights = Weights::default();
    let round = round_of(&learners, &mentors, &weights);
    assert_eq!(difference(&round, Instructions::Best), None);
}

#[test]
fn tiles_are_filled_to_the_last_lane() {
    let learners: Vec<Learner> = (1..=5)
        .map(|level| Learner {
            wants: vec![Want { skill: 1, level, weight: 1, ..Want::default() }],
            ..Learner::default()
        })
        .collect();
    let mentors: Vec<Mentor> = (0..600_u16)
        .map(|number| Mentor { skills: vec![(1, (number % 7 % 6) as u8)], capacity: 1, ..Mentor::default() })
        .collect();
    let weights = Weights::default();
    let round = Round { forbidden: &[(0, 255), (1, 256), (4, 599)], ..round_of(&learners, &mentors, &weights) };
    assert_eq!(difference(&round, Instructions::Best), None);
    assert_eq!(difference(&round, Instructions::Plain), None);
}

#[test]
fn nobody_is_left_out_of_many_tiles() {
    let skill = |skill, level| Want { skill, level, weight: 1, ..Want::default() };
    let learner = |wants, languages: &[u32]| Learner { wants, languages: languages.to_vec(), ..Learner::default() };
    let learners = [
        learner(vec![skill(1, 5)], &[]),
        learner(vec![skill(400, 3), skill(2, 1)], &[69]),
        learner(vec![], &[3, 68]),
        learner(vec![skill(900, 3)], &[1]),
        learner(vec![skill(2, 3), skill(3, 3)], &[777]),
        Learner { attendance_permille: Some(2000), ..learner(vec![skill(401, 2)], &[9]) },
    ];
    // Some speak nothing that is known, some are scored pair by pair; more than 64 tiles, and some of each width.
    let mentors: Vec<Mentor> = (0..18_000_u32)
        .map(|number| Mentor {
            skills: vec![(number % 3, 1 + (number % 5) as u8), (400 + number / 9000, 2)],
            languages: if number % 11 == 0 { vec![] } else { vec![number % 70] },
            attendance_permille: [None, Some(900), Some(2000)]
                [usize::from(number % 100 == 0) + usize::from(number % 300 == 0)],
            country: (number % 257 == 0).then_some(1),
            capacity: 1,
            ..Mentor::default()
        })
        .collect();
    let weights = Weights::default();
    let round = Round {
        continuity: &[(1, 69, 700), (3, 1, 700)],
        forbidden: &[(2, 3), (4, 2)],
        ..round_of(&learners, &mentors, &weights)
    };
    assert_eq!(difference(&round, Instructions::Best), None);
    assert_eq!(difference(&round, Instructions::Plain), None);
}

#[test]
fn more_learners_than_are_held_at_a_time_are_all_scored() {
    // With nothing known each scores 0, which is a pair.
    let (learners, mentors) = (vec![Learner::default(); 70_000], [Mentor { capacity: 1, ..Mentor::default() }]);
    let weights = Weights::default();
    let round = round_of(&learners, &mentors, &weights);
    let columns = Columns::new(&round, Instructions::Best, &Interrupt::never()).unwrap();
    assert_eq!(columns.total(&Interrupt::never()), Ok(70_000));
}

#[test]
fn an_interrupt_stops_the_pass() {
    let (learners, mentors) = ([Learner::default()], [Mentor { capacity: 1, ..Mentor::default() }]);
    let weights = Weights::default();
    let round = round_of(&learners, &mentors, &weights);
    let interrupt = Interrupt::default();
    interrupt.stop();
    assert!(Columns::new(&round, Instructions::Best, &Interrupt::never()).unwrap().matrix(&interrupt).is_err());
    assert!(Columns::new(&round, Instructions::Best, &interrupt).is_err());
}

/// Numbers that look random, below a bound, and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn maybe(&mut self, bound: u64) -> Option<u64> {
        (self.below(3) > 0).then(|| self.below(bound))
    }
}

#[test]
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "the numbers are small")]
fn full_tiles_of_mentors_of_whom_different_things_are_known_are_scored_in_all_lanes() {
    let mut numbers = Numbers(7);
    let week = |numbers: &mut Numbers, most| {
        let start = |numbers: &mut Numbers| numbers.below(10_000) as u16;
        let intervals = (0..numbers.below(most)).map(|_| (start(numbers), 30 + numbers.below(400) as u16));
        Week::from_intervals(intervals.map(|(start, length)| (start, start + length)).collect())
    };
    let level = |numbers: &mut Numbers| [1, 2, 3, 4, 5, 200, 255][numbers.below(7) as usize];
    // Up to ten wants, of levels up to 255, and up to eleven pieces of intervals.
    let learners: Vec<Learner> = (0..120)
        .map(|number| Learner {
            wants: (0..number % 11)
                .map(|skill| Want {
                    skill: 2 * skill + numbers.below(2) as u32,
                    level: level(&mut numbers),
                    from: numbers.below(3) as u8,
                    weight: [1, 7, 100][numbers.below(3) as usize],
                    ..Want::default()
                })
                .collect(),
            languages: (0..numbers.below(3) as u32).collect(),
            availability: week(&mut numbers, 12),
            utc_offset_minutes: numbers.maybe(1500).map(|offset| offset as i16 - 720),
            waiting_days: numbers.maybe(40).map(|days| days as u32),
            country: numbers.maybe(3).map(|country| country as u32),
            attendance_permille: numbers.maybe(1001).map(|share| share as u16),
        })
        .collect();
    // Tiles of 256, 256 and 100.
    let mentors: Vec<Mentor> = (0..612)
        .map(|_| Mentor {
            skills: (0..22)
                .filter_map(|skill| Some((skill, level(&mut numbers))).filter(|_| numbers.below(2) > 0))
                .collect(),
            languages: (0..numbers.below(4) as u32).collect(),
            availability: week(&mut numbers, 9),
            utc_offset_minutes: numbers.maybe(1500).map(|offset| offset as i16 - 720),
            rating: numbers.maybe(4001).map(|mean| Rating { mean_milli: 1000 + mean as u16, count: 3 }),
            country: numbers.maybe(3).map(|country| country as u32),
            attendance_permille: numbers.maybe(1001).map(|share| share as u16),
            answer_rate_permille: numbers.maybe(1001).map(|share| share as u16),
            capacity: 1,
        })
        .collect();
    let weights = Weights::default();
    let round = round_of(&learners, &mentors, &weights);
    assert_eq!(difference(&round, Instructions::Best), None);
    assert_eq!(difference(&round, Instructions::Plain), None);
}
