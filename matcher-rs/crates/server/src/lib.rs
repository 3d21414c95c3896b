//! The HTTP service around the solver: what `contracts/README.md` promises, from the socket to the bytes of the answer.
//!
//! Layers, each importing only those after it: [`application`] → [`routes`] → [`admission`], [`observe`] → [`contract`] →
//! [`problem_details`]. Beside the service, [`command`] is the same solver at a terminal, on files. Scores and optima are not computed here but in the crate `solver`.

pub mod admission;
pub mod application;
pub mod command;
pub mod config;
pub mod contract;
pub mod healthcheck;
pub mod memory;
pub mod metrics;
pub mod observe;
pub mod problem_details;
pub mod routes;
pub mod telemetry;
