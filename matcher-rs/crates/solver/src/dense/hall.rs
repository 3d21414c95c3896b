//! Why not every line has a column: lines that together may use fewer columns than they are (Hall 1935).

use super::cost::Cost;
use super::matrix::Lines;
use super::state::{NONE, State};
use crate::interrupt::{Interrupt, Interrupted};

/// Lines, and all columns that any of them may use.
pub(super) struct Blocked {
    pub(super) lines: Vec<u32>,
    pub(super) columns: Vec<u32>,
}

/// Everything that can be reached from the lines without a column, if no augmenting path is left.
pub(super) fn reachable<T: Cost, const NEGATE: bool>(
    state: &State<'_, T, NEGATE>,
    interrupt: &Interrupt,
) -> Result<Blocked, Interrupted> {
    let mut lines = state.free_lines();
    let mut reached = vec![false; state.lines.length];
    let (mut next, mut scratch) = (0, Vec::new());
    while let Some(&line) = lines.get(next) {
        interrupt.check()?;
        next += 1;
        for (column, &value) in state.lines.line(line as usize, &mut scratch).iter().enumerate() {
            if Lines::<T, NEGATE>::is_forbidden(value) || std::mem::replace(&mut reached[column], true) {
                continue;
            }
            if state.owner[column] != NONE {
                lines.push(state.owner[column]);
            }
        }
    }
    lines.sort_unstable();
    let columns = (0..).zip(reached).filter(|&(_, reached)| reached).map(|(column, _)| column).collect();
    Ok(Blocked { lines, columns })
}
