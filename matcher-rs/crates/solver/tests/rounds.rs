//! Rounds that are solved without their matrix come out as those that are solved with it: mentor by mentor, price by price.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod people;

use people::{World, worlds};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use solver::{
    Aim, Asking, Columns, Instructions, Interrupt, Learner, Mentor, Obstacle, Outcome, Problem, Round, RoundError,
    RoundOptions, RoundSolution, Solution, Told, Values, highest_prices, nearest, rivals, solve, solve_round, tell,
};

/// By the whole matrix.
fn by_matrix(round: &Round<'_>, aim: &Aim) -> Solution {
    let mut builder = Problem::builder(aim.places.clone()).unassigned_value(0);
    for &learner in &aim.queue {
        let entries: Vec<(u32, i64)> = (0..)
            .zip(round.mentors)
            .filter_map(|(mentor, _)| {
                let score = round.score(learner, mentor).filter(|&score| score >= aim.least_score)?;
                Some((mentor, aim.values.of(learner, mentor, score)))
            })
            .collect();
        builder.push_row(1, &entries);
    }
    match solve(&builder.build().unwrap(), &Interrupt::never()).unwrap() {
        Outcome::Optimal(solution) => solution,
        Outcome::Infeasible(_) => unreachable!("learners may stay unmatched"),
    }
}

fn solved(round: &Round<'_>, aim: &Aim, start: usize) -> RoundSolution {
    let columns = Columns::new(round, Instructions::Best, &Interrupt::never()).unwrap();
    solve_round(&columns, aim, &RoundOptions { start, ..RoundOptions::default() }, &Interrupt::never()).unwrap()
}

fn assert_same(round: &Round<'_>, aim: &Aim, start: usize) -> Result<(), TestCaseError> {
    let expected = by_matrix(round, aim);
    let found = solved(round, aim, start);
    let mut mentors = vec![None; round.learners.len()];
    expected.pairs.iter().for_each(|pair| mentors[aim.queue[pair.row as usize] as usize] = Some(pair.column));
    let mut utilities = vec![0; round.learners.len()];
    aim.queue.iter().zip(&expected.utilities).for_each(|(&learner, &utility)| utilities[learner as usize] = utility);
    prop_assert_eq!(&found.mentors, &mentors);
    prop_assert_eq!(&found.prices, &expected.prices);
    prop_assert_eq!(&found.utilities, &utilities);
    prop_assert_eq!(found.proof, expected.proof);
    // From the second on passes are at exact prices: where one that leaves out what cannot matter finds nobody, the last one, of all pairs, does
    // not either.
    let later = found.effort.passes.get(1..).unwrap_or_default();
    prop_assert!(later.windows(2).all(|two| two[0].1 > 0 || two[1].1 == 0), "{:?}", found.effort.passes);
    Ok(())
}

/// A world with an aim: any order, some left out, some places taken.
fn aims(most: usize) -> impl Strategy<Value = (World, Aim)> {
    worlds(most).prop_flat_map(|world| {
        let (learners, mentors) = (world.learners.len(), world.mentors.len());
        let number = |count: usize| 0..u32::try_from(count).unwrap();
        let queue = Just(number(learners).collect::<Vec<u32>>()).prop_shuffle();
        let values = (
            any::<bool>(),
            vec(prop_oneof![Just(0), 0..=300_u16, Just(4095), Just(u16::MAX)], 0..=learners),
            prop_oneof![Just(0), Just(300), Just(4095_u16), Just(u16::MAX)],
            btree_set((number(learners), number(mentors)), 0..8),
        );
        let least_score = prop_oneof![3 => Just(0), 1 => 0..=4095_u16];
        (Just(world), queue, 0..=learners, vec(0..4_u32, mentors), least_score, values).prop_map(
            |(world, mut queue, left, taken, least_score, (is_fair, priorities, bonus, sticky))| {
                queue.truncate(left.max(1));
                let places = world.mentors.iter().zip(taken);
                let places = places.map(|(mentor, taken)| mentor.capacity.saturating_sub(taken.saturating_sub(1)));
                let places = places.collect();
                let values = Values { is_fair, priorities, bonus, sticky: sticky.into_iter().collect() };
                (world, Aim { queue, places, least_score, values })
            },
        )
    })
}

/// As [`tell`], by what it says that it tells.
fn told_one_by_one(round: &Round<'_>, mentors: &[Option<u32>], least_score: u16, keep: usize) -> Vec<Told> {
    let numbers = || 0..u32::try_from(round.mentors.len()).unwrap();
    let with_places: Vec<Mentor> =
        round.mentors.iter().map(|mentor| Mentor { capacity: 1, ..mentor.clone() }).collect();
    let held = |mentor: u32| {
        let holders = (0..).zip(mentors).filter(move |&(_, &other)| other == Some(mentor));
        holders.map(move |(holder, _)| round.score(holder, mentor).unwrap()).collect::<Vec<u16>>()
    };
    let tell = |(learner, &assigned): (u32, &Option<u32>)| {
        let mut order: Vec<(u32, u16)> =
            numbers().filter_map(|mentor| Some((mentor, round.score(learner, mentor)?))).collect();
        order.sort_by_key(|&(_, score)| std::cmp::Reverse(score));
        let own = assigned.and_then(|mentor| round.score(learner, mentor));
        let blocking = order.iter().filter(|&&(mentor, score)| {
            let has_place = held(mentor).len() < round.mentors[mentor as usize].capacity as usize;
            Some(score) > own && (has_place || held(mentor).iter().any(|&other| other < score))
        });
        let mut allowed = order.iter().filter(|&&(_, score)| score >= least_score).peekable();
        let suitable = Round { mentors: &with_places, ..*round };
        let obstacle = if allowed.peek().is_some() {
            let is_outscored = allowed.all(|&(mentor, score)| held(mentor).iter().all(|&other| other > score));
            if is_outscored { Obstacle::Outscored } else { Obstacle::Taken }
        } else if !order.is_empty() {
            Obstacle::BelowLeast
        } else if numbers().any(|mentor| suitable.score(learner, mentor).is_some()) {
            Obstacle::NoPlace
        } else {
            Obstacle::NoMentor
        };
        let rank = assigned.map(|mentor| order.iter().position(|&(other, _)| other == mentor).unwrap() + 1);
        Told {
            rank: rank.map(|rank| u32::try_from(rank).unwrap()),
            blocking: u32::try_from(blocking.count()).unwrap(),
            best: order.iter().copied().take(keep).collect(),
            obstacle: assigned.is_none().then_some(obstacle),
        }
    };
    (0..).zip(mentors).map(tell).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn small_rounds_are_solved_as_by_the_matrix(world in worlds(20), start in 1..3_usize) {
        assert_same(&world.round(), &Aim::of(&world.round()), start)?;
        let tight = world.tight();
        assert_same(&tight.round(), &Aim::of(&tight.round()), start)?;
    }

    #[test]
    fn whatever_is_aimed_at_is_reached_as_by_the_matrix((world, aim) in aims(20), start in 1..3_usize) {
        assert_same(&world.round(), &aim, start)?;
    }

    #[test]
    fn the_highest_price_is_what_the_others_lose_without_the_place((world, aim) in aims(12)) {
        let round = world.round();
        let columns = Columns::new(&round, Instructions::Best, &Interrupt::never()).unwrap();
        let found = solved(&round, &aim, 1);
        let highest = highest_prices(&columns, &aim, &found.mentors, &found.prices, &Interrupt::never()).unwrap();
        for (mentor, &price) in highest.iter().enumerate() {
            let mut fewer = aim.clone();
            let left = fewer.places[mentor].checked_sub(1);
            fewer.places[mentor] = left.unwrap_or_default();
            let lost = left.map(|_| found.proof.objective - by_matrix(&round, &fewer).proof.objective);
            prop_assert_eq!(price, lost);
        }
    }

    #[test]
    fn the_nearest_mentor_counts_most_less_the_price((world, aim) in aims(20), prices in vec(0..=20_000_i64, 20), asks in vec(any::<bool>(), 20)) {
        let round = world.round();
        let columns = Columns::new(&round, Instructions::Best, &Interrupt::never()).unwrap();
        let (prices, asks) = (&prices[..round.mentors.len()], &asks[..round.learners.len()]);
        let expected = (0..).zip(asks).map(|(learner, &asks)| {
            let pairs = (0..).zip(prices).filter_map(|(mentor, price)| {
                let score = round.score(learner, mentor)?;
                Some((aim.values.of(learner, mentor, score) - price, score, std::cmp::Reverse(mentor)))
            });
            pairs.max().filter(|_| asks).map(|(_, score, mentor)| (mentor.0, score))
        });
        let found = nearest(&columns, &aim, prices, asks, &Interrupt::never()).unwrap();
        prop_assert_eq!(found, expected.collect::<Vec<_>>());
    }

    #[test]
    fn one_place_more_than_rivals_is_enough((world, aim) in aims(12)) {
        let aim = Aim { least_score: 0, ..aim };
        let round = world.round();
        let columns = Columns::new(&round, Instructions::Best, &Interrupt::never()).unwrap();
        let found = solved(&round, &aim, 1);
        let mut utilities = vec![-1; round.learners.len()];
        aim.queue.iter().for_each(|&learner| utilities[learner as usize] = found.utilities[learner as usize]);
        let unmatched = aim.queue.iter().filter(|&&learner| found.mentors[learner as usize].is_none());
        let pairs = unmatched.flat_map(|&learner| (0..).zip(round.mentors).map(move |(mentor, _)| (learner, mentor)));
        let asking: Vec<Asking> = pairs
            .filter_map(|(learner, mentor)| {
                let value = aim.values.of(learner, mentor, round.score(learner, mentor)?);
                Some(Asking { learner, mentor, value })
            })
            .collect();
        let counted = rivals(&columns, &aim, &utilities, &asking, &Interrupt::never()).unwrap();
        for (asking, count) in asking.iter().zip(counted) {
            let pays = |&other: &u32| {
                let value = round.score(other, asking.mentor).map(|score| aim.values.of(other, asking.mentor, score));
                other != asking.learner && value.is_some_and(|value| value - utilities[other as usize] >= asking.value)
            };
            prop_assert_eq!(count as usize, aim.queue.iter().copied().filter(pays).count());
            let mut more = aim.clone();
            more.places[asking.mentor as usize] = count + 1;
            prop_assert!(solved(&round, &more, 1).mentors[asking.learner as usize].is_some(), "{:?} {}", asking, count);
        }
    }

    #[test]
    fn what_is_told_is_what_looking_at_each_pair_tells((world, aim) in aims(20), keep in 0..4_usize) {
        // Of everybody: who is left out has nobody, and somebody else may have their place.
        let (round, everybody) = (world.round(), Aim::of(&world.round()));
        let aim = Aim { queue: everybody.queue, places: everybody.places, ..aim };
        let mentors = solved(&round, &aim, 2).mentors;
        let columns = Columns::new(&round, Instructions::Best, &Interrupt::never()).unwrap();
        let told = tell(&columns, &mentors, aim.least_score, keep, &Interrupt::never()).unwrap();
        prop_assert_eq!(told, told_one_by_one(&round, &mentors, aim.least_score, keep));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn larger_rounds_are_solved_as_by_the_matrix(world in worlds(300), start in 1..3_usize) {
        assert_same(&world.round(), &Aim::of(&world.round()), start)?;
        let tight = world.tight();
        assert_same(&tight.round(), &Aim::of(&tight.round()), start)?;
    }

    #[test]
    fn whatever_is_aimed_at_in_larger_rounds_is_reached_too((world, aim) in aims(300), keep in 1..12_usize) {
        assert_same(&world.round(), &aim, 1)?;
        let (round, everybody) = (world.round(), Aim::of(&world.round()));
        let mentors = solved(&round, &everybody, 2).mentors;
        let told = tell(&Columns::new(&round, Instructions::Best, &Interrupt::never()).unwrap(), &mentors, 0, keep, &Interrupt::never()).unwrap();
        prop_assert_eq!(told, told_one_by_one(&round, &mentors, 0, keep));
    }

    #[test]
    fn the_number_of_threads_does_not_matter(world in worlds(400)) {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| solved(&world.round(), &Aim::of(&world.round()), RoundOptions::default().start))
        };
        prop_assert_eq!(on(1), on(3));
    }
}

#[test]
fn lists_grow_until_nobody_would_rather_have_anything_else() {
    // Everybody's best mentor is the same, then the same second, and so on; lists of one are extended again and again.
    let want = |level| solver::Want { skill: 0, level, weight: 1, ..solver::Want::default() };
    let learners: Vec<_> = (0..100)
        .map(|number| Learner { wants: vec![want(255)], waiting_days: Some(number % 3), ..Learner::default() })
        .collect();
    let mentors: Vec<_> =
        (0..200).map(|number| Mentor { skills: vec![(0, 250 - number)], capacity: 1, ..Mentor::default() }).collect();
    let weights = solver::Weights::default();
    let round = Round {
        learners: &learners,
        mentors: &mentors,
        weights: &weights,
        continuity: &[],
        forbidden: &[(0, 0), (39, 39)],
        minimum_score: 0,
    };
    let aim = Aim::of(&round);
    let solution = solved(&round, &aim, 1);
    let extended = solution.effort.passes.iter().filter(|&&(_, worse)| worse > 0).count();
    assert!(extended > 1, "{:?}", solution.effort.passes);
    assert_same(&round, &aim, 1).unwrap();
    assert_same(&round, &aim, 2).unwrap();
}

#[test]
fn more_equal_choices_than_are_to_be_remembered_are_refused() {
    let (learners, mentors) = (vec![Learner::default(); 50], vec![Mentor { capacity: 1, ..Mentor::default() }; 400]);
    let weights = solver::Weights::default();
    let round = Round {
        learners: &learners,
        mentors: &mentors,
        weights: &weights,
        continuity: &[],
        forbidden: &[],
        minimum_score: 0,
    };
    let columns = Columns::new(&round, Instructions::Best, &Interrupt::never()).unwrap();
    let with_at_most = |most_equal| {
        let options = RoundOptions { most_equal, ..RoundOptions::default() };
        solve_round(&columns, &Aim::of(&round), &options, &Interrupt::never()).map(|solution| solution.mentors)
    };
    assert_eq!(with_at_most(20_000), Ok((0..50).map(Some).collect()));
    assert_eq!(with_at_most(15_000), Err(RoundError::TooManyEqual));
}

#[test]
fn an_interrupt_stops_the_round() {
    let weights = solver::Weights::default();
    let round =
        Round { learners: &[], mentors: &[], weights: &weights, continuity: &[], forbidden: &[], minimum_score: 0 };
    let solution = solved(&round, &Aim::of(&round), 1);
    assert_eq!((solution.mentors, solution.proof.objective), (vec![], 0));
    let (learners, mentors) = ([Learner::default()], [Mentor { capacity: 1, ..Default::default() }]);
    let round = Round { learners: &learners, mentors: &mentors, ..round };
    let interrupt = Interrupt::default();
    interrupt.stop();
    let columns = Columns::new(&round, Instructions::Best, &Interrupt::never()).unwrap();
    let stopped = solve_round(&columns, &Aim::of(&round), &RoundOptions::default(), &interrupt);
    assert_eq!(stopped, Err(RoundError::Interrupted));
    assert!(tell(&columns, &[None], 0, 1, &interrupt).is_err());
}
