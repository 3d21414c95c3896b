//! Rounds that are solved without their matrix come out as those that are solved with it: mentor by mentor, price by price.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod people;

use people::worlds;
use proptest::prelude::*;
use solver::{
    Instructions, Interrupt, Outcome, Problem, Round, RoundError, RoundOptions, Solution, solve, solve_round,
};

/// By the whole matrix, as the service does it.
fn by_matrix(round: &Round<'_>) -> Solution {
    let capacities = round.mentors.iter().map(|mentor| mentor.capacity).collect();
    let mut builder = Problem::builder(capacities).unassigned_value(0);
    for (learner, _) in (0..).zip(round.learners) {
        let entries: Vec<(u32, i64)> = (0..)
            .zip(round.mentors)
            .filter_map(|(mentor, _)| Some((mentor, i64::from(round.score(learner, mentor)?))))
            .collect();
        builder.push_row(1, &entries);
    }
    match solve(&builder.build().unwrap(), &Interrupt::never()).unwrap() {
        Outcome::Optimal(solution) => solution,
        Outcome::Infeasible(_) => unreachable!("learners may stay unmatched"),
    }
}

fn assert_same(round: &Round<'_>, start: usize) -> Result<(), TestCaseError> {
    let expected = by_matrix(round);
    let options = RoundOptions { start, instructions: Instructions::Best };
    let found = solve_round(round, &options, &Interrupt::never()).unwrap();
    let mut mentors = vec![None; round.learners.len()];
    expected.pairs.iter().for_each(|pair| mentors[pair.row as usize] = Some(pair.column));
    prop_assert_eq!(&found.mentors, &mentors);
    prop_assert_eq!(&found.prices, &expected.prices);
    prop_assert_eq!(&found.utilities, &expected.utilities);
    prop_assert_eq!(found.proof, expected.proof);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn small_rounds_are_solved_as_by_the_matrix(world in worlds(20), start in 1..3_usize) {
        assert_same(&world.round(), start)?;
        assert_same(&world.tight().round(), start)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn larger_rounds_are_solved_as_by_the_matrix(world in worlds(300), start in 1..3_usize) {
        assert_same(&world.round(), start)?;
        assert_same(&world.tight().round(), start)?;
    }

    #[test]
    fn the_number_of_threads_does_not_matter(world in worlds(400)) {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| solve_round(&world.round(), &RoundOptions::default(), &Interrupt::never()).unwrap())
        };
        prop_assert_eq!(on(1), on(3));
    }
}

#[test]
fn lists_grow_until_nobody_would_rather_have_anything_else() {
    // Everybody's best mentor is the same, then the same second, and so on; lists of one are extended again and again.
    let want = |level| solver::Want { skill: 0, level, weight: 1, ..solver::Want::default() };
    let learners: Vec<_> = (0..40)
        .map(|number| solver::Learner {
            wants: vec![want(255)],
            waiting_days: Some(number % 3),
            ..solver::Learner::default()
        })
        .collect();
    let mentors: Vec<_> = (0..120)
        .map(|number| solver::Mentor { skills: vec![(0, 250 - number)], capacity: 1, ..solver::Mentor::default() })
        .collect();
    let weights = solver::Weights::default();
    let round = Round {
        learners: &learners,
        mentors: &mentors,
        weights: &weights,
        continuity: &[],
        forbidden: &[(0, 0), (39, 39)],
        minimum_score: 0,
    };
    let options = RoundOptions { start: 1, ..RoundOptions::default() };
    let solution = solve_round(&round, &options, &Interrupt::never()).unwrap();
    let extended = solution.effort.passes.iter().filter(|&&(_, worse)| worse > 0).count();
    assert!(extended > 1, "{:?}", solution.effort.passes);
    assert_same(&round, 1).unwrap();
    assert_same(&round, 2).unwrap();
}

#[test]
fn an_interrupt_stops_the_round() {
    let weights = solver::Weights::default();
    let round =
        Round { learners: &[], mentors: &[], weights: &weights, continuity: &[], forbidden: &[], minimum_score: 0 };
    let solution = solve_round(&round, &RoundOptions::default(), &Interrupt::never()).unwrap();
    assert_eq!((solution.mentors, solution.proof.objective), (vec![], 0));
    let (learners, mentors) = ([solver::Learner::default()], [solver::Mentor { capacity: 1, ..Default::default() }]);
    let round = Round { learners: &learners, mentors: &mentors, ..round };
    let interrupt = Interrupt::default();
    interrupt.stop();
    assert_eq!(solve_round(&round, &RoundOptions::default(), &interrupt), Err(RoundError::Interrupted));
}
