//! Properties of the solver on problems too large to enumerate: the proof holds, the numbering of rows and columns does not matter to
//! the value and to the prices, and the side it is solved from and the number of threads do not matter at all.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use solver::certificate::verify;
use solver::{Interrupt, Method, Options, Outcome, Problem, Solution, solve, solve_again, solve_with};

#[derive(Clone, Debug)]
struct Case {
    /// Capacity and the value in each column, if allowed.
    rows: Vec<(u32, Vec<Option<i64>>)>,
    column_capacity: Vec<u32>,
    unassigned: Option<i64>,
}

impl Case {
    fn problem(&self) -> Problem {
        let mut builder = Problem::builder(self.column_capacity.clone());
        if let Some(value) = self.unassigned {
            builder = builder.unassigned_value(value);
        }
        for (capacity, values) in &self.rows {
            let entries: Vec<(u32, i64)> =
                (0..).zip(values).filter_map(|(column, value)| Some((column, (*value)?))).collect();
            builder.push_row(*capacity, &entries);
        }
        builder.build().unwrap()
    }

    fn permuted(&self, rows: &[usize], columns: &[usize]) -> Self {
        let permute = |values: &[Option<i64>]| columns.iter().map(|&column| values[column]).collect();
        Self {
            rows: rows.iter().map(|&row| (self.rows[row].0, permute(&self.rows[row].1))).collect(),
            column_capacity: columns.iter().map(|&column| self.column_capacity[column]).collect(),
            unassigned: self.unassigned,
        }
    }
}

fn cases() -> impl Strategy<Value = Case> {
    (1..30_usize, 1..30_usize, prop_oneof![Just(3_i64), Just(50), Just(1 << 40)]).prop_flat_map(
        |(rows, columns, range)| {
            let value = prop::option::weighted(0.7, -range..=range);
            let row = (0..4_u32, prop::collection::vec(value, columns));
            let unassigned = prop_oneof![Just(None), (-range..=range).prop_map(Some)];
            (prop::collection::vec(row, rows), prop::collection::vec(0..4_u32, columns), unassigned)
                .prop_map(|(rows, column_capacity, unassigned)| Case { rows, column_capacity, unassigned })
        },
    )
}

/// A value in each row and column, to be assigned one to one.
fn matrices() -> impl Strategy<Value = Case> {
    (1..20_usize, 0..10_usize, prop_oneof![Just(1_i64), Just(3), Just(50), Just(1 << 40)]).prop_flat_map(
        |(rows, more, range)| {
            let row = prop::collection::vec((-range..=range).prop_map(Some), rows + more);
            prop::collection::vec(row, rows).prop_map(move |values| Case {
                rows: values.into_iter().map(|values| (1, values)).collect(),
                column_capacity: vec![1; rows + more],
                unassigned: None,
            })
        },
    )
}

/// The solution by a method, which has to be used.
fn solution_by(problem: &Problem, method: Option<Method>) -> Solution {
    let options = Options { method, ..Options::default() };
    let Outcome::Optimal(solution) = solve_with(problem, &options, &Interrupt::never()).unwrap() else {
        unreachable!()
    };
    assert_eq!(solution.method, method.unwrap_or(Method::Dense));
    solution
}

/// Something that happens between two solutions; the numbers say to which row, column and value, as far as there are so many.
#[derive(Clone, Debug)]
enum Change {
    Values(usize, Vec<Option<i64>>),
    RowCapacity(usize, u32),
    ColumnCapacity(usize, u32),
    LessColumns(usize),
    MoreColumns(Vec<Option<i64>>, u32),
    LessRows(usize),
    MoreRows(u32, Vec<Option<i64>>),
    Unassigned(Option<i64>),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let values = || prop::collection::vec(prop::option::weighted(0.7, -50..=50_i64), 40);
    let change = prop_oneof![
        8 => (0..40_usize, values()).prop_map(|(row, values)| Change::Values(row, values)),
        2 => (0..40_usize, 0..4_u32).prop_map(|(row, capacity)| Change::RowCapacity(row, capacity)),
        2 => (0..40_usize, 0..4_u32).prop_map(|(column, capacity)| Change::ColumnCapacity(column, capacity)),
        1 => (0..4_usize).prop_map(Change::LessColumns),
        1 => (values(), 0..4_u32).prop_map(|(values, capacity)| Change::MoreColumns(values, capacity)),
        1 => (0..4_usize).prop_map(Change::LessRows),
        1 => (0..4_u32, values()).prop_map(|(capacity, values)| Change::MoreRows(capacity, values)),
        1 => prop::option::of(-50..=50_i64).prop_map(Change::Unassigned),
    ];
    prop::collection::vec(change, 1..4)
}

impl Case {
    fn apply(&mut self, change: &Change) {
        let columns = self.column_capacity.len();
        match change {
            Change::Values(row, values) => {
                if let Some((_, own)) = self.rows.get_mut(*row) {
                    *own = values[..columns].to_vec();
                }
            }
            Change::RowCapacity(row, capacity) => {
                if let Some((own, _)) = self.rows.get_mut(*row) {
                    *own = *capacity;
                }
            }
            Change::ColumnCapacity(column, capacity) => {
                if let Some(own) = self.column_capacity.get_mut(*column) {
                    *own = *capacity;
                }
            }
            Change::LessColumns(by) => {
                let left = columns - by.min(&columns);
                self.column_capacity.truncate(left);
                self.rows.iter_mut().for_each(|(_, values)| values.truncate(left));
            }
            Change::MoreColumns(values, capacity) => {
                self.column_capacity.push(*capacity);
                self.rows.iter_mut().zip(values).for_each(|((_, own), value)| own.push(*value));
            }
            Change::LessRows(by) => self.rows.truncate(self.rows.len() - by.min(&self.rows.len())),
            Change::MoreRows(capacity, values) => self.rows.push((*capacity, values[..columns].to_vec())),
            Change::Unassigned(value) => self.unassigned = *value,
        }
    }
}

fn cases_with_permutations() -> impl Strategy<Value = (Case, Vec<usize>, Vec<usize>)> {
    cases().prop_flat_map(|case| {
        let rows: Vec<usize> = (0..case.rows.len()).collect();
        let columns: Vec<usize> = (0..case.column_capacity.len()).collect();
        (Just(case), Just(rows).prop_shuffle(), Just(columns).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_optimum_is_proven_and_every_infeasibility_adds_up(case in cases()) {
        let problem = case.problem();
        match solve(&problem, &Interrupt::never()).unwrap() {
            Outcome::Optimal(solution) => {
                let proof = verify(&problem, &solution.pairs, &solution.prices).unwrap();
                prop_assert_eq!(proof.objective, proof.dual_objective);
                for (column, &price) in solution.prices.iter().enumerate() {
                    let lowered = |by: i64| {
                        let mut prices = solution.prices.clone();
                        prices[column] -= by;
                        verify(&problem, &solution.pairs, &prices)
                    };
                    prop_assert!(price == 0 || lowered(1).is_err(), "price {} of column {} is not the smallest", price, column);
                }
            }
            Outcome::Infeasible(proof) => {
                prop_assert!(case.unassigned.is_none());
                prop_assert!(proof.assignable < proof.demand);
                prop_assert_eq!(proof.blocking_demand - proof.blocking_supply, proof.demand - proof.assignable);
            }
        }
    }

    #[test]
    fn numbering_changes_neither_value_nor_prices_nor_infeasibility((case, rows, columns) in cases_with_permutations()) {
        let original = solve(&case.problem(), &Interrupt::never()).unwrap();
        let permuted = solve(&case.permuted(&rows, &columns).problem(), &Interrupt::never()).unwrap();
        match (original, permuted) {
            (Outcome::Optimal(original), Outcome::Optimal(permuted)) => {
                prop_assert_eq!(original.proof, permuted.proof);
                let prices: Vec<i64> = columns.iter().map(|&column| original.prices[column]).collect();
                prop_assert_eq!(prices, permuted.prices);
                let utilities: Vec<i64> = rows.iter().map(|&row| original.utilities[row]).collect();
                prop_assert_eq!(utilities, permuted.utilities);
            }
            (Outcome::Infeasible(original), Outcome::Infeasible(permuted)) => {
                prop_assert_eq!(original.assignable, permuted.assignable);
                let mut blocking: Vec<usize> = permuted.blocking_rows.iter().map(|&row| rows[row]).collect();
                blocking.sort_unstable();
                prop_assert_eq!(original.blocking_rows, blocking);
            }
            (original, permuted) => prop_assert!(false, "{:?} but permuted {:?}", original, permuted),
        }
    }

    #[test]
    fn a_start_from_before_the_changes_ends_at_the_same_answer(
        case in cases(),
        changes in prop::collection::vec(changes(), 1..3),
        threads in 1..4_usize,
    ) {
        let options = Options { method: Some(Method::Rows), ..Options::default() };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut case = case;
        let mut earlier = solve_with(&case.problem(), &options, &Interrupt::never()).unwrap();
        for changes in changes {
            for change in &changes {
                case.apply(change);
            }
            let problem = case.problem();
            let from_nothing = solve_with(&problem, &options, &Interrupt::never()).unwrap();
            if let Outcome::Optimal(known) = &earlier {
                let again = |options| pool.install(|| solve_again(&problem, known, options, &Interrupt::never())).unwrap();
                prop_assert_eq!(&again(&options), &from_nothing);
                let any = Options { any_optimum: true, ..options };
                match (again(&any), &from_nothing) {
                    (Outcome::Optimal(any), Outcome::Optimal(canonical)) => prop_assert_eq!(any.proof, canonical.proof),
                    (any, _) => prop_assert_eq!(&any, &from_nothing),
                }
            }
            earlier = from_nothing;
        }
    }

    #[test]
    fn a_whole_matrix_has_the_answer_of_its_rows(case in matrices()) {
        let problem = case.problem();
        let (dense, rows) = (solution_by(&problem, Some(Method::Dense)), solution_by(&problem, Some(Method::Rows)));
        prop_assert_eq!((dense.pairs, dense.prices, dense.utilities), (rows.pairs, rows.prices, rows.utilities));
    }

    #[test]
    fn neither_side_nor_threads_change_the_answer(case in cases()) {
        let problem = case.problem();
        let from = |method, threads| {
            let options = Options { method: Some(method), ..Options::default() };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| solve_with(&problem, &options, &Interrupt::never())).unwrap()
        };
        match (from(Method::Rows, 1), from(Method::Columns, 3)) {
            (Outcome::Optimal(rows), Outcome::Optimal(columns)) => {
                prop_assert_eq!((rows.method, columns.method), (Method::Rows, Method::Columns));
                prop_assert_eq!((rows.pairs, rows.prices, rows.utilities), (columns.pairs, columns.prices, columns.utilities));
            }
            (rows, columns) => prop_assert_eq!(rows, columns),
        }
    }
}

#[test]
fn a_large_matrix_is_solved_as_one() {
    for (rows, columns, values) in [(128, 128, 3), (150, 150, 1_000_000), (100, 164, 20)] {
        let mut builder = Problem::builder(vec![1; columns]);
        for row in 0..rows {
            let value = |column: u32| i64::from((row * 7919 + column * column * 104_729 + row * column) % values);
            builder.push_row(1, &(0..).take(columns).map(|column| (column, value(column))).collect::<Vec<_>>());
        }
        let problem = builder.build().unwrap();
        let (chosen, rows) = (solution_by(&problem, None), solution_by(&problem, Some(Method::Rows)));
        assert_eq!((chosen.pairs, chosen.prices, chosen.utilities), (rows.pairs, rows.prices, rows.utilities));
    }
}

#[test]
fn only_a_whole_matrix_is_solved_as_one() {
    let whole = |rows: u32, unassigned: Option<i64>, capacities: [u32; 2], width: u32| {
        let mut builder = Problem::builder(vec![capacities[1]; 3]);
        if let Some(value) = unassigned {
            builder = builder.unassigned_value(value);
        }
        for row in 0..rows {
            let width = if row == 0 { width } else { 3 };
            builder.push_row(capacities[0], &(0..width).map(|column| (column, 1)).collect::<Vec<_>>());
        }
        Method::Dense.suits(&builder.build().unwrap())
    };
    assert!(whole(3, None, [1, 1], 3));
    assert!(whole(2, None, [1, 1], 3));
    assert!(!whole(0, None, [1, 1], 3), "no rows");
    assert!(!whole(4, None, [1, 1], 3), "more rows than columns");
    assert!(!whole(3, Some(0), [1, 1], 3), "rows may stay unassigned");
    assert!(!whole(1, None, [2, 1], 3) && !whole(3, None, [1, 2], 3), "capacities");
    assert!(!whole(3, None, [1, 1], 2), "a pair is not allowed");
}
