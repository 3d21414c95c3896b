//! The proof of optimality, in one parallel pass over all pairs: an assignment is optimal if its value equals the value of feasible dual
//! prices. The difference of the two is a sum of slacks, none of them negative, so where it is 0 each pair obeys complementary slackness.
//!
//! Everything is recomputed from the problem; nothing that the solver believed is used. Sums are in `i128`: a capacity
//! times a price can be beyond `i64` even though the whole never is.

use std::fmt;
use std::ops::Range;

use rayon::prelude::*;

use crate::matching::Pair;
use crate::problem::{Problem, number};
use crate::worth::PriceTable;

/// What a certificate shows: the same number from both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Value of the assignment.
    pub objective: i64,
    /// Value of the prices, `sum of row_capacity * utility + column_capacity * price`; equal to `objective`.
    pub dual_objective: i64,
}

/// Why an answer proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are what the message names")]
pub enum Violation {
    WrongLength,
    /// Pairs are to be ascending, each once, and at least one time.
    OutOfOrder {
        row: u32,
        column: u32,
    },
    ForbiddenPair {
        row: u32,
        column: u32,
    },
    OverRowCapacity {
        row: u32,
    },
    Unassigned {
        row: u32,
    },
    OverCapacity {
        column: u32,
    },
    NegativePrice {
        column: usize,
    },
    Gap {
        objective: i128,
        dual_objective: i128,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongLength => f.write_str("the answer has another shape than the problem"),
            Self::OutOfOrder { row, column } => {
                write!(f, "row {row} and column {column} are assigned out of order, or no time")
            }
            Self::ForbiddenPair { row, column } => {
                write!(f, "row {row} is in column {column}, which is not allowed to it")
            }
            Self::OverRowCapacity { row } => write!(f, "row {row} is assigned more often than its capacity"),
            Self::Unassigned { row } => write!(f, "row {row} has something unassigned, which is not allowed"),
            Self::OverCapacity { column } => write!(f, "column {column} holds more than its capacity"),
            Self::NegativePrice { column } => write!(f, "column {column} has a negative price"),
            Self::Gap { objective, dual_objective } => {
                write!(f, "the assignment is worth {objective}, the prices {dual_objective}")
            }
        }
    }
}

impl std::error::Error for Violation {}

/// Proves that the assignment is optimal, by weak duality.
///
/// # Errors
/// The first [`Violation`], in the order: shape, feasibility of the assignment, feasibility of the prices, the gap.
pub fn verify(problem: &Problem, pairs: &[Pair], prices: &[i64]) -> Result<Proof, Violation> {
    if prices.len() != problem.columns() {
        return Err(Violation::WrongLength);
    }
    check_columns(problem, pairs)?;
    let (rows, table) = (problem.rows(), PriceTable::new(prices.iter().copied()));
    let chunk = rows.div_ceil(4 * rayon::current_num_threads()).max(256);
    let sums = |part: usize| sums_of_rows(problem, part * chunk..rows.min((part + 1) * chunk), pairs, &table);
    let parts: Vec<Result<(i128, i128), Violation>> = (0..rows.div_ceil(chunk)).into_par_iter().map(sums).collect();
    let places = prices.iter().zip(problem.column_capacity());
    let (mut objective, mut dual_objective) =
        (0, places.map(|(&price, &capacity)| i128::from(price) * i128::from(capacity)).sum());
    for part in parts {
        // The first violation is the same whatever the number of threads.
        let (value, utilities) = part?;
        (objective, dual_objective) = (objective + value, dual_objective + utilities);
    }
    if let Some(column) = prices.iter().position(|&price| price < 0) {
        return Err(Violation::NegativePrice { column });
    }
    match (i64::try_from(objective), i64::try_from(dual_objective)) {
        (Ok(objective), Ok(dual_objective)) if objective == dual_objective => Ok(Proof { objective, dual_objective }),
        _ => Err(Violation::Gap { objective, dual_objective }),
    }
}

/// Order, and the capacity of the columns.
fn check_columns(problem: &Problem, pairs: &[Pair]) -> Result<(), Violation> {
    let mut room = problem.column_capacity().to_vec();
    let mut last = None;
    for &Pair { row, column, times } in pairs {
        if times == 0 || last >= Some((row, column)) {
            return Err(Violation::OutOfOrder { row, column });
        }
        if row as usize >= problem.rows() || column as usize >= problem.columns() {
            return Err(Violation::ForbiddenPair { row, column });
        }
        last = Some((row, column));
        let left = &mut room[column as usize];
        *left = left.checked_sub(times).ok_or(Violation::OverCapacity { column })?;
    }
    Ok(())
}

/// What these rows have, and the most that they could have at these prices, of all of their pairs.
fn sums_of_rows(
    problem: &Problem,
    rows: Range<usize>,
    pairs: &[Pair],
    prices: &PriceTable,
) -> Result<(i128, i128), Violation> {
    let (mut sum, mut utilities) = (0, 0);
    let mut pairs = &pairs[pairs.partition_point(|pair| (pair.row as usize) < rows.start)..];
    for (row, &capacity) in (number(rows.start)..).zip(&problem.row_capacity()[rows]) {
        if capacity > 0 {
            // A row that can do nothing is free, and that is seen to. What it has is looked up next, while its pairs are near.
            let utility = problem.utility_at(row as usize, prices).unwrap_or_default();
            utilities += i128::from(utility) * i128::from(capacity);
        }
        let (own, others) = pairs.split_at(pairs.iter().take_while(|pair| pair.row == row).count());
        pairs = others;
        let mut free = capacity;
        for &Pair { column, times, .. } in own {
            let value = problem.value(row as usize, column).ok_or(Violation::ForbiddenPair { row, column })?;
            free = free.checked_sub(times).ok_or(Violation::OverRowCapacity { row })?;
            sum += i128::from(value) * i128::from(times);
        }
        if free > 0 {
            let value = problem.unassigned_value().ok_or(Violation::Unassigned { row })?;
            sum += i128::from(value) * i128::from(free);
        }
    }
    Ok((sum, utilities))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem() -> Problem {
        Problem::builder(vec![1, 1]).unassigned_value(0).row(1, &[(0, 5), (1, 9)]).row(2, &[(1, 7)]).build().unwrap()
    }

    fn pair(row: u32, column: u32) -> Pair {
        Pair { row, column, times: 1 }
    }

    #[test]
    fn an_optimum_is_proven_by_its_prices() {
        let proof = verify(&problem(), &[pair(0, 0), pair(1, 1)], &[2, 7]);
        assert_eq!(proof, Ok(Proof { objective: 12, dual_objective: 12 }));
    }

    #[test]
    fn every_violation_is_found() {
        let problem = problem();
        let fails = |pairs: &[Pair], prices: &[i64]| verify(&problem, pairs, prices).unwrap_err();
        assert_eq!(fails(&[], &[0]), Violation::WrongLength);
        assert_eq!(fails(&[pair(0, 1), pair(0, 0)], &[0, 0]), Violation::OutOfOrder { row: 0, column: 0 });
        assert_eq!(fails(&[pair(0, 1), pair(0, 1)], &[0, 0]), Violation::OutOfOrder { row: 0, column: 1 });
        let none = Pair { times: 0, ..pair(0, 1) };
        assert_eq!(fails(&[none], &[0, 0]), Violation::OutOfOrder { row: 0, column: 1 });
        assert_eq!(fails(&[pair(1, 0)], &[0, 0]), Violation::ForbiddenPair { row: 1, column: 0 });
        assert_eq!(fails(&[pair(1, 2)], &[0, 0]), Violation::ForbiddenPair { row: 1, column: 2 });
        assert_eq!(fails(&[pair(2, 0)], &[0, 0]), Violation::ForbiddenPair { row: 2, column: 0 });
        assert_eq!(fails(&[pair(0, 0), pair(0, 1)], &[0, 0]), Violation::OverRowCapacity { row: 0 });
        assert_eq!(fails(&[pair(0, 1), pair(1, 1)], &[0, 0]), Violation::OverCapacity { column: 1 });
        assert_eq!(fails(&[pair(0, 0), pair(1, 1)], &[0, -1]), Violation::NegativePrice { column: 1 });
        assert_eq!(fails(&[pair(0, 1)], &[0, 7]), Violation::Gap { objective: 9, dual_objective: 12 });
        assert_eq!(fails(&[pair(0, 0), pair(1, 1)], &[2, 8]), Violation::Gap { objective: 12, dual_objective: 13 });
        let strict = Problem::builder(vec![1]).row(1, &[(0, 5)]).build().unwrap();
        assert_eq!(verify(&strict, &[], &[0]), Err(Violation::Unassigned { row: 0 }));
    }
}
