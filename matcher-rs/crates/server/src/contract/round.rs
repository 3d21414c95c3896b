//! All learners at once: the problem that a policy makes of the pairs, its optimum by either method, and who has whom.

use std::cmp::Reverse;

use solver::certificate::Proof;
use solver::{
    Aim, Columns, Instructions, Interrupt, MAXIMUM_SCORE, Options, Outcome, Problem as Assignment, RoundOptions, Told,
    Values, highest_prices, solve_round, solve_with, tell,
};

use super::counterfactual::Change;
use super::method::Method;
use super::pairs::Pairs;
use super::vocabulary::narrow;
use super::{stopped, unsolved, unsolved_round};
use crate::problem_details::{Code, Problem};

/// What is to be assigned; indexes are places in canonical order.
pub(super) struct Round<'a> {
    pub(super) pairs: &'a Pairs,
    columns: &'a Columns<'a>,
    /// Without the pins, their learners and their places; without a threshold.
    aim: Aim,
    /// The mentor that each learner is pinned to.
    pins: &'a [Option<u32>],
    loss_permille: Option<i64>,
    /// Each learner's pairs that are not absent, ascending by mentor: `(mentor, score)`. `None` where they are never listed.
    present: Option<Vec<Vec<(u32, u16)>>>,
}

/// The optimum under the policy.
pub(super) struct Solved {
    pub(super) found: Assigned,
    /// With a floor, the optimum that there would be without.
    pub(super) without_floor: Option<Assigned>,
}

/// An optimum.
#[derive(Clone)]
pub(super) struct Assigned {
    /// The lowest score that was allowed, pins apart.
    pub(super) threshold: u16,
    /// The mentor of each learner.
    pub(super) mentors: Vec<Option<u32>>,
    /// The smallest optimal price of each mentor.
    pub(super) prices: Vec<i64>,
    /// What was maximised, pins included.
    pub(super) objective: i64,
    /// The same from the prices.
    pub(super) dual_objective: i64,
}

impl Assigned {
    pub(super) fn matched(&self) -> usize {
        self.mentors.iter().flatten().count()
    }
}

/// An optimum without the pins.
struct Optimum {
    mentors: Vec<Option<u32>>,
    prices: Vec<i64>,
    proof: Proof,
}

impl<'a> Round<'a> {
    /// The problem that these values make of the pairs.
    ///
    /// # Errors
    /// `deadline_exceeded` if interrupted.
    pub(super) fn new(
        pairs: &'a Pairs,
        columns: &'a Columns<'a>,
        (values, loss_permille): (Values, Option<i64>),
        pins: &'a [Option<u32>],
        method: Method,
        interrupt: &Interrupt,
    ) -> Result<Self, Problem> {
        let mut aim = Aim { values, ..Aim::of(columns.round()) };
        aim.queue.retain(|&learner| pins[learner as usize].is_none());
        // Stable: learners are ascending by id already.
        aim.queue.sort_by_key(|&learner| Reverse(pairs.learners()[learner as usize].waiting_days.unwrap_or_default()));
        pins.iter().flatten().for_each(|&mentor| aim.places[mentor as usize] -= 1);
        Self::of(pairs, columns, aim, pins, (loss_permille, method), interrupt)
    }

    /// Lists all pairs if that is the method.
    fn of(
        pairs: &'a Pairs,
        columns: &'a Columns<'a>,
        aim: Aim,
        pins: &'a [Option<u32>],
        (loss_permille, method): (Option<i64>, Method),
        interrupt: &Interrupt,
    ) -> Result<Self, Problem> {
        let present = match method {
            Method::Pairs => Some(columns.present(interrupt).map_err(|_| stopped())?),
            Method::People => None,
        };
        Ok(Self { pairs, columns, aim, pins, loss_permille, present })
    }

    pub(super) fn method(&self) -> Method {
        if self.present.is_some() { Method::Pairs } else { Method::People }
    }

    /// Whether anything else than the sum of the scores is maximised.
    pub(super) fn has_options(&self) -> bool {
        self.loss_permille.is_some() || self.aim.values.differ_from_scores()
    }

    /// Without the pins, their learners and their places; without a threshold.
    pub(super) fn aim(&self) -> &Aim {
        &self.aim
    }

    /// What learners gain at these prices, by learner; negative of those who are pinned.
    pub(super) fn gains(&self, found: &Assigned, prices: &[Option<i64>]) -> Vec<i64> {
        let mut gains = vec![-1; found.mentors.len()];
        for &learner in &self.aim.queue {
            let gain = found.mentors[learner as usize].and_then(|mentor| {
                let value = self.aim.values.of(learner, mentor, self.score(learner, mentor));
                Some(value - prices[mentor as usize]?)
            });
            gains[learner as usize] = gain.unwrap_or_default();
        }
        gains
    }

    /// What a pair with this score counts.
    pub(super) fn value(&self, learner: usize, mentor: usize, score: u16) -> i64 {
        self.aim.values.of(narrow(learner), narrow(mentor), score)
    }

    /// What is told of the learners, with so many of their best choices.
    ///
    /// # Errors
    /// `deadline_exceeded` if interrupted.
    pub(super) fn tell(&self, found: &Assigned, choices: usize, interrupt: &Interrupt) -> Result<Vec<Told>, Problem> {
        tell(self.columns, &found.mentors, found.threshold, choices, interrupt).map_err(|_| stopped())
    }

    /// The score of a pair; 0 if it is absent.
    pub(super) fn score(&self, learner: u32, mentor: u32) -> u16 {
        self.columns.round().score(learner, mentor).unwrap_or_default()
    }

    /// The optimum under the policy: with a floor, that of the threshold which bisection finds.
    ///
    /// # Errors
    /// As [`Round::at_least`].
    pub(super) fn solve(&self, interrupt: &Interrupt) -> Result<Solved, Problem> {
        let without = self.at_least(0, interrupt)?;
        let Some(loss_permille) = self.loss_permille else {
            return Ok(Solved { found: without, without_floor: None });
        };
        let (mut low, mut high, mut best) = (0, MAXIMUM_SCORE + 1, None);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let found = self.at_least(middle, interrupt)?;
            let loss = without.objective - found.objective;
            if found.matched() >= without.matched() && loss * 1000 <= loss_permille * without.objective {
                (low, best) = (middle, Some(found));
            } else {
                high = middle;
            }
        }
        Ok(Solved { found: best.unwrap_or_else(|| without.clone()), without_floor: Some(without) })
    }

    /// The canonical optimum over pairs with at least this score, and the pins.
    ///
    /// # Errors
    /// `deadline_exceeded` if interrupted; `certificate_failed` on a defect of the solver.
    fn at_least(&self, threshold: u16, interrupt: &Interrupt) -> Result<Assigned, Problem> {
        let aim = Aim { least_score: threshold, ..self.aim.clone() };
        let Optimum { mut mentors, prices, proof } = self.optimum(&aim, Options::default(), interrupt)?;
        for (mentor, pin) in mentors.iter_mut().zip(self.pins) {
            *mentor = mentor.or(*pin);
        }
        let pinned = self.pinned(&aim.values);
        let (objective, dual_objective) = (proof.objective + pinned, proof.dual_objective + pinned);
        Ok(Assigned { threshold, mentors, prices, objective, dual_objective })
    }

    /// The highest total score that there is with the pins, whatever the policy.
    ///
    /// # Errors
    /// As [`Round::at_least`].
    pub(super) fn highest_total_score(&self, interrupt: &Interrupt) -> Result<i64, Problem> {
        let aim = Aim { values: Values::default(), ..self.aim.clone() };
        let any = Options { any_optimum: true, ..Options::default() };
        Ok(self.optimum(&aim, any, interrupt)?.proof.objective + self.pinned(&aim.values))
    }

    /// Whether the learner has a mentor in the optimum under the same policy once the change is made.
    ///
    /// # Errors
    /// As [`Round::at_least`].
    pub(super) fn is_matched_by(
        &self,
        change: &Change,
        learner: usize,
        interrupt: &Interrupt,
    ) -> Result<bool, Problem> {
        let (mut learners, mut mentors) = (self.pairs.learners().to_vec(), self.pairs.mentors().to_vec());
        let mut aim = self.aim.clone();
        learners[learner] = change.applied(&learners[learner]);
        if let Some((mentor, places)) = change.more_places() {
            mentors[mentor as usize].capacity += places;
            aim.places[mentor as usize] += places;
        }
        let minimum_score = change.minimum_score.unwrap_or_else(|| self.pairs.minimum_score());
        let people = solver::Round { learners: &learners, mentors: &mentors, minimum_score, ..self.pairs.round() };
        let columns = Columns::new(&people, Instructions::Best, interrupt).map_err(|_| stopped())?;
        let how = (self.loss_permille, self.method());
        let changed = Round::of(self.pairs, &columns, aim, self.pins, how, interrupt)?;
        Ok(changed.solve(interrupt)?.found.mentors[learner].is_some())
    }

    /// The largest optimal price of each mentor: what the others lose if one of the mentor's places is gone. `None` without any
    /// place. `found` is the optimum without a floor.
    ///
    /// # Errors
    /// `deadline_exceeded` if interrupted.
    pub(super) fn highest_prices(&self, found: &Assigned, interrupt: &Interrupt) -> Result<Vec<Option<i64>>, Problem> {
        highest_prices(self.columns, &self.aim, &found.mentors, &found.prices, interrupt).map_err(|_| stopped())
    }

    /// What the pins count.
    fn pinned(&self, values: &Values) -> i64 {
        let pinned = (0..).zip(self.pins).filter_map(|(learner, mentor)| Some((learner, (*mentor)?)));
        pinned.map(|(learner, mentor)| values.of(learner, mentor, self.score(learner, mentor))).sum()
    }

    /// An optimum without the pins, their learners and their places.
    fn optimum(&self, aim: &Aim, options: Options, interrupt: &Interrupt) -> Result<Optimum, Problem> {
        if let Some(present) = &self.present {
            return self.optimum_of_pairs(present, aim, options, interrupt);
        }
        let found = solve_round(self.columns, aim, &RoundOptions::default(), interrupt);
        let found = found.map_err(|error| unsolved_round(&error))?;
        Ok(Optimum { mentors: found.mentors, prices: found.prices, proof: found.proof })
    }

    fn optimum_of_pairs(
        &self,
        present: &[Vec<(u32, u16)>],
        aim: &Aim,
        options: Options,
        interrupt: &Interrupt,
    ) -> Result<Optimum, Problem> {
        let mut builder = Assignment::builder(aim.places.clone()).unassigned_value(0);
        for &learner in &aim.queue {
            interrupt.check().map_err(|_| stopped())?;
            let allowed = present[learner as usize].iter().filter(|&&(_, score)| score >= aim.least_score);
            let value = |&(mentor, score): &(u32, u16)| (mentor, aim.values.of(learner, mentor, score));
            builder.push_row(1, &allowed.map(value).collect::<Vec<_>>());
        }
        let problem = builder.build().map_err(|error| Problem::new(Code::InternalError, error.to_string()))?;
        match solve_with(&problem, &options, interrupt).map_err(|error| unsolved(&error))? {
            Outcome::Optimal(solution) => {
                let mut mentors = vec![None; self.pins.len()];
                for pair in &solution.pairs {
                    mentors[aim.queue[pair.row as usize] as usize] = Some(pair.column);
                }
                Ok(Optimum { mentors, prices: solution.prices, proof: solution.proof })
            }
            Outcome::Infeasible(_) => {
                let detail = "a problem in which every learner may stay unmatched was called infeasible";
                Err(Problem::new(Code::InternalError, detail))
            }
        }
    }
}
