//! The proof of an optimum in one parallel look at the whole matrix: feasibility of the duals and complementary slackness.
//!
//! With rows and columns swapped where there are more rows, costs negated where the sum is maximised: each line has one column, no column two,
//! `cost - column dual` of a line is nowhere smaller than at its column, and a column dual is 0 at a free column and never
//! positive if columns may be free. Then the sum of the costs is the sum of the duals and nothing can be smaller.
//!
//! Integers are held to that exactly. Floats are held to it within `n` units of rounding (2^-52) of the largest number
//! involved, per line; what the lines add up to is reported as the difference of the two sums.

use std::array::from_fn;

use rayon::prelude::*;

use super::candidates::LINES_PER_TASK;
use super::cost::Cost;
use super::matrix::Lines;
use super::select::{ABREAST, GROUP, LANES, Vectorised, least, vectorised};
use super::state::NONE;
use crate::interrupt::{Interrupt, Interrupted};

/// What the look found of one line.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen<T> {
    /// The smallest difference of cost and column dual: the largest dual that the line may have.
    pub(super) least: T,
    /// The cost at its column.
    pub(super) cost: T,
}

/// Looks at every entry once. `NONE` and columns outside the matrix have an infinite cost.
pub(super) fn look<T: Cost, const NEGATE: bool>(
    lines: &Lines<'_, T, NEGATE>,
    held: &[u32],
    duals: &[T],
    interrupt: &Interrupt,
) -> Result<Vec<Seen<T>>, Interrupted> {
    let mut seen = vec![Seen::default(); lines.count];
    seen.par_chunks_mut(LINES_PER_TASK).enumerate().try_for_each(|(task, seen)| {
        interrupt.check()?;
        let first = task * LINES_PER_TASK;
        lines.visit(first..first + seen.len(), |start, values| {
            let seen = &mut seen[start - first..];
            for (seen, values) in seen.chunks_mut(ABREAST).zip(values.chunks(ABREAST * lines.length)) {
                vectorised(LeastDifferences::<T, NEGATE> { values, duals, seen });
            }
            let lines = values.chunks_exact(lines.length);
            for ((seen, values), &held) in seen.iter_mut().zip(lines).zip(&held[start..]) {
                seen.cost = values.get(held as usize).copied().map_or(T::INFINITE, Lines::<T, NEGATE>::cost);
            }
        });
        Ok(())
    })?;
    Ok(seen)
}

/// The smallest differences of cost and column dual of some lines.
struct LeastDifferences<'a, T, const NEGATE: bool> {
    values: &'a [T],
    duals: &'a [T],
    seen: &'a mut [Seen<T>],
}

impl<T: Cost, const NEGATE: bool> Vectorised for LeastDifferences<'_, T, NEGATE> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { values, duals, seen } = self;
        let mut minima = [[T::INFINITE; LANES]; ABREAST];
        for (group, duals_of_group) in duals.chunks(GROUP).enumerate() {
            let (duals_of_group, duals_left) = duals_of_group.as_chunks::<LANES>();
            for (values, minima) in values.chunks_exact(duals.len()).zip(&mut minima) {
                let (values, values_left) = values[group * GROUP..].as_chunks::<LANES>();
                let mut lanes = *minima;
                for (costs, duals) in values.iter().zip(duals_of_group) {
                    lanes = from_fn(|lane| lanes[lane].smaller(Lines::<T, NEGATE>::cost(costs[lane]) - duals[lane]));
                }
                for (lane, (&cost, &dual)) in lanes.iter_mut().zip(values_left.iter().zip(duals_left)) {
                    *lane = lane.smaller(Lines::<T, NEGATE>::cost(cost) - dual);
                }
                *minima = lanes;
            }
        }
        for (seen, minima) in seen.iter_mut().zip(minima) {
            seen.least = least(minima);
        }
    }
}

/// The sums of a proven optimum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proof<T> {
    /// Sum of the values of the assigned pairs.
    pub objective: T,
    /// Sum of all duals: the bound. Equal to the objective for integers.
    pub dual_objective: T,
    /// How far a line is from complementary slackness, at most: 0 for integers.
    pub largest_slack: T,
    /// How far it may be.
    pub tolerance: T,
}

/// What is wrong with an answer. Lines are the rows, or the columns of a matrix with more rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Something has another length than the matrix.
    Lengths,
    /// This line has no column, a forbidden one, or one that another line has.
    Assignment(usize),
    /// This line could have more than its dual says, or less.
    Slack(usize),
    /// This column is free and its dual not 0, or the sign of its dual is wrong.
    FreeColumn(usize),
    /// A sum is not a number of the type.
    Overflow,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lengths => f.write_str("the answer's lengths are not those of the matrix"),
            Self::Assignment(line) => {
                write!(f, "line {line} of the shorter side has no partner of its own that it may have")
            }
            Self::Slack(line) => write!(f, "line {line} of the shorter side breaks complementary slackness"),
            Self::FreeColumn(line) => {
                write!(f, "line {line} of the longer side has a dual that a free one cannot have")
            }
            Self::Overflow => f.write_str("the sums leave the number type"),
        }
    }
}

/// Judges what [`look`] has seen of an assignment and its duals.
pub(super) fn judge<T: Cost>(
    seen: &[Seen<T>],
    held: &[u32],
    line_duals: &[T],
    column_duals: &[T],
) -> Result<Proof<T>, Violation> {
    let mut taken = vec![false; column_duals.len()];
    for (line, &column) in held.iter().enumerate() {
        let free = column != NONE && taken.get(column as usize) == Some(&false) && seen[line].cost < T::INFINITE;
        if !free {
            return Err(Violation::Assignment(line));
        }
        taken[column as usize] = true;
    }
    let scale = seen.iter().map(|seen| seen.cost).chain(line_duals.iter().copied()).chain(column_duals.iter().copied());
    let scale = scale.map(|number| number.larger(number.negated())).fold(T::default(), T::larger);
    let tolerance = T::tolerance(scale, column_duals.len());
    if held.len() < column_duals.len() {
        let wrong = |column: &usize| {
            let dual = column_duals[*column];
            dual > tolerance || (!taken[*column] && dual < tolerance.negated())
        };
        if let Some(column) = (0..column_duals.len()).find(wrong) {
            return Err(Violation::FreeColumn(column));
        }
    }
    let mut largest_slack = T::default();
    for (line, seen) in seen.iter().enumerate() {
        let slack = seen.cost - column_duals[held[line] as usize] - line_duals[line];
        let excess = line_duals[line] - seen.least;
        // In this form a dual that is not a number is a violation, too.
        if !(slack <= tolerance && excess <= tolerance) {
            return Err(Violation::Slack(line));
        }
        largest_slack = largest_slack.larger(slack).larger(excess);
    }
    let objective = T::total(seen.iter().map(|seen| seen.cost));
    let dual_objective = T::total(line_duals.iter().chain(column_duals).copied());
    if !(objective < T::INFINITE && dual_objective < T::INFINITE) {
        return Err(Violation::Overflow);
    }
    Ok(Proof { objective, dual_objective, largest_slack, tolerance })
}
