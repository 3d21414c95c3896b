//! Why no assignment exists, in numbers that anybody can check: rows that together ask for more than all their columns hold.
//!
//! Hall's condition (1935) fails for exactly the rows found here. They are the rows that an alternating path reaches from an
//! unassigned row of a maximum assignment, which is the same set for each maximum assignment (Dulmage and Mendelsohn 1958).

use std::collections::VecDeque;

use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::Matching;
use crate::problem::Problem;

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

/// Completes the matching of the units before `first_stuck` to a maximum one, and reads the proof off it.
pub(crate) fn explain(
    problem: &Problem,
    mut matching: Matching,
    first_stuck: u32,
    interrupt: &Interrupt,
) -> Result<Infeasibility, Interrupted> {
    let mut search = Search { reached_by: vec![None; problem.columns()], queue: VecDeque::new(), touched: Vec::new() };
    let mut unassigned = Vec::new();
    for unit in first_stuck..u32::try_from(problem.units()).unwrap_or(u32::MAX) {
        interrupt.check()?;
        if !search.augment(problem, &mut matching, unit) {
            unassigned.push(unit);
        }
    }
    let blocking_columns: Vec<usize> =
        (0..problem.columns()).filter(|&column| search.reached_by[column].is_some()).collect();
    let holders = (0..)
        .zip(&search.reached_by)
        .filter(|(_, reached)| reached.is_some())
        .flat_map(|(column, _)| matching.units_of(column));
    let mut blocking_rows: Vec<usize> =
        holders.chain(&unassigned).map(|&unit| problem.row_of_unit(unit as usize)).collect();
    blocking_rows.sort_unstable();
    blocking_rows.dedup();
    let sum = |capacity: &[u32], of: &[usize]| of.iter().map(|&at| u64::from(capacity[at])).sum();
    let demand = problem.units() as u64;
    Ok(Infeasibility {
        demand,
        supply: problem.column_capacity().iter().copied().map(u64::from).sum(),
        assignable: demand - unassigned.len() as u64,
        blocking_demand: sum(problem.row_capacity(), &blocking_rows),
        blocking_supply: sum(problem.column_capacity(), &blocking_columns),
        blocking_rows,
        blocking_columns,
    })
}

/// Breadth-first search for an augmenting path. Columns reached by a search that failed stay marked: none of them can lead to a
/// column with room, now or after any later augmentation.
struct Search {
    reached_by: Vec<Option<u32>>,
    queue: VecDeque<u32>,
    touched: Vec<u32>,
}

impl Search {
    fn augment(&mut self, problem: &Problem, matching: &mut Matching, root: u32) -> bool {
        self.queue.clear();
        self.touched.clear();
        self.queue.push_back(root);
        while let Some(unit) = self.queue.pop_front() {
            for (column, _) in problem.entries(problem.row_of_unit(unit as usize)) {
                if self.reached_by[column as usize].is_some() {
                    continue;
                }
                self.reached_by[column as usize] = Some(unit);
                self.touched.push(column);
                if matching.has_room(problem, column) {
                    self.follow_back(matching, column);
                    return true;
                }
                self.queue.extend(matching.units_of(column));
            }
        }
        false
    }

    fn follow_back(&mut self, matching: &mut Matching, end: u32) {
        let mut target = Some(end);
        while let Some(column) = target
            && let Some(unit) = self.reached_by[column as usize]
        {
            target = matching.column_of(unit);
            matching.move_unit(unit, Some(column));
        }
        for column in self.touched.drain(..) {
            self.reached_by[column as usize] = None;
        }
    }
}
