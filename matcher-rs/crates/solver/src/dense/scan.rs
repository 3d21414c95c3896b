//! Shortest augmenting paths over whole lines (Dijkstra's algorithm on an array, as Jonker and Volgenant 1987 and Crouse 2016 have it): what
//! is left when lists would have to hold too much of the matrix, as with costs row × column (Machol and Wien 1977).

use std::array::from_fn;

use super::cost::Cost;
use super::matrix::Lines;
use super::select::{Chunk, LANES, Vectorised, least, vectorised};
use super::state::{NONE, State};
use crate::interrupt::{Interrupt, Interrupted};

/// Columns that are left out together once all of them are settled.
const BLOCK: usize = 8 * LANES;

pub(super) struct Scan<T> {
    /// Shortest distance so far of the columns that are not settled.
    open: Vec<T>,
    /// Price less base of the columns that are not settled; out of reach for the others.
    shift: Vec<T>,
    /// The line through which a column that is not settled was reached. As wide as the distances, so that both are chosen side by side.
    through: Vec<u64>,
    /// Where the next distances are written, and what they are through. Where they replaced what they are chosen from, the choice would
    /// become a masked store, which some processors are slow at.
    next: (Vec<T>, Vec<u64>),
    /// The line through which a column was settled.
    parent: Vec<u32>,
    settled: Vec<(u32, T)>,
    /// Columns that are not settled, and the shortest distance of one, by block.
    blocks: Vec<(usize, T)>,
    line: Vec<T>,
}

impl<T: Cost> Scan<T> {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            open: vec![T::FAR; columns],
            shift: Vec::new(),
            through: vec![0; columns],
            next: (vec![T::FAR; columns], vec![0; columns]),
            parent: vec![NONE; columns],
            settled: Vec::new(),
            blocks: vec![(0, T::FAR); columns.div_ceil(BLOCK)],
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
        self.shift.clear();
        self.shift.extend(state.prices.iter().zip(&state.bases).map(|(&price, &base)| price - base));
        self.settled.clear();
        self.blocks.fill((BLOCK, T::FAR));
        let (mut line, mut offset, mut current) = (root, T::default(), None);
        let (end, shortest) = loop {
            interrupt.check()?;
            let nearest = self.relax(&state.lines, line, offset);
            if nearest >= T::FAR {
                return Ok(false);
            }
            // Distances from the root are its sums, which may be negative; after that they only rise, but for rounding.
            let distance = current.map_or(nearest, |current| nearest.larger(current));
            current = Some(distance);
            let column = self.nearest(&state.owner, nearest);
            #[allow(clippy::cast_possible_truncation, reason = "was a u32")]
            let parent = self.through[column] as u32;
            self.parent[column] = parent;
            if state.owner[column] == NONE {
                break (column, distance);
            }
            #[allow(clippy::cast_possible_truncation, reason = "a line is shorter than 2^32")]
            self.settled.push((column as u32, distance));
            self.open[column] = T::FAR;
            self.shift[column] = T::UNREACHABLE;
            self.blocks[column / BLOCK].0 -= 1;
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
    fn relax<const NEGATE: bool>(&mut self, lines: &Lines<'_, T, NEGATE>, line: u32, offset: T) -> T {
        let values = lines.line(line as usize, &mut self.line);
        let (next_open, next_through) = &mut self.next;
        let shortest = vectorised(Relax::<T, NEGATE> {
            values,
            shift: &self.shift,
            open: (&self.open, &self.through),
            next: (next_open, next_through),
            blocks: &mut self.blocks,
            line: u64::from(line),
            offset,
        });
        std::mem::swap(&mut self.open, next_open);
        std::mem::swap(&mut self.through, next_through);
        shortest
    }

    /// A column at this distance, a free one if there is one.
    fn nearest(&self, owner: &[u32], distance: T) -> usize {
        let hits =
            (0..).step_by(BLOCK).zip(&self.blocks).filter(|(_, (left, shortest))| *left > 0 && *shortest == distance);
        let columns = hits.flat_map(|(start, _)| start..(start + BLOCK).min(self.open.len()));
        let mut found = None;
        for column in columns.filter(|&column| self.open[column] == distance) {
            if owner[column] == NONE {
                return column;
            }
            found.get_or_insert(column);
        }
        // There is one: it is where the distance is from.
        found.unwrap_or_default()
    }

    /// Moves the lines along the path, from its end back to the root.
    fn augment<const NEGATE: bool>(&self, state: &mut State<'_, T, NEGATE>, root: u32, end: usize) {
        let mut column = end;
        loop {
            let line = self.parent[column];
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

/// Shortens the distances of the columns that are not settled; the shortest of them.
struct Relax<'a, T, const NEGATE: bool> {
    values: &'a [T],
    shift: &'a [T],
    open: (&'a [T], &'a [u64]),
    next: (&'a mut [T], &'a mut [u64]),
    blocks: &'a mut [(usize, T)],
    line: u64,
    offset: T,
}

impl<T: Cost, const NEGATE: bool> Vectorised for Relax<'_, T, NEGATE> {
    type Output = T;

    #[inline(always)]
    fn call(self) -> T {
        let Self { values, shift, open: (open, through), next: (next_open, next_through), blocks, line, offset } = self;
        let distance = |value: T, shift: T| offset + (Lines::<T, NEGATE>::cost(value) + shift);
        let mut shortest = T::FAR;
        for (block, (left, least_of_block)) in blocks.iter_mut().enumerate() {
            if *left == 0 {
                continue;
            }
            let range = block * BLOCK..((block + 1) * BLOCK).min(values.len());
            let (values, shift) = (&values[range.clone()], &shift[range.clone()]);
            let (open, through) = (&open[range.clone()], &through[range.clone()]);
            let (next_open, next_through) = (&mut next_open[range.clone()], &mut next_through[range]);
            let ((values, values_left), (shift, shift_left)) =
                (values.as_chunks::<LANES>(), shift.as_chunks::<LANES>());
            let ((open, open_left), (through, through_left)) =
                (open.as_chunks::<LANES>(), through.as_chunks::<LANES>());
            let (next_open, next_open_left) = next_open.as_chunks_mut::<LANES>();
            let (next_through, next_through_left) = next_through.as_chunks_mut::<LANES>();
            let mut minima = [T::FAR; LANES];
            let columns = values.iter().zip(shift).zip(open.iter().zip(through));
            for (((values, shift), (open, through)), (next_open, next_through)) in
                columns.zip(next_open.iter_mut().zip(next_through))
            {
                let distances: Chunk<T> = from_fn(|lane| distance(values[lane], shift[lane]));
                *next_through = from_fn(|lane| if distances[lane] < open[lane] { line } else { through[lane] });
                let shorter = from_fn(|lane| open[lane].smaller(distances[lane]));
                *next_open = shorter;
                minima = from_fn(|lane| minima[lane].smaller(shorter[lane]));
            }
            let mut least = least(minima);
            let columns = values_left.iter().zip(shift_left).zip(open_left.iter().zip(through_left));
            for (((&value, &shift), (&open, &through)), (next_open, next_through)) in
                columns.zip(next_open_left.iter_mut().zip(next_through_left))
            {
                let distance = distance(value, shift);
                (*next_open, *next_through) = if distance < open { (distance, line) } else { (open, through) };
                least = least.smaller(*next_open);
            }
            *least_of_block = least;
            shortest = shortest.smaller(least);
        }
        shortest
    }
}
