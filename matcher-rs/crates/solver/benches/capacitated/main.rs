//! Times the solver on generated instances: `cargo bench --bench capacitated [PART OF A NAME]`, in turns, medians in seconds.
//!
//! Of the problem after one row in a thousand, or in a hundred, has changed its values: `any`: any optimum, proven. `canonical`: the canonical
//! optimum and the smallest prices as well. `again`: as canonical, from the solution before the change; and the ratio of the two.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that prints, on numbers it made itself"
)]

mod instances;
mod random;

use std::time::Instant;

use solver::{Interrupt, Options, Outcome, Problem, Solution, solve_again, solve_with};

const RUNS: usize = 15;

type Instance = (&'static str, fn() -> Problem);

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let instances: [Instance; 8] = [
        ("clustered 20000 x 10000 x 2, 32 each", || instances::clustered(20_000, 10_000, 32, 2)),
        ("clustered 100000 x 20000 x 5, 32 each", || instances::clustered(100_000, 20_000, 32, 5)),
        ("clustered 100000 x 10000 x 5, 32 each", || instances::clustered(100_000, 10_000, 32, 5)),
        ("perfect 20000, 32 each", || instances::perfect(20_000, 32)),
        ("perfect 100000, 32 each", || instances::perfect(100_000, 32)),
        ("mentoring 1000 x 300 x 3", || instances::mentoring(1000, 300, 3)),
        ("mentoring 5000 x 1000 x 3", || instances::mentoring(5000, 1000, 3)),
        ("mentoring 5000 x 2000 x 3", || instances::mentoring(5000, 2000, 3)),
    ];
    println!(
        "{:40} {:>12} {:>9} {:>9} {:>9} {:>6} {:>9} {:>9} {:>9} {:>6}",
        "", "objective", "any", "canonical", "again .1%", "ratio", "any", "canonical", "again 1%", "ratio"
    );
    for (name, instance) in instances.into_iter().filter(|(name, _)| name.contains(&wanted)) {
        measure(name, &instance());
    }
}

fn measure(name: &str, problem: &Problem) {
    let cold = |problem: &Problem, any_optimum| {
        proven(solve_with(problem, &Options { any_optimum, ..Options::default() }, &Interrupt::never()))
    };
    let solution = cold(problem, false);
    let changed = [1000, 100].map(|one_in| changed(problem, one_in));
    let again = |problem: &Problem| proven(solve_again(problem, &solution, &Options::default(), &Interrupt::never()));
    for changed in &changed {
        let (again, nothing) = (again(changed), cold(changed, false));
        assert_eq!((again.pairs, again.prices), (nothing.pairs, nothing.prices), "{name}");
    }
    // In turns, so that what the machine does beside falls on all alike.
    let runs: [[[f64; 3]; 2]; RUNS] = std::array::from_fn(|_| {
        changed.each_ref().map(|changed| {
            [seconds(|| cold(changed, true)), seconds(|| cold(changed, false)), seconds(|| again(changed))]
        })
    });
    print!("{name:40} {:12}", solution.proof.objective);
    for which in [0, 1] {
        let [any, canonical, again] = std::array::from_fn(|of| median(runs.map(|run| run[which][of])));
        let ratio = median(runs.map(|run| run[which][2] / run[which][1]));
        print!(" {any:9.4} {canonical:9.4} {again:9.4} {ratio:6.3}");
    }
    println!();
}

fn proven(outcome: Result<Outcome, solver::SolveError>) -> Solution {
    match outcome.unwrap() {
        Outcome::Optimal(solution) => solution,
        Outcome::Infeasible(why) => panic!("{why:?}"),
    }
}

fn seconds(work: impl FnOnce() -> Solution) -> f64 {
    let start = Instant::now();
    let solution = work();
    let seconds = start.elapsed().as_secs_f64();
    drop(solution);
    seconds
}

fn median(mut runs: [f64; RUNS]) -> f64 {
    runs.sort_by(f64::total_cmp);
    runs[RUNS / 2]
}

/// The problem with up to 100 added to or taken from every value of one row in so many.
fn changed(problem: &Problem, one_in: usize) -> Problem {
    let mut builder = Problem::builder(problem.column_capacity().to_vec());
    if let Some(value) = problem.unassigned_value() {
        builder = builder.unassigned_value(value);
    }
    for (row, &capacity) in problem.row_capacity().iter().enumerate() {
        let shift = |at: usize| if row % one_in == 7 { random::integer(row as u64, at, -100, 100) } else { 0 };
        let entries: Vec<(u32, i64)> =
            problem.entries(row).enumerate().map(|(at, (column, value))| (column, value + shift(at))).collect();
        builder.push_row(capacity, &entries);
    }
    builder.build().unwrap()
}
