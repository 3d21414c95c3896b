//! Augmenting row reduction (Jonker and Volgenant 1987): free lines bid for the column that is best for them, raise its price by what
//! the second best costs more, and displace its line.

use super::cost::Cost;
use super::state::{NONE, State};
use crate::interrupt::{Interrupt, Interrupted};

/// Bids between two looks at the interrupt.
const BETWEEN_LOOKS: usize = 1 << 10;
/// A pass ends its chains of displacement after so many bids for each line of the matrix.
const MOST_BIDS_PER_LINE: usize = 8;

/// Lets every free line bid, in as many passes; a line that a tie leaves free waits for the next.
pub(super) fn bid<T: Cost, const NEGATE: bool>(
    state: &mut State<'_, T, NEGATE>,
    passes: usize,
    interrupt: &Interrupt,
) -> Result<(), Interrupted> {
    let mut free = state.free_lines();
    let mut bids = 0_usize;
    for _ in 0..passes {
        let mut left = Vec::new();
        let mut budget = MOST_BIDS_PER_LINE * state.lines.count;
        let mut stack = std::mem::take(&mut free);
        stack.reverse();
        while let Some(line) = stack.pop() {
            if bids.is_multiple_of(BETWEEN_LOOKS) {
                interrupt.check()?;
            }
            bids += 1;
            let best = state.best(line as usize);
            let raised = best.second < T::INFINITE && {
                let price = state.prices[best.column as usize];
                price + (best.second - best.first) > price
            };
            if raised {
                let price = &mut state.prices[best.column as usize];
                *price = *price + (best.second - best.first);
                let displaced = state.assign(line, best.column, best.cost);
                if displaced != NONE {
                    if budget > 0 {
                        budget -= 1;
                        stack.push(displaced);
                    } else {
                        left.push(displaced);
                    }
                }
            } else if let Some((column, cost)) = state.free_among_best(line as usize, best.first) {
                state.assign(line, column, cost);
            } else if best.other != NONE {
                let displaced = state.assign(line, best.other, best.other_cost);
                if displaced != NONE {
                    left.push(displaced);
                }
            } else {
                left.push(line);
            }
        }
        free = left;
        if free.is_empty() {
            break;
        }
    }
    Ok(())
}
