//! Shortest augmenting paths over whole lines (Dijkstra's algorithm on an array, as Jonker and Volgenant 1987 and Crouse 2016 have it): what
//! is left when lists would have to hold too much of the matrix, as with costs row × column (Machol and Wien 1977).

#![allow(clippy::needless_range_loop, reason = "a loop over the lanes of several arrays says so")]

use super::cost::Cost;
use super::matrix::Lines;
use super::select::Vectorised;
use super::state::{NONE, State};
use crate::interrupt::{Interrupt, Interrupted};

/// Columns that are looked at side by side, and left out together once all of them are settled.
const BLOCK: usize = 64;
/// One number of each.
type Column<N> = [N; BLOCK];

pub(super) struct Scan<T> {
    columns: usize,
    blocks: Vec<Block<T>>,
    reached: Vec<Reached<T>>,
    /// What is written while `reached` is read. If that were replaced in place the choice would become a masked store, which some processors are
    /// slow at.
    next: Vec<Reached<T>>,
    /// The line through which a column was settled.
    parent: Vec<u32>,
    settled: Vec<(u32, T)>,
    line: Vec<T>,
}

/// Some columns.
#[derive(Clone)]
#[repr(align(64))]
struct Block<T> {
    /// Price less base of those that are not settled; out of reach for the others, and for those beyond the last.
    shift: Column<T>,
    /// How many are not settled.
    left: usize,
    /// The shortest distance of one that is not settled.
    shortest: T,
}

/// How columns of a block that are not settled were reached.
#[derive(Clone)]
#[repr(align(64))]
struct Reached<T> {
    /// Shortest distance so far.
    open: Column<T>,
    /// The line through which that is. As wide as the distances, so that both are chosen side by side.
    through: Column<u64>,
}

impl<T: Cost> Scan<T> {
    pub(super) fn new(columns: usize) -> Self {
        let count = columns.div_ceil(BLOCK);
        let reached = vec![Reached { open: [T::FAR; BLOCK], through: [0; BLOCK] }; count];
        Self {
            columns,
            blocks: vec![Block { shift: [T::UNREACHABLE; BLOCK], left: 0, shortest: T::FAR }; count],
            next: reached.clone(),
            reached,
            parent: vec![NONE; columns],
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
        self.begin(&state.prices, &state.bases);
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
            let (block, place) = (column / BLOCK, column % BLOCK);
            #[allow(clippy::cast_possible_truncation, reason = "was a u32")]
            let parent = self.reached[block].through[place] as u32;
            self.parent[column] = parent;
            if state.owner[column] == NONE {
                break (column, distance);
            }
            #[allow(clippy::cast_possible_truncation, reason = "a line is shorter than 2^32")]
            self.settled.push((column as u32, distance));
            self.reached[block].open[place] = T::FAR;
            self.blocks[block].shift[place] = T::UNREACHABLE;
            self.blocks[block].left -= 1;
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

    /// Nothing is settled, and nothing reached.
    fn begin(&mut self, prices: &[T], bases: &[T]) {
        self.settled.clear();
        let columns = prices.chunks(BLOCK).zip(bases.chunks(BLOCK));
        for ((block, reached), (prices, bases)) in self.blocks.iter_mut().zip(&mut self.reached).zip(columns) {
            reached.open = [T::FAR; BLOCK];
            block.left = prices.len();
            for (shift, (&price, &base)) in block.shift.iter_mut().zip(prices.iter().zip(bases)) {
                *shift = price - base;
            }
        }
    }

    /// Relaxes all entries of a line; the shortest distance of a column that is not settled.
    fn relax<const NEGATE: bool>(&mut self, lines: &Lines<'_, T, NEGATE>, line: u32, offset: T) -> T {
        let Self { blocks, reached, next, .. } = self;
        let values = lines.line(line as usize, &mut self.line);
        let shortest = pulp::Arch::new().dispatch(Relax::<T, NEGATE> {
            values,
            blocks,
            reached,
            next,
            line: u64::from(line),
            offset,
        });
        std::mem::swap(&mut self.reached, &mut self.next);
        shortest
    }

    /// A column at this distance, a free one if there is one.
    fn nearest(&self, owner: &[u32], distance: T) -> usize {
        let hits = (0..).step_by(BLOCK).zip(&self.blocks);
        let hits = hits.filter(|(_, block)| block.left > 0 && block.shortest == distance);
        let columns = hits.flat_map(|(start, _)| start..(start + BLOCK).min(self.columns));
        let mut found = None;
        for column in columns.filter(|&column| self.reached[column / BLOCK].open[column % BLOCK] == distance) {
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
    blocks: &'a mut [Block<T>],
    reached: &'a [Reached<T>],
    next: &'a mut [Reached<T>],
    line: u64,
    offset: T,
}

impl<T: Cost, const NEGATE: bool> Vectorised for Relax<'_, T, NEGATE> {
    type Output = T;

    #[inline(always)]
    fn call(self) -> T {
        let Self { values, blocks, reached, next, line, offset } = self;
        let (full, rest) = values.as_chunks::<BLOCK>();
        let mut last = [T::default(); BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        let mut shortest = T::FAR;
        let columns = full.iter().chain([&last]).zip(blocks).zip(reached.iter().zip(next));
        for ((values, block), (reached, next)) in columns.filter(|((_, block), _)| block.left > 0) {
            for lane in 0..BLOCK {
                let distance = offset + (Lines::<T, NEGATE>::cost(values[lane]) + block.shift[lane]);
                // Read whether it is needed or not: else there would be a jump.
                let (open, through) = (reached.open[lane], reached.through[lane]);
                next.through[lane] = if distance < open { line } else { through };
                next.open[lane] = open.smaller(distance);
            }
            block.shortest = least(next.open);
            shortest = shortest.smaller(block.shortest);
        }
        shortest
    }
}

/// The smallest, halving: in a row each step would wait for the one before.
#[inline(always)]
fn least<T: Cost>(mut numbers: Column<T>) -> T {
    let mut half = BLOCK / 2;
    while half > 0 {
        for lane in 0..half {
            numbers[lane] = numbers[lane].smaller(numbers[lane + half]);
        }
        half /= 2;
    }
    numbers[0]
}
