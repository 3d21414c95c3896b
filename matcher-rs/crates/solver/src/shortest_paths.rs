//! An optimal assignment and optimal prices by successive shortest augmenting paths.
//!
//! Each unit enters in turn along the shortest path of reduced costs, found by Dijkstra's algorithm (Tomizawa 1971; Edmonds and
//! Karp 1972; in the form of Jonker and Volgenant 1987, with capacities and sparse rows). A path ends at a column with room
//! or at a unit that may become unassigned. Invariants between insertions, for every unit that has entered: its utility is
//! the best value less price that it can get and it has that, and a column with room has price 0.
//!
//! The optimum found here is one of many: [`crate::canonical`] picks the one that is answered, [`crate::prices`] the prices.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::Matching;
use crate::problem::Problem;

/// An optimum with optimal duals.
pub(crate) struct Optimum {
    pub(crate) matching: Matching,
    /// By column, never negative.
    pub(crate) prices: Vec<i64>,
    /// By unit.
    pub(crate) utilities: Vec<i64>,
}

/// What the search came to.
pub(crate) enum Found {
    Optimum(Optimum),
    /// `unit` cannot be assigned beside the units before it, which `matching` holds.
    Stuck {
        unit: u32,
        matching: Matching,
    },
}

/// Inserts all units, the first first.
pub(crate) fn search(problem: &Problem, interrupt: &Interrupt) -> Result<Found, Interrupted> {
    let mut search = Search::new(problem);
    for unit in 0..u32::try_from(problem.units()).unwrap_or(u32::MAX) {
        interrupt.check()?;
        if !search.insert(unit, interrupt)? {
            return Ok(Found::Stuck { unit, matching: search.optimum.matching });
        }
    }
    Ok(Found::Optimum(search.optimum))
}

/// Where a shortest path may end.
#[derive(Clone, Copy)]
enum End {
    /// A column with room.
    Room(u32),
    /// A unit that gives up its column, or never gets one.
    Unassigned(u32),
}

struct Search<'a> {
    problem: &'a Problem,
    optimum: Optimum,
    /// Shortest distance so far, by column; `i64::MAX` outside the current search.
    distance: Vec<i64>,
    /// The unit through which a column was reached.
    reached_by: Vec<u32>,
    touched: Vec<u32>,
    settled: Vec<u32>,
    heap: BinaryHeap<Reverse<(i64, u32)>>,
    shortest: i64,
    end: Option<End>,
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem) -> Self {
        Self {
            problem,
            optimum: Optimum {
                matching: Matching::empty(problem),
                prices: vec![0; problem.columns()],
                utilities: vec![0; problem.units()],
            },
            distance: vec![i64::MAX; problem.columns()],
            reached_by: vec![0; problem.columns()],
            touched: Vec::new(),
            settled: Vec::new(),
            heap: BinaryHeap::new(),
            shortest: i64::MAX,
            end: None,
        }
    }

    /// Whether the unit found its place, or its right to none; if not, nothing has changed.
    fn insert(&mut self, unit: u32, interrupt: &Interrupt) -> Result<bool, Interrupted> {
        let row = self.problem.row_of_unit(unit as usize);
        let Some(utility) = self.problem.utility(row, &self.optimum.prices) else { return Ok(false) };
        self.optimum.utilities[unit as usize] = utility;
        self.forget_last_search();
        self.scan(unit, 0);
        while let Some(Reverse((distance, column))) = self.heap.pop() {
            if distance >= self.shortest {
                break;
            }
            if distance > self.distance[column as usize] {
                continue;
            }
            interrupt.check()?;
            self.settled.push(column);
            for place in 0..self.optimum.matching.units_of(column).len() {
                self.scan(self.optimum.matching.units_of(column)[place], distance);
            }
        }
        let Some(end) = self.end else { return Ok(false) };
        self.update_duals(unit);
        self.augment(unit, end);
        Ok(true)
    }

    fn forget_last_search(&mut self) {
        for column in self.touched.drain(..) {
            self.distance[column as usize] = i64::MAX;
        }
        self.settled.clear();
        self.heap.clear();
        self.shortest = i64::MAX;
        self.end = None;
    }

    /// Relaxes every way on from a unit at this distance. What is not shorter than the best end is of no use.
    fn scan(&mut self, unit: u32, base: i64) {
        let utility = self.optimum.utilities[unit as usize];
        if let Some(value) = self.problem.unassigned_value() {
            let distance = base + (utility - value);
            if distance < self.shortest {
                self.shortest = distance;
                self.end = Some(End::Unassigned(unit));
            }
        }
        for (column, value) in self.problem.entries(self.problem.row_of_unit(unit as usize)) {
            let at = column as usize;
            let distance = base + (utility - (value - self.optimum.prices[at]));
            if distance >= self.shortest || distance >= self.distance[at] {
                continue;
            }
            if self.distance[at] == i64::MAX {
                self.touched.push(column);
            }
            self.distance[at] = distance;
            self.reached_by[at] = unit;
            if self.optimum.matching.has_room(self.problem, column) {
                self.shortest = distance;
                self.end = Some(End::Room(column));
            } else {
                self.heap.push(Reverse((distance, column)));
            }
        }
    }

    /// Makes the found path tight and keeps every reduced cost at 0 or above.
    fn update_duals(&mut self, root: u32) {
        self.optimum.utilities[root as usize] -= self.shortest;
        for &column in &self.settled {
            let rise = self.shortest - self.distance[column as usize];
            self.optimum.prices[column as usize] += rise;
            for &unit in self.optimum.matching.units_of(column) {
                self.optimum.utilities[unit as usize] -= rise;
            }
        }
    }

    /// Moves the units along the path, from its end back to the root.
    fn augment(&mut self, root: u32, end: End) {
        let mut target = match end {
            End::Room(column) => Some(column),
            End::Unassigned(unit) => {
                let left = self.optimum.matching.column_of(unit);
                self.optimum.matching.move_unit(unit, None);
                if unit == root {
                    return;
                }
                left
            }
        };
        while let Some(column) = target {
            let unit = self.reached_by[column as usize];
            target = self.optimum.matching.column_of(unit);
            self.optimum.matching.move_unit(unit, Some(column));
            if unit == root {
                return;
            }
        }
    }
}
