//! Exact: assigns what rows have free along shortest augmenting paths that are searched from both ends.
//!
//! Where nearly everything is assigned there are few ends, and a search from one row alone (see [`super::augment`]) passes over most of the
//! problem before it finds one. Two searches that meet halfway see little of it (Pohl 1971). With radii that add up to the length of
//! the path, what lies inside the one gets duals like those of a search from the row, what lies inside the other like those of a search
//! from the columns, and what lies outside of both as if all prices had risen by the second radius. So prices only rise, and no row falls
//! below what it has unassigned as long as that radius is no longer than its utility.

use super::market::{Market, Node};
use super::transposed::Transposed;
use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::{COLUMNS, Matching, ROWS};
use crate::problem::{Problem, number};
use crate::radix_heap::RadixHeap;

/// Assigns every row until none has anything free that is worth having assigned. A row that has to be assigned and cannot be is the error
/// within. For problems with few pairs to a row, for their lists are not sorted; `transposed` has the same pairs by column.
pub(crate) fn augment_from_both_ends(
    market: &mut Market<'_>,
    transposed: &Transposed,
    interrupt: &Interrupt,
) -> Result<Result<(), u32>, Interrupted> {
    let problem = market.problem;
    let may_stay_free = market.may_stay_free(ROWS);
    let [rows, columns] = &market.nodes;
    let lowest =
        rows.iter().zip(problem.row_capacity()).filter(|&(_, &capacity)| capacity > 0).map(|(row, _)| row.dual).min();
    let mut search = Search {
        problem,
        baseline: market.baseline.value(),
        matching: &mut market.matching,
        lowest: if may_stay_free { lowest.unwrap_or_default() } else { i64::MAX },
        open: (0..).zip(columns).filter(|(_, node)| node.free > 0).map(|(column, _)| column).collect(),
        nodes: &mut market.nodes,
        behind: [Vec::new(), Vec::new()],
        halves: [Half::new(), Half::new()],
        transposed,
        may_stay_free,
        number: market.searches,
        rise: 0,
        shortest: i64::MAX,
        end: None,
        met: Vec::new(),
    };
    for root in 0..number(problem.rows()) {
        while search.wants_more(root) {
            interrupt.check()?;
            if !search.augment_from(root, interrupt)? {
                return Ok(Err(root));
            }
        }
    }
    let Search { number, rise, .. } = search;
    market.searches = number;
    if rise > 0 {
        for (nodes, rise) in market.nodes.iter_mut().zip([-rise, rise]) {
            for node in nodes {
                node.dual += rise;
            }
        }
    }
    Ok(Ok(()))
}

/// The half that starts at a row.
const FORWARD: usize = 0;
/// The half that starts at the columns with something free.
const BACKWARD: usize = 1;
/// Nodes at the same distance that are settled together, so that their accesses to memory overlap.
const TOGETHER: usize = 16;
/// The second half begins once the first has looked at so many times as many pairs as its starts have.
const PATIENCE: usize = 16;
/// No node: before a start, or after an end.
const NOWHERE: u32 = u32::MAX;

/// Where the best path known has its middle, or its end.
#[derive(Clone, Copy)]
enum End {
    /// Both halves reach this row.
    Row(u32),
    /// Both halves reach this column, or it has something free.
    Column(u32),
    /// This row gives up a pair, or was never to get one.
    GivesUp(u32),
}

/// How the backward half reached a node in the search of that number; `by` is the node of the other side after it.
#[derive(Clone, Copy, Default)]
struct Label {
    distance: i64,
    search: u32,
    by: u32,
}

/// What is known from one end.
struct Half {
    /// The rows and columns whose distances are final.
    settled: [Vec<u32>; 2],
    queue: RadixHeap,
    /// Everything nearer is settled.
    radius: i64,
    work: usize,
}

impl Half {
    fn new() -> Self {
        Self { settled: [Vec::new(), Vec::new()], queue: RadixHeap::new(), radius: 0, work: 0 }
    }

    fn begin(&mut self) {
        self.settled.iter_mut().for_each(Vec::clear);
        self.queue.clear();
        (self.radius, self.work) = (0, 0);
    }
}

struct Search<'a> {
    problem: &'a Problem,
    baseline: i64,
    matching: &'a mut Matching,
    /// With what the forward half knows of them.
    nodes: &'a mut [Vec<Node>; 2],
    /// What the backward half knows of them; empty until it first begins.
    behind: [Vec<Label>; 2],
    halves: [Half; 2],
    transposed: &'a Transposed,
    /// Columns with something free; some may no longer have it.
    open: Vec<u32>,
    may_stay_free: bool,
    /// No row that may stay free has a lower utility.
    lowest: i64,
    number: u32,
    /// By how much all prices have risen, and all utilities fallen, beyond what the nodes say.
    rise: i64,
    shortest: i64,
    end: Option<End>,
    /// Nodes that are come to, and from where.
    met: Vec<(u32, u32)>,
}

impl Search<'_> {
    fn wants_more(&self, row: u32) -> bool {
        let Node { dual, free, .. } = self.nodes[ROWS][row as usize];
        free > 0 && (!self.may_stay_free || dual > self.rise)
    }

    /// Whether a path was found; if not, nothing has changed.
    fn augment_from(&mut self, root: u32, interrupt: &Interrupt) -> Result<bool, Interrupted> {
        self.number += 1;
        (self.shortest, self.end) = (i64::MAX, None);
        self.halves.iter_mut().for_each(Half::begin);
        let columns = &self.nodes[COLUMNS];
        self.open.retain(|&column| columns[column as usize].free > 0);
        // The second half is of no use before it has all of its starts, and many paths are shorter than that takes.
        let patience = PATIENCE * self.open.len() * (self.problem.pairs() / self.problem.columns().max(1));
        let mut starts = 0;
        let mut steps = 0_u32;
        let mut nodes = Vec::with_capacity(TOGETHER);
        self.go_to_row(root, 0, NOWHERE);
        loop {
            steps += 1;
            if steps.is_multiple_of(256) {
                interrupt.check()?;
            }
            let [forward, backward] = &mut self.halves;
            if forward.work > patience && backward.work < forward.work && backward.radius < self.lowest {
                if let Some(&column) = self.open.get(starts) {
                    self.make_room_behind();
                    starts += 1;
                    self.go_back_to_column(column, 0, NOWHERE);
                    continue;
                }
                nodes.clear();
                if let Some(distance) = backward.queue.pop_some(TOGETHER, &mut nodes) {
                    backward.radius = distance;
                    if self.is_shortest() {
                        break;
                    }
                    self.settle_rows(&nodes, distance);
                    continue;
                }
            }
            let forward = &mut self.halves[FORWARD];
            nodes.clear();
            let Some(distance) = forward.queue.pop_some(TOGETHER, &mut nodes) else {
                forward.radius = i64::MAX;
                break;
            };
            forward.radius = distance;
            if self.is_shortest() {
                break;
            }
            self.settle_columns(&nodes, distance);
        }
        let Some(end) = self.end else { return Ok(false) };
        self.update_duals();
        self.follow(root, end);
        Ok(true)
    }

    fn make_room_behind(&mut self) {
        for (labels, nodes) in self.behind.iter_mut().zip(&*self.nodes) {
            labels.resize(nodes.len(), Label::default());
        }
    }

    /// Whether no path can be shorter than the best known. One over what neither half has settled is as long as both radii; one to a row
    /// that gives up is as long as the first radius and the utility of that row.
    fn is_shortest(&self) -> bool {
        let [forward, backward] = &self.halves;
        forward.radius + backward.radius.min(self.lowest) >= self.shortest
    }

    /// The distance of a node from one end, if it is known in this search.
    #[inline]
    fn distance(&self, half: usize, side: usize, node: u32) -> Option<i64> {
        let (distance, search) = if half == FORWARD {
            let Node { distance, search, .. } = self.nodes[side][node as usize];
            (distance, search)
        } else {
            self.behind[side].get(node as usize).map(|label| (label.distance, label.search))?
        };
        (search == self.number).then_some(distance)
    }

    fn found(&mut self, distance: i64, end: End) {
        if distance < self.shortest {
            (self.shortest, self.end) = (distance, Some(end));
        }
    }

    /// Labels a node, if this is a shorter way to it, and looks whether it has a label of the other half.
    #[inline]
    fn reach(&mut self, half: usize, side: usize, node: u32, distance: i64, by: u32) -> bool {
        if self.distance(half, side, node).is_some_and(|known| known <= distance) {
            return false;
        }
        if half == FORWARD {
            let node = &mut self.nodes[side][node as usize];
            (node.distance, node.search, node.before) = (distance, self.number, by);
        } else {
            self.behind[side][node as usize] = Label { distance, search: self.number, by };
        }
        if let Some(other) = self.distance(1 - half, side, node) {
            self.found(distance + other, if side == ROWS { End::Row(node) } else { End::Column(node) });
        }
        true
    }

    /// Columns on the way forward: whoever has them may have to move on.
    fn settle_columns(&mut self, columns: &[u32], distance: i64) {
        let mut met = std::mem::take(&mut self.met);
        for &column in columns {
            if self.distance(FORWARD, COLUMNS, column) == Some(distance) {
                self.halves[FORWARD].settled[COLUMNS].push(column);
                met.extend(self.matching.of(COLUMNS, column).iter().map(|cell| (cell.partner, column)));
            }
        }
        met.retain(|&(row, _)| self.distance(FORWARD, ROWS, row).is_none());
        for &(row, _) in &met {
            touch(self.problem.entries(row as usize).next());
            touch(self.behind[ROWS].get(row as usize).copied());
        }
        for (row, column) in met.drain(..) {
            if self.distance(FORWARD, ROWS, row).is_none() {
                self.go_to_row(row, distance, column);
            }
        }
        self.met = met;
    }

    /// All ways on from a row.
    fn go_to_row(&mut self, row: u32, distance: i64, by: u32) {
        self.reach(FORWARD, ROWS, row, distance, by);
        self.halves[FORWARD].settled[ROWS].push(row);
        let utility = self.nodes[ROWS][row as usize].dual;
        if self.may_stay_free {
            self.found(distance + utility - self.rise, End::GivesUp(row));
        }
        let base = distance + utility + self.baseline;
        let problem = self.problem;
        self.halves[FORWARD].work += problem.degree(row as usize);
        problem.entries(row as usize).for_each(|(column, value)| {
            let Node { dual, free, .. } = self.nodes[COLUMNS][column as usize];
            let distance = base + dual - value;
            if distance >= self.shortest
                || problem.column_capacity()[column as usize] == 0
                || !self.reach(FORWARD, COLUMNS, column, distance, row)
            {
                return;
            }
            if free > 0 {
                self.found(distance, End::Column(column));
            } else {
                self.halves[FORWARD].queue.push(distance, column);
            }
        });
    }

    /// Rows on the way backward: they may leave what they have.
    fn settle_rows(&mut self, rows: &[u32], distance: i64) {
        let mut met = std::mem::take(&mut self.met);
        for &row in rows {
            if self.distance(BACKWARD, ROWS, row) == Some(distance) {
                self.halves[BACKWARD].settled[ROWS].push(row);
                met.extend(self.matching.of(ROWS, row).iter().map(|cell| (cell.partner, row)));
            }
        }
        met.retain(|&(column, _)| self.distance(BACKWARD, COLUMNS, column).is_none());
        for &(column, _) in &met {
            touch(self.transposed.entries(column).next());
            touch(self.nodes[COLUMNS][column as usize]);
        }
        for (column, row) in met.drain(..) {
            if self.distance(BACKWARD, COLUMNS, column).is_none() {
                self.go_back_to_column(column, distance, row);
            }
        }
        self.met = met;
    }

    /// All ways that lead to a column.
    fn go_back_to_column(&mut self, column: u32, distance: i64, by: u32) {
        self.reach(BACKWARD, COLUMNS, column, distance, by);
        self.halves[BACKWARD].settled[COLUMNS].push(column);
        let base = distance + self.nodes[COLUMNS][column as usize].dual;
        let transposed = self.transposed;
        transposed.entries(column).for_each(|(row, gain)| {
            self.halves[BACKWARD].work += 1;
            let distance = base + self.nodes[ROWS][row as usize].dual - gain;
            if distance < self.shortest && self.reach(BACKWARD, ROWS, row, distance, column) {
                self.halves[BACKWARD].queue.push(distance, row);
            }
        });
    }

    /// Makes the found path tight and keeps every reduced cost at 0 or above.
    fn update_duals(&mut self) {
        let ahead = self.halves[FORWARD].radius.min(self.shortest);
        let behind = self.shortest - ahead;
        for (half, radius, sign) in [(FORWARD, ahead, 1), (BACKWARD, behind, -1)] {
            for (side, sign) in [(ROWS, -sign), (COLUMNS, sign)] {
                for &node in &self.halves[half].settled[side] {
                    let distance = self.distance(half, side, node).unwrap_or(radius);
                    self.nodes[side][node as usize].dual += sign * (radius - distance).max(0);
                }
            }
        }
        self.rise += behind;
        if self.may_stay_free {
            self.lowest -= behind;
            for &row in &self.halves[FORWARD].settled[ROWS] {
                self.lowest = self.lowest.min(self.nodes[ROWS][row as usize].dual - self.rise);
            }
        }
    }

    /// Moves as much as the whole path can carry.
    fn follow(&mut self, root: u32, end: End) {
        let moves = self.moves(root, end);
        let Some(&Move { row: last, to, .. }) = moves.last() else { return };
        let mut times = self.nodes[ROWS][root as usize].free;
        for &Move { row, from, .. } in &moves[1..] {
            times = times.min(self.held(row, from).map_or(0, |at| self.matching.of(ROWS, row)[at].times));
        }
        if to == NOWHERE {
            self.nodes[ROWS][last as usize].free += times;
        } else {
            times = times.min(self.nodes[COLUMNS][to as usize].free);
            self.nodes[COLUMNS][to as usize].free -= times;
        }
        self.nodes[ROWS][root as usize].free -= times;
        for Move { row, from, to } in moves {
            if let Some(at) = self.held(row, from) {
                self.matching.remove(ROWS, row, at, times);
            }
            if to != NOWHERE {
                self.matching.add(ROWS, row, to, times);
            }
        }
    }

    /// Where a column stands among the cells of a row.
    fn held(&self, row: u32, column: u32) -> Option<usize> {
        self.matching.of(ROWS, row).iter().position(|cell| cell.partner == column)
    }

    /// What happens on the path, from the root on.
    fn moves(&self, root: u32, end: End) -> Vec<Move> {
        let before = |side: usize, node: u32| self.nodes[side][node as usize].before;
        let after = |side: usize, node: u32| self.behind[side][node as usize].by;
        let (mut row, middle) = match end {
            End::GivesUp(row) => (row, NOWHERE),
            End::Row(row) => (row, after(ROWS, row)),
            End::Column(column) => (before(COLUMNS, column), column),
        };
        let mut moves = Vec::new();
        let mut to = middle;
        loop {
            let from = before(ROWS, row);
            moves.push(Move { row, from, to });
            if row == root {
                break;
            }
            (row, to) = (before(COLUMNS, from), from);
        }
        moves.reverse();
        let mut from = middle;
        while from != NOWHERE && self.nodes[COLUMNS][from as usize].free == 0 {
            let row = after(COLUMNS, from);
            let to = after(ROWS, row);
            moves.push(Move { row, from, to });
            from = to;
        }
        moves
    }
}

/// A row that goes from one column to another; the root comes from nowhere, and who gives up goes there.
struct Move {
    row: u32,
    from: u32,
    to: u32,
}

/// Reads what is looked at soon, so that it is near then: accesses to memory that nothing waits for overlap.
fn touch<T>(it: T) {
    std::hint::black_box(it);
}
