//! Learners, mentors, weights and constraints on the wire: their fields, their limits, their canonical form, and the solver's form of
//! them. Which requests they are part of is the endpoints' business.

use std::collections::HashSet;
use std::fmt::Display;

use serde::{Deserialize, Serialize};
use solver::people::WEEK_MINUTES;
use solver::{Rating, Week, Weights};

use super::findings::Findings;
use crate::problem_details::Problem;

const MAXIMUM_WANTS: usize = 200;
const MAXIMUM_SKILLS: usize = 500;
const MAXIMUM_LANGUAGES: usize = 50;
const MAXIMUM_INTERVALS: usize = 500;
const MAXIMUM_PEOPLE: usize = 20_000;
const MAXIMUM_PAIRS: usize = 5_000_000;
const MAXIMUM_WEIGHT: i64 = 10_000;

/// A skill at a level, wanted or had.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "an object with skill and level")]
pub(super) struct SkillInput {
    level: i64,
    skill: String,
}

/// A learner as sent.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "a learner object")]
pub(super) struct LearnerInput {
    #[serde(default)]
    availability: Vec<(i64, i64)>,
    pub(super) id: String,
    #[serde(default)]
    languages: Vec<String>,
    #[serde(default)]
    utc_offset_minutes: Option<i64>,
    #[serde(default)]
    pub(super) waiting_days: Option<i64>,
    #[serde(default)]
    wants: Vec<SkillInput>,
}

/// A mentor as sent.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "a mentor object")]
pub(super) struct MentorInput {
    #[serde(default)]
    answer_rate_permille: Option<i64>,
    #[serde(default)]
    availability: Vec<(i64, i64)>,
    pub(super) capacity: i64,
    pub(super) id: String,
    #[serde(default)]
    languages: Vec<String>,
    #[serde(default)]
    rating: Option<RatingInput>,
    #[serde(default)]
    skills: Vec<SkillInput>,
    #[serde(default)]
    utc_offset_minutes: Option<i64>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "an object with mean_milli and count")]
struct RatingInput {
    count: i64,
    mean_milli: i64,
}

/// Weights as sent, with the defaults filled in.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default, expecting = "an object of weights")]
pub(super) struct WeightsInput {
    availability: i64,
    languages: i64,
    rating: i64,
    reliability: i64,
    skills: i64,
    timezone: i64,
    waiting: i64,
}

impl Default for WeightsInput {
    fn default() -> Self {
        let weights = Weights::default();
        Self {
            availability: weights.availability.into(),
            languages: weights.languages.into(),
            rating: weights.rating.into(),
            reliability: weights.reliability.into(),
            skills: weights.skills.into(),
            timezone: weights.timezone.into(),
            waiting: weights.waiting.into(),
        }
    }
}

/// Hard rules between people.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default, expecting = "an object of constraints")]
pub(super) struct ConstraintsInput {
    forbidden: Vec<ForbiddenPair>,
    minimum_score: i64,
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields, expecting = "an object with learner and mentor")]
struct ForbiddenPair {
    learner: String,
    mentor: String,
}

/// Refuses more people than the service takes, before anything about them is looked at.
pub(super) fn check_sizes(learners: usize, mentors: usize) -> Result<(), Problem> {
    let mut findings = Findings::default();
    findings.count("learners", learners, MAXIMUM_PEOPLE);
    findings.count("mentors", mentors, MAXIMUM_PEOPLE);
    let pairs = learners.saturating_mul(mentors);
    if pairs > MAXIMUM_PAIRS {
        findings.add("mentors", "too_many", format!("learners × mentors may be at most {MAXIMUM_PAIRS}, got {pairs}"));
    }
    findings.into_result()
}

impl LearnerInput {
    pub(super) fn check(&self, at: &str, findings: &mut Findings) {
        findings.text(Field(at, "id"), &self.id);
        check_skills(&Field(at, "wants"), &self.wants, MAXIMUM_WANTS, 1, findings);
        check_languages(&Field(at, "languages"), &self.languages, findings);
        check_availability(&Field(at, "availability"), &self.availability, findings);
        check_optional(Field(at, "utc_offset_minutes"), self.utc_offset_minutes, -720, 840, findings);
        check_optional(Field(at, "waiting_days"), self.waiting_days, 0, 1_000_000, findings);
    }

    /// Sorts what has no order of its own.
    pub(super) fn canonicalise(&mut self) {
        self.wants.sort_unstable_by(|a, b| a.skill.cmp(&b.skill));
        unite(&mut self.availability);
    }

    /// The solver's form. Call after `check` and `canonicalise`.
    pub(super) fn to_solver(&self, vocabulary: &Vocabulary<'_>) -> solver::Learner {
        solver::Learner {
            wants: vocabulary.levels(&self.wants),
            languages: vocabulary.languages(&self.languages),
            availability: week(&self.availability),
            utc_offset_minutes: self.utc_offset_minutes.map(narrow),
            waiting_days: self.waiting_days.map(narrow),
        }
    }
}

impl MentorInput {
    pub(super) fn check(&self, at: &str, findings: &mut Findings) {
        findings.text(Field(at, "id"), &self.id);
        check_skills(&Field(at, "skills"), &self.skills, MAXIMUM_SKILLS, 0, findings);
        check_languages(&Field(at, "languages"), &self.languages, findings);
        check_availability(&Field(at, "availability"), &self.availability, findings);
        check_optional(Field(at, "utc_offset_minutes"), self.utc_offset_minutes, -720, 840, findings);
        check_optional(Field(at, "answer_rate_permille"), self.answer_rate_permille, 0, 1000, findings);
        findings.range(Field(at, "capacity"), self.capacity, 0..=1_000_000);
        if let Some(rating) = &self.rating {
            findings.range(format!("{at}.rating.mean_milli"), rating.mean_milli, 1000..=5000);
            findings.range(format!("{at}.rating.count"), rating.count, 0..=1_000_000_000);
        }
    }

    /// Sorts what has no order of its own.
    pub(super) fn canonicalise(&mut self) {
        self.skills.sort_unstable_by(|a, b| a.skill.cmp(&b.skill));
        self.languages.sort_unstable();
        unite(&mut self.availability);
    }

    /// The solver's form. Call after `check` and `canonicalise`.
    pub(super) fn to_solver(&self, vocabulary: &Vocabulary<'_>) -> solver::Mentor {
        solver::Mentor {
            skills: vocabulary.levels(&self.skills),
            languages: vocabulary.languages(&self.languages),
            availability: week(&self.availability),
            utc_offset_minutes: self.utc_offset_minutes.map(narrow),
            capacity: narrow(self.capacity),
            rating: self
                .rating
                .as_ref()
                .map(|rating| Rating { mean_milli: narrow(rating.mean_milli), count: narrow(rating.count) }),
            answer_rate_permille: self.answer_rate_permille.map(narrow),
        }
    }
}

impl WeightsInput {
    pub(super) fn check(&self, findings: &mut Findings) {
        let all = [
            ("availability", self.availability),
            ("languages", self.languages),
            ("rating", self.rating),
            ("reliability", self.reliability),
            ("skills", self.skills),
            ("timezone", self.timezone),
            ("waiting", self.waiting),
        ];
        for (name, weight) in all {
            findings.range(Field("weights", name), weight, 0..=MAXIMUM_WEIGHT);
        }
        if all.iter().all(|&(_, weight)| weight == 0) {
            findings.add("weights", "conflict", "at least one weight must be above 0");
        }
    }

    /// The solver's form. Call after `check`.
    pub(super) fn to_solver(&self) -> Weights {
        Weights {
            skills: narrow(self.skills),
            availability: narrow(self.availability),
            languages: narrow(self.languages),
            timezone: narrow(self.timezone),
            reliability: narrow(self.reliability),
            rating: narrow(self.rating),
            waiting: narrow(self.waiting),
        }
    }
}

impl ConstraintsInput {
    pub(super) fn check(&self, learners: &[&LearnerInput], mentors: &[MentorInput], findings: &mut Findings) {
        findings.range("constraints.minimum_score", self.minimum_score, 0..=i64::from(solver::MAXIMUM_SCORE));
        let learner_ids: HashSet<&str> = learners.iter().map(|learner| learner.id.as_str()).collect();
        let mentor_ids: HashSet<&str> = mentors.iter().map(|mentor| mentor.id.as_str()).collect();
        for (index, pair) in self.forbidden.iter().enumerate() {
            let at = format!("constraints.forbidden[{index}]");
            for (ids, name, id) in [(&learner_ids, "learner", &pair.learner), (&mentor_ids, "mentor", &pair.mentor)] {
                if !ids.contains(id.as_str()) {
                    findings.add(Field(&at, name), "unknown_id", format!("no {name} {id:?} in the request"));
                }
            }
        }
    }

    pub(super) fn canonicalise(&mut self) {
        self.forbidden.sort_unstable();
        self.forbidden.dedup();
    }

    pub(super) fn minimum_score(&self) -> u16 {
        narrow(self.minimum_score)
    }

    /// Whether the pair is ruled out. Call after `canonicalise`.
    pub(super) fn forbids(&self, learner: &str, mentor: &str) -> bool {
        self.forbidden
            .binary_search_by(|pair| (pair.learner.as_str(), pair.mentor.as_str()).cmp(&(learner, mentor)))
            .is_ok()
    }
}

/// Numbers for skills and languages, ascending with their names.
#[derive(Debug, Default)]
pub(super) struct Vocabulary<'a> {
    skills: Vec<&'a str>,
    languages: Vec<&'a str>,
}

impl<'a> Vocabulary<'a> {
    pub(super) fn of(learners: &[&'a LearnerInput], mentors: &'a [MentorInput]) -> Self {
        let mut vocabulary = Self::default();
        for learner in learners {
            vocabulary.skills.extend(learner.wants.iter().map(|want| want.skill.as_str()));
            vocabulary.languages.extend(learner.languages.iter().map(String::as_str));
        }
        for mentor in mentors {
            vocabulary.skills.extend(mentor.skills.iter().map(|skill| skill.skill.as_str()));
            vocabulary.languages.extend(mentor.languages.iter().map(String::as_str));
        }
        for words in [&mut vocabulary.skills, &mut vocabulary.languages] {
            words.sort_unstable();
            words.dedup();
        }
        vocabulary
    }

    pub(super) fn skill(&self, number: u32) -> &'a str {
        self.skills[number as usize]
    }

    pub(super) fn language(&self, number: u32) -> &'a str {
        self.languages[number as usize]
    }

    fn levels(&self, skills: &[SkillInput]) -> Vec<(u32, u8)> {
        skills.iter().map(|skill| (number(&self.skills, &skill.skill), narrow(skill.level))).collect()
    }

    fn languages(&self, languages: &[String]) -> Vec<u32> {
        languages.iter().map(|language| number(&self.languages, language)).collect()
    }
}

/// The place of a word in the vocabulary that was made from it.
fn number(words: &[&str], word: &str) -> u32 {
    narrow(words.partition_point(|candidate| *candidate < word))
}

/// A field of the thing at a path.
struct Field<'a>(&'a str, &'a str);

impl Display for Field<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

fn check_optional(field: impl Display, number: Option<i64>, least: i64, most: i64, findings: &mut Findings) {
    if let Some(number) = number {
        findings.range(field, number, least..=most);
    }
}

fn check_skills(field: &Field<'_>, skills: &[SkillInput], limit: usize, least: i64, findings: &mut Findings) {
    if !findings.count(field, skills.len(), limit) {
        return;
    }
    for (index, skill) in skills.iter().enumerate() {
        findings.text(format_args!("{field}[{index}].skill"), &skill.skill);
        findings.range(format_args!("{field}[{index}].level"), skill.level, least..=5);
    }
    findings.unique(skills.iter().map(|skill| skill.skill.as_str()), |index| format!("{field}[{index}].skill"));
}

fn check_languages(field: &Field<'_>, languages: &[String], findings: &mut Findings) {
    if !findings.count(field, languages.len(), MAXIMUM_LANGUAGES) {
        return;
    }
    for (index, language) in languages.iter().enumerate() {
        findings.text(format_args!("{field}[{index}]"), language);
    }
    findings.unique(languages.iter().map(String::as_str), |index| format!("{field}[{index}]"));
}

fn check_availability(field: &Field<'_>, intervals: &[(i64, i64)], findings: &mut Findings) {
    if !findings.count(field, intervals.len(), MAXIMUM_INTERVALS) {
        return;
    }
    let last = i64::from(WEEK_MINUTES);
    for (index, &(start, end)) in intervals.iter().enumerate() {
        findings.range(format_args!("{field}[{index}][0]"), start, 0..=last - 1);
        findings.range(format_args!("{field}[{index}][1]"), end, 1..=last);
        if end <= start {
            let message = format!("the end must be after the start, got {start} to {end}");
            findings.add(format_args!("{field}[{index}]"), "invalid_interval", message);
        }
    }
}

fn week(intervals: &[(i64, i64)]) -> Week {
    Week::from_intervals(intervals.iter().map(|&(start, end)| (narrow(start), narrow(end))).collect())
}

fn unite(intervals: &mut Vec<(i64, i64)>) {
    *intervals = week(intervals).intervals().iter().map(|&(start, end)| (start.into(), end.into())).collect();
}

/// Numbers here have been checked against narrower limits than their type's; the default is never taken.
fn narrow<Wide, Narrow: TryFrom<Wide> + Default>(number: Wide) -> Narrow {
    Narrow::try_from(number).unwrap_or_default()
}
