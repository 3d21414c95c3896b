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
    /// As wide as the distances, so that both are chosen side by side.
    through: Vec<u64>,
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
        let (shift, open, through) = (&self.shift, &mut self.open, &mut self.through);
        vectorised(Relax::<T, NEGATE> {
            values,
            shift,
            open,
            through,
            blocks: &mut self.blocks,
            line: u64::from(line),
            offset,
        })
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
            #[allow(clippy::cast_possible_truncation, reason = "was a u32")]
            let line = self.through[column] as u32;
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
    open: &'a mut [T],
    through: &'a mut [u64],
    blocks: &'a mut [(usize, T)],
    line: u64,
    offset: T,
}

impl<T: Cost, const NEGATE: bool> Vectorised for Relax<'_, T, NEGATE> {
    type Output = T;

    #[inline(always)]
    fn call(self) -> T {
        let Self { values, shift, open, through, blocks, line, offset } = self;
        let distance = |value: T, shift: T| offset + (Lines::<T, NEGATE>::cost(value) + shift);
        let mut shortest = T::FAR;
        let columns = values.chunks(BLOCK).zip(shift.chunks(BLOCK));
        let columns = columns.zip(open.chunks_mut(BLOCK)).zip(through.chunks_mut(BLOCK));
        for ((((values, shift), open), through), (left, least)) in columns.zip(blocks) {
            if *left > 0 {
                *least = relax_block(values, shift, open, through, line, distance);
                shortest = shortest.smaller(*least);
            }
        }
        shortest
    }
}

/// Shortens the distances of a block; the shortest of them.
#[inline(always)]
fn relax_block<T: Cost>(
    values: &[T],
    shifts: &[T],
    open: &mut [T],
    through: &mut [u64],
    line: u64,
    distance: impl Fn(T, T) -> T,
) -> T {
    let mut minima = [T::FAR; LANES];
    let ((values, values_left), (shifts, shifts_left)) = (values.as_chunks::<LANES>(), shifts.as_chunks::<LANES>());
    let (open, open_left) = open.as_chunks_mut::<LANES>();
    let (through, through_left) = through.as_chunks_mut::<LANES>();
    for (((values, shifts), open), through) in values.iter().zip(shifts).zip(open).zip(through) {
        let distances: Chunk<T> = from_fn(|lane| distance(values[lane], shifts[lane]));
        *through = from_fn(|lane| if distances[lane] < open[lane] { line } else { through[lane] });
        *open = from_fn(|lane| open[lane].smaller(distances[lane]));
        minima = from_fn(|lane| minima[lane].smaller(open[lane]));
    }
    let mut least = least(minima);
    for (((&value, &shift), open), through) in values_left.iter().zip(shifts_left).zip(open_left).zip(through_left) {
        let distance = distance(value, shift);
        if distance < *open {
            (*open, *through) = (distance, line);
        }
        least = least.smaller(*open);
    }
    least
}
