//! The solver against enumeration: every shape up to seven rows and columns, with capacities of 0 to 3 on both sides, ties, negative values,
//! forbidden pairs, and rows that may or may not stay unassigned. Held against each other: feasibility, objective, the
//! canonical optimum, and the smallest prices.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::panic,
    clippy::unwrap_used,
    reason = "numbers below 1,000; and a test fails by panicking"
)]

use solver::{Interrupt, Method, Options, Outcome, Pair, Problem, Solution, solve, solve_again, solve_with};

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

struct Case {
    rows: Vec<(u32, Vec<(u32, i64)>)>,
    column_capacity: Vec<u32>,
    unassigned: Option<i64>,
}

impl Case {
    fn random(random: &mut Random, rows: usize, columns: usize) -> Self {
        let range = [1, 2, 4, 20, 1000][random.below(5) as usize];
        let (density, shift, most) =
            (1 + random.below(10), [0, range / 2][random.below(2) as usize], 2 + random.below(3));
        let mut units = 6;
        let rows = (0..rows)
            .map(|_| {
                let capacity = random.below(most).min(units) as u32;
                units -= u64::from(capacity);
                let listed: Vec<u32> = (0..columns as u32).filter(|_| random.below(10) < density).collect();
                (
                    capacity,
                    listed.into_iter().map(|column| (column, (random.below(range) as i64) - shift as i64)).collect(),
                )
            })
            .collect();
        let column_capacity = (0..columns).map(|_| random.below(4) as u32).collect();
        let unassigned = match random.below(3) {
            0 => None,
            1 => Some(0),
            _ => Some(random.below(range) as i64 - shift as i64),
        };
        Self { rows, column_capacity, unassigned }
    }

    fn problem(&self) -> Problem {
        let mut builder = Problem::builder(self.column_capacity.clone());
        if let Some(value) = self.unassigned {
            builder = builder.unassigned_value(value);
        }
        for (capacity, entries) in &self.rows {
            builder.push_row(*capacity, entries);
        }
        builder.build().unwrap()
    }

    /// All choices of a unit in its order of preference: value descending, column ascending, unassigned last.
    fn choices(&self) -> Vec<Vec<(Option<u32>, i64)>> {
        let mut units = Vec::new();
        for (capacity, entries) in &self.rows {
            let mut choices: Vec<_> = entries.iter().map(|&(column, value)| (Some(column), value)).collect();
            choices.sort_by_key(|&(column, value)| (-value, column));
            choices.extend(self.unassigned.map(|value| (None, value)));
            units.extend(vec![choices; *capacity as usize]);
        }
        units
    }

    /// The best assignment by enumeration in order of preference, so that the first of the best is the canonical one.
    fn enumerate(&self) -> Option<(i64, Vec<Option<u32>>)> {
        fn descend(
            choices: &[Vec<(Option<u32>, i64)>],
            room: &mut [u32],
            chosen: &mut Vec<Option<u32>>,
            value: i64,
            best: &mut Option<(i64, Vec<Option<u32>>)>,
        ) {
            let Some(options) = choices.get(chosen.len()) else {
                if best.as_ref().is_none_or(|(known, _)| value > *known) {
                    *best = Some((value, chosen.clone()));
                }
                return;
            };
            for &(column, gain) in options {
                if let Some(column) = column {
                    if room[column as usize] == 0 {
                        continue;
                    }
                    room[column as usize] -= 1;
                }
                chosen.push(column);
                descend(choices, room, chosen, value + gain, best);
                chosen.pop();
                if let Some(column) = column {
                    room[column as usize] += 1;
                }
            }
        }
        let mut best = None;
        descend(&self.choices(), &mut self.column_capacity.clone(), &mut Vec::new(), 0, &mut best);
        best
    }

    /// The smallest optimal prices by relaxing their inequalities from 0 until nothing changes.
    fn smallest_prices(&self, columns_of_units: &[Option<u32>]) -> Vec<i64> {
        let mut prices = vec![0; self.column_capacity.len()];
        let entries: Vec<_> =
            self.rows.iter().flat_map(|(capacity, entries)| vec![entries; *capacity as usize]).collect();
        loop {
            let before = prices.clone();
            for (held, entries) in columns_of_units.iter().zip(&entries) {
                let utility = match held {
                    None => self.unassigned.unwrap(),
                    Some(held) => entries.iter().find(|(column, _)| column == held).unwrap().1 - prices[*held as usize],
                };
                for &(column, value) in *entries {
                    prices[column as usize] = prices[column as usize].max(value - utility);
                }
            }
            if prices == before {
                return prices;
            }
        }
    }

    /// The column of each unit, the units of a row in order of preference.
    fn columns_of_units(&self, pairs: &[Pair]) -> Vec<Option<u32>> {
        let mut units = Vec::new();
        for (row, (capacity, entries)) in (0..).zip(&self.rows) {
            let mut own: Vec<_> = pairs
                .iter()
                .filter(|pair| pair.row == row)
                .flat_map(|pair| vec![Some(pair.column); pair.times as usize])
                .collect();
            own.sort_by_key(|held| entries.iter().find(|&&(column, _)| Some(column) == *held).map(|entry| -entry.1));
            own.resize(*capacity as usize, None);
            units.append(&mut own);
        }
        units
    }

    fn check(&self) {
        let problem = self.problem();
        let enumerated = self.enumerate();
        for method in [Method::Rows, Method::Columns, Method::Dense] {
            let options = Options { method: Some(method), ..Options::default() };
            self.check_outcome(solve_with(&problem, &options, &Interrupt::never()).unwrap(), enumerated.as_ref());
            let any = Options { any_optimum: true, ..options };
            if let Outcome::Optimal(solution) = solve_with(&problem, &any, &Interrupt::never()).unwrap() {
                let objective = enumerated.as_ref().map(|(objective, _)| *objective);
                assert_eq!(Some(solution.proof.objective), objective, "{self:?}");
            }
        }
    }

    fn check_outcome(&self, outcome: Outcome, enumerated: Option<&(i64, Vec<Option<u32>>)>) {
        match (outcome, enumerated) {
            (Outcome::Optimal(Solution { pairs, prices, utilities, proof, .. }), Some((objective, canonical))) => {
                assert_eq!(proof.objective, *objective, "{self:?}");
                assert_eq!(proof.dual_objective, *objective, "{self:?}");
                assert_eq!(self.columns_of_units(&pairs), *canonical, "{self:?}");
                assert_eq!(prices, self.smallest_prices(canonical), "{self:?}");
                for ((_, entries), utility) in self.rows.iter().zip(utilities) {
                    let best = entries.iter().map(|&(column, value)| value - prices[column as usize]).max();
                    assert_eq!(utility, best.max(self.unassigned).unwrap_or_default(), "{self:?}");
                }
            }
            (Outcome::Infeasible(proof), None) => {
                let capacity_of = |rows: &[usize]| rows.iter().map(|&row| u64::from(self.rows[row].0)).sum::<u64>();
                assert_eq!(capacity_of(&proof.blocking_rows), proof.blocking_demand, "{self:?}");
                assert_eq!(proof.blocking_demand - proof.blocking_supply, proof.demand - proof.assignable, "{self:?}");
                assert!(proof.assignable < proof.demand, "{self:?}");
                let mut allowed: Vec<usize> = proof
                    .blocking_rows
                    .iter()
                    .flat_map(|&row| self.rows[row].1.iter().map(|&(column, _)| column as usize))
                    .collect();
                allowed.sort_unstable();
                allowed.dedup();
                assert_eq!(allowed, proof.blocking_columns, "{self:?}");
                let supply = allowed.iter().map(|&column| u64::from(self.column_capacity[column])).sum::<u64>();
                assert_eq!(supply, proof.blocking_supply, "{self:?}");
            }
            (outcome, enumerated) => panic!("{self:?}: solver {outcome:?}, enumeration {enumerated:?}"),
        }
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "rows {:?}, column capacity {:?}, unassigned {:?}", self.rows, self.column_capacity, self.unassigned)
    }
}

#[test]
fn solver_agrees_with_enumeration_on_every_shape_up_to_seven() {
    let mut random = Random(0x5EED_CAFE_F00D_1234);
    for rows in 0..=7 {
        for columns in 0..=7 {
            for _ in 0..if rows.max(columns) == 7 { 150 } else { 1000 } {
                Case::random(&mut random, rows, columns).check();
            }
        }
    }
}

#[test]
fn a_start_from_another_problem_ends_at_the_same_answer() {
    let mut random = Random(0xC0FF_EE00_1234_5678);
    for _ in 0..5000 {
        let (rows, columns) = (random.below(7) as usize, random.below(7) as usize);
        let earlier = Case::random(&mut random, rows, columns);
        let Outcome::Optimal(earlier) = solve(&earlier.problem(), &Interrupt::never()).unwrap() else { continue };
        // Whatever the earlier problem was: the same numbers of rows and columns, fewer, or more.
        let (rows, columns) = (random.below(7) as usize, random.below(7) as usize);
        let case = Case::random(&mut random, rows, columns);
        let problem = case.problem();
        let again = solve_again(&problem, &earlier, &Options::default(), &Interrupt::never()).unwrap();
        let options = Options { method: Some(Method::Rows), ..Options::default() };
        assert_eq!(again, solve_with(&problem, &options, &Interrupt::never()).unwrap(), "{case:?}");
    }
}

#[test]
fn extreme_values_do_not_overflow() {
    let limit = solver::problem::MAXIMUM_VALUE;
    let columns = 40_u32;
    // Every row has the worst value in its own column and the best in the next: a path through all of them.
    let mut builder = Problem::builder(vec![1; columns as usize]);
    for row in 0..columns {
        let entries: Vec<_> =
            (row..(row + 2).min(columns)).map(|column| (column, if column == row { -limit } else { limit })).collect();
        builder.push_row(1, &entries);
    }
    let Outcome::Optimal(solution) = solve(&builder.build().unwrap(), &Interrupt::never()).unwrap() else {
        unreachable!()
    };
    assert_eq!(solution.proof.objective, -limit * i64::from(columns));
}

#[test]
fn a_stopped_interrupt_ends_the_work() {
    let interrupt = Interrupt::never();
    interrupt.stop();
    let problem = Problem::builder(vec![1]).row(1, &[(0, 1)]).build().unwrap();
    assert_eq!(solve(&problem, &interrupt), Err(solver::SolveError::Interrupted));
}
