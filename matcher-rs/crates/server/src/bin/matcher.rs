//! `matcher`: the solver on files, at a terminal. What it does is in `server::command`; here are only arguments, streams and the exit code.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use server::command::{Arguments, run};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(answer) => {
            // Whoever has closed the pipe wants no more of it.
            let _ = std::io::stdout().write_all(&answer.output);
            ExitCode::from(answer.exit_code)
        }
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "matcher: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}
