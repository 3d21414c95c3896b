//! Scores learners against mentors and solves assignment problems exactly, with a proof.
//!
//! Two halves that meet in the caller: [`people`] and [`scoring`] turn two people into an integer score whose components add up;
//! [`assignment`] takes any integers and answers with the canonical optimum and its smallest dual prices, checked by [`certificate`].
//!
//! ```
//! use solver::{Interrupt, Outcome, Pair, Problem, solve};
//!
//! // Two rows, one column that takes both, one that takes one; rows may stay unassigned at value 0.
//! let problem = Problem::builder(vec![2, 1])
//!     .unassigned_value(0)
//!     .row(1, &[(0, 5), (1, 9)])
//!     .row(1, &[(1, 7)])
//!     .build()?;
//! let Ok(Outcome::Optimal(solution)) = solve(&problem, &Interrupt::never()) else { unreachable!() };
//! assert_eq!(solution.pairs, [Pair { row: 0, column: 0, times: 1 }, Pair { row: 1, column: 1, times: 1 }]);
//! assert_eq!(solution.prices, [0, 4]); // one more place in column 1 is worth 4
//! # Ok::<(), solver::InvalidProblem>(())
//! ```
//!
//! Whatever passes over all pairs runs on the threads of the caller's rayon pool; answers never depend on how many there are.
//! [`dense`] solves whole matrices of integers or floats, of one to one.
//!
//! What does not belong here: JSON, HTTP, files, clocks, logs. Names of people and skills stay outside too: the
//! caller numbers them in ascending order, so that comparing indexes is comparing names.

mod alternating_paths;
pub mod assignment;
mod canonical;
pub mod certificate;
pub mod columns;
mod components;
mod core_problem;
pub mod dense;
mod entries;
mod infeasible;
pub mod interrupt;
mod matching;
mod method;
pub mod people;
mod prices;
mod prices_again;
pub mod problem;
mod radix_heap;
pub mod round;
pub mod scoring;
mod tight;
mod transportation;
mod worth;

pub use assignment::{Options, Outcome, Solution, SolveError, solve, solve_again, solve_with};
pub use columns::{Columns, Instructions};
pub use infeasible::Infeasibility;
pub use interrupt::{Interrupt, Interrupted};
pub use matching::Pair;
pub use method::Method;
pub use people::{Learner, Mentor, Rating, Want, Week, Weights};
pub use problem::{InvalidProblem, Problem, ProblemBuilder};
pub use round::{
    Aim, Asking, Effort, OUT_OF_REACH, Obstacle, Round, RoundError, RoundOptions, RoundSolution, Told, Values,
    highest_prices, nearest, rivals, solve_round, tell,
};
pub use scoring::{Absence, COMPONENTS, Component, ComponentScore, MAXIMUM_SCORE, Score, score};

/// The method behind [`solve`], as answers name it.
pub const SOLVER: &str = "auction-and-shortest-paths";
