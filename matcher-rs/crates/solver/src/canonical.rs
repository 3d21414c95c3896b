//! The one optimum that is answered: rows in order, each with the best choice that still leads to the optimal total.
//!
//! Lexicographic optimisation over the optimal face (as in Irving, Leather and Gusfield 1987 for stable matchings): a unit takes another tight
//! choice if an alternating path leads from there back to what it leaves; rows that have had their turn no longer move.

use crate::alternating_paths::Paths;
use crate::interrupt::{Interrupt, Interrupted};
use crate::problem::Problem;
use crate::tight::{Standing, Undecided};
use crate::transportation::Optimum;

/// Turns an optimal matching into the canonical one. `undecided` is of this optimum.
pub(crate) fn canonicalise(
    problem: &Problem,
    optimum: &mut Optimum,
    mut undecided: Undecided,
    interrupt: &Interrupt,
) -> Result<(), Interrupted> {
    let mut standing = Standing::of(problem, optimum);
    let mut paths = Paths::new(problem.columns() + 1);
    let mut ranks = vec![0; problem.columns() + 1];
    let mut next = 0;
    while next < undecided.len() {
        interrupt.check()?;
        undecided = undecided.remaining(next, &standing);
        // Components go stale; it is time for new ones when the searches since have cost more than they do.
        let enough = 2 * undecided.size();
        paths.restart(&undecided, &standing);
        next = 0;
        while next < undecided.len() && paths.work() < enough {
            interrupt.check()?;
            decide(&undecided, next, (&mut standing, &mut paths, &mut ranks), interrupt)?;
            next += 1;
        }
    }
    Ok(())
}

/// Gives the row the best that it can have. `ranks` has room for every node.
fn decide(
    undecided: &Undecided,
    place: usize,
    (standing, paths, ranks): (&mut Standing<'_>, &mut Paths, &mut [u32]),
    interrupt: &Interrupt,
) -> Result<(), Interrupted> {
    let row = undecided.row(place);
    let choices = undecided.choices(place);
    // What a row has is always among its choices.
    (0..).zip(choices).for_each(|(rank, &choice)| ranks[choice as usize] = rank);
    for (rank, &choice) in (0..).zip(choices) {
        if standing.has_all_of(row, choice) {
            // Nobody else is there to make room.
            continue;
        }
        loop {
            interrupt.check()?;
            let worse: Vec<u32> = standing.held(row).filter(|&held| ranks[held as usize] > rank).collect();
            if worse.is_empty() {
                return Ok(());
            }
            let Some(path) = paths.find(undecided, place, standing, choice, &worse) else { break };
            // From the far end, so that there always is room.
            let end = path.last().map_or(choice, |step| step.to);
            standing.leave(row, end);
            for step in path.iter().rev() {
                if let Some(mover) = step.mover {
                    standing.leave(mover, step.from);
                    standing.enter(mover, step.to);
                }
            }
            standing.enter(row, choice);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{Outcome, solve};

    use super::*;

    #[test]
    fn a_row_with_many_units_and_many_equal_choices_takes_the_first() {
        let choices: Vec<(u32, i64)> = (0..4000).map(|column| (column, 5)).collect();
        let problem = Problem::builder(vec![1; 4000]).row(1, &choices[..2]).row(2000, &choices).build().unwrap();
        let Outcome::Optimal(solution) = solve(&problem, &Interrupt::never()).unwrap() else { unreachable!() };
        let columns: Vec<u32> = solution.pairs.iter().map(|pair| pair.column).collect();
        assert!(columns.iter().copied().eq(0..2001));
    }
}
