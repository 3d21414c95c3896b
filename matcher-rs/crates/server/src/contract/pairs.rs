//! Learners and mentors side by side: which pairs there are, what they score, and how a scored pair is written.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;
use solver::scoring::{matched_skills, shared_languages};
use solver::{Absence, Learner, Mentor, Round, Score, Weights, score};

use super::people::{LearnerInput, MentorInput};
use super::rules::{ConstraintsInput, ContinuityInput, PairOfIds, WeightsInput};
use super::vocabulary::{Vocabulary, narrow};

/// Why a pair is absent, in the order in which reasons are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    Forbidden,
    NoCapacity,
    NoSharedSkill,
    NoSharedLanguage,
    BelowMinimumScore,
}

impl Absent {
    /// The name in the contract.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::NoCapacity => "no_capacity",
            Self::NoSharedSkill => "no_shared_skill",
            Self::NoSharedLanguage => "no_shared_language",
            Self::BelowMinimumScore => "below_minimum_score",
        }
    }
}

/// Who makes people ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Threads {
    /// The caller's alone: what is quick must not wait for the passes of a round, which have all of the others.
    Own,
    /// All.
    Pool,
}

impl Threads {
    fn unzip<P: Send, S: Send>(
        self,
        people: Vec<P>,
        ready: impl Fn(P) -> (S, String) + Sync + Send,
    ) -> (Vec<S>, Vec<String>) {
        match self {
            Self::Own => people.into_iter().map(ready).unzip(),
            Self::Pool => people.into_par_iter().map(ready).unzip(),
        }
    }
}

/// All people of a request, in canonical order, ready to be scored. Indexes are places in that order.
pub(super) struct Pairs {
    learner_ids: Vec<String>,
    mentor_ids: Vec<String>,
    learners: Vec<Learner>,
    mentors: Vec<Mentor>,
    weights: Weights,
    /// Ascending.
    continuity: Vec<(u32, u32, u16)>,
    /// Ascending.
    forbidden: Vec<(u32, u32)>,
    minimum_score: u16,
    vocabulary: Vocabulary,
}

impl Pairs {
    /// Everything given has been checked and canonicalised. Of people is kept what the solver needs, and their ids.
    pub(super) fn new(
        threads: Threads,
        learners: Vec<LearnerInput>,
        mentors: Vec<MentorInput>,
        weights: &WeightsInput,
        constraints: &ConstraintsInput,
        continuity: &ContinuityInput,
    ) -> Self {
        let vocabulary = Vocabulary::of(&learners, &mentors);
        let learner = |learner: LearnerInput| (learner.to_solver(&vocabulary), learner.id);
        let mentor = |mentor: MentorInput| (mentor.to_solver(&vocabulary), mentor.id);
        let (learners, learner_ids) = threads.unzip(learners, learner);
        let (mentors, mentor_ids) = threads.unzip(mentors, mentor);
        let mut pairs = Self {
            learner_ids,
            mentor_ids,
            learners,
            mentors,
            weights: weights.to_solver(),
            continuity: Vec::new(),
            forbidden: Vec::new(),
            minimum_score: constraints.minimum_score(),
            vocabulary,
        };
        let met = continuity.pairs().filter_map(|(learner, mentor, value)| {
            let (learner, mentor) = pairs.place(learner, mentor)?;
            Some((learner, mentor, value))
        });
        pairs.continuity = met.collect();
        pairs.forbidden = pairs.places(constraints.forbidden());
        pairs
    }

    /// As the solver has it.
    pub(super) fn round(&self) -> Round<'_> {
        Round {
            learners: &self.learners,
            mentors: &self.mentors,
            weights: &self.weights,
            continuity: &self.continuity,
            forbidden: &self.forbidden,
            minimum_score: self.minimum_score,
        }
    }

    pub(super) fn learner_id(&self, learner: usize) -> &str {
        &self.learner_ids[learner]
    }

    pub(super) fn mentor_id(&self, mentor: usize) -> &str {
        &self.mentor_ids[mentor]
    }

    pub(super) fn skill(&self, number: u32) -> &str {
        self.vocabulary.skill(number)
    }

    pub(super) fn language(&self, number: u32) -> &str {
        self.vocabulary.language(number)
    }

    pub(super) fn learners(&self) -> &[Learner] {
        &self.learners
    }

    pub(super) fn mentors(&self) -> &[Mentor] {
        &self.mentors
    }

    pub(super) fn minimum_score(&self) -> u16 {
        self.minimum_score
    }

    /// The places of two people.
    pub(super) fn find(&self, pair: &PairOfIds) -> Option<(u32, u32)> {
        self.place(&pair.learner, &pair.mentor)
    }

    /// The places of pairs, in their order.
    pub(super) fn places(&self, pairs: &[PairOfIds]) -> Vec<(u32, u32)> {
        pairs.iter().filter_map(|pair| self.find(pair)).collect()
    }

    fn place(&self, learner: &str, mentor: &str) -> Option<(u32, u32)> {
        let of = |ids: &[String], id: &str| ids.binary_search_by(|other| other.as_str().cmp(id)).ok().map(narrow);
        Some((of(&self.learner_ids, learner)?, of(&self.mentor_ids, mentor)?))
    }

    /// The score of the pair.
    ///
    /// # Errors
    /// The first reason why there is no such pair.
    pub(super) fn judge(&self, learner: usize, mentor: usize) -> Result<Score, Absent> {
        self.judge_as(&self.learners[learner], learner, mentor)
    }

    /// As [`Pairs::judge`], if the learner were as `described`.
    pub(super) fn judge_as(&self, described: &Learner, learner: usize, mentor: usize) -> Result<Score, Absent> {
        if self.forbids(learner, mentor) {
            return Err(Absent::Forbidden);
        }
        if self.mentors[mentor].capacity == 0 {
            return Err(Absent::NoCapacity);
        }
        let score = self.score(described, learner, mentor).map_err(|absence| match absence {
            Absence::NoSharedSkill => Absent::NoSharedSkill,
            Absence::NoSharedLanguage => Absent::NoSharedLanguage,
        })?;
        if score.total() < self.minimum_score {
            return Err(Absent::BelowMinimumScore);
        }
        Ok(score)
    }

    /// Whether the pair must not be.
    pub(super) fn forbids(&self, learner: usize, mentor: usize) -> bool {
        self.forbidden.binary_search(&(narrow(learner), narrow(mentor))).is_ok()
    }

    /// The score if the learner were as `described`, whatever the mentor's places, what is forbidden and the minimum.
    ///
    /// # Errors
    /// What they have nothing of in common.
    pub(super) fn score(&self, described: &Learner, learner: usize, mentor: usize) -> Result<Score, Absence> {
        let pair = (narrow(learner), narrow(mentor));
        let met = self.continuity.binary_search_by_key(&pair, |&(learner, mentor, _)| (learner, mentor));
        let continuity = met.ok().map(|at| self.continuity[at].2);
        score(described, &self.mentors[mentor], continuity, &self.weights)
    }

    /// The pair as it is written; `learner` and `rank` are for the caller to fill in.
    pub(super) fn describe(&self, learner: usize, mentor: usize, score: &Score) -> PairAnswer<'_> {
        let (learner, mentor_index, mentor) = (&self.learners[learner], mentor, &self.mentors[mentor]);
        let components = score.components().map(|(name, component)| {
            let answer = ComponentAnswer { points: component.points, value: component.value, weight: component.weight };
            (name.name(), answer)
        });
        let matched = matched_skills(learner, mentor).map(|found| MatchedSkill {
            have: found.have,
            skill: self.vocabulary.skill(found.skill),
            through: found.through.map(|skill| self.vocabulary.skill(skill)),
            wanted: found.wanted,
        });
        PairAnswer {
            components: components.collect(),
            learner: None,
            matched_skills: matched.collect(),
            mentor: self.mentor_id(mentor_index),
            overlap_minutes: learner.availability.overlap_minutes(&mentor.availability),
            rank: None,
            score: score.total(),
            shared_languages: shared_languages(learner, mentor)
                .into_iter()
                .map(|language| self.vocabulary.language(language))
                .collect(),
        }
    }
}

/// A scored pair in an answer.
#[derive(Debug, Serialize)]
pub(super) struct PairAnswer<'a> {
    components: BTreeMap<&'static str, ComponentAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) learner: Option<&'a str>,
    matched_skills: Vec<MatchedSkill<'a>>,
    mentor: &'a str,
    overlap_minutes: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rank: Option<u32>,
    score: u16,
    shared_languages: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct ComponentAnswer {
    points: u16,
    value: u16,
    weight: u16,
}

#[derive(Debug, Serialize)]
struct MatchedSkill<'a> {
    have: u8,
    skill: &'a str,
    through: Option<&'a str>,
    wanted: u8,
}
