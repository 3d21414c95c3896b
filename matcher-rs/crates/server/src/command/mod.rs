//! The commands of `matcher`: files in, one line of JSON out. What they solve with is the crate `solver`, what they replay is [`crate::contract`].

mod dense;
mod failure;
mod input;
mod memory;
mod npy;
mod replay;
mod report;
mod solve;
mod sparse;
mod verify;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use failure::Failure;
pub use replay::Endpoint;

/// Solves assignment problems exactly and proves it.
///
/// Exit codes: 0 solved, verified or replayed; 1 no: infeasible, not proven, or a request that is refused; 2 an option or a file is wrong;
/// 3 the deadline passed; 4 a defect.
#[derive(Debug, Parser)]
#[command(name = "matcher", version, verbatim_doc_comment)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Solve a matrix: .npy (2-D, int64 or float64, C or Fortran order) or .npz (as `scipy.sparse.save_npz` writes csr, csc and coo)
    Solve(SolveArguments),
    /// Check a solution, as `solve --pairs --duals` prints it, against its matrix
    Verify(VerifyArguments),
    /// Answer a stored request of /v1 with the bytes that the service answers with
    Replay(ReplayArguments),
}

#[derive(Args, Debug)]
struct ProblemArguments {
    /// The matrix: rows are assigned to columns
    file: PathBuf,
    /// How often each column may be assigned: .npy, 1-D, integers; without it, once
    #[arg(long, value_name = "FILE.npy")]
    capacity: Option<PathBuf>,
    /// What a row without a column adds, so that none has to have one; only with --capacity or .npz
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    unassigned: Option<i64>,
    /// Look for the largest sum instead of the smallest
    #[arg(long)]
    maximize: bool,
    /// Threads for what runs in parallel [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Args, Debug)]
struct SolveArguments {
    #[command(flatten)]
    problem: ProblemArguments,
    /// Solve so many times, and print the seconds of each
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Print the assigned pairs of row and column
    #[arg(long)]
    pairs: bool,
    /// Print the dual variables, which prove the optimum
    #[arg(long)]
    duals: bool,
    /// Of several optima the one that the service answers with; only with --capacity or .npz
    #[arg(long)]
    canonical: bool,
    /// How a dense matrix is solved
    #[arg(long, value_enum, default_value_t)]
    method: Method,
    /// Give up after so many seconds of solving
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true, value_parser = positive_seconds)]
    deadline: Option<f64>,
}

#[derive(Args, Debug)]
struct VerifyArguments {
    #[command(flatten)]
    problem: ProblemArguments,
    /// JSON with `pairs`, `row_duals` and `column_duals`
    #[arg(value_name = "SOLUTION.json")]
    solution: PathBuf,
}

#[derive(Args, Debug)]
struct ReplayArguments {
    /// The body of the request
    #[arg(value_name = "REQUEST.json")]
    request: PathBuf,
    /// Where it was posted [default: what its fields say]
    #[arg(long, value_enum)]
    endpoint: Option<Endpoint>,
}

/// How the paths in a dense matrix are found.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Method {
    /// Lists of the best entries, whole lines when the lists grow too long
    #[default]
    Auto,
    /// Lists, however long they grow
    CandidateLists,
    /// Whole lines
    DenseScan,
}

/// What goes to standard output, and the exit code.
#[derive(Debug)]
pub struct Answer {
    /// Bytes to print.
    pub output: Vec<u8>,
    /// 0, 1 for a proven no, or 3 for a deadline that passed.
    pub exit_code: u8,
}

/// Does what the arguments say.
///
/// # Errors
/// [`Failure`], which knows its exit code.
pub fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    match &arguments.command {
        Command::Solve(arguments) => solve::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Replay(arguments) => replay::run(arguments),
    }
}

fn positive_seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.001..=1e6).contains(&seconds) => Ok(seconds),
        _ => Err("must be a number of seconds from 0.001 to 1000000".to_owned()),
    }
}
