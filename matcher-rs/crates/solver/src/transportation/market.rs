//! The two sides of the problem as they stand while it is being solved: dual values, what is free, who is assigned to whom.
//!
//! Rows and columns are treated alike, so that each step of the method works from either side: row dual + column dual is at least the gain
//! of every pair and exactly that of every assigned one (complementary slackness), whenever a step ends.

use super::lists::{Baseline, Lists};
use crate::matching::{COLUMNS, Matching, ROWS};
use crate::problem::Problem;

/// One row or column; 32 bytes, so that a cache line holds two.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Node {
    /// Utility of a row, price of a column.
    pub(crate) dual: i64,
    /// In the search numbered `search`: the length of the shortest path known.
    pub(crate) distance: i64,
    pub(crate) search: u32,
    /// In that search: the node of the other side before this one on the path.
    pub(crate) before: u32,
    /// In that search: where `before` stands among the cells of this node, if the path came over an assigned pair.
    pub(crate) at: u32,
    /// How often the node can still be assigned.
    pub(crate) free: u32,
}

/// A problem being solved.
pub(crate) struct Market<'a> {
    pub(crate) problem: &'a Problem,
    pub(crate) baseline: Baseline,
    pub(crate) nodes: [Vec<Node>; 2],
    pub(crate) matching: Matching,
    /// Number of the last search.
    pub(crate) searches: u32,
}

impl<'a> Market<'a> {
    /// Nothing assigned, all duals 0.
    pub(crate) fn new(problem: &'a Problem) -> Self {
        let nodes = |capacity: &[u32]| capacity.iter().map(|&free| Node { free, ..Node::default() }).collect();
        Self {
            problem,
            baseline: Baseline::of(problem),
            nodes: [nodes(problem.row_capacity()), nodes(problem.column_capacity())],
            matching: Matching::empty(problem),
            searches: 0,
        }
    }

    /// Whether nodes of this side may stay free, in which case their duals never fall below 0.
    pub(crate) fn may_stay_free(&self, side: usize) -> bool {
        side == COLUMNS || matches!(self.baseline, Baseline::Unassigned(_))
    }

    /// The lists of `side` at the duals of the other.
    pub(crate) fn lists(&self, side: usize) -> Lists<'a> {
        Lists::new(self.problem, self.baseline, side, &self.duals_of(1 - side), self.may_stay_free(side))
    }

    /// Makes the duals of `side` what its nodes can get at the duals of the other, which is `best`: every pair obeys complementary slackness
    /// then, but for assigned ones that are not what a node likes best.
    pub(crate) fn fit_duals(&mut self, side: usize, best: Vec<Option<i64>>) {
        let may_stay_free = self.may_stay_free(side);
        for (node, best) in self.nodes[side].iter_mut().zip(best) {
            let best = best.unwrap_or_default();
            node.dual = if may_stay_free { best.max(0) } else { best };
        }
    }

    /// The duals of a side.
    pub(crate) fn duals_of(&self, side: usize) -> Vec<i64> {
        self.nodes[side].iter().map(|node| node.dual).collect()
    }

    /// What a pair is worth above the baseline.
    pub(crate) fn gain(&self, side: usize, node: u32, partner: u32) -> Option<i64> {
        let (row, column) = if side == ROWS { (node, partner) } else { (partner, node) };
        Some(self.problem.value(row as usize, column)? - self.baseline.value())
    }

    /// Whether a node of this side has something free that is worth having assigned, or has to be.
    pub(crate) fn wants_more(&self, side: usize) -> bool {
        let has_to = !self.may_stay_free(side);
        self.nodes[side].iter().any(|node| node.free > 0 && (has_to || node.dual > 0))
    }

    /// Takes `times` from what both can still give.
    pub(crate) fn assign(&mut self, side: usize, node: u32, partner: u32, times: u32) {
        self.matching.add(side, node, partner, times);
        self.nodes[side][node as usize].free -= times;
        self.nodes[1 - side][partner as usize].free -= times;
    }

    /// Prices of the columns, and what a unit of each row gains, in the problem's own values.
    pub(crate) fn duals(&self) -> (Vec<i64>, Vec<i64>) {
        let mut prices: Vec<i64> = self.nodes[COLUMNS].iter().map(|node| node.dual).collect();
        let utilities: Vec<i64> = self.nodes[ROWS].iter().map(|node| node.dual + self.baseline.value()).collect();
        // Columns without any place were left out, but nobody is to want one at its price.
        let capacity = self.problem.column_capacity();
        if capacity.contains(&0) {
            for (row, utility) in utilities.iter().enumerate().filter(|&(row, _)| self.problem.row_capacity()[row] > 0)
            {
                for (column, value) in self.problem.entries(row).filter(|&(column, _)| capacity[column as usize] == 0) {
                    let price = &mut prices[column as usize];
                    *price = (*price).max(value - utility);
                }
            }
        }
        (prices, utilities)
    }
}

/// The nodes of `side`, and those of the other.
pub(crate) fn both(nodes: &mut [Vec<Node>; 2], side: usize) -> (&mut [Node], &mut [Node]) {
    let [rows, columns] = nodes;
    if side == ROWS { (rows, columns) } else { (columns, rows) }
}
