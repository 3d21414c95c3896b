//! The core of a problem: the pairs that can matter as long as prices stay about what they are.
//!
//! A start from nearby prices needs few of the pairs of each row, those that are nearly as good as its best (the core of Volgenant 1996). The
//! optimum of the core is that of the problem if none of the pairs outside is as good to its row as what the row has there: then the prices are
//! feasible for the problem, smallest because they are so under fewer conditions, and the tight pairs of both are the same, among which
//! alone the canonical choice is made. Mostly that is seen without looking at them again, for no pair outside was worth more than the core says, and
//! none has gained more than the price that fell most. Rows of which it is not true get all of their pairs, and the core is solved again from
//! where it was.

use rayon::prelude::*;

use crate::assignment::Solution;
use crate::problem::{Problem, number};
use crate::transportation::Earlier;
use crate::transportation::orientation::Orientation;
use crate::worth::PriceTable;

/// About so many pairs tell how much worse than the best of its row one may be, but those of so many rows at least.
const SAMPLED_PAIRS: usize = 1 << 12;
const SAMPLED_ROWS: usize = 1 << 5;

/// More than anybody would pay for a column.
const CLOSED: i64 = i64::MAX / 2;

/// The problem with a few of its pairs.
pub(crate) struct Core {
    pub(crate) problem: Problem,
    /// The earlier prices.
    prices: Vec<i64>,
    /// What each row can get of its pairs at these prices.
    best: Vec<i64>,
    /// At these prices every pair of a row outside the core is worth less to it than this.
    limits: Vec<i64>,
}

impl Core {
    /// The pairs that are the best to their rows at the earlier prices, and those that are as good as the worst that the row had. Columns beyond
    /// these prices cost nothing. For columns without places all pairs stay: nobody has one, but all rows have a say in its price.
    pub(crate) fn of(problem: &Problem, earlier: &Solution) -> Self {
        let mut prices: Vec<i64> = earlier.prices.iter().map(|&price| price.max(0)).collect();
        prices.resize(problem.columns(), 0);
        for (price, _) in prices.iter_mut().zip(problem.column_capacity()).filter(|&(_, &places)| places == 0) {
            *price = CLOSED;
        }
        let most = most_lost(problem, &prices);
        // As though one were paid for it, so that it is worth enough to everybody.
        let wanted = PriceTable::new(prices.iter().map(|&price| if price == CLOSED { -CLOSED } else { price }));
        let worth = |column: u32, value: i64| value - prices[column as usize];
        let (core, told) = problem.with_pairs(|rows, pairs| {
            let first = earlier.pairs.partition_point(|pair| (pair.row as usize) < rows.start);
            let mut had = earlier.pairs[first..].iter().peekable();
            let (mut bests, mut limits) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
            for row in rows {
                // Few rows have changed, and have to be read again.
                let expected = earlier.utilities.get(row).map_or(i64::MAX, |utility| utility.saturating_sub(most));
                let mut best = i64::MIN;
                pairs.extend_worth(row, &wanted, expected, |pair| {
                    let worth = wanted.of_row().worth(pair);
                    best = if worth < CLOSED / 2 { best.max(worth) } else { best };
                });
                if best < expected {
                    best = problem.entries(row).fold(best, |best, (column, value)| best.max(worth(column, value)));
                }
                let mut least = best.max(problem.unassigned_value().unwrap_or(i64::MIN)).saturating_sub(most);
                while let Some(pair) = had.next_if(|pair| pair.row as usize == row) {
                    if least != expected
                        && let Some(value) = problem.value(row, pair.column)
                    {
                        least = least.min(worth(pair.column, value));
                    }
                }
                if least != expected {
                    pairs.clear_row();
                    pairs.extend_worth(row, &wanted, least, |_| ());
                }
                pairs.end_row();
                bests.push(best);
                limits.push(least);
            }
            (bests, limits)
        });
        let (best, limits): (Vec<_>, Vec<_>) = told.into_iter().unzip();
        Self { problem: core, prices, best: best.concat(), limits: limits.concat() }
    }

    /// The earlier solution, with what rows can get at its prices where that is already known: as long as there are places everywhere.
    pub(crate) fn start<'a>(&'a self, earlier: &'a Solution) -> Earlier<'a> {
        let has_closed = self.problem.column_capacity().contains(&0);
        Earlier { prices: &earlier.prices, pairs: &earlier.pairs, best: if has_closed { &[] } else { &self.best } }
    }

    /// The rows to which pairs outside are as good as what they have in an optimum of the core, at these prices and utilities; ascending. If there
    /// are none, the optimum, if its prices are the smallest, is that of the problem.
    pub(crate) fn rows_outside(&self, problem: &Problem, prices: &[i64], utilities: &[i64]) -> Vec<u32> {
        let open = problem.column_capacity().iter().map(|&places| places > 0);
        let falls = self.prices.iter().zip(prices).zip(open).filter(|&(_, is_open)| is_open);
        let fall = falls.map(|((before, now), _)| before - now).max().unwrap_or_default();
        let is_outside = |row: &usize| {
            problem.row_capacity()[*row] > 0
                && self.limits[*row].saturating_add(fall) > utilities[*row]
                && as_good(problem, *row, prices, utilities) != as_good(&self.problem, *row, prices, utilities)
        };
        (0..problem.rows()).into_par_iter().with_min_len(1 << 13).filter(is_outside).map(number).collect()
    }

    /// The core with all pairs of these rows, which are ascending.
    pub(crate) fn with_all_of(mut self, problem: &Problem, whole: &[u32]) -> Self {
        let core = &self.problem;
        let (grown, _) = core.with_pairs(|rows, pairs| {
            let mut whole = &whole[whole.partition_point(|&row| (row as usize) < rows.start)..];
            for row in rows {
                if let Some((_, others)) = whole.split_first().filter(|&(&next, _)| next as usize == row) {
                    pairs.extend_all(problem, row);
                    whole = others;
                } else {
                    pairs.extend_all(core, row);
                }
                pairs.end_row();
            }
        });
        self.problem = grown;
        for &row in whole {
            self.limits[row as usize] = i64::MIN;
        }
        self
    }
}

/// How many pairs of a row are worth as much to it as it has.
fn as_good(problem: &Problem, row: usize, prices: &[i64], utilities: &[i64]) -> usize {
    problem.entries(row).filter(|&(column, value)| value - prices[column as usize] >= utilities[row]).count()
}

/// How much worse than the best of its row a pair of the core may be at these prices.
fn most_lost(problem: &Problem, prices: &[i64]) -> i64 {
    let pairs_of_a_row = (problem.pairs() / problem.rows().max(1)).max(1);
    let sampled = (SAMPLED_PAIRS / pairs_of_a_row).max(SAMPLED_ROWS);
    let rows = (0..problem.rows()).step_by(problem.rows().div_ceil(sampled).max(1));
    let losses = |row: usize| {
        let best = problem.utility(row, prices).unwrap_or_default();
        problem.entries(row).map(move |(column, value)| best.saturating_sub(value - prices[column as usize]))
    };
    let mut losses: Vec<i64> = rows.flat_map(losses).collect();
    // Where there is hardly more than is asked for, prices move far: of 32 pairs of a row about 6 are needed.
    let least_one_in = if Orientation::of(problem).is_tight(problem) { 1 } else { 12 };
    let one_in = pairs_of_a_row.isqrt().max(least_one_in);
    let within = losses.len() / one_in;
    if within < losses.len() { *losses.select_nth_unstable(within).1 } else { i64::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interrupt::Interrupt;
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
        let columns = |core: &Core, row| core.problem.entries(row).map(|(column, _)| column).collect::<Vec<_>>();
        let small = Core::of(&problem, &earlier);
        assert_eq!((columns(&small, 0), columns(&small, 1)), (vec![0, 1], vec![18, 19]));
        // A row that changed is read again: what it had is the least of what it can do now.
        earlier.pairs[0].column = 9;
        earlier.utilities[0] += 7;
        let larger = Core::of(&problem, &earlier);
        assert_eq!((columns(&larger, 0), columns(&larger, 1)), ((0..10).collect(), vec![18, 19]));
        // Nobody can have column 19, but what row 1 would give for it is its price.
        let mut closed = Problem::builder(vec![1; 19].into_iter().chain([0]).collect()).unassigned_value(0);
        for row in 0..2 {
            closed = closed.row(1, &problem.entries(row).collect::<Vec<_>>());
        }
        assert_eq!(columns(&Core::of(&closed.build().unwrap(), &earlier), 0).last(), Some(&19));
    }

    #[test]
    fn a_core_is_the_same_whatever_the_length_and_the_width_of_rows() {
        for (count, step) in [(64, 1), (65, 1), (200, 1), (200, 1 << 30)] {
            let entries: Vec<_> = (0..count).map(|column| (column, step * i64::from(column * 37 % 101))).collect();
            let problem = Problem::builder(vec![1; 200]).unassigned_value(0).row(1, &entries).build().unwrap();
            let earlier = solution(&problem);
            let core = Core::of(&problem, &earlier);
            let best = entries.iter().map(|&(_, value)| value).max();
            assert_eq!(
                (core.best[0], problem.utility_at(0, &PriceTable::new([0; 200].into_iter()))),
                (best.unwrap(), best)
            );
            assert!(core.problem.entries(0).eq(entries.into_iter().filter(|&(_, value)| value >= core.limits[0])));
        }
    }

    #[test]
    fn rows_that_like_something_outside_as_much_are_named_and_get_all_pairs() {
        let problem = problem();
        let mut earlier = solution(&problem);
        // Column 9 cost 14, and column 10 costs as much.
        earlier.prices[9] = 14;
        let small = Core::of(&problem, &earlier);
        let mut prices = vec![0; 20];
        assert_eq!(small.rows_outside(&problem, &prices, &[50, 88]), []);
        // At these prices row 0 would as soon have column 9, which is outside.
        (0..9).for_each(|column| prices[column] = 18 - 2 * i64::try_from(column).unwrap());
        let outside = small.rows_outside(&problem, &prices, &[32, 88]);
        assert_eq!(outside, [0]);
        let of_row_1 = small.problem.degree(1);
        let grown = small.with_all_of(&problem, &outside);
        assert_eq!((grown.problem.degree(0), grown.problem.degree(1)), (20, of_row_1));
        assert_eq!(grown.rows_outside(&problem, &prices, &[32, 88]), []);
    }

    #[test]
    fn a_price_that_fell_is_looked_at_in_every_row_that_it_may_matter_to() {
        let problem = problem();
        let mut earlier = solution(&problem);
        earlier.prices[1] = 30;
        let core = Core::of(&problem, &earlier);
        assert!(core.problem.entries(0).map(|(column, _)| column).eq([0, 2]));
        // To row 0 column 1 is worth 48, and was 18; the core has what is worth 46 or more.
        let rows = |price: i64, utility: i64| {
            let mut prices = vec![0; 20];
            prices[1] = price;
            core.rows_outside(&problem, &prices, &[utility, 88])
        };
        assert_eq!([rows(0, 48), rows(0, 49), rows(1, 48), rows(30, 46)], [vec![0], vec![], vec![], vec![]]);
    }
}
