//! The proof of optimality: an assignment is optimal if its value equals the value of feasible dual prices.
//!
//! Everything is recomputed from the problem; nothing that the solver believed is used. Sums are in `i128`: a capacity
//! times a price can be beyond `i64` even though the whole never is.

use std::fmt;

use crate::problem::Problem;

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
    ForbiddenPair { unit: usize },
    Unassigned { unit: usize },
    OverCapacity { column: usize },
    NegativePrice { column: usize },
    Gap { objective: i128, dual_objective: i128 },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongLength => f.write_str("the answer has another shape than the problem"),
            Self::ForbiddenPair { unit } => write!(f, "unit {unit} is in a column that is not allowed to it"),
            Self::Unassigned { unit } => write!(f, "unit {unit} is unassigned, which is not allowed"),
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
pub fn verify(problem: &Problem, columns_of_units: &[Option<u32>], prices: &[i64]) -> Result<Proof, Violation> {
    if columns_of_units.len() != problem.units() || prices.len() != problem.columns() {
        return Err(Violation::WrongLength);
    }
    let objective = value_of(problem, columns_of_units)?;
    if let Some(column) = prices.iter().position(|&price| price < 0) {
        return Err(Violation::NegativePrice { column });
    }
    let mut dual_objective: i128 = prices
        .iter()
        .zip(problem.column_capacity())
        .map(|(&price, &capacity)| i128::from(price) * i128::from(capacity))
        .sum();
    for (row, &capacity) in problem.row_capacity().iter().enumerate().filter(|&(_, &capacity)| capacity > 0) {
        // A row that can do nothing has no unit in a feasible assignment, and `value_of` has seen to that.
        let utility = problem.utility(row, prices).unwrap_or_default();
        dual_objective += i128::from(utility) * i128::from(capacity);
    }
    match (i64::try_from(objective), i64::try_from(dual_objective)) {
        (Ok(objective), Ok(dual_objective)) if objective == dual_objective => Ok(Proof { objective, dual_objective }),
        _ => Err(Violation::Gap { objective, dual_objective }),
    }
}

fn value_of(problem: &Problem, columns_of_units: &[Option<u32>]) -> Result<i128, Violation> {
    let mut room: Vec<u32> = problem.column_capacity().to_vec();
    let mut objective = 0;
    for (unit, column) in columns_of_units.iter().enumerate() {
        let value = match *column {
            None => problem.unassigned_value().ok_or(Violation::Unassigned { unit })?,
            Some(column) => {
                let value =
                    problem.value(problem.row_of_unit(unit), column).ok_or(Violation::ForbiddenPair { unit })?;
                let left = &mut room[column as usize];
                *left = left.checked_sub(1).ok_or(Violation::OverCapacity { column: column as usize })?;
                value
            }
        };
        objective += i128::from(value);
    }
    Ok(objective)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem() -> Problem {
        Problem::builder(vec![1, 1]).unassigned_value(0).row(1, &[(0, 5), (1, 9)]).row(1, &[(1, 7)]).build().unwrap()
    }

    #[test]
    fn an_optimum_is_proven_by_its_prices() {
        assert_eq!(verify(&problem(), &[Some(0), Some(1)], &[0, 4]), Ok(Proof { objective: 12, dual_objective: 12 }));
    }

    #[test]
    fn every_violation_is_found() {
        let problem = problem();
        let fails = |columns: &[Option<u32>], prices: &[i64]| verify(&problem, columns, prices).unwrap_err();
        assert_eq!(fails(&[None], &[0, 0]), Violation::WrongLength);
        assert_eq!(fails(&[None, Some(0)], &[0, 0]), Violation::ForbiddenPair { unit: 1 });
        assert_eq!(fails(&[Some(1), Some(1)], &[0, 0]), Violation::OverCapacity { column: 1 });
        assert_eq!(fails(&[Some(0), Some(1)], &[0, -1]), Violation::NegativePrice { column: 1 });
        assert_eq!(fails(&[Some(1), None], &[0, 4]), Violation::Gap { objective: 9, dual_objective: 12 });
        assert_eq!(fails(&[Some(0), Some(1)], &[0, 3]), Violation::Gap { objective: 12, dual_objective: 13 });
        let strict = Problem::builder(vec![1]).row(1, &[(0, 5)]).build().unwrap();
        assert_eq!(verify(&strict, &[None], &[0]), Err(Violation::Unassigned { unit: 0 }));
    }
}
