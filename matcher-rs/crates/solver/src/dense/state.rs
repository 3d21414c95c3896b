//! What the stages of a search share: an assignment in the making, its prices, and the lists.

use super::candidates::{Candidates, Prepared, Scratch};
use super::cost::Cost;
use super::matrix::Lines;
use super::select::Wanted;
use crate::interrupt::{Interrupt, Interrupted};

/// No line, no column.
pub(super) const NONE: u32 = u32::MAX;

/// Lines between two looks at the interrupt.
const BETWEEN_LOOKS: usize = 1 << 8;
/// A list that is made anew has up to so many entries, or as many as before,
const RENEWED: usize = 64;
/// and at least so many.
const FEW: usize = 4;

/// Invariants between stages: if the matrix is not square, a column with a line stays with some line, and a column without one
/// has the price 0 it began with; a line with a column has the smallest sum of reduced cost and price there.
pub(super) struct State<'a, T, const NEGATE: bool> {
    pub(super) lines: Lines<'a, T, NEGATE>,
    pub(super) candidates: Candidates<T>,
    /// What has been taken from each column's costs.
    pub(super) bases: Vec<T>,
    /// What the search has added to them: never falls.
    pub(super) prices: Vec<T>,
    /// The line of each column.
    pub(super) owner: Vec<u32>,
    /// The column of each line, and the reduced cost there.
    pub(super) held: Vec<u32>,
    pub(super) held_cost: Vec<T>,
    pub(super) scratch: Scratch<T>,
}

/// The two smallest sums of reduced cost and price of a line.
pub(super) struct Best<T> {
    pub(super) first: T,
    pub(super) column: u32,
    /// Reduced cost in `column`.
    pub(super) cost: T,
    /// Infinite if there is none.
    pub(super) second: T,
    pub(super) other: u32,
    pub(super) other_cost: T,
}

impl<'a, T: Cost, const NEGATE: bool> State<'a, T, NEGATE> {
    pub(super) fn new(lines: Lines<'a, T, NEGATE>, prepared: Prepared<T>) -> Self {
        Self {
            candidates: prepared.candidates,
            bases: prepared.bases,
            prices: vec![T::default(); lines.length],
            owner: vec![NONE; lines.length],
            held: vec![NONE; lines.count],
            held_cost: vec![T::default(); lines.count],
            scratch: Scratch::new(),
            lines,
        }
    }

    pub(super) fn free_lines(&self) -> Vec<u32> {
        (0..).zip(&self.held).filter(|&(_, &column)| column == NONE).map(|(line, _)| line).collect()
    }

    /// The two best of a line, exact over the whole line: its list is made anew when its bound is reached.
    pub(super) fn best(&mut self, line: usize) -> Best<T> {
        loop {
            let (best, beyond) = self.best_listed(line);
            if best.second <= beyond {
                return best;
            }
            self.refill(line);
        }
    }

    /// As [`State::best`], but the first may be larger than another by so much, and the second may be told smaller than it is, down to the
    /// first: fewer lists are made anew.
    pub(super) fn nearly_best(&mut self, line: usize, overlooked: T) -> Best<T> {
        loop {
            let (best, beyond) = self.best_listed(line);
            if best.first - overlooked <= beyond {
                return Best { second: best.second.smaller(beyond.larger(best.first)), ..best };
            }
            self.refill(line);
        }
    }

    /// The two best of a line's list, and the bound of what is not in it.
    fn best_listed(&self, line: usize) -> (Best<T>, T) {
        let (entries, beyond) = self.candidates.of(line);
        let mut best = Best {
            first: T::INFINITE,
            column: NONE,
            cost: T::INFINITE,
            second: T::INFINITE,
            other: NONE,
            other_cost: T::INFINITE,
        };
        for entry in entries {
            if entry.cost >= best.second {
                break;
            }
            let sum = entry.cost + self.prices[entry.column as usize];
            if sum < best.first {
                (best.second, best.other, best.other_cost) = (best.first, best.column, best.cost);
                (best.first, best.column, best.cost) = (sum, entry.column, entry.cost);
            } else if sum < best.second {
                (best.second, best.other, best.other_cost) = (sum, entry.column, entry.cost);
            }
        }
        (best, beyond)
    }

    /// Takes the column from every line that could have a sum smaller by more than this. For square matrices: the column is free
    /// and keeps its price.
    pub(super) fn release(&mut self, slack: T, interrupt: &Interrupt) -> Result<(), Interrupted> {
        for line in 0..self.lines.count {
            if line.is_multiple_of(BETWEEN_LOOKS) {
                interrupt.check()?;
            }
            let column = self.held[line];
            if column == NONE {
                continue;
            }
            let sum = self.held_cost[line] + self.prices[column as usize];
            if sum > self.nearly_best(line, T::default()).first + slack {
                self.held[line] = NONE;
                self.owner[column as usize] = NONE;
            }
        }
        Ok(())
    }

    /// Prices become part of the bases, and all lists are made anew. For square matrices.
    pub(super) fn rebase(&mut self, interrupt: &Interrupt) -> Result<(), Interrupted> {
        let likely = self.candidates.likely(&self.prices);
        for (base, price) in self.bases.iter_mut().zip(&mut self.prices) {
            *base = *base - std::mem::take(price);
        }
        for line in 0..self.lines.count {
            let column = self.held[line];
            if column != NONE {
                self.held_cost[line] = self.lines.at(line, column as usize) - self.bases[column as usize];
            }
        }
        self.candidates.rebuild(&self.lines, &self.bases, &likely, interrupt)
    }

    /// Among the entries that are as good as the best, one whose column is free.
    pub(super) fn free_among_best(&self, line: usize, first: T) -> Option<(u32, T)> {
        let (entries, _) = self.candidates.of(line);
        entries
            .iter()
            .take_while(|entry| entry.cost <= first)
            .find(|entry| {
                self.owner[entry.column as usize] == NONE && entry.cost + self.prices[entry.column as usize] <= first
            })
            .map(|entry| (entry.column, entry.cost))
    }

    /// Makes the list of a line anew, about as long, with entries that are smallest now.
    fn refill(&mut self, line: usize) {
        let (entries, _) = self.candidates.of(line);
        let most = RENEWED.max(entries.len());
        let wanted = if entries.len() < FEW {
            Wanted { least: most, most, below: T::INFINITE }
        } else {
            // There are about as many below the largest that the list has now.
            let sums = entries.iter().map(|entry| entry.cost + self.prices[entry.column as usize]);
            Wanted { least: FEW, most, below: sums.fold(T::INFINITE.negated(), T::larger) }
        };
        self.candidates.refill(&self.lines, line, wanted, &self.bases, &self.prices, &mut self.scratch);
    }

    /// Makes the list of a line so many times as long, and as long as there is room for where it is.
    pub(super) fn grow(&mut self, line: usize, times: usize) {
        let most = (times * self.candidates.of(line).0.len().max(2)).max(self.candidates.room(line));
        let wanted = Wanted { least: most, most, below: T::INFINITE };
        self.candidates.refill(&self.lines, line, wanted, &self.bases, &self.prices, &mut self.scratch);
    }

    /// Gives a column to a line, whoever had it before.
    pub(super) fn place(&mut self, line: u32, column: u32, cost: T) {
        self.owner[column as usize] = line;
        self.held[line as usize] = column;
        self.held_cost[line as usize] = cost;
    }

    /// Gives a column to a line; the line that had it, if any, is left without.
    pub(super) fn assign(&mut self, line: u32, column: u32, cost: T) -> u32 {
        let displaced = self.owner[column as usize];
        self.place(line, column, cost);
        if displaced != NONE {
            self.held[displaced as usize] = NONE;
        }
        displaced
    }
}
