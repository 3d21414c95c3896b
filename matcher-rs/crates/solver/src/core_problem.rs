//! The core of a problem: the pairs that can matter as long as prices stay about what they are.
//!
//! A start from nearby prices needs few of the pairs of each row, those that are nearly as good as its best (the core of Volgenant 1996). The
//! optimum of the core is that of the problem if none of the pairs outside is as good to its row as what the row has there: then the prices are
//! feasible for the problem, smallest because they are so under fewer conditions, and the tight pairs of both are the same, among which
//! alone the canonical choice is made. Rows of which that is not true get all of their pairs, and the core is solved again from where it was.

use std::ops::Range;

use rayon::prelude::*;

use crate::assignment::Solution;
use crate::problem::{Pairs, Problem, number};
use crate::transportation::orientation::Orientation;

/// About so many rows tell how much worse than its best a pair may be.
const SAMPLED_ROWS: usize = 1 << 7;

/// More than anybody would pay for a column.
const CLOSED: i64 = i64::MAX / 2;

/// The problem with a few of its pairs: the best to their rows at the earlier prices, and those that are as good as the worst that the row had.
/// Columns beyond these prices cost nothing. For columns without places all pairs stay: nobody has one, but all rows have a say in its price.
pub(crate) fn core(problem: &Problem, earlier: &Solution) -> Problem {
    let mut prices = earlier.prices.clone();
    prices.resize(problem.columns(), 0);
    for (price, _) in prices.iter_mut().zip(problem.column_capacity()).filter(|&(_, &places)| places == 0) {
        *price = CLOSED;
    }
    let worth = |column: u32, value: i64| value - prices[column as usize];
    let most = most_lost(problem, &prices);
    problem.with_pairs(|rows, pairs| {
        let first = earlier.pairs.partition_point(|pair| (pair.row as usize) < rows.start);
        let mut had = earlier.pairs[first..].iter().peekable();
        for row in rows {
            let add = |pairs: &mut Pairs, least: i64| {
                let mut best = i64::MIN;
                pairs.extend_if(problem.degree(row), problem.entries(row), |column, value| {
                    let worth = worth(column, value);
                    best = best.max(worth);
                    worth >= least || worth < -CLOSED / 2
                });
                best.max(problem.unassigned_value().unwrap_or(i64::MIN)).saturating_sub(most)
            };
            // Few rows have changed, and have to be read again.
            let expected = earlier.utilities.get(row).map_or(i64::MAX, |utility| utility.saturating_sub(most));
            let mut least = add(pairs, expected);
            while let Some(pair) = had.next_if(|pair| pair.row as usize == row) {
                if least != expected
                    && let Some(value) = problem.value(row, pair.column)
                {
                    least = least.min(worth(pair.column, value));
                }
            }
            if least != expected {
                pairs.clear_row();
                add(pairs, least);
            }
            pairs.end_row();
        }
    })
}

/// How much worse than the best of its row a pair of the core may be at these prices.
fn most_lost(problem: &Problem, prices: &[i64]) -> i64 {
    let rows = (0..problem.rows()).step_by(problem.rows().div_ceil(SAMPLED_ROWS).max(1));
    let losses = |row: usize| {
        let best = problem.utility(row, prices).unwrap_or_default();
        problem.entries(row).map(move |(column, value)| best.saturating_sub(value - prices[column as usize]))
    };
    let mut losses: Vec<i64> = rows.flat_map(losses).collect();
    // Where there is hardly more than is asked for, prices move far: of 32 pairs of a row about 6 are needed.
    let least_one_in = if Orientation::of(problem).is_tight(problem) { 1 } else { 12 };
    let one_in = (problem.pairs() / problem.rows().max(1)).isqrt().max(least_one_in);
    let within = losses.len() / one_in;
    if within < losses.len() { *losses.select_nth_unstable(within).1 } else { i64::MAX }
}

/// The core with all pairs of these rows, which are ascending.
pub(crate) fn with_all_of(core: &Problem, problem: &Problem, whole: &[u32]) -> Problem {
    core.with_pairs(|rows, pairs| {
        let mut whole = &whole[whole.partition_point(|&row| (row as usize) < rows.start)..];
        for row in rows {
            if let Some((_, others)) = whole.split_first().filter(|&(&next, _)| next as usize == row) {
                pairs.extend_if(problem.degree(row), problem.entries(row), |_, _| true);
                whole = others;
            } else {
                pairs.extend_if(core.degree(row), core.entries(row), |_, _| true);
            }
            pairs.end_row();
        }
    })
}

/// What one pass over all pairs says of the optimum of a core.
#[derive(Default)]
pub(crate) struct Outside {
    /// What a unit of each row can get in the problem; 0 for a row that can do nothing.
    pub(crate) utilities: Vec<i64>,
    /// The rows to which pairs outside the core are as good as what they have, ascending. If there are none, the optimum, if its prices are the
    /// smallest, is that of the problem.
    pub(crate) rows: Vec<u32>,
}

/// Holds the optimum of a core, at these prices and utilities, against the pairs outside.
pub(crate) fn outside(problem: &Problem, core: &Problem, prices: &[i64], utilities: &[i64]) -> Outside {
    let chunk = problem.rows().div_ceil(4 * rayon::current_num_threads()).max(256);
    let parts: Vec<Outside> = (0..problem.rows().div_ceil(chunk))
        .into_par_iter()
        .map(|part| {
            let rows = part * chunk..problem.rows().min((part + 1) * chunk);
            outside_of_rows(problem, core, (prices, utilities), rows)
        })
        .collect();
    let mut all = Outside::default();
    for Outside { utilities, rows } in parts {
        all.utilities.extend(utilities);
        all.rows.extend(rows);
    }
    all
}

fn outside_of_rows(
    problem: &Problem,
    core: &Problem,
    (prices, utilities): (&[i64], &[i64]),
    rows: Range<usize>,
) -> Outside {
    let mut outside = Outside::default();
    for row in rows {
        let utility = utilities[row];
        let best_of = |problem: &Problem| {
            let worth = |(column, value): (u32, i64)| value - prices[column as usize];
            problem.entries(row).map(worth).fold((i64::MIN, 0_u32), |(best, as_good), worth| {
                (best.max(worth), as_good + u32::from(worth >= utility))
            })
        };
        let (best, as_good) = best_of(problem);
        let best = (problem.degree(row) > 0).then_some(best).max(problem.unassigned_value());
        outside.utilities.push(best.unwrap_or_default());
        if problem.row_capacity()[row] > 0 && as_good != best_of(core).1 {
            outside.rows.push(number(row));
        }
    }
    outside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interrupt::Interrupt;
    use crate::matching::{Matching, ROWS};
    use crate::transportation::Optimum;
    use crate::{Outcome, solve};

    /// Twenty columns, of which row 0 likes each less than the one before; row 1 likes the last best.
    fn problem() -> Problem {
        let entries = |slope: i64| (0..20).map(|column| (column, 50 + slope * i64::from(column))).collect::<Vec<_>>();
        let problem = Problem::builder(vec![1; 20]).unassigned_value(0).row(1, &entries(-2)).row(1, &entries(2));
        problem.build().unwrap()
    }

    fn solution(problem: &Problem) -> Solution {
        let Outcome::Optimal(solution) = solve(problem, &Interrupt::never()).unwrap() else { unreachable!() };
        solution
    }

    #[test]
    fn a_core_has_the_best_of_each_row_and_what_it_had() {
        let problem = problem();
        let mut earlier = solution(&problem);
        let columns = |core: &Problem, row| core.entries(row).map(|(column, _)| column).collect::<Vec<_>>();
        let small = core(&problem, &earlier);
        assert_eq!((columns(&small, 0), columns(&small, 1)), (vec![0, 1], vec![18, 19]));
        // A row that changed is read again: what it had is the least of what it can do now.
        earlier.pairs[0].column = 9;
        earlier.utilities[0] += 7;
        let larger = core(&problem, &earlier);
        assert_eq!((columns(&larger, 0), columns(&larger, 1)), ((0..10).collect(), vec![18, 19]));
        // Nobody can have column 19, but what row 1 would give for it is its price.
        let mut closed = Problem::builder(vec![1; 19].into_iter().chain([0]).collect()).unassigned_value(0);
        for row in 0..2 {
            closed = closed.row(1, &problem.entries(row).collect::<Vec<_>>());
        }
        assert_eq!(columns(&core(&closed.build().unwrap(), &earlier), 0).last(), Some(&19));
    }

    #[test]
    fn rows_that_like_something_outside_as_much_are_named_and_get_all_pairs() {
        let problem = problem();
        let small = core(&problem, &solution(&problem));
        let mut matching = Matching::empty(&problem);
        matching.add(ROWS, 0, 0, 1);
        matching.add(ROWS, 1, 19, 1);
        let mut optimum = Optimum { matching, prices: vec![0; 20], utilities: vec![50, 88] };
        let outside_at = |optimum: &Optimum, core| outside(&problem, core, &optimum.prices, &optimum.utilities);
        assert_eq!(outside_at(&optimum, &small).rows, []);
        assert_eq!(outside_at(&optimum, &small).utilities, [50, 88]);
        // At these prices row 0 would as soon have column 9, which is outside, and row 1 something better than what it has.
        optimum.prices = (0..20).map(|column| if column < 9 { 18 - 2 * column } else { 0 }).collect();
        optimum.utilities = vec![32, 87];
        let outside = outside_at(&optimum, &small);
        assert_eq!((&*outside.rows, &*outside.utilities), (&[0][..], &[32, 88][..]));
        let grown = with_all_of(&small, &problem, &outside.rows);
        assert_eq!((grown.degree(0), grown.degree(1)), (20, small.degree(1)));
        assert_eq!(outside_at(&optimum, &grown).rows, []);
    }
}
