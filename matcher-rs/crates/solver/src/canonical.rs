//! The one optimum that is answered: rows in order, each with the best choice that still leads to the optimal total.
//!
//! Lexicographic optimisation over the optimal face (as in Irving, Leather and Gusfield 1987 for stable matchings): a unit takes another tight
//! choice if an alternating path leads from there back to what it leaves; rows that have had their turn no longer move.

use crate::alternating_paths::Paths;
use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::{COLUMNS, ROWS};
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
    let mut standing = Standing {
        free_rows: optimum.matching.free(ROWS, problem.row_capacity()),
        free_columns: optimum.matching.free(COLUMNS, problem.column_capacity()),
        matching: &mut optimum.matching,
        prices: &optimum.prices,
    };
    let mut paths = Paths::new(problem.columns() + 1);
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
            decide(&undecided, next, &mut standing, &mut paths);
            next += 1;
        }
    }
    Ok(())
}

/// Gives the row the best that it can have.
fn decide(undecided: &Undecided, place: usize, standing: &mut Standing<'_>, paths: &mut Paths) {
    let row = undecided.row(place);
    let choices = undecided.choices(place);
    for (rank, &choice) in (1..).zip(choices) {
        loop {
            let worse: Vec<u32> = standing.held(row).filter(|held| choices[rank..].contains(held)).collect();
            if worse.is_empty() {
                return;
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
}
