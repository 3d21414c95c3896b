//! The dense solver against enumeration on every shape up to seven, against itself by its other method on larger ones, and at the edges.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    clippy::panic,
    clippy::unwrap_used,
    reason = "small numbers, and exact ones; and a test fails by panicking"
)]

use proptest::prelude::*;
use solver::Interrupt;
use solver::dense::{Cost, Error, Matrix, Method, Options, Order, Outcome, Sense, Solution, Violation, solve, verify};

const SENSES: [Sense; 2] = [Sense::Minimize, Sense::Maximize];
const METHODS: [Method; 3] = [Method::Auto, Method::CandidateLists, Method::DenseScan];
const ORDERS: [Order; 2] = [Order::RowMajor, Order::ColumnMajor];

/// Xorshift (Marsaglia 2003): the same cases in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Row by row; `None` is forbidden.
#[derive(Clone, Debug)]
struct Case {
    rows: usize,
    columns: usize,
    values: Vec<Option<i64>>,
}

impl Case {
    fn random(random: &mut Random, rows: usize, columns: usize, forbidden_of_ten: u64) -> Self {
        let range = [1, 2, 5, 1000, 1 << 40][random.below(5) as usize];
        let value = |random: &mut Random| {
            let value = random.below(range) as i64 - (range / 3) as i64;
            (random.below(10) >= forbidden_of_ten).then_some(value)
        };
        Self { rows, columns, values: (0..rows * columns).map(|_| value(random)).collect() }
    }

    fn stored<T: Copy>(&self, order: Order, number: impl Fn(Option<i64>) -> T) -> Vec<T> {
        match order {
            Order::RowMajor => self.values.iter().map(|&value| number(value)).collect(),
            Order::ColumnMajor => (0..self.columns)
                .flat_map(|column| (0..self.rows).map(move |row| row * self.columns + column))
                .map(|index| number(self.values[index]))
                .collect(),
        }
    }

    /// The best sum over all injections of the shorter side, and how many lines an assignment can have at most.
    fn enumerate(&self, sense: Sense) -> (Option<i64>, usize) {
        let transposed = self.rows > self.columns;
        let (count, length) = if transposed { (self.columns, self.rows) } else { (self.rows, self.columns) };
        // By set of taken partners, line after line: the best (lines assigned, sum).
        let mut best = vec![None; 1 << length];
        best[0] = Some((0, 0));
        for line in 0..count {
            let mut next = best.clone();
            for (taken, known) in best.iter().enumerate() {
                let Some((assigned, sum)) = *known else { continue };
                for place in (0..length).filter(|place| taken & (1 << place) == 0) {
                    let index = if transposed { place * self.columns + line } else { line * self.columns + place };
                    let Some(value) = self.values[index] else { continue };
                    let value = if sense == Sense::Maximize { -value } else { value };
                    let slot = &mut next[taken | (1 << place)];
                    let candidate = (assigned + 1, sum + value);
                    if slot.is_none_or(|(_, sum)| candidate.1 < sum) {
                        *slot = Some(candidate);
                    }
                }
            }
            best = next;
        }
        let most = best.iter().flatten().map(|&(assigned, _)| assigned).max().unwrap();
        let sum = best.iter().flatten().filter(|&&(assigned, _)| assigned == count).map(|&(_, sum)| sum).min();
        (sum.map(|sum| if sense == Sense::Maximize { -sum } else { sum }), most)
    }
}

fn solved<T: Cost>(matrix: &Matrix<'_, T>, sense: Sense, method: Method) -> Outcome<T> {
    solve(matrix, Options { sense, method }, &Interrupt::never()).unwrap()
}

fn verified<T: Cost>(matrix: &Matrix<'_, T>, sense: Sense, solution: &Solution<T>) -> Result<T, Error> {
    let duals = (solution.row_duals.as_slice(), solution.column_duals.as_slice());
    verify(matrix, sense, &solution.columns_of_rows, duals, &Interrupt::never()).map(|proof| proof.objective)
}

fn check<T: Cost>(case: &Case, number: impl Fn(Option<i64>) -> T + Copy, sense: Sense, exact: impl Fn(T) -> i64) {
    let (objective, most) = case.enumerate(sense);
    for order in ORDERS {
        let values = case.stored(order, number);
        let matrix = Matrix::new(&values, case.rows, case.columns, order).unwrap();
        for method in METHODS {
            match (solved(&matrix, sense, method), objective) {
                (Outcome::Optimal(solution), Some(objective)) => {
                    assert_eq!(exact(solution.proof.objective), objective, "{case:?} {sense:?} {order:?} {method:?}");
                    assert_eq!(exact(verified(&matrix, sense, &solution).unwrap()), objective);
                }
                (Outcome::Infeasible(proof), None) => {
                    assert_eq!(proof.assignable, most, "{case:?}");
                    assert_eq!(proof.blocking_lines.len() - proof.partners.len(), proof.demand - most, "{case:?}");
                    for &line in &proof.blocking_lines {
                        for place in 0..case.rows.max(case.columns) {
                            let (row, column) =
                                if proof.lines_are_columns { (place, line as usize) } else { (line as usize, place) };
                            let allowed = case.values[row * case.columns + column].is_some();
                            assert!(!allowed || proof.partners.contains(&(place as u32)), "{case:?}");
                        }
                    }
                }
                (outcome, objective) => panic!("{case:?} {sense:?}: {outcome:?}, enumeration {objective:?}"),
            }
        }
    }
}

fn float(sense: Sense) -> impl Fn(Option<i64>) -> f64 + Copy {
    let forbidden = if sense == Sense::Maximize { f64::NEG_INFINITY } else { f64::INFINITY };
    move |value| value.map_or(forbidden, |value| value as f64)
}

#[test]
fn solver_agrees_with_enumeration_on_every_shape_up_to_seven() {
    let mut random = Random(0x5EED_CAFE_F00D_1234);
    for (rows, columns) in (0..=7).flat_map(|rows| (0..=7).map(move |columns| (rows, columns))) {
        for _ in 0..10 {
            for sense in SENSES {
                check(&Case::random(&mut random, rows, columns, 0), |value| value.unwrap(), sense, |sum| sum);
                let forbidden = random.below(8);
                let case = Case::random(&mut random, rows, columns, forbidden);
                check(&case, float(sense), sense, |sum| sum as i64);
            }
        }
    }
}

fn cases() -> impl Strategy<Value = (usize, usize, u64, u64)> {
    (1..150_usize, 1..150_usize, 1..u64::MAX, 0..8_u64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_methods_prove_the_same_sum((rows, columns, seed, forbidden) in cases(), square in any::<bool>()) {
        let mut random = Random(seed);
        let columns = if square { rows } else { columns };
        let case = Case::random(&mut random, rows, columns, forbidden);
        for sense in SENSES {
            let values = case.stored(Order::RowMajor, float(sense));
            let matrix = Matrix::new(&values, rows, columns, Order::RowMajor).unwrap();
            let outcomes = METHODS.map(|method| solved(&matrix, sense, method));
            let objectives = outcomes.each_ref().map(|outcome| match outcome {
                Outcome::Optimal(solution) => Ok(verified(&matrix, sense, solution).unwrap()),
                Outcome::Infeasible(proof) => Err(proof.assignable),
            });
            prop_assert_eq!(objectives[0], objectives[1]);
            prop_assert_eq!(objectives[0], objectives[2]);
        }
    }

    #[test]
    fn reals_are_proven_within_the_tolerance((rows, columns, seed, _) in cases(), scale in -200..200_i32) {
        let mut random = Random(seed);
        let scale = 2_f64.powi(scale);
        let values: Vec<f64> =
            (0..rows * columns).map(|_| (random.below(1 << 53) as f64 / 2_f64.powi(53) - 0.5) * scale).collect();
        let matrix = Matrix::new(&values, rows, columns, Order::RowMajor).unwrap();
        for sense in SENSES {
            let proofs = METHODS.map(|method| {
                let Outcome::Optimal(solution) = solved(&matrix, sense, method) else { unreachable!() };
                verified(&matrix, sense, &solution).unwrap();
                solution.proof
            });
            for proof in proofs {
                let lines = rows.min(columns) as f64;
                prop_assert!((proof.objective - proof.dual_objective).abs() <= lines * proof.tolerance);
                prop_assert!((proof.objective - proofs[0].objective).abs() <= 2.0 * lines * proof.tolerance);
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing(seed in 1..u64::MAX, rows in 100..300_usize, range in 1..30_u64) {
        let mut random = Random(seed);
        let values: Vec<i64> = (0..rows * rows).map(|_| random.below(range) as i64).collect();
        let matrix = Matrix::new(&values, rows, rows, Order::RowMajor).unwrap();
        let answers = [1, 2, 5].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| solved(&matrix, Sense::Minimize, Method::Auto))
        });
        prop_assert_eq!(&answers[0], &answers[1]);
        prop_assert_eq!(&answers[0], &answers[2]);
    }
}

#[test]
fn products_of_row_and_column_end_in_the_scan_and_in_the_known_sum() {
    // Machol and Wien (1977): the optimum pairs the largest with the smallest.
    let n = 300_i64;
    let values: Vec<i64> = (1..=n).flat_map(|row| (1..=n).map(move |column| row * column)).collect();
    let matrix = Matrix::new(&values, n as usize, n as usize, Order::RowMajor).unwrap();
    let Outcome::Optimal(solution) = solved(&matrix, Sense::Minimize, Method::Auto) else { unreachable!() };
    assert_eq!(solution.proof.objective, (1..=n).map(|row| row * (n + 1 - row)).sum());
    assert_eq!(solution.solver, "dense-scan");
}

/// Whole distances between two sets of points in a square, row by row.
fn distances(random: &mut Random, n: usize) -> Vec<i64> {
    let mut points = || (0..n).map(|_| (random.below(1000) as f64, random.below(1000) as f64)).collect::<Vec<_>>();
    let (here, there) = (points(), points());
    let distance = |&(x, y): &(f64, f64), &(a, b): &(f64, f64)| (x - a).hypot(y - b) as i64;
    here.iter().flat_map(|point| there.iter().map(move |other| distance(point, other))).collect()
}

#[test]
fn distances_come_to_the_same_sum_by_auction_and_by_scan() {
    let mut random = Random(0xD157);
    for (n, forbidden_of_ten) in [(300, 0), (300, 3), (301, 7)] {
        let whole = distances(&mut random, n);
        let matrix = Matrix::new(&whole, n, n, Order::RowMajor).unwrap();
        let objectives = [Method::Auto, Method::DenseScan].map(|method| {
            let Outcome::Optimal(solution) = solved(&matrix, Sense::Minimize, method) else { unreachable!() };
            assert_eq!(solution.solver.starts_with("auction, then"), method == Method::Auto);
            verified(&matrix, Sense::Minimize, &solution).unwrap()
        });
        assert_eq!(objectives[0], objectives[1]);
        // Multiples of an eighth, negated and with forbidden pairs: sums are exact, and the same whichever way.
        let eighths = whole.iter().map(|&value| {
            if random.below(10) < forbidden_of_ten {
                f64::NEG_INFINITY
            } else {
                (random.below(8) as f64 / 8.0) - value as f64
            }
        });
        let eighths: Vec<f64> = eighths.collect();
        let matrix = Matrix::new(&eighths, n, n, Order::ColumnMajor).unwrap();
        let objectives = METHODS.map(|method| {
            let Outcome::Optimal(solution) = solved(&matrix, Sense::Maximize, method) else { unreachable!() };
            verified(&matrix, Sense::Maximize, &solution).unwrap()
        });
        assert_eq!(objectives[0], objectives[1]);
        assert_eq!(objectives[0], objectives[2]);
    }
}

#[test]
fn an_auction_that_cannot_end_gives_way_and_the_blocking_lines_are_named() {
    // Two thirds of the lines may only have one half of the columns.
    let n = 300;
    let mut values: Vec<f64> = distances(&mut Random(0xB10C), n).into_iter().map(|value| value as f64).collect();
    for row in 0..200 {
        values[row * n + 150..(row + 1) * n].fill(f64::INFINITY);
    }
    let matrix = Matrix::new(&values, n, n, Order::RowMajor).unwrap();
    for method in METHODS {
        let Outcome::Infeasible(proof) = solved(&matrix, Sense::Minimize, method) else { unreachable!() };
        assert_eq!((proof.assignable, proof.blocking_lines.len(), proof.partners.len()), (250, 200, 150));
    }
}

#[test]
fn the_largest_accepted_integers_do_not_overflow_and_larger_ones_are_refused_with_their_place() {
    let n = 40;
    let limit = <i64 as Cost>::limit(n);
    let mut random = Random(7);
    let mut values: Vec<i64> =
        (0..n * n).map(|_| if random.below(2) == 0 { 1 - limit } else { limit - 1 - random.below(2) as i64 }).collect();
    for (sense, method) in SENSES.into_iter().flat_map(|sense| METHODS.map(|method| (sense, method))) {
        let matrix = Matrix::new(&values, n, n, Order::RowMajor).unwrap();
        let Outcome::Optimal(solution) = solved(&matrix, sense, method) else { unreachable!() };
        assert_eq!(solution.proof.objective, solution.proof.dual_objective);
    }
    for value in [limit, -limit, i64::MAX, i64::MIN] {
        values[3 * n + 5] = value;
        let matrix = Matrix::new(&values, n, n, Order::RowMajor).unwrap();
        for sense in SENSES {
            let error = solve(&matrix, Options { sense, ..Options::default() }, &Interrupt::never()).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("row 3, column 5: the value {value} {}", value.refusal(limit)),
                "the place and what would be right"
            );
        }
    }
}

#[test]
fn floats_that_are_no_costs_are_refused_with_their_place() {
    let refusals = [
        (Sense::Minimize, f64::NAN, "the value NaN must be a number"),
        (Sense::Minimize, f64::NEG_INFINITY, "the value -inf is infinite on the side"),
        (Sense::Maximize, f64::INFINITY, "the value inf is infinite on the side"),
        (Sense::Minimize, 1e300, "must be smaller in magnitude than"),
    ];
    for (sense, value, expected) in refusals {
        for (rows, columns) in [(9, 30), (30, 9), (20, 20)] {
            for order in ORDERS {
                let mut values = vec![1.0; rows * columns];
                let at = if order == Order::RowMajor { 7 * columns + 8 } else { 8 * rows + 7 };
                values[at] = value;
                let matrix = Matrix::new(&values, rows, columns, order).unwrap();
                let error = solve(&matrix, Options { sense, ..Options::default() }, &Interrupt::never()).unwrap_err();
                let error = error.to_string();
                assert!(error.starts_with("row 7, column 8: ") && error.contains(expected), "{error}");
            }
        }
    }
}

/// From 0 to below 1.
fn uniform(random: &mut Random) -> f64 {
    random.below(1 << 53) as f64 / 2_f64.powi(53)
}

#[test]
fn columns_that_are_dear_in_every_line_come_to_the_same_sum_by_lists_and_by_scan() {
    let mut random = Random(0xDEA2);
    let n = 300;
    // A list's bound leaves out the few dearest columns; with more of them, or all as dear, it cannot.
    for dear in [1, 10, 31, 32, 33, 100, 299] {
        let columns: Vec<f64> =
            (0..n).map(|column| if column < dear { 3.0 + 4.0 * uniform(&mut random) } else { 0.0 }).collect();
        let values: Vec<f64> = (0..n * n).map(|index| uniform(&mut random) + columns[index * 7 % n]).collect();
        let matrix = Matrix::new(&values, n, n, Order::RowMajor).unwrap();
        let objectives = METHODS.map(|method| {
            let Outcome::Optimal(solution) = solved(&matrix, Sense::Minimize, method) else { unreachable!() };
            verified(&matrix, Sense::Minimize, &solution).unwrap()
        });
        assert!((objectives[0] - objectives[2]).abs() < 1e-9, "{dear} dear columns: {objectives:?}");
        assert!((objectives[1] - objectives[2]).abs() < 1e-9, "{dear} dear columns: {objectives:?}");
    }
}

#[test]
fn a_value_that_matters_is_seen_wherever_it_is() {
    let mut random = Random(0x5EE2);
    // Neither whole groups of columns nor whole blocks of lines.
    for (rows, columns) in [(77, 77), (21, 141)] {
        let mut values: Vec<f64> = (0..rows * columns).map(|_| 1.0 + uniform(&mut random)).collect();
        let matrix = Matrix::new(&values, rows, columns, Order::RowMajor).unwrap();
        let Outcome::Optimal(before) = solved(&matrix, Sense::Minimize, Method::Auto) else { unreachable!() };
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let value = std::mem::replace(&mut values[row * columns + column], -100.0);
            let matrix = Matrix::new(&values, rows, columns, Order::RowMajor).unwrap();
            let outcome = solved(&matrix, Sense::Minimize, Method::Auto);
            let Outcome::Optimal(solution) = outcome else { unreachable!() };
            assert_eq!(solution.columns_of_rows[row], Some(column as u32));
            let wrong = verified(&matrix, Sense::Minimize, &before).unwrap_err();
            assert_eq!(wrong, Error::Unproven(Violation::Slack(row)), "at {row}, {column}");
            values[row * columns + column] = f64::NAN;
            let matrix = Matrix::new(&values, rows, columns, Order::RowMajor).unwrap();
            let error = solve(&matrix, Options::default(), &Interrupt::never()).unwrap_err();
            assert!(error.to_string().starts_with(&format!("row {row}, column {column}: the value NaN")), "{error}");
            values[row * columns + column] = value;
        }
    }
}

#[test]
fn a_stopped_interrupt_ends_the_work() {
    let interrupt = Interrupt::never();
    interrupt.stop();
    let matrix = Matrix::new(&[1_i64, 2, 3, 4], 2, 2, Order::RowMajor).unwrap();
    assert_eq!(solve(&matrix, Options::default(), &interrupt), Err(Error::Interrupted));
}

/// Columns of the rows, row duals, column duals, and what is wrong with them.
type Wrong<'a> = (&'a [Option<u32>], &'a [i64], &'a [i64], Violation);

#[test]
fn verify_refuses_what_is_no_proven_optimum() {
    let values = [4_i64, 1, 3, 2, 0, 5];
    let matrix = Matrix::new(&values, 2, 3, Order::RowMajor).unwrap();
    let check = |columns: &[Option<u32>], rows: &[i64], duals: &[i64]| {
        verify(&matrix, Sense::Minimize, columns, (rows, duals), &Interrupt::never()).map(|proof| proof.objective)
    };
    let best = [Some(1), Some(0)];
    assert_eq!(check(&best, &[3, 2], &[0, -2, 0]), Ok(3));
    let violations: [Wrong<'_>; 8] = [
        (&best, &[3, 2], &[0, -2], Violation::Lengths),
        (&[Some(0), Some(0)], &[3, 2], &[0, -2, 0], Violation::Assignment(1)),
        (&[Some(1), None], &[3, 2], &[0, -2, 0], Violation::Assignment(1)),
        (&[Some(1), Some(3)], &[3, 2], &[0, -2, 0], Violation::Assignment(1)),
        (&[Some(2), Some(0)], &[3, 2], &[0, -2, 0], Violation::FreeColumn(1)),
        (&best, &[3, 1], &[0, -2, 0], Violation::Slack(1)),
        (&best, &[4, 2], &[0, -3, -1], Violation::FreeColumn(2)),
        (&best, &[3, 2], &[i64::MAX, -2, 0], Violation::Overflow),
    ];
    for (columns, rows, duals, violation) in violations {
        assert_eq!(check(columns, rows, duals), Err(Error::Unproven(violation)));
    }
}
