//! Who is assigned to whom, and how often, while a solution is built. No decision is taken here.

use std::ops::Range;

use rayon::prelude::*;

use crate::problem::{Problem, number};

/// The rows, as an index of whatever is kept for both sides.
pub(crate) const ROWS: usize = 0;
/// The columns, as an index of whatever is kept for both sides.
pub(crate) const COLUMNS: usize = 1;

/// Nodes that one thread looks at, at least.
const PER_THREAD: usize = 1 << 13;

/// A pair that is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// Index of the row.
    pub row: u32,
    /// Index of the column.
    pub column: u32,
    /// How often, at least once.
    pub times: u32,
}

/// A pair that is assigned, seen from one of its ends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cell {
    /// The other end.
    pub(crate) partner: u32,
    /// How often; never 0.
    pub(crate) times: u32,
    /// Where the same pair stands among the cells of the partner.
    twin: u32,
}

/// The assigned pairs, by row and by column. It can hold more than the capacities; callers see to that.
#[derive(Clone, Debug)]
pub(crate) struct Matching {
    sides: [Cells; 2],
}

impl Matching {
    pub(crate) fn empty(problem: &Problem) -> Self {
        Self { sides: [Cells::with_room(problem.row_capacity()), Cells::with_room(problem.column_capacity())] }
    }

    /// The assigned pairs of a node of this side.
    pub(crate) fn of(&self, side: usize, node: u32) -> &[Cell] {
        self.sides[side].of(node)
    }

    /// How often a node of this side is assigned.
    pub(crate) fn times(&self, side: usize, node: u32) -> u32 {
        self.of(side, node).iter().map(|cell| cell.times).sum()
    }

    /// What each node of a side has left of its capacity.
    pub(crate) fn free(&self, side: usize, capacity: &[u32]) -> Vec<u32> {
        let nodes = (0..number(capacity.len())).into_par_iter().with_min_len(PER_THREAD);
        nodes.map(|node| capacity[node as usize] - self.times(side, node)).collect()
    }

    /// Every pair, by row and column.
    pub(crate) fn pairs(&self) -> Vec<Pair> {
        let of_rows = |rows: &[u32]| {
            let mut pairs = Vec::with_capacity(rows.len());
            for &row in rows {
                let first = pairs.len();
                pairs.extend(self.of(ROWS, row).iter().map(|cell| Pair {
                    row,
                    column: cell.partner,
                    times: cell.times,
                }));
                pairs[first..].sort_unstable();
            }
            pairs
        };
        let rows: Vec<u32> = (0..number(self.sides[ROWS].regions.len())).collect();
        let parts: Vec<Vec<Pair>> = rows.par_chunks(PER_THREAD).map(of_rows).collect();
        parts.concat()
    }

    /// Assigns `node` of `side` to `partner`, so often more.
    pub(crate) fn add(&mut self, side: usize, node: u32, partner: u32, times: u32) {
        let (here, there) = (self.of(side, node), self.of(1 - side, partner));
        let (at, twin) = if here.len() <= there.len() {
            let at = here.iter().position(|cell| cell.partner == partner);
            (at, at.map(|at| here[at].twin as usize))
        } else {
            let twin = there.iter().position(|cell| cell.partner == node);
            (twin.map(|twin| there[twin].twin as usize), twin)
        };
        if let (Some(at), Some(twin)) = (at, twin) {
            self.sides[side].cell(node, at).times += times;
            self.sides[1 - side].cell(partner, twin).times += times;
        } else {
            let (at, twin) = (number(here.len()), number(there.len()));
            self.sides[side].push(node, Cell { partner, times, twin });
            self.sides[1 - side].push(partner, Cell { partner: node, times, twin: at });
        }
    }

    /// Takes back what is at `at` among the cells of a node of this side, so often.
    pub(crate) fn remove(&mut self, side: usize, node: u32, at: usize, times: u32) {
        let Cell { partner, twin, .. } = self.of(side, node)[at];
        for (side, node, at) in [(side, node, at), (1 - side, partner, twin as usize)] {
            let cell = self.sides[side].cell(node, at);
            cell.times -= times;
            if cell.times == 0
                && let Some(moved) = self.sides[side].swap_remove(node, at)
            {
                self.sides[1 - side].cell(moved.partner, moved.twin as usize).twin = number(at);
            }
        }
    }
}

/// The cells of each node of one side, one after another in a shared store.
#[derive(Clone, Debug)]
struct Cells {
    regions: Vec<Region>,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Region {
    start: u32,
    used: u32,
    size: u32,
}

impl Region {
    fn range(self) -> Range<usize> {
        self.start as usize..(self.start + self.used) as usize
    }
}

impl Cells {
    /// A region that turns out too small moves to the end of the store; no node starts with more than this.
    const LARGEST_START: u32 = 16;

    fn with_room(capacity: &[u32]) -> Self {
        let mut start = 0;
        let regions: Vec<Region> = capacity
            .iter()
            .map(|&capacity| {
                let region = Region { start, used: 0, size: capacity.min(Self::LARGEST_START) };
                start += region.size;
                region
            })
            .collect();
        Self { regions, cells: vec![Cell::default(); start as usize] }
    }

    fn of(&self, node: u32) -> &[Cell] {
        &self.cells[self.regions[node as usize].range()]
    }

    fn cell(&mut self, node: u32, at: usize) -> &mut Cell {
        &mut self.cells[self.regions[node as usize].start as usize + at]
    }

    fn push(&mut self, node: u32, cell: Cell) {
        let mut region = self.regions[node as usize];
        if region.used == region.size {
            let start = self.cells.len();
            self.cells.extend_from_within(region.range());
            region.start = number(start);
            region.size = (2 * region.size).max(4);
            self.cells.resize(start + region.size as usize, Cell::default());
        }
        self.cells[(region.start + region.used) as usize] = cell;
        region.used += 1;
        self.regions[node as usize] = region;
    }

    /// The cell that moved into the place of the removed one, if any did.
    fn swap_remove(&mut self, node: u32, at: usize) -> Option<Cell> {
        let region = &mut self.regions[node as usize];
        region.used -= 1;
        let (place, last) = (region.start as usize + at, (region.start + region.used) as usize);
        self.cells[place] = self.cells[last];
        (place != last).then(|| self.cells[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(matching: &Matching, side: usize, node: u32) -> Vec<(u32, u32)> {
        let mut seen: Vec<_> = matching.of(side, node).iter().map(|cell| (cell.partner, cell.times)).collect();
        seen.sort_unstable();
        seen
    }

    #[test]
    fn both_ends_see_the_same_pairs_after_every_change() {
        let problem = Problem::builder(vec![20, 9]).row(30, &[(0, 1), (1, 1)]).row(1, &[]).build().unwrap();
        let mut matching = Matching::empty(&problem);
        matching.add(ROWS, 0, 1, 2);
        matching.add(COLUMNS, 0, 0, 3);
        matching.add(ROWS, 1, 0, 1);
        matching.add(COLUMNS, 0, 0, 1);
        assert_eq!(seen(&matching, ROWS, 0), [(0, 4), (1, 2)]);
        assert_eq!(seen(&matching, COLUMNS, 0), [(0, 4), (1, 1)]);
        // The first cell of row 0 is that of column 1; the last takes its place, and stays linked to its twin.
        matching.remove(ROWS, 0, 0, 2);
        matching.remove(ROWS, 0, 0, 1);
        assert_eq!(seen(&matching, ROWS, 0), [(0, 3)]);
        assert_eq!(seen(&matching, COLUMNS, 0), [(0, 3), (1, 1)]);
        assert_eq!(seen(&matching, COLUMNS, 1), []);
        assert_eq!(matching.free(COLUMNS, &[20, 9]), [16, 9]);
    }

    #[test]
    fn a_node_may_outgrow_its_region() {
        let problem = Problem::builder(vec![100; 40]).row(100, &[]).row(1, &[]).build().unwrap();
        let mut matching = Matching::empty(&problem);
        for column in 0..40 {
            matching.add(ROWS, 0, column, column + 1);
        }
        matching.add(ROWS, 1, 7, 1);
        for column in (0..40).filter(|column| column % 2 == 0) {
            let at = matching.of(ROWS, 0).iter().position(|cell| cell.partner == column).unwrap();
            matching.remove(ROWS, 0, at, column + 1);
        }
        let odd: Vec<_> = (0..40).filter(|column| column % 2 == 1).map(|column| (column, column + 1)).collect();
        assert_eq!(seen(&matching, ROWS, 0), odd);
        assert_eq!(seen(&matching, COLUMNS, 7), [(0, 8), (1, 1)]);
    }
}
