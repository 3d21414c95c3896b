//! Why no assignment exists, in numbers that anybody can check: rows that together ask for more than all their columns hold.
//!
//! Hall's condition (1935) fails for exactly the rows found here. They are the rows that an alternating path reaches from an
//! unassigned row of a maximum assignment, which is the same set for each maximum assignment (Dulmage and Mendelsohn 1958).

use std::collections::VecDeque;

use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::{COLUMNS, Matching, ROWS};
use crate::problem::{Problem, number};

/// The proof that not every row can be assigned: `blocking_demand - blocking_supply == demand - assignable > 0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Infeasibility {
    /// Sum of the row capacities.
    pub demand: u64,
    /// Sum of the column capacities.
    pub supply: u64,
    /// The most units that can be assigned at once.
    pub assignable: u64,
    /// Rows, ascending, that are allowed no columns but the blocking ones.
    pub blocking_rows: Vec<usize>,
    /// All columns allowed to these rows, ascending.
    pub blocking_columns: Vec<usize>,
    /// Capacity of the blocking rows.
    pub blocking_demand: u64,
    /// Capacity of the blocking columns.
    pub blocking_supply: u64,
}

/// Completes the matching to a maximum one, and reads the proof off it.
pub(crate) fn explain(
    problem: &Problem,
    matching: Matching,
    interrupt: &Interrupt,
) -> Result<Infeasibility, Interrupted> {
    let mut search = Search {
        problem,
        free_rows: matching.free(ROWS, problem.row_capacity()),
        free_columns: matching.free(COLUMNS, problem.column_capacity()),
        matching,
        reached_by: vec![None; problem.columns()],
        reached_from: vec![None; problem.rows()],
        touched_columns: Vec::new(),
        queue: VecDeque::new(),
    };
    for row in 0..number(problem.rows()) {
        while search.free_rows[row as usize] > 0 && search.augment(row) {
            interrupt.check()?;
        }
    }
    let reached = |marks: &[Option<u32>]| (0..marks.len()).filter(|&at| marks[at].is_some()).collect::<Vec<usize>>();
    let (blocking_rows, blocking_columns) = (reached(&search.reached_from), reached(&search.reached_by));
    let sum = |capacity: &[u32], of: &[usize]| of.iter().map(|&at| u64::from(capacity[at])).sum();
    let demand = problem.units() as u64;
    Ok(Infeasibility {
        demand,
        supply: problem.column_capacity().iter().copied().map(u64::from).sum(),
        assignable: demand - search.free_rows.iter().copied().map(u64::from).sum::<u64>(),
        blocking_demand: sum(problem.row_capacity(), &blocking_rows),
        blocking_supply: sum(problem.column_capacity(), &blocking_columns),
        blocking_rows,
        blocking_columns,
    })
}

/// Breadth-first search for an augmenting path. What a search that failed has reached stays marked: none of it can lead to a
/// column with room, now or after any later augmentation.
struct Search<'a> {
    problem: &'a Problem,
    matching: Matching,
    free_rows: Vec<u32>,
    free_columns: Vec<u32>,
    /// The row through which a column was reached.
    reached_by: Vec<Option<u32>>,
    /// The column from which a row was reached; its own number for the root of a search that failed, which nothing follows.
    reached_from: Vec<Option<u32>>,
    touched_columns: Vec<u32>,
    queue: VecDeque<u32>,
}

impl Search<'_> {
    fn augment(&mut self, root: u32) -> bool {
        if self.reached_from[root as usize].is_some() {
            return false;
        }
        self.reached_from[root as usize] = Some(root);
        self.touched_columns.clear();
        self.queue.clear();
        self.queue.push_back(root);
        let mut touched_rows = vec![root];
        while let Some(row) = self.queue.pop_front() {
            for (column, _) in self.problem.entries(row as usize) {
                if self.reached_by[column as usize].is_some() {
                    continue;
                }
                self.reached_by[column as usize] = Some(row);
                self.touched_columns.push(column);
                if self.free_columns[column as usize] > 0 {
                    self.follow_back(root, column);
                    for row in touched_rows {
                        self.reached_from[row as usize] = None;
                    }
                    return true;
                }
                for cell in self.matching.of(COLUMNS, column) {
                    if self.reached_from[cell.partner as usize].is_none() {
                        self.reached_from[cell.partner as usize] = Some(column);
                        touched_rows.push(cell.partner);
                        self.queue.push_back(cell.partner);
                    }
                }
            }
        }
        false
    }

    /// Moves one unit of each row along the path.
    fn follow_back(&mut self, root: u32, end: u32) {
        self.free_columns[end as usize] -= 1;
        self.free_rows[root as usize] -= 1;
        let mut column = end;
        while let Some(row) = self.reached_by[column as usize] {
            let left = self.reached_from[row as usize].filter(|_| row != root);
            if let Some(left) = left
                && let Some(at) = self.matching.of(ROWS, row).iter().position(|cell| cell.partner == left)
            {
                self.matching.remove(ROWS, row, at, 1);
            }
            self.matching.add(ROWS, row, column, 1);
            let Some(left) = left else { break };
            column = left;
        }
        for column in self.touched_columns.drain(..) {
            self.reached_by[column as usize] = None;
        }
    }
}
