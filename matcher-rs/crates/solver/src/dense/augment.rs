//! Shortest augmenting paths over the lists: each line that is still free enters along the shortest path of reduced costs (Dijkstra's algorithm),
//! in which a line's bound stands for everything that is not in its list, until the bound is the shortest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::cost::Cost;
use super::state::{NONE, State};
use crate::interrupt::{Interrupt, Interrupted};

/// A list whose end is reached grows so many times.
const GROWTH: usize = 2;

pub(super) struct Paths<T> {
    /// Shortest distance so far, by column.
    distance: Vec<T>,
    /// The line through which a column was reached, and its reduced cost there.
    through: Vec<(u32, T)>,
    /// What a line's distance is with its smallest sum taken off, by line.
    offset: Vec<T>,
    touched: Vec<u32>,
    settled: Vec<u32>,
    /// Columns at the current distance.
    level: Vec<u32>,
    heap: BinaryHeap<Reverse<(u64, u32)>>,
    current: T,
    shortest: T,
    end: u32,
}

impl<T: Cost> Paths<T> {
    pub(super) fn new(lines: usize, columns: usize) -> Self {
        Self {
            distance: vec![T::INFINITE; columns],
            through: vec![(NONE, T::default()); columns],
            offset: vec![T::default(); lines],
            touched: Vec::new(),
            settled: Vec::new(),
            level: Vec::new(),
            heap: BinaryHeap::new(),
            current: T::default(),
            shortest: T::INFINITE,
            end: NONE,
        }
    }

    /// Whether the line found a column.
    pub(super) fn insert<const NEGATE: bool>(
        &mut self,
        state: &mut State<'_, T, NEGATE>,
        root: u32,
        interrupt: &Interrupt,
    ) -> Result<bool, Interrupted> {
        self.forget();
        let best = state.best(root as usize);
        if best.column == NONE {
            return Ok(false);
        }
        self.offset[root as usize] = best.first.negated();
        self.scan(state, root as usize);
        while self.end == NONE || self.current < self.shortest {
            if let Some(column) = self.level.pop() {
                self.settle(state, column);
                continue;
            }
            let Some(Reverse((key, node))) = self.heap.pop() else { break };
            if T::from_key(key) >= self.shortest {
                break;
            }
            if node as usize >= self.distance.len() {
                // Rounding may put a bound before what has been settled; distances must not fall.
                self.current = self.current.larger(T::from_key(key));
                self.expand(state, node as usize - self.distance.len());
            } else if self.distance[node as usize].key() == key {
                self.current = self.current.larger(T::from_key(key));
                self.settle(state, node);
            }
            if self.settled.len().is_multiple_of(64) {
                interrupt.check()?;
            }
        }
        if self.end == NONE {
            return Ok(false);
        }
        for &column in &self.settled {
            let price = &mut state.prices[column as usize];
            *price = *price + (self.shortest - self.distance[column as usize]);
        }
        self.augment(state, root);
        Ok(true)
    }

    fn forget(&mut self) {
        for column in self.touched.drain(..) {
            self.distance[column as usize] = T::INFINITE;
        }
        self.settled.clear();
        self.level.clear();
        self.heap.clear();
        self.current = T::default();
        self.shortest = T::INFINITE;
        self.end = NONE;
    }

    fn settle<const NEGATE: bool>(&mut self, state: &State<'_, T, NEGATE>, column: u32) {
        self.settled.push(column);
        let line = state.owner[column as usize] as usize;
        self.offset[line] = self.distance[column as usize] - (state.held_cost[line] + state.prices[column as usize]);
        self.scan(state, line);
    }

    /// Looks at what a line's bound stands for.
    fn expand<const NEGATE: bool>(&mut self, state: &mut State<'_, T, NEGATE>, line: usize) {
        state.grow(line, GROWTH);
        self.scan(state, line);
    }

    /// Relaxes every entry of the line's list, and its bound.
    #[allow(clippy::cast_possible_truncation, reason = "lines and columns together are fewer than 2^32")]
    fn scan<const NEGATE: bool>(&mut self, state: &State<'_, T, NEGATE>, line: usize) {
        let offset = self.offset[line];
        let (entries, beyond) = state.candidates.of(line);
        for entry in entries {
            if offset + entry.cost >= self.shortest {
                return;
            }
            let column = entry.column as usize;
            let mut distance = offset + (entry.cost + state.prices[column]);
            if distance >= self.shortest || distance >= self.distance[column] {
                continue;
            }
            if distance < self.current {
                // Only by rounding.
                distance = self.current;
                if distance >= self.distance[column] {
                    continue;
                }
            }
            if self.distance[column] == T::INFINITE {
                self.touched.push(entry.column);
            }
            self.distance[column] = distance;
            self.through[column] = (line as u32, entry.cost);
            if state.owner[column] == NONE {
                self.shortest = distance;
                self.end = entry.column;
            } else if distance == self.current {
                self.level.push(entry.column);
            } else {
                self.heap.push(Reverse((distance.key(), entry.column)));
            }
        }
        if beyond < T::INFINITE && offset + beyond < self.shortest {
            self.heap.push(Reverse(((offset + beyond).key(), (self.distance.len() + line) as u32)));
        }
    }

    /// Moves the lines along the path, from its end back to the root.
    fn augment<const NEGATE: bool>(&self, state: &mut State<'_, T, NEGATE>, root: u32) {
        let mut column = self.end;
        loop {
            let (line, cost) = self.through[column as usize];
            let next = state.held[line as usize];
            state.place(line, column, cost);
            if line == root {
                return;
            }
            column = next;
        }
    }
}
