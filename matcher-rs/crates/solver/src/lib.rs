//! Scores learners against mentors and solves assignment problems exactly, with a proof.
//!
//! Two halves that meet in the caller: [`people`] and [`scoring`] turn two people into an integer score whose components add up;
//! [`assignment`] takes any integers and answers with the canonical optimum and its smallest dual prices, checked by [`certificate`].
//!
//! ```
//! use solver::{Interrupt, Outcome, Problem, solve};
//!
//! // Two rows, one column that takes both, one that takes one; rows may stay unassigned at value 0.
//! let problem = Problem::builder(vec![2, 1])
//!     .unassigned_value(0)
//!     .row(1, &[(0, 5), (1, 9)])
//!     .row(1, &[(1, 7)])
//!     .build()?;
//! let Ok(Outcome::Optimal(solution)) = solve(&problem, &Interrupt::never()) else { unreachable!() };
//! assert_eq!(solution.columns_of_units, [Some(0), Some(1)]);
//! assert_eq!(solution.prices, [0, 4]); // one more place in column 1 is worth 4
//! # Ok::<(), solver::InvalidProblem>(())
//! ```
//!
//! [`dense`] solves whole matrices of integers or floats, of one to one, in parallel.
//!
//! What does not belong here: JSON, HTTP, files, clocks, logs. Names of people and skills stay outside too: the
//! caller numbers them in ascending order, so that comparing indexes is comparing names.

pub mod assignment;
mod canonical;
pub mod certificate;
pub mod dense;
mod infeasible;
pub mod interrupt;
mod matching;
pub mod people;
mod prices;
pub mod problem;
pub mod scoring;
mod shortest_paths;

pub use assignment::{Outcome, Solution, SolveError, solve};
pub use infeasible::Infeasibility;
pub use interrupt::{Interrupt, Interrupted};
pub use people::{Learner, Mentor, Rating, Week, Weights};
pub use problem::{InvalidProblem, Problem, ProblemBuilder};
pub use scoring::{Absence, COMPONENTS, Component, ComponentScore, MAXIMUM_SCORE, Score, score};

/// The method behind [`solve`], as answers name it.
pub const SOLVER: &str = "successive-shortest-paths";
