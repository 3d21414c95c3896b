//! Learners and mentors side by side: which pairs there are, what they score, and how a scored pair is written.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;
use solver::scoring::{matched_skills, shared_languages};
use solver::{Absence, Learner, Mentor, Score, Weights, score};

use super::people::{LearnerInput, MentorInput};
use super::rules::{ConstraintsInput, ContinuityInput, PairOfIds, WeightsInput};
use super::vocabulary::Vocabulary;

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

/// All people of a request, in canonical order, ready to be scored. Indexes are places in that order.
pub(super) struct Pairs<'a> {
    learner_inputs: &'a [&'a LearnerInput],
    mentor_inputs: &'a [MentorInput],
    learners: Vec<Learner>,
    mentors: Vec<Mentor>,
    weights: Weights,
    constraints: &'a ConstraintsInput,
    continuity: &'a ContinuityInput,
    vocabulary: Vocabulary<'a>,
}

impl<'a> Pairs<'a> {
    /// Everything given has been checked and canonicalised.
    pub(super) fn new(
        learner_inputs: &'a [&'a LearnerInput],
        mentor_inputs: &'a [MentorInput],
        weights: &WeightsInput,
        constraints: &'a ConstraintsInput,
        continuity: &'a ContinuityInput,
    ) -> Self {
        let vocabulary = Vocabulary::of(learner_inputs, mentor_inputs);
        Self {
            learners: learner_inputs.iter().map(|learner| learner.to_solver(&vocabulary)).collect(),
            mentors: mentor_inputs.iter().map(|mentor| mentor.to_solver(&vocabulary)).collect(),
            weights: weights.to_solver(),
            learner_inputs,
            mentor_inputs,
            constraints,
            continuity,
            vocabulary,
        }
    }

    pub(super) fn learner_id(&self, learner: usize) -> &'a str {
        &self.learner_inputs[learner].id
    }

    pub(super) fn mentor_id(&self, mentor: usize) -> &'a str {
        &self.mentor_inputs[mentor].id
    }

    pub(super) fn skill(&self, number: u32) -> &'a str {
        self.vocabulary.skill(number)
    }

    pub(super) fn language(&self, number: u32) -> &'a str {
        self.vocabulary.language(number)
    }

    pub(super) fn learners(&self) -> &[Learner] {
        &self.learners
    }

    pub(super) fn mentors(&self) -> &[Mentor] {
        &self.mentors
    }

    /// The places of two people.
    pub(super) fn find(&self, pair: &PairOfIds) -> Option<(usize, usize)> {
        let learner = self.learner_inputs.binary_search_by(|learner| learner.id.cmp(&pair.learner)).ok()?;
        Some((learner, self.mentor_inputs.binary_search_by(|mentor| mentor.id.cmp(&pair.mentor)).ok()?))
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
        if self.constraints.forbids(self.learner_id(learner), self.mentor_id(mentor)) {
            return Err(Absent::Forbidden);
        }
        if self.mentors[mentor].capacity == 0 {
            return Err(Absent::NoCapacity);
        }
        let score = self.score(described, learner, mentor).map_err(|absence| match absence {
            Absence::NoSharedSkill => Absent::NoSharedSkill,
            Absence::NoSharedLanguage => Absent::NoSharedLanguage,
        })?;
        if score.total() < self.constraints.minimum_score() {
            return Err(Absent::BelowMinimumScore);
        }
        Ok(score)
    }

    /// The score of the pair if nothing is missing, or nothing but a place.
    pub(super) fn suitable(&self, learner: usize, mentor: usize) -> Option<u16> {
        if self.constraints.forbids(self.learner_id(learner), self.mentor_id(mentor)) {
            return None;
        }
        let score = self.score(&self.learners[learner], learner, mentor).ok()?.total();
        (score >= self.constraints.minimum_score()).then_some(score)
    }

    /// The suitable mentor with the highest score, of equal ones the first.
    pub(super) fn best_suitable(&self, learner: usize) -> Option<usize> {
        let suitable = (0..self.mentors.len()).filter_map(|mentor| Some((self.suitable(learner, mentor)?, mentor)));
        suitable.min_by_key(|&(score, mentor)| (Reverse(score), mentor)).map(|(_, mentor)| mentor)
    }

    fn score(&self, described: &Learner, learner: usize, mentor: usize) -> Result<Score, Absence> {
        let continuity = self.continuity.of(self.learner_id(learner), self.mentor_id(mentor));
        score(described, &self.mentors[mentor], continuity, &self.weights)
    }

    /// The pair as it is written; `learner` and `rank` are for the caller to fill in.
    pub(super) fn describe(&self, learner: usize, mentor: usize, score: &Score) -> PairAnswer<'a> {
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
    pub(super) rank: Option<usize>,
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
