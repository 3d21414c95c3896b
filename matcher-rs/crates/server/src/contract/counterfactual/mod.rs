//! What would have to be different for an unmatched learner to be matched: the first change, in the order of the contract, that is proven.
//!
//! [`search`] looks for what learners could change themselves, for those who choose first; [`places`] finds, for all others, how many places
//! more of a mentor would do. Both are about the optimum without a floor. With a floor the changed round is solved anew where that is quick,
//! and elsewhere the change is that there is no floor besides.

mod change;
mod places;
mod search;

use std::collections::BTreeMap;

use solver::Interrupt;

pub(super) use self::change::{Change, Counterfactual};
use super::round::{Round, Solved};
use crate::problem_details::Problem;

/// For so many learners a round with a floor is solved anew; where there are many pairs, for fewer.
const MOST_SOLVED: usize = 100;

/// By learner; without one is only who can have no mentor whatever happens, or nearly so: see the contract.
///
/// # Errors
/// `deadline_exceeded` if interrupted; `certificate_failed` on a defect of the solver.
pub(super) fn changes(
    round: &Round<'_>,
    solved: &Solved,
    interrupt: &Interrupt,
) -> Result<BTreeMap<usize, Change>, Problem> {
    let found = solved.without_floor.as_ref().unwrap_or(&solved.found);
    let queue = round.aim().queue.iter().map(|&learner| learner as usize);
    let unmatched = queue.filter(|&learner| solved.found.mentors[learner].is_none());
    let (by_floor, others): (Vec<usize>, Vec<usize>) = unmatched.partition(|&one| found.mentors[one].is_some());
    let no_floor = Change { is_without_floor: true, ..Change::default() };
    let mut changes: BTreeMap<usize, Change> = by_floor.into_iter().map(|learner| (learner, no_floor)).collect();
    if others.is_empty() {
        return Ok(changes);
    }
    let highest = round.highest_prices(found, interrupt)?;
    changes.append(&mut search::own_changes(round, &highest, solved.found.threshold, &others, interrupt)?);
    let left: Vec<usize> = others.iter().copied().filter(|learner| !changes.contains_key(learner)).collect();
    changes.extend(places::more_places(round, found, &highest, &left, interrupt)?);
    if solved.without_floor.is_some() {
        let mut left_to_solve = round.most_solved(MOST_SOLVED);
        for learner in others {
            let Some(change) = changes.get_mut(&learner) else { continue };
            let is_solved = left_to_solve > 0;
            left_to_solve -= usize::from(is_solved);
            change.is_without_floor = !(is_solved && round.is_matched_by(change, learner, interrupt)?);
        }
    }
    Ok(changes)
}
