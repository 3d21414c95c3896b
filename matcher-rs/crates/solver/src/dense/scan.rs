//! Shortest augmenting paths over whole lines (Dijkstra's algorithm on an array, as Jonker and Volgenant 1987 and Crouse 2016 have it): what
//! is left when lists would have to hold too much of the matrix, as with costs row × column (Machol and Wien 1977).

use std::array::from_fn;

use super::cost::Cost;
use super::matrix::Lines;
use super::select::{Chunk, LANES, chunk, least};
use super::state::{NONE, State};
use crate::interrupt::{Interrupt, Interrupted};

pub(super) struct Scan<T> {
    /// Shortest distance so far of the columns that are not settled.
    open: Vec<T>,
    /// The price of the columns that are not settled; out of reach for the others.
    reachable: Vec<T>,
    through: Vec<u32>,
    settled: Vec<(u32, T)>,
    line: Vec<T>,
}

impl<T: Cost> Scan<T> {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            open: vec![T::FAR; columns],
            reachable: Vec::new(),
            through: vec![NONE; columns],
            settled: Vec::new(),
            line: Vec::new(),
        }
    }

    /// Whether the line found a column.
    pub(super) fn insert<const NEGATE: bool>(
        &mut self,
        state: &mut State<'_, T, NEGATE>,
        root: u32,
        interrupt: &Interrupt,
    ) -> Result<bool, Interrupted> {
        self.open.fill(T::FAR);
        self.reachable.clone_from(&state.prices);
        self.settled.clear();
        let (mut line, mut offset, mut current) = (root, T::default(), None);
        let (end, shortest) = loop {
            interrupt.check()?;
            let nearest = self.relax(&state.lines, &state.bases, line, offset);
            if nearest >= T::FAR {
                return Ok(false);
            }
            // Distances from the root are its sums, which may be negative; after that they only rise, but for rounding.
            let distance = current.map_or(nearest, |current| nearest.larger(current));
            current = Some(distance);
            let column = self.nearest(&state.owner, nearest);
            if state.owner[column] == NONE {
                break (column, distance);
            }
            #[allow(clippy::cast_possible_truncation, reason = "a line is shorter than 2^32")]
            self.settled.push((column as u32, distance));
            self.open[column] = T::FAR;
            self.reachable[column] = T::UNREACHABLE;
            line = state.owner[column];
            offset = distance - (state.held_cost[line as usize] + state.prices[column]);
        };
        for &(column, distance) in &self.settled {
            let price = &mut state.prices[column as usize];
            *price = *price + (shortest - distance);
        }
        self.augment(state, root, end);
        Ok(true)
    }

    /// Relaxes all entries of a line; the shortest distance of a column that is not settled.
    fn relax<const NEGATE: bool>(&mut self, lines: &Lines<'_, T, NEGATE>, bases: &[T], line: u32, offset: T) -> T {
        let values = lines.line(line as usize, &mut self.line);
        let mut minima = [T::FAR; LANES];
        for start in (0..values.len()).step_by(LANES) {
            let costs = chunk(values, start, Lines::<T, NEGATE>::cost);
            let (bases, prices) = (chunk(bases, start, |base| base), chunk(&self.reachable, start, |price| price));
            let open = chunk(&self.open, start, |distance| distance);
            let distances: Chunk<T> = from_fn(|lane| {
                if costs[lane] == T::INFINITE { T::FAR } else { offset + (costs[lane] - bases[lane] + prices[lane]) }
            });
            minima = from_fn(|lane| minima[lane].smaller(open[lane]).smaller(distances[lane]));
            if let Some(through) = self.through[start..].first_chunk_mut::<LANES>() {
                *through = from_fn(|lane| if distances[lane] < open[lane] { line } else { through[lane] });
                if let Some(slot) = self.open[start..].first_chunk_mut::<LANES>() {
                    *slot = from_fn(|lane| open[lane].smaller(distances[lane]));
                }
                continue;
            }
            for (lane, (through, slot)) in self.through[start..].iter_mut().zip(&mut self.open[start..]).enumerate() {
                if distances[lane] < *slot {
                    (*slot, *through) = (distances[lane], line);
                }
            }
        }
        least(minima)
    }

    /// A column at this distance, a free one if there is one.
    fn nearest(&self, owner: &[u32], distance: T) -> usize {
        let mut found = usize::MAX;
        for (start, open) in (0..).step_by(LANES).zip(self.open.chunks(LANES)) {
            if open.iter().fold(0, |any, &open| any | u64::from(open == distance)) == 0 {
                continue;
            }
            for column in (start..start + open.len()).filter(|&column| self.open[column] == distance) {
                if owner[column] == NONE {
                    return column;
                }
                found = found.min(column);
            }
        }
        found
    }

    /// Moves the lines along the path, from its end back to the root.
    fn augment<const NEGATE: bool>(&self, state: &mut State<'_, T, NEGATE>, root: u32, end: usize) {
        let mut column = end;
        loop {
            let line = self.through[column];
            let next = state.held[line as usize];
            let cost = state.lines.at(line as usize, column) - state.bases[column];
            #[allow(clippy::cast_possible_truncation, reason = "a line is shorter than 2^32")]
            state.place(line, column as u32, cost);
            if line == root {
                return;
            }
            column = next as usize;
        }
    }
}
