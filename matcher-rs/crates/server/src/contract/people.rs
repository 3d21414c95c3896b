//! Learners and mentors on the wire: their fields, their limits, their canonical form, and the solver's form of them. Which requests they
//! are part of is the endpoints' business.

use std::fmt::Display;

use serde::{Deserialize, Serialize};
use solver::people::WEEK_MINUTES;
use solver::{Rating, Want, Week};

use super::findings::{Field, Findings};
use super::lists::at_most;
use super::vocabulary::{Vocabulary, narrow};
use super::zones::{MAXIMUM_OFFSET, MINIMUM_OFFSET, ZonesInput};
use crate::problem_details::Problem;

pub(super) const MAXIMUM_WANTS: usize = 200;
const MAXIMUM_RELATED: usize = 100;
const MAXIMUM_SKILLS: usize = 500;
pub(super) const MAXIMUM_LANGUAGES: usize = 50;
pub(super) const MAXIMUM_INTERVALS: usize = 500;
const DAY_MINUTES: u16 = 24 * 60;

/// A skill at a level.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "an object with skill and level")]
pub(super) struct SkillInput {
    pub(super) level: i64,
    pub(super) skill: String,
}

/// A skill that a learner wants, and what of it is told for this learner and catalogue.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "an object with skill and level")]
pub(super) struct WantInput {
    #[serde(default)]
    from: i64,
    pub(super) level: i64,
    #[serde(default, deserialize_with = "at_most::<MAXIMUM_RELATED, _, _>")]
    pub(super) related: Vec<RelatedInput>,
    pub(super) skill: String,
    #[serde(default = "default_want_weight")]
    weight: i64,
}

const fn default_want_weight() -> i64 {
    100
}

/// A skill that implies the wanted one in part.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "an object with skill and permille")]
pub(super) struct RelatedInput {
    permille: i64,
    pub(super) skill: String,
}

/// A learner as sent.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "a learner object")]
pub(super) struct LearnerInput {
    #[serde(default)]
    attendance_permille: Option<i64>,
    #[serde(default, deserialize_with = "at_most::<MAXIMUM_INTERVALS, _, _>")]
    availability: Vec<(i64, i64)>,
    #[serde(default)]
    pub(super) country: Option<String>,
    pub(super) id: String,
    #[serde(default, deserialize_with = "at_most::<MAXIMUM_LANGUAGES, _, _>")]
    pub(super) languages: Vec<String>,
    #[serde(default)]
    pub(super) priority: i64,
    #[serde(default, deserialize_with = "at_most::<MAXIMUM_INTERVALS, _, _>", skip_serializing)]
    slots: Vec<(i64, i64)>,
    #[serde(default, skip_serializing)]
    time_zone: Option<String>,
    #[serde(default)]
    pub(super) utc_offset_minutes: Option<i64>,
    #[serde(default)]
    pub(super) waiting_days: Option<i64>,
    #[serde(default, deserialize_with = "at_most::<MAXIMUM_WANTS, _, _>")]
    pub(super) wants: Vec<WantInput>,
}

/// A mentor as sent.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "a mentor object")]
pub(super) struct MentorInput {
    #[serde(default)]
    answer_rate_permille: Option<i64>,
    #[serde(default)]
    attendance_permille: Option<i64>,
    #[serde(default, deserialize_with = "at_most::<MAXIMUM_INTERVALS, _, _>")]
    availability: Vec<(i64, i64)>,
    pub(super) capacity: i64,
    #[serde(default)]
    pub(super) country: Option<String>,
    pub(super) id: String,
    #[serde(default, deserialize_with = "at_most::<MAXIMUM_LANGUAGES, _, _>")]
    pub(super) languages: Vec<String>,
    #[serde(default)]
    rating: Option<RatingInput>,
    #[serde(default, deserialize_with = "at_most::<MAXIMUM_SKILLS, _, _>")]
    pub(super) skills: Vec<SkillInput>,
    #[serde(default, deserialize_with = "at_most::<MAXIMUM_INTERVALS, _, _>", skip_serializing)]
    slots: Vec<(i64, i64)>,
    #[serde(default, skip_serializing)]
    time_zone: Option<String>,
    #[serde(default)]
    utc_offset_minutes: Option<i64>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "an object with mean_milli and count")]
struct RatingInput {
    count: i64,
    mean_milli: i64,
}

/// How many people a request may have.
pub(super) struct Limits {
    /// Of each side.
    pub(super) side: usize,
    /// Learners times mentors.
    pub(super) pairs: usize,
    /// What is told besides of who has more.
    pub(super) advice: &'static str,
}

impl Limits {
    pub(super) const fn allow(&self, learners: usize, mentors: usize) -> bool {
        learners <= self.side && mentors <= self.side && learners.saturating_mul(mentors) <= self.pairs
    }

    /// Refuses more people than that, before anything about them is looked at.
    ///
    /// # Errors
    /// `invalid_request`.
    pub(super) fn check(&self, learners: usize, mentors: usize) -> Result<(), Problem> {
        let Self { side, pairs, advice } = self;
        let mut findings = Findings::default();
        for (field, count) in [("learners", learners), ("mentors", mentors)] {
            if count > *side {
                findings.add(field, "too_many", format!("at most {side}, got {count}{advice}"));
            }
        }
        let product = learners.saturating_mul(mentors);
        if product > *pairs {
            let message = format!("learners × mentors may be at most {pairs}, got {product}{advice}");
            findings.add("mentors", "too_many", message);
        }
        findings.into_result()
    }
}

impl LearnerInput {
    pub(super) fn check(&self, at: &str, zones: &ZonesInput, findings: &mut Findings) {
        findings.text(Field(at, "id"), &self.id);
        check_wants(&Field(at, "wants"), &self.wants, findings);
        check_languages(&Field(at, "languages"), &self.languages, findings);
        self.when().check(at, zones, findings);
        check_country(at, self.country.as_deref(), findings);
        check_optional(Field(at, "attendance_permille"), self.attendance_permille, 0, 1000, findings);
        findings.range(Field(at, "priority"), self.priority, 0..=i64::from(solver::MAXIMUM_SCORE));
        check_optional(Field(at, "waiting_days"), self.waiting_days, 0, 1_000_000, findings);
    }

    /// Sorts what has no order of its own, and turns slots on a wall clock into minutes of the UTC week.
    pub(super) fn canonicalise(&mut self, zones: &ZonesInput) {
        self.wants.sort_unstable_by(|a, b| a.skill.cmp(&b.skill));
        for want in &mut self.wants {
            want.related.sort_unstable_by(|a, b| a.skill.cmp(&b.skill));
        }
        (self.availability, self.utc_offset_minutes) = self.when().in_utc(zones);
    }

    fn when(&self) -> When<'_> {
        When {
            availability: &self.availability,
            utc_offset_minutes: self.utc_offset_minutes,
            slots: &self.slots,
            time_zone: self.time_zone.as_deref(),
        }
    }

    /// The solver's form. Call after `check` and `canonicalise`.
    pub(super) fn to_solver(&self, vocabulary: &Vocabulary) -> solver::Learner {
        solver::Learner {
            wants: self.wants.iter().map(|want| want.to_solver(vocabulary)).collect(),
            languages: vocabulary.languages(&self.languages),
            availability: week(&self.availability),
            utc_offset_minutes: self.utc_offset_minutes.map(narrow),
            waiting_days: self.waiting_days.map(narrow),
            country: vocabulary.country_number(self.country.as_deref()),
            attendance_permille: self.attendance_permille.map(narrow),
        }
    }
}

impl MentorInput {
    pub(super) fn check(&self, at: &str, zones: &ZonesInput, findings: &mut Findings) {
        findings.text(Field(at, "id"), &self.id);
        check_skills(&Field(at, "skills"), &self.skills, findings);
        check_languages(&Field(at, "languages"), &self.languages, findings);
        self.when().check(at, zones, findings);
        check_country(at, self.country.as_deref(), findings);
        check_optional(Field(at, "answer_rate_permille"), self.answer_rate_permille, 0, 1000, findings);
        check_optional(Field(at, "attendance_permille"), self.attendance_permille, 0, 1000, findings);
        findings.range(Field(at, "capacity"), self.capacity, 0..=1_000_000);
        if let Some(rating) = &self.rating {
            findings.range(format!("{at}.rating.mean_milli"), rating.mean_milli, 1000..=5000);
            findings.range(format!("{at}.rating.count"), rating.count, 0..=1_000_000_000);
        }
    }

    /// Sorts what has no order of its own, and turns slots on a wall clock into minutes of the UTC week.
    pub(super) fn canonicalise(&mut self, zones: &ZonesInput) {
        self.skills.sort_unstable_by(|a, b| a.skill.cmp(&b.skill));
        self.languages.sort_unstable();
        (self.availability, self.utc_offset_minutes) = self.when().in_utc(zones);
    }

    fn when(&self) -> When<'_> {
        When {
            availability: &self.availability,
            utc_offset_minutes: self.utc_offset_minutes,
            slots: &self.slots,
            time_zone: self.time_zone.as_deref(),
        }
    }

    /// The solver's form. Call after `check` and `canonicalise`.
    pub(super) fn to_solver(&self, vocabulary: &Vocabulary) -> solver::Mentor {
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
            country: vocabulary.country_number(self.country.as_deref()),
            attendance_permille: self.attendance_permille.map(narrow),
        }
    }
}

fn check_optional(field: impl Display, number: Option<i64>, least: i64, most: i64, findings: &mut Findings) {
    if let Some(number) = number {
        findings.range(field, number, least..=most);
    }
}

fn check_country(at: &str, country: Option<&str>, findings: &mut Findings) {
    if let Some(country) = country {
        findings.text(Field(at, "country"), country);
    }
}

impl WantInput {
    fn to_solver(&self, vocabulary: &Vocabulary) -> Want {
        Want {
            skill: vocabulary.skill_number(&self.skill),
            level: narrow(self.level),
            from: narrow(self.from),
            weight: narrow(self.weight),
            related: self
                .related
                .iter()
                .map(|related| (vocabulary.skill_number(&related.skill), narrow(related.permille)))
                .collect(),
        }
    }
}

fn check_wants(field: &Field<'_>, wants: &[WantInput], findings: &mut Findings) {
    for (index, want) in wants.iter().enumerate() {
        let at = format!("{field}[{index}]");
        findings.text(Field(&at, "skill"), &want.skill);
        findings.range(Field(&at, "level"), want.level, 1..=5);
        findings.range(Field(&at, "from"), want.from, 0..=want.level.clamp(1, 5) - 1);
        findings.range(Field(&at, "weight"), want.weight, 1..=1000);
        let related_field = Field(&at, "related");
        for (place, related) in want.related.iter().enumerate() {
            findings.text(format_args!("{related_field}[{place}].skill"), &related.skill);
            findings.range(format_args!("{related_field}[{place}].permille"), related.permille, 1..=1000);
        }
        let names = want.related.iter().map(|related| related.skill.as_str());
        findings.unique(names, |place| format!("{related_field}[{place}].skill"));
    }
    findings.unique(wants.iter().map(|want| want.skill.as_str()), |index| format!("{field}[{index}].skill"));
}

fn check_skills(field: &Field<'_>, skills: &[SkillInput], findings: &mut Findings) {
    for (index, skill) in skills.iter().enumerate() {
        findings.text(format_args!("{field}[{index}].skill"), &skill.skill);
        findings.range(format_args!("{field}[{index}].level"), skill.level, 0..=5);
    }
    findings.unique(skills.iter().map(|skill| skill.skill.as_str()), |index| format!("{field}[{index}].skill"));
}

fn check_languages(field: &Field<'_>, languages: &[String], findings: &mut Findings) {
    for (index, language) in languages.iter().enumerate() {
        findings.text(format_args!("{field}[{index}]"), language);
    }
    findings.unique(languages.iter().map(String::as_str), |index| format!("{field}[{index}]"));
}

/// When a person has time, in one of two notations: minutes of the UTC week with an offset, or slots on the wall clock of a zone.
struct When<'a> {
    availability: &'a [(i64, i64)],
    utc_offset_minutes: Option<i64>,
    slots: &'a [(i64, i64)],
    time_zone: Option<&'a str>,
}

impl When<'_> {
    fn check(&self, at: &str, zones: &ZonesInput, findings: &mut Findings) {
        let Some(zone) = self.time_zone else {
            check_intervals(&Field(at, "availability"), self.availability, WEEK_MINUTES, findings);
            check_optional(
                Field(at, "utc_offset_minutes"),
                self.utc_offset_minutes,
                MINIMUM_OFFSET,
                MAXIMUM_OFFSET,
                findings,
            );
            if !self.slots.is_empty() {
                findings.add(Field(at, "time_zone"), "required", "slots are on the wall clock of a time_zone");
            }
            return;
        };
        if !zones.know(zone) {
            findings.add(Field(at, "time_zone"), "unknown_id", format!("no zone {zone:?} in the request's zones"));
        }
        for (name, is_given) in
            [("availability", !self.availability.is_empty()), ("utc_offset_minutes", self.utc_offset_minutes.is_some())]
        {
            if is_given {
                findings.add(Field(at, name), "conflict", "a time_zone with its slots takes the place of this");
            }
        }
        check_intervals(&Field(at, "slots"), self.slots, WEEK_MINUTES + DAY_MINUTES, findings);
    }

    /// Availability and offset of the canonical form. Call after `check`.
    fn in_utc(&self, zones: &ZonesInput) -> (Vec<(i64, i64)>, Option<i64>) {
        match self.time_zone {
            Some(zone) => (united(&zones.in_utc(zone, self.slots)), zones.offset(zone)),
            None => (united(self.availability), self.utc_offset_minutes),
        }
    }
}

/// Half-open intervals of minutes that begin within the week and end by `last`.
fn check_intervals(field: &Field<'_>, intervals: &[(i64, i64)], last: u16, findings: &mut Findings) {
    for (index, &(start, end)) in intervals.iter().enumerate() {
        findings.range(format_args!("{field}[{index}][0]"), start, 0..=i64::from(WEEK_MINUTES) - 1);
        findings.range(format_args!("{field}[{index}][1]"), end, 1..=i64::from(last));
        if end <= start {
            let message = format!("the end must be after the start, got {start} to {end}");
            findings.add(format_args!("{field}[{index}]"), "invalid_interval", message);
        }
    }
}

fn week(intervals: &[(i64, i64)]) -> Week {
    Week::from_intervals(intervals.iter().map(|&(start, end)| (narrow(start), narrow(end))).collect())
}

fn united(intervals: &[(i64, i64)]) -> Vec<(i64, i64)> {
    week(intervals).intervals().iter().map(|&(start, end)| (start.into(), end.into())).collect()
}
