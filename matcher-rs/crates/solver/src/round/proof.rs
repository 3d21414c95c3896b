//! The proof of a round: what is left of it when every pair has been looked at.

use rayon::prelude::*;

use super::{Aim, Round};
use crate::certificate::{Proof, Violation};
use crate::problem::number;

/// The proof, of utilities that the last pass has found to be at least what any pair is good for: the assignment keeps the places, and
/// what its pairs count, of scores taken anew one by one, adds up to what the prices say.
pub(super) fn prove(
    round: &Round<'_>,
    aim: &Aim,
    mentors: &[Option<u32>],
    prices: &[i64],
    utilities: &[i64],
) -> Result<Proof, Violation> {
    let mut room = aim.places.clone();
    for &column in mentors.iter().flatten() {
        let left = &mut room[column as usize];
        *left = left.checked_sub(1).ok_or(Violation::OverCapacity { column })?;
    }
    let values = (0..number(mentors.len())).into_par_iter().zip(mentors).filter_map(|(row, &mentor)| {
        let column = mentor?;
        let score = round.score(row, column).filter(|&score| score >= aim.least_score);
        Some(score.map(|score| aim.values.of(row, column, score)).ok_or(Violation::ForbiddenPair { row, column }))
    });
    let values: Vec<Result<i64, Violation>> = values.collect();
    let objective = values.into_iter().sum::<Result<i64, Violation>>()?;
    if let Some(column) = prices.iter().position(|&price| price < 0) {
        return Err(Violation::NegativePrice { column });
    }
    let dual = |(&price, &places): (&i64, &u32)| i128::from(price) * i128::from(places);
    let dual_objective = utilities.iter().map(|&utility| i128::from(utility)).sum::<i128>()
        + prices.iter().zip(&aim.places).map(dual).sum::<i128>();
    // Learners without a mentor gain 0, so that none may gain less.
    if i128::from(objective) != dual_objective || utilities.iter().any(|&utility| utility < 0) {
        return Err(Violation::Gap { objective: i128::from(objective), dual_objective });
    }
    Ok(Proof { objective, dual_objective: objective })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{Learner, Mentor, Want, Weights};

    #[test]
    fn each_thing_that_must_hold_is_looked_at() {
        let want = Want { skill: 1, level: 4, weight: 1, ..Want::default() };
        let learners = vec![Learner { wants: vec![want], ..Learner::default() }; 2];
        let mentor = |level| Mentor { skills: vec![(1, level)], capacity: 1, ..Mentor::default() };
        let (mentors, weights) = ([mentor(4), mentor(2), mentor(0)], Weights::default());
        let round = Round {
            learners: &learners,
            mentors: &mentors,
            weights: &weights,
            continuity: &[],
            forbidden: &[],
            minimum_score: 0,
        };
        let proven = |mentors: [Option<u32>; 2], prices: [i64; 3], utilities: [i64; 2]| {
            prove(&round, &Aim::of(&round), &mentors, &prices, &utilities)
        };
        // Scores are 4,095 and 2,047; the price of the first mentor is the difference.
        let proof = Proof { objective: 6142, dual_objective: 6142 };
        assert_eq!(proven([Some(0), Some(1)], [2048, 0, 0], [2047, 2047]), Ok(proof));
        assert_eq!(proven([Some(0), Some(0)], [0, 0, 0], [0, 0]), Err(Violation::OverCapacity { column: 0 }));
        let forbidden = Violation::ForbiddenPair { row: 1, column: 2 };
        assert_eq!(proven([Some(0), Some(2)], [0, 0, 0], [0, 0]), Err(forbidden));
        assert_eq!(proven([None, Some(1)], [0, -1, 0], [0, 0]), Err(Violation::NegativePrice { column: 1 }));
        let gap = |objective, dual_objective| Err(Violation::Gap { objective, dual_objective });
        assert_eq!(proven([Some(0), None], [2048, 0, 0], [2047, 2047]), gap(4095, 6142));
        assert_eq!(proven([Some(0), None], [4096, 0, 0], [0, -1]), gap(4095, 4095));
        let aim = Aim { least_score: 2048, places: vec![0, 1, 1], ..Aim::of(&round) };
        let proven = |mentors: [Option<u32>; 2]| prove(&round, &aim, &mentors, &[0; 3], &[0; 2]);
        assert_eq!(proven([Some(0), None]), Err(Violation::OverCapacity { column: 0 }));
        assert_eq!(proven([Some(1), None]), Err(Violation::ForbiddenPair { row: 0, column: 1 }));
    }
}
