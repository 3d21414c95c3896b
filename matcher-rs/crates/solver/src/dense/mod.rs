//! The dense assignment problem: every row a column of its own, or every column a row where there are more rows, at the smallest
//! or largest sum, exactly, with a proof.
//!
//! The search keeps the best few entries of each line, of whatever side is shorter, and a bound on the others (a core problem in the
//! sense of Volgenant 1996), bids (augmenting row reduction, Jonker and Volgenant 1987), completes the assignment along shortest
//! paths, and goes back to the matrix for a line whose bound is reached. Where bidding leaves many lines free an auction comes first
//! (Bertsekas 1979); where lists would hold most of the matrix it looks at whole lines instead. The matrix is read once to begin with and once for the proof, by as many threads as the current rayon pool has;
//! the answer does not depend on their number. Nothing of it is copied.
//!
//! ```
//! use solver::Interrupt;
//! use solver::dense::{Matrix, Options, Order, Outcome, solve};
//!
//! let matrix = Matrix::new(&[4.0, 1.0, 3.0, 2.0, 0.0, 5.0], 2, 3, Order::RowMajor).unwrap();
//! let Ok(Outcome::Optimal(solution)) = solve(&matrix, Options::default(), &Interrupt::never()) else { unreachable!() };
//! assert_eq!(solution.columns_of_rows, [Some(1), Some(0)]);
//! assert_eq!(solution.proof.objective, 3.0);
//! ```

#![allow(clippy::inline_always, reason = "loops over lanes become vector instructions only where they are inlined")]

mod auction;
mod augment;
mod bidding;
mod candidates;
mod cost;
mod hall;
mod matrix;
mod minima;
mod scan;
mod select;
mod solve;
mod state;
mod verify;

pub use cost::Cost;
pub use matrix::{Matrix, Order, Sense};
pub use solve::{Error, Infeasibility, Method, Options, Outcome, Solution, solve, verify};
pub use verify::{Proof, Violation};
