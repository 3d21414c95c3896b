//! The one optimum that is answered: units in order, each with the best choice that still leads to the optimal total.
//!
//! By complementary slackness the optimal assignments are exactly those that use tight pairs only (value less price equals the
//! unit's utility), leave a unit unassigned only if that is tight, and fill every column whose price is above 0. So a unit can take
//! another tight column if and only if an alternating path over tight pairs leads from that column back to the place it leaves; units
//! that have had their turn no longer move (lexicographic optimisation over the optimal face, as in Irving, Leather and Gusfield 1987
//! for stable matchings). Paths run over columns and one more node, "outside": where unassigned units are, and where
//! the vacancies of columns of price 0 come from and go to.

use std::collections::VecDeque;

use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::Matching;
use crate::problem::Problem;

/// Turns an optimal matching into the canonical one. `prices` are any optimal prices.
pub(crate) fn canonicalise(
    problem: &Problem,
    prices: &[i64],
    matching: &mut Matching,
    interrupt: &Interrupt,
) -> Result<(), Interrupted> {
    let tight = Tight::new(problem, prices);
    let mut search = Search {
        problem,
        prices,
        tight: &tight,
        matching,
        steps: vec![None; problem.columns() + 1],
        visited: Vec::new(),
        queue: VecDeque::new(),
    };
    for unit in 0..u32::try_from(problem.units()).unwrap_or(u32::MAX) {
        interrupt.check()?;
        search.improve(unit);
    }
    Ok(())
}

/// The tight choices of each row, best first, and for each node the rows that have it among theirs.
struct Tight {
    choices: Vec<Vec<u32>>,
    rows: Vec<Vec<u32>>,
}

impl Tight {
    fn new(problem: &Problem, prices: &[i64]) -> Self {
        let outside = u32::try_from(problem.columns()).unwrap_or(u32::MAX);
        let mut rows = vec![Vec::new(); problem.columns() + 1];
        let choices = (0..)
            .zip(problem.row_capacity())
            .map(|(row, &capacity)| {
                let choices =
                    if capacity == 0 { Vec::new() } else { choices_of(problem, row as usize, prices, outside) };
                for &node in &choices {
                    rows[node as usize].push(row);
                }
                choices
            })
            .collect();
        Self { choices, rows }
    }
}

fn choices_of(problem: &Problem, row: usize, prices: &[i64], outside: u32) -> Vec<u32> {
    let Some(utility) = problem.utility(row, prices) else { return Vec::new() };
    let mut tight: Vec<(u32, i64)> =
        problem.entries(row).filter(|&(column, value)| value - prices[column as usize] == utility).collect();
    // Stable: columns of equal value stay ascending.
    tight.sort_by_key(|&(_, value)| std::cmp::Reverse(value));
    let unassigned = (problem.unassigned_value() == Some(utility)).then_some(outside);
    tight.into_iter().map(|(column, _)| column).chain(unassigned).collect()
}

/// How a node passes on what is too much in it: the unit that moves (or a vacancy, which is nobody), and where to.
#[derive(Clone, Copy)]
struct Step {
    mover: Option<u32>,
    target: u32,
}

struct Search<'a> {
    problem: &'a Problem,
    prices: &'a [i64],
    tight: &'a Tight,
    matching: &'a mut Matching,
    /// By node; `None` for nodes that the current search has not visited.
    steps: Vec<Option<Step>>,
    visited: Vec<u32>,
    queue: VecDeque<u32>,
}

impl Search<'_> {
    fn outside(&self) -> u32 {
        u32::try_from(self.problem.columns()).unwrap_or(u32::MAX)
    }

    fn node_of(&self, unit: u32) -> u32 {
        self.matching.column_of(unit).unwrap_or_else(|| self.outside())
    }

    fn column(&self, node: u32) -> Option<u32> {
        (node != self.outside()).then_some(node)
    }

    /// Gives the unit the best choice it can have; units before it have had their turn.
    fn improve(&mut self, unit: u32) {
        let held = self.node_of(unit);
        let choices = &self.tight.choices[self.problem.row_of_unit(unit as usize)];
        let better: Vec<u32> = choices
            .iter()
            .copied()
            .take_while(|&node| node != held)
            .filter(|&node| self.can_give_way(node, unit))
            .collect();
        let Some(&best) = better.first() else { return };
        self.search_back(held, best, unit);
        if let Some(&choice) = better.iter().find(|&&node| self.steps[node as usize].is_some()) {
            let mut node = choice;
            while node != held
                && let Some(step) = self.steps[node as usize]
            {
                if let Some(mover) = step.mover {
                    self.matching.move_unit(mover, self.column(step.target));
                }
                node = step.target;
            }
            self.matching.move_unit(unit, Some(choice));
        }
        for node in self.visited.drain(..) {
            self.steps[node as usize] = None;
        }
    }

    /// Whether the column has a vacancy, or a unit whose turn is still to come.
    fn can_give_way(&self, column: u32, unit: u32) -> bool {
        self.matching.has_room(self.problem, column)
            || self.matching.units_of(column).iter().any(|&holder| holder > unit)
    }

    /// Breadth-first against the arrows from `held`, until `best` is visited or nothing is left.
    fn search_back(&mut self, held: u32, best: u32, unit: u32) {
        self.queue.clear();
        self.queue.push_back(held);
        self.visit(held, Step { mover: None, target: held });
        while let Some(target) = self.queue.pop_front() {
            self.visit_units_into(target, unit);
            self.visit_vacancies_into(target);
            if self.steps[best as usize].is_some() {
                return;
            }
        }
    }

    fn visit(&mut self, node: u32, step: Step) {
        let slot = &mut self.steps[node as usize];
        if slot.is_none() {
            *slot = Some(step);
            self.visited.push(node);
            self.queue.push_back(node);
        }
    }

    /// Later units for which `target` is tight can move there from where they are.
    fn visit_units_into(&mut self, target: u32, unit: u32) {
        let rows = &self.tight.rows[target as usize];
        let row = self.problem.row_of_unit(unit as usize);
        let from = rows.partition_point(|&candidate| (candidate as usize) < row);
        for &row in &rows[from..] {
            for mover in self.problem.units_of_row(row as usize).filter(|&mover| mover > unit) {
                self.visit(self.node_of(mover), Step { mover: Some(mover), target });
            }
        }
    }

    /// A column of price 0 may lose a unit: a vacancy comes in from outside. A column with room may gain one: its vacancy goes out.
    fn visit_vacancies_into(&mut self, target: u32) {
        let outside = self.outside();
        if target == outside {
            for column in 0..outside {
                if self.matching.has_room(self.problem, column) {
                    self.visit(column, Step { mover: None, target });
                }
            }
        } else if self.prices[target as usize] == 0 {
            self.visit(outside, Step { mover: None, target });
        }
    }
}
