//! Times the solver of whole matrices on generated instances: `cargo bench --bench dense [PART OF A NAME]`, five runs each, medians in
//! seconds, by every method.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that prints, on numbers it made itself"
)]

use std::time::Instant;

use solver::Interrupt;
use solver::dense::{Cost, Matrix, Method, Options, Order, Outcome, solve};

const RUNS: usize = 5;

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    println!("{:24} {:>12} {:>9} {:>9} {:>9}  auto is", "", "objective", "auto", "lists", "scan");
    for n in [1000, 2000] {
        measure(&wanted, &format!("uniform {n}"), n, uniform);
    }
    for highest in [10.0, 100.0] {
        let integer = |row, column| 1 + (uniform(row, column) * highest) as i64;
        measure(&wanted, &format!("integers 1 to {highest}, 2000"), 2000, integer);
    }
    let point = |side, at| (1000.0 * uniform(side, 2 * at), 1000.0 * uniform(side, 2 * at + 1));
    let distance = |row, column| {
        let ((x, y), (a, b)) = (point(1 << 40, row), point(1 << 41, column));
        (x - a).hypot(y - b) as i64
    };
    measure(&wanted, "distances 1000", 1000, distance);
    measure(&wanted, "row x column, 1000", 1000, |row, column| (row as i64 + 1) * (column as i64 + 1));
}

fn measure<T: Cost>(wanted: &str, name: &str, n: usize, value: impl Fn(u64, u64) -> T) {
    if !name.contains(wanted) {
        return;
    }
    let values: Vec<T> = (0..n * n).map(|index| value((index / n) as u64, (index % n) as u64)).collect();
    let matrix = Matrix::new(&values, n, n, Order::RowMajor).unwrap();
    let medians = [Method::Auto, Method::CandidateLists, Method::DenseScan].map(|method| {
        let mut runs: Vec<_> = (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                let outcome = solve(&matrix, Options { method, ..Options::default() }, &Interrupt::never()).unwrap();
                let seconds = start.elapsed().as_secs_f64();
                match outcome {
                    Outcome::Optimal(solution) => (seconds, solution),
                    Outcome::Infeasible(why) => panic!("{why:?}"),
                }
            })
            .collect();
        runs.sort_by(|a, b| a.0.total_cmp(&b.0));
        runs.swap_remove(RUNS / 2)
    });
    let (objective, solver) = (medians[0].1.proof.objective, medians[0].1.solver);
    let [auto, lists, scan] = medians.map(|(seconds, _)| seconds);
    println!("{name:24} {objective:12.6} {auto:9.4} {lists:9.4} {scan:9.4}  {solver}");
}

/// From 0 to below 1, the same for the same place (`SplitMix64`, Steele, Lea and Flood 2014).
fn uniform(row: u64, column: u64) -> f64 {
    let mut bits = (row << 32 ^ column).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits ^ (bits >> 31)) >> 11) as f64 / 2_f64.powi(53)
}
