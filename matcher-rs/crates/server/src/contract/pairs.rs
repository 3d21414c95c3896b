//! Learners and mentors side by side: which pairs there are, what they score, and how a scored pair is written.

use std::collections::BTreeMap;

use serde::Serialize;
use solver::scoring::{matched_skills, shared_languages};
use solver::{Absence, Learner, Mentor, Score, Weights, score};

use super::people::{LearnerInput, MentorInput};
use super::rules::{ConstraintsInput, ContinuityInput, WeightsInput};
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

    pub(super) fn learners(&self) -> &[Learner] {
        &self.learners
    }

    pub(super) fn mentors(&self) -> &[Mentor] {
        &self.mentors
    }

    /// The score of the pair.
    ///
    /// # Errors
    /// The first reason why there is no such pair.
    pub(super) fn judge(&self, learner: usize, mentor: usize) -> Result<Score, Absent> {
        if self.constraints.forbids(self.learner_id(learner), self.mentor_id(mentor)) {
            return Err(Absent::Forbidden);
        }
        if self.mentors[mentor].capacity == 0 {
            return Err(Absent::NoCapacity);
        }
        let score = self.score(learner, mentor).map_err(|absence| match absence {
            Absence::NoSharedSkill => Absent::NoSharedSkill,
            Absence::NoSharedLanguage => Absent::NoSharedLanguage,
        })?;
        if score.total() < self.constraints.minimum_score() {
            return Err(Absent::BelowMinimumScore);
        }
        Ok(score)
    }

    /// Whether nothing but a place is missing.
    pub(super) fn lacks_only_capacity(&self, learner: usize, mentor: usize) -> bool {
        self.mentors[mentor].capacity == 0
            && !self.constraints.forbids(self.learner_id(learner), self.mentor_id(mentor))
            && self.score(learner, mentor).is_ok_and(|score| score.total() >= self.constraints.minimum_score())
    }

    fn score(&self, learner: usize, mentor: usize) -> Result<Score, Absence> {
        let continuity = self.continuity.of(self.learner_id(learner), self.mentor_id(mentor));
        score(&self.learners[learner], &self.mentors[mentor], continuity, &self.weights)
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
