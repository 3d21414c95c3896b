//! Small instances again and again, for comparing one commit with the next: `cargo bench --bench criterion [PART OF A NAME]`, about two
//! minutes for all. Criterion keeps what it measured under `target/criterion` and says whether anything has changed since.
//!
//! The other benches have the large instances, run a few times each.

#![allow(
    dead_code,
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a program of its own, on numbers it made itself, with instances of which the other benches use more"
)]

#[path = "capacitated/instances.rs"]
mod instances;
#[path = "people/overlaps.rs"]
mod overlaps;
#[path = "capacitated/random.rs"]
mod random;
#[path = "people/world.rs"]
mod world;

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use solver::dense::{self, Matrix, Order};
use solver::{
    Aim, Columns, Instructions, Interrupt, Learner, Mentor, Options, Outcome, Problem, Round, RoundOptions, Solution,
    Weights, solve_again, solve_round, solve_with,
};

criterion_main!(benches);
criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4));
    targets = whole_matrices, mentoring, warm_start, people, availability
}

/// One to one, costs uniform in 0..1.
fn whole_matrices(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dense uniform");
    for side in [500, 1000] {
        let costs: Vec<f64> = (0..side * side).map(|place| random::fraction(side as u64, place)).collect();
        let matrix = Matrix::new(&costs, side, side, Order::RowMajor).unwrap();
        let solve = || dense::solve(&matrix, dense::Options::default(), &Interrupt::never()).unwrap();
        group.bench_function(side.to_string(), |bencher| bencher.iter(solve));
    }
}

/// Learners × mentors × places; `any` optimum with its proof, or the `canonical` one with the smallest prices.
fn mentoring(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mentoring");
    for (learners, mentors, places) in [(1000, 300, 3), (5000, 1000, 3)] {
        let problem = instances::mentoring(learners, mentors, places);
        for (name, any_optimum) in [("any", true), ("canonical", false)] {
            let options = Options { any_optimum, ..Options::default() };
            let solve = || solved(solve_with(&problem, &options, &Interrupt::never()));
            group.bench_function(format!("{learners} x {mentors} x {places} {name}"), |bencher| bencher.iter(solve));
        }
    }
}

/// The canonical optimum after one learner in a hundred has other scores, from the solution before and from nothing.
fn warm_start(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("after 1 %");
    let problem = instances::mentoring(5000, 1000, 3);
    let earlier = solved(solve_with(&problem, &Options::default(), &Interrupt::never()));
    let changed = one_in_a_hundred_changed(&problem);
    let warm = || solved(solve_again(&changed, &earlier, &Options::default(), &Interrupt::never()));
    let cold = || solved(solve_with(&changed, &Options::default(), &Interrupt::never()));
    assert_eq!(warm().pairs, cold().pairs);
    group.bench_function("warm", |bencher| bencher.iter(warm));
    group.bench_function("cold", |bencher| bencher.iter(cold));
}

/// One pass over all scores, people made into columns before; and a whole round, from people to its proof.
fn people(criterion: &mut Criterion) {
    let weights = Weights::default();
    let (learners, mentors) = (world::learners(41, 1000), world::mentors(82, 500, 3));
    let pass = round(&learners, &mentors, &weights);
    let columns = Columns::new(&pass, Instructions::Best, &Interrupt::never()).unwrap();
    criterion.bench_function("scoring 1000 x 500", |bencher| bencher.iter(|| columns.total(&Interrupt::never())));

    let (learners, mentors) = (world::learners(41, 2000), world::mentors(82, 500, 3));
    let round = round(&learners, &mentors, &weights);
    let solve = || {
        let columns = Columns::new(&round, Instructions::Best, &Interrupt::never()).unwrap();
        solve_round(&columns, &Aim::of(&round), &RoundOptions::default(), &Interrupt::never()).unwrap()
    };
    criterion.bench_function("round 2000 x 500 x 3", |bencher| bencher.iter(solve));
}

/// The minutes that 256 learners share with 256 mentors, of whom all are available for whole hours: as the columns count them, for any minute,
/// and with a bit for each hour.
fn availability(criterion: &mut Criterion) {
    let (learners, mentors) = (world::learners(41, 256), world::mentors(82, 256, 1));
    let (sums, bits) = (overlaps::Sums::of(&learners, &mentors), overlaps::Bits::of(&learners, &mentors));
    assert_eq!(sums.total(), bits.total());
    let mut group = criterion.benchmark_group("overlap 256 x 256");
    group.bench_function("sums of minutes", |bencher| bencher.iter(|| sums.total()));
    group.bench_function("bits of hours", |bencher| bencher.iter(|| bits.total()));
}

fn round<'a>(learners: &'a [Learner], mentors: &'a [Mentor], weights: &'a Weights) -> Round<'a> {
    Round { learners, mentors, weights, continuity: &[], forbidden: &[], minimum_score: 0 }
}

fn solved(outcome: Result<Outcome, solver::SolveError>) -> Solution {
    match outcome.unwrap() {
        Outcome::Optimal(solution) => solution,
        Outcome::Infeasible(why) => panic!("{why:?}"),
    }
}

fn one_in_a_hundred_changed(problem: &Problem) -> Problem {
    let mut builder = Problem::builder(problem.column_capacity().to_vec()).unassigned_value(0);
    for (row, &capacity) in problem.row_capacity().iter().enumerate() {
        let shift = |at| if row % 100 == 7 { random::integer(row as u64, at, -100, 100) } else { 0 };
        let entries = problem.entries(row).enumerate().map(|(at, (column, value))| (column, value + shift(at)));
        builder.push_row(capacity, &entries.collect::<Vec<_>>());
    }
    builder.build().unwrap()
}
