//! All learners at once: the problem that a policy makes of the pairs, its optimum, and who has whom.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use solver::{Interrupt, MAXIMUM_SCORE, Options, Outcome, Problem as Assignment, Solution, solve_with};

use super::pairs::Pairs;
use super::policy::Values;
use super::{stopped, unsolved};
use crate::problem_details::{Code, Problem};

/// What is to be assigned; indexes are places in canonical order.
#[derive(Clone)]
pub(super) struct Round<'a> {
    pub(super) pairs: &'a Pairs<'a>,
    values: &'a Values<'a>,
    /// The mentor that each learner is pinned to.
    pins: &'a [Option<usize>],
    /// Places of each mentor, without those of the pins.
    capacities: Vec<u32>,
    /// Each learner's pairs that are not absent, ascending by mentor: `(mentor, score)`.
    present: Vec<Vec<(usize, u16)>>,
    /// Learners in the order in which they choose among optima.
    queue: Vec<usize>,
}

/// An optimum.
pub(super) struct Assigned {
    /// The lowest score that was allowed, pins apart.
    pub(super) threshold: u16,
    /// The mentor of each learner.
    pub(super) mentors: Vec<Option<usize>>,
    /// The learners of each mentor.
    pub(super) holders: Vec<Vec<usize>>,
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

impl<'a> Round<'a> {
    /// Scores all pairs.
    ///
    /// # Errors
    /// `deadline_exceeded` if interrupted.
    pub(super) fn new(
        pairs: &'a Pairs<'a>,
        values: &'a Values<'a>,
        pins: &'a [Option<usize>],
        interrupt: &Interrupt,
    ) -> Result<Self, Problem> {
        let mut present = Vec::with_capacity(pairs.learners().len());
        for learner in 0..pairs.learners().len() {
            interrupt.check().map_err(|_| stopped())?;
            let scored = (0..pairs.mentors().len())
                .filter_map(|mentor| Some((mentor, pairs.judge(learner, mentor).ok()?.total())));
            present.push(scored.collect());
        }
        // Stable: learners are ascending by id already.
        let mut queue: Vec<usize> = (0..present.len()).collect();
        queue.sort_by_key(|&learner| Reverse(pairs.learners()[learner].waiting_days.unwrap_or_default()));
        let mut capacities: Vec<u32> = pairs.mentors().iter().map(|mentor| mentor.capacity).collect();
        pins.iter().flatten().for_each(|&mentor| capacities[mentor] -= 1);
        Ok(Self { pairs, values, pins, capacities, present, queue })
    }

    pub(super) fn has_floor(&self) -> bool {
        self.values.loss_permille.is_some()
    }

    /// Learners in the order in which they choose.
    pub(super) fn queue(&self) -> &[usize] {
        &self.queue
    }

    pub(super) fn value(&self, learner: usize, mentor: usize, score: u16) -> i64 {
        self.values.of(learner, mentor, score)
    }

    /// The learner's pairs that are not absent, ascending by mentor.
    pub(super) fn present(&self, learner: usize) -> &[(usize, u16)] {
        &self.present[learner]
    }

    /// The learner's pairs that are not absent, best first.
    pub(super) fn choices(&self, learner: usize) -> Vec<(usize, u16)> {
        let mut choices = self.present[learner].clone();
        // Stable: mentors are ascending by id already.
        choices.sort_by_key(|&(_, score)| Reverse(score));
        choices
    }

    /// The score of a pair that is not absent.
    pub(super) fn score(&self, learner: usize, mentor: usize) -> u16 {
        let own = &self.present[learner];
        own.binary_search_by_key(&mentor, |&(known, _)| known).map_or(0, |at| own[at].1)
    }

    /// The optimum under the policy: with a floor, that of the threshold which bisection finds.
    ///
    /// # Errors
    /// As [`Round::at_least`].
    pub(super) fn solve(&self, interrupt: &Interrupt) -> Result<(Assigned, Option<i64>), Problem> {
        let mut best = self.at_least(0, interrupt)?;
        let Some(loss_permille) = self.values.loss_permille else { return Ok((best, None)) };
        let (without, matched) = (best.objective, best.matched());
        let (mut low, mut high) = (0, MAXIMUM_SCORE + 1);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let found = self.at_least(middle, interrupt)?;
            if found.matched() >= matched && (without - found.objective) * 1000 <= loss_permille * without {
                (low, best) = (middle, found);
            } else {
                high = middle;
            }
        }
        let loss = without - best.objective;
        Ok((best, Some(loss)))
    }

    /// The canonical optimum over pairs with at least this score, and the pins.
    ///
    /// # Errors
    /// `deadline_exceeded` if interrupted; `certificate_failed` on a defect of the solver.
    fn at_least(&self, threshold: u16, interrupt: &Interrupt) -> Result<Assigned, Problem> {
        let value = |learner, mentor, score| self.values.of(learner, mentor, score);
        let (rows, solution) = self.optimum(threshold, value, Options::default(), interrupt)?;
        let mut mentors = self.pins.to_vec();
        for pair in &solution.pairs {
            mentors[rows[pair.row as usize]] = Some(pair.column as usize);
        }
        let mut holders = vec![Vec::new(); self.pairs.mentors().len()];
        for (learner, mentor) in mentors.iter().enumerate() {
            if let Some(mentor) = *mentor {
                holders[mentor].push(learner);
            }
        }
        let pinned = self.pinned(value);
        Ok(Assigned {
            threshold,
            mentors,
            holders,
            prices: solution.prices,
            objective: solution.proof.objective + pinned,
            dual_objective: solution.proof.dual_objective + pinned,
        })
    }

    /// The highest total score that there is with the pins, whatever the policy.
    ///
    /// # Errors
    /// As [`Round::at_least`].
    pub(super) fn highest_total_score(&self, interrupt: &Interrupt) -> Result<i64, Problem> {
        let score = |_, _, score: u16| i64::from(score);
        let any = Options { any_optimum: true, ..Options::default() };
        let (_, solution) = self.optimum(0, score, any, interrupt)?;
        Ok(solution.proof.objective + self.pinned(score))
    }

    /// The optimum if the mentor had one more place. There is no floor.
    ///
    /// # Errors
    /// As [`Round::at_least`].
    pub(super) fn with_one_more_place(&self, mentor: usize, interrupt: &Interrupt) -> Result<Assigned, Problem> {
        let mut changed = self.clone();
        changed.capacities[mentor] += 1;
        if self.pairs.mentors()[mentor].capacity == 0 {
            for (learner, own) in changed.present.iter_mut().enumerate() {
                if let Some(score) = self.pairs.suitable(learner, mentor) {
                    own.insert(own.partition_point(|&(known, _)| known < mentor), (mentor, score));
                }
            }
        }
        changed.at_least(0, interrupt)
    }

    /// The largest optimal price of each mentor: what the others lose if one of the mentor's places is gone. `None` without any
    /// place. There is no floor.
    ///
    /// Shortest paths (Dijkstra 1959) of those who would have to move on, from a free place or from having nobody, with the smallest
    /// prices as potentials.
    pub(super) fn highest_prices(&self, found: &Assigned) -> Vec<Option<i64>> {
        let held = |learner: usize| if self.pins[learner].is_some() { None } else { found.mentors[learner] };
        let value = |learner: usize, mentor: usize| self.value(learner, mentor, self.score(learner, mentor));
        // By mentor, who else could have a place there, and how much less they would gain at the smallest prices.
        let mut wanting: Vec<Vec<(usize, i64)>> = vec![Vec::new(); found.prices.len()];
        let mut queue = BinaryHeap::new();
        let mut taken = vec![0; found.prices.len()];
        for (learner, own) in self.present.iter().enumerate() {
            let Some(mentor) = held(learner) else { continue };
            let gain = value(learner, mentor) - found.prices[mentor];
            taken[mentor] += 1;
            queue.push(Reverse((gain, mentor)));
            for &(other, score) in own.iter().filter(|&&(other, _)| other != mentor && self.capacities[other] > 0) {
                let less = gain - (self.value(learner, other, score) - found.prices[other]);
                wanting[other].push((mentor, less));
            }
        }
        let free = (0..taken.len()).filter(|&mentor| taken[mentor] < self.capacities[mentor]);
        queue.extend(free.map(|mentor| Reverse((0, mentor))));
        let mut highest = vec![None; found.prices.len()];
        while let Some(Reverse((rise, mentor))) = queue.pop() {
            if highest[mentor].is_none() {
                highest[mentor] = Some(found.prices[mentor] + rise);
                queue.extend(wanting[mentor].iter().map(|&(other, less)| Reverse((rise + less, other))));
            }
        }
        highest
    }

    fn pinned(&self, value: impl Fn(usize, usize, u16) -> i64) -> i64 {
        let pinned = self.pins.iter().enumerate().filter_map(|(learner, mentor)| Some((learner, (*mentor)?)));
        pinned.map(|(learner, mentor)| value(learner, mentor, self.score(learner, mentor))).sum()
    }

    /// An optimum without the pins, their learners and their places; with the learner of each row.
    fn optimum(
        &self,
        threshold: u16,
        value: impl Fn(usize, usize, u16) -> i64,
        options: Options,
        interrupt: &Interrupt,
    ) -> Result<(Vec<usize>, Solution), Problem> {
        let mut builder = Assignment::builder(self.capacities.clone()).unassigned_value(0);
        let rows: Vec<usize> = self.queue.iter().copied().filter(|&learner| self.pins[learner].is_none()).collect();
        for &learner in &rows {
            interrupt.check().map_err(|_| stopped())?;
            let allowed = self.present[learner].iter().filter(|&&(_, score)| score >= threshold);
            let entries: Vec<(u32, i64)> = allowed
                .map(|&(mentor, score)| (u32::try_from(mentor).unwrap_or(u32::MAX), value(learner, mentor, score)))
                .collect();
            builder.push_row(1, &entries);
        }
        let problem = builder.build().map_err(|error| Problem::new(Code::InternalError, error.to_string()))?;
        match solve_with(&problem, &options, interrupt).map_err(|error| unsolved(&error))? {
            Outcome::Optimal(solution) => Ok((rows, solution)),
            Outcome::Infeasible(_) => {
                let detail = "a problem in which every learner may stay unmatched was called infeasible";
                Err(Problem::new(Code::InternalError, detail))
            }
        }
    }
}
