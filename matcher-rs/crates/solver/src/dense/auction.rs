//! An auction (Bertsekas 1979) for square matrices on which bidding alone leaves many lines free, as where costs are distances. Lines raise
//! a price by more than they have to, so that no tie stops them, and what comes out is near to the optimum: the prices are a
//! good start for paths, and lines that have their best column keep it.

use super::cost::Cost;
use super::state::{NONE, State};
use crate::interrupt::{Interrupt, Interrupted};

/// Bids between two looks at the interrupt.
const BETWEEN_LOOKS: usize = 1 << 8;
/// Rounds.
const ROUNDS: usize = 3;
/// A round raises by this part of what the one before raises by.
const FINER: usize = 4;
/// A line takes the best of its list where no other column can be better by more than so many raises: prices need only be near, and
/// lists go out of date quickly.
const OVERLOOKED: usize = 4;
/// A round ends after so many bids for each line of the matrix: where pairs are forbidden it might not end by itself.
const MOST_BIDS_PER_LINE: usize = 64;

/// Rounds, each with every line that could do better by more than it raises. Lists are made anew for the prices that come out of one.
pub(super) fn auction<T: Cost, const NEGATE: bool>(
    state: &mut State<'_, T, NEGATE>,
    interrupt: &Interrupt,
) -> Result<(), Interrupted> {
    let spread = state.candidates.spread();
    let mut raise = spread + spread.split(2);
    for _ in 0..ROUNDS {
        if raise > T::default() {
            state.release(raise, interrupt)?;
            sell(state, raise, interrupt)?;
            state.rebase(interrupt)?;
        }
        raise = raise.split(FINER);
    }
    state.release(T::default(), interrupt)
}

fn sell<T: Cost, const NEGATE: bool>(
    state: &mut State<'_, T, NEGATE>,
    raise: T,
    interrupt: &Interrupt,
) -> Result<(), Interrupted> {
    let overlooked = (0..OVERLOOKED).fold(T::default(), |sum, _| sum + raise);
    let mut stack = state.free_lines();
    for bid in 0..MOST_BIDS_PER_LINE * state.lines.count {
        if bid.is_multiple_of(BETWEEN_LOOKS) {
            interrupt.check()?;
        }
        let Some(line) = stack.pop() else { break };
        let best = state.nearly_best(line as usize, overlooked);
        if best.column == NONE {
            continue;
        }
        let price = &mut state.prices[best.column as usize];
        *price = *price + raise;
        if best.second < T::INFINITE {
            *price = *price + (best.second - best.first);
        }
        let displaced = state.assign(line, best.column, best.cost);
        if displaced != NONE {
            stack.push(displaced);
        }
    }
    Ok(())
}
