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

/// So often the changed round is solved anew; where there are many pairs, or many learners, less often.
const MOST_SOLVED: usize = 20;
const MOST_PAIRS_SOLVED: usize = 500_000;
const MOST_LEARNERS_SOLVED: usize = 5_000;

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
    let enough = places::more_places(round, found, &highest, &left, interrupt)?;
    let fewer: BTreeMap<usize, Change> = enough.iter().filter_map(|one| Some((one.learner, one.fewer?))).collect();
    changes.extend(enough.iter().map(|one| (one.learner, one.change)));
    let has_floor = solved.without_floor.is_some();
    let mut left_to_solve = most_solved(round.pairs.learners().len(), round.pairs.mentors().len());
    for learner in others {
        let Some(change) = changes.get_mut(&learner) else { continue };
        // What is enough without a floor has been proven.
        let candidates = fewer.get(&learner).copied().into_iter().chain(has_floor.then_some(*change));
        let mut holds = None;
        for candidate in candidates.take(left_to_solve) {
            left_to_solve -= 1;
            if round.is_matched_by(&candidate, learner, interrupt)? {
                holds = Some(candidate);
                break;
            }
        }
        change.is_without_floor = has_floor;
        if let Some(holds) = holds {
            *change = holds;
        }
    }
    Ok(changes)
}

fn most_solved(learners: usize, mentors: usize) -> usize {
    MOST_SOLVED.min(MOST_PAIRS_SOLVED / (learners * mentors).max(1)).min(MOST_LEARNERS_SOLVED / learners.max(1))
}
