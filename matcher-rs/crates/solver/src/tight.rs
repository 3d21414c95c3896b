//! What rows can have instead at the same total: their tight choices.
//!
//! By complementary slackness the optimal assignments are exactly those that use tight pairs only (value less price equals the row's utility),
//! leave a row unassigned only if that is tight, and fill every column whose price is above 0. A choice is a node: a column, or
//! "outside", where unassigned units are and where the vacancies of columns of price 0 come from and go to.

use std::ops::Range;

use rayon::prelude::*;

use crate::components::{ALONE, components};
use crate::matching::{COLUMNS, Matching, ROWS};
use crate::problem::{Problem, number};
use crate::transportation::Optimum;

/// An optimal assignment that may still be changed for another.
pub(crate) struct Standing<'a> {
    matching: &'a mut Matching,
    prices: &'a [i64],
    row_capacity: &'a [u32],
    free_columns: Vec<u32>,
}

impl<'a> Standing<'a> {
    pub(crate) fn of(problem: &'a Problem, optimum: &'a mut Optimum) -> Self {
        let Optimum { matching, prices, .. } = optimum;
        let places = (0..).zip(problem.column_capacity()).zip(&*prices);
        // Columns that cost something are full.
        let free = |((column, &places), &price)| if price == 0 { places - matching.times(COLUMNS, column) } else { 0 };
        let free_columns = places.map(free).collect();
        Self { matching, prices, row_capacity: problem.row_capacity(), free_columns }
    }

    pub(crate) fn outside(&self) -> u32 {
        number(self.prices.len())
    }

    /// The nodes that have something of a row.
    pub(crate) fn held(&self, row: u32) -> impl Iterator<Item = u32> {
        let outside = self.has_unassigned(row).then_some(self.outside());
        self.matching.of(ROWS, row).iter().map(|cell| cell.partner).chain(outside)
    }

    /// Whether a row has something outside.
    pub(crate) fn has_unassigned(&self, row: u32) -> bool {
        self.matching.times(ROWS, row) < self.row_capacity[row as usize]
    }

    /// The rows that have a column.
    pub(crate) fn holders(&self, column: u32) -> impl Iterator<Item = u32> {
        self.matching.of(COLUMNS, column).iter().map(|cell| cell.partner)
    }

    /// Whether the row has every place of a column.
    pub(crate) fn has_all_of(&self, row: u32, node: u32) -> bool {
        node != self.outside()
            && self.free_columns[node as usize] == 0
            && self.holders(node).all(|holder| holder == row)
    }

    /// Takes a unit of a row out of a node. What is in no column is outside.
    pub(crate) fn leave(&mut self, row: u32, node: u32) {
        if let Some(at) = self.matching.of(ROWS, row).iter().position(|cell| cell.partner == node) {
            self.matching.remove(ROWS, row, at, 1);
            self.free_columns[node as usize] += 1;
        }
    }

    /// Puts a unit of a row into a node.
    pub(crate) fn enter(&mut self, row: u32, node: u32) {
        if node != self.outside() {
            self.matching.add(ROWS, row, node, 1);
            self.free_columns[node as usize] -= 1;
        }
    }

    /// Whether the node may pass a vacancy on to the outside: it has one.
    pub(crate) fn has_vacancy(&self, node: u32) -> bool {
        self.free_columns.get(node as usize).is_some_and(|&free| free > 0)
    }

    /// Whether the node may take a vacancy from the outside: nobody pays for it.
    pub(crate) fn takes_vacancy(&self, node: u32) -> bool {
        self.prices.get(node as usize) == Some(&0)
    }
}

/// Pairs that one thread looks at, at least.
const PAIRS_OF_A_THREAD: usize = 1 << 15;

/// Some rows, ascending, each with its choices.
#[derive(Default)]
pub(crate) struct Part {
    lengths: Vec<(u32, usize)>,
    choices: Vec<u32>,
    /// Room for those of one row, with their values.
    own: Vec<(i64, u32)>,
}

impl Part {
    /// The next row, if these choices are more than one.
    pub(crate) fn push(&mut self, row: u32, choices: &[u32]) {
        if choices.len() > 1 {
            self.lengths.push((row, choices.len()));
            self.choices.extend_from_slice(choices);
        }
    }

    /// The next row with its tight choices, if there are more than one.
    pub(crate) fn push_tight(&mut self, problem: &Problem, optimum: &Optimum, row: u32) {
        tight_choices(problem, optimum, row as usize, &mut self.own);
        if self.own.len() > 1 {
            self.lengths.push((row, self.own.len()));
            self.choices.extend(self.own.iter().map(|&(_, node)| node));
        }
    }
}

/// Ranges of rows, each for one thread.
pub(crate) fn parts(problem: &Problem) -> impl IndexedParallelIterator<Item = Range<usize>> {
    let rows = problem.rows();
    // Another thread is not woken for less than it takes to wake it.
    let least = (PAIRS_OF_A_THREAD * rows).checked_div(problem.pairs()).unwrap_or(rows).max(256);
    let chunk = rows.div_ceil(8 * rayon::current_num_threads()).max(least);
    (0..rows.div_ceil(chunk)).into_par_iter().map(move |part| part * chunk..rows.min((part + 1) * chunk))
}

/// The rows with more than one choice, ascending, each with its choices, best first.
pub(crate) struct Undecided {
    rows: Vec<u32>,
    choice_starts: Vec<u32>,
    choices: Vec<u32>,
    /// By node: the places of the rows that have it among their choices, ascending.
    takers: Vec<u32>,
    taker_starts: Vec<u32>,
    /// By row; `u32::MAX` for those that are decided.
    places: Vec<u32>,
}

impl Undecided {
    /// All rows with two tight choices or more.
    pub(crate) fn new(problem: &Problem, optimum: &Optimum) -> Self {
        let part = |rows: Range<usize>| {
            let mut part = Part::default();
            rows.for_each(|row| part.push_tight(problem, optimum, number(row)));
            part
        };
        Self::joined(problem, parts(problem).map(part).collect())
    }

    /// The rows of all parts, which are ascending.
    pub(crate) fn joined(problem: &Problem, parts: Vec<Part>) -> Self {
        let mut undecided = Self::empty(problem.rows(), problem.columns() + 1);
        for Part { lengths, choices, .. } in parts {
            for (row, length) in lengths {
                let end = undecided.choice_starts[undecided.rows.len()] + number(length);
                undecided.places[row as usize] = number(undecided.rows.len());
                undecided.rows.push(row);
                undecided.choice_starts.push(end);
            }
            undecided.choices.extend(choices);
        }
        undecided.index_takers();
        undecided
    }

    fn empty(rows: usize, nodes: usize) -> Self {
        Self {
            rows: Vec::new(),
            choice_starts: vec![0],
            choices: Vec::new(),
            takers: Vec::new(),
            taker_starts: vec![0; nodes + 1],
            places: vec![u32::MAX; rows],
        }
    }

    fn push(&mut self, row: u32, choices: &[u32]) {
        self.places[row as usize] = number(self.rows.len());
        self.rows.push(row);
        self.choices.extend_from_slice(choices);
        self.choice_starts.push(number(self.choices.len()));
    }

    fn index_takers(&mut self) {
        for &node in &self.choices {
            self.taker_starts[node as usize + 1] += 1;
        }
        for node in 1..self.taker_starts.len() {
            self.taker_starts[node] += self.taker_starts[node - 1];
        }
        let mut next = self.taker_starts.clone();
        self.takers = vec![0; self.choices.len()];
        for place in 0..self.rows.len() {
            for choice in self.choice_starts[place]..self.choice_starts[place + 1] {
                let at = &mut next[self.choices[choice as usize] as usize];
                self.takers[*at as usize] = number(place);
                *at += 1;
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How much there is to walk over.
    pub(crate) fn size(&self) -> usize {
        self.choices.len() + self.taker_starts.len()
    }

    pub(crate) fn row(&self, place: usize) -> u32 {
        self.rows[place]
    }

    pub(crate) fn choices(&self, place: usize) -> &[u32] {
        &self.choices[self.choice_starts[place] as usize..self.choice_starts[place + 1] as usize]
    }

    /// The place of a row, if it is undecided.
    pub(crate) fn place(&self, row: u32) -> Option<usize> {
        Some(self.places[row as usize]).filter(|&place| place != u32::MAX).map(|place| place as usize)
    }

    /// The places of the rows that have this node among their choices.
    pub(crate) fn takers(&self, node: u32) -> &[u32] {
        &self.takers[self.taker_starts[node as usize] as usize..self.taker_starts[node as usize + 1] as usize]
    }

    /// The columns that some undecided row has among its choices.
    pub(crate) fn columns(&self) -> impl Iterator<Item = u32> {
        (0..number(self.taker_starts.len()) - 2).filter(|&node| !self.takers(node).is_empty())
    }

    /// What is left from this place on. A unit can move to another node if and only if an alternating path leads back from there, and as long
    /// as nobody is decided the nodes of such cycles stay together: a choice in another component than what the row has is none.
    pub(crate) fn remaining(&self, place: usize, standing: &Standing<'_>) -> Self {
        let nodes = self.taker_starts.len() - 1;
        let Moves { sources, knots, arrows } = self.moves(place, standing);
        let components = components(nodes + knots, arrows);
        let mut left = Self::empty(self.places.len(), nodes);
        let mut choices = Vec::new();
        for (place, source) in (place..).zip(sources) {
            let own = components[source as usize];
            if own == ALONE {
                continue;
            }
            choices.clear();
            choices.extend(self.choices(place).iter().filter(|&&node| components[node as usize] == own));
            if choices.len() > 1 {
                left.push(self.row(place), &choices);
            }
        }
        left.index_takers();
        left
    }

    /// How units of the rows from this place on, and vacancies, can move.
    fn moves(&self, place: usize, standing: &Standing<'_>) -> Moves {
        let (mut sources, mut arrows) =
            (Vec::with_capacity(self.len() - place), Vec::with_capacity(self.choices.len()));
        let (first, mut knots) = (self.taker_starts.len() - 1, 0);
        for place in place..self.len() {
            let mut held = standing.held(self.row(place));
            let only = held.next().unwrap_or_default();
            let source = match held.next() {
                None => only,
                Some(second) => {
                    let knot = number(first + knots);
                    knots += 1;
                    arrows.extend([only, second].into_iter().chain(held).map(|node| (node, knot)));
                    knot
                }
            };
            sources.push(source);
            arrows.extend(self.choices(place).iter().filter(|&&node| node != source).map(|&node| (source, node)));
        }
        for column in self.columns() {
            if standing.has_vacancy(column) {
                arrows.push((column, standing.outside()));
            }
            if standing.takes_vacancy(column) {
                arrows.push((standing.outside(), column));
            }
        }
        Moves { sources, knots, arrows }
    }
}

/// How units, and vacancies, can pass from node to node. All that a row has in several nodes passes through a knot of the row, after the
/// nodes, so that there are never more arrows than choices and what is held.
struct Moves {
    /// By place: the node that has all of the row, or its knot.
    sources: Vec<u32>,
    knots: usize,
    arrows: Vec<(u32, u32)>,
}

/// Values and nodes of what a row likes as much as what it has: higher value first, then lower column, outside last. None if there are
/// not two of them.
fn tight_choices(problem: &Problem, optimum: &Optimum, row: usize, choices: &mut Vec<(i64, u32)>) {
    choices.clear();
    if problem.row_capacity()[row] == 0 {
        return;
    }
    let utility = optimum.utilities[row];
    let is_tight = |(column, value): (u32, i64)| value - optimum.prices[column as usize] == utility;
    let outside = usize::from(problem.unassigned_value() == Some(utility));
    if problem.entries(row).fold(outside, |count, entry| count + usize::from(is_tight(entry))) < 2 {
        return;
    }
    problem.entries(row).for_each(|(column, value)| {
        if is_tight((column, value)) && problem.column_capacity()[column as usize] > 0 {
            choices.push((value, column));
        }
    });
    // Stable: columns of equal value stay ascending.
    choices.sort_by_key(|&(value, _)| std::cmp::Reverse(value));
    if outside == 1 {
        choices.push((utility, number(problem.columns())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_no_more_arrows_than_choices_and_what_is_held() {
        let choices: Vec<(u32, i64)> = (0..40).map(|column| (column, 5)).collect();
        let problem = Problem::builder(vec![1; 40]).unassigned_value(0).row(20, &choices).row(1, &choices[..2]);
        let problem = problem.build().unwrap();
        let mut matching = Matching::empty(&problem);
        (1..21).for_each(|column| matching.add(ROWS, 0, column, 1));
        matching.add(ROWS, 1, 0, 1);
        let mut optimum = Optimum { matching, prices: vec![0; 40], utilities: vec![5, 5] };
        let undecided = Undecided::new(&problem, &optimum);
        let standing = Standing::of(&problem, &mut optimum);
        // One knot: 20 arrows to it and 40 from it; one from column 0 to column 1; a vacancy can pass to each column, and from 19.
        let Moves { sources, knots, arrows } = undecided.moves(0, &standing);
        assert_eq!((sources, knots, arrows.len()), (vec![41, 0], 1, 20 + 40 + 1 + 40 + 19));
        assert_eq!(undecided.remaining(0, &standing).len(), 2);
    }
}
