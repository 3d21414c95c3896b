//! The score of one learner with one mentor: components in integers that add up exactly, or the reason why there is no such pair.
//!
//! The formula is the contract's (`contracts/README.md`, "Score"). Rules between people (forbidden pairs, the minimum score, capacity) are
//! the caller's; who gets whom is [`crate::assignment`]'s.

use crate::people::{Learner, Mentor, Rating, Weights};

/// The highest possible score: 12 bits.
pub const MAXIMUM_SCORE: u16 = 4095;
/// The value of a component that could not be better.
const FULL: u64 = 1000;
/// This many shared minutes a week are as good as more.
const ENOUGH_OVERLAP_MINUTES: u64 = 180;
/// After this many days a learner has waited as long as can be.
const LONG_WAIT_DAYS: u64 = 30;
/// The rating that a mentor is assumed to have, and how many ratings that assumption is worth.
const PRIOR_MEAN_MILLI: u64 = 3500;
const PRIOR_COUNT: u64 = 5;
/// The value of a shared language that is not the learner's first.
const OTHER_LANGUAGE: u64 = 700;
const DAY_MINUTES: u16 = 24 * 60;

/// What a score is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the contract's; the formulas are there")]
pub enum Component {
    Availability,
    Languages,
    Rating,
    Reliability,
    Skills,
    Timezone,
    Waiting,
}

/// All components, ascending by name.
pub const COMPONENTS: [Component; 7] = [
    Component::Availability,
    Component::Languages,
    Component::Rating,
    Component::Reliability,
    Component::Skills,
    Component::Timezone,
    Component::Waiting,
];

impl Component {
    /// The name in requests and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Availability => "availability",
            Self::Languages => "languages",
            Self::Rating => "rating",
            Self::Reliability => "reliability",
            Self::Skills => "skills",
            Self::Timezone => "timezone",
            Self::Waiting => "waiting",
        }
    }

    fn weight(self, weights: &Weights) -> u16 {
        match self {
            Self::Availability => weights.availability,
            Self::Languages => weights.languages,
            Self::Rating => weights.rating,
            Self::Reliability => weights.reliability,
            Self::Skills => weights.skills,
            Self::Timezone => weights.timezone,
            Self::Waiting => weights.waiting,
        }
    }
}

/// Why two people are no pair at all, whatever the rest of them is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// The learner wants skills, and the mentor has none of them at level 1 or higher.
    NoSharedSkill,
    /// Both list languages, and no language is in both lists.
    NoSharedLanguage,
}

/// One component of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComponentScore {
    /// How good, 0 to 1,000.
    pub value: u16,
    /// As asked for in the request.
    pub weight: u16,
    /// What it adds to the score.
    pub points: u16,
}

/// A score and what it is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    components: [Option<ComponentScore>; COMPONENTS.len()],
}

impl Score {
    /// The sum of the points, 0 to [`MAXIMUM_SCORE`].
    #[must_use]
    pub fn total(&self) -> u16 {
        self.components.iter().flatten().map(|component| component.points).sum()
    }

    /// The components that are present, ascending by name.
    pub fn components(&self) -> impl Iterator<Item = (Component, ComponentScore)> {
        COMPONENTS.into_iter().zip(self.components).filter_map(|(name, score)| Some((name, score?)))
    }
}

/// The score of the pair.
///
/// # Errors
/// [`Absence`] if they are no pair: first for lack of a skill, then for lack of a language.
pub fn score(learner: &Learner, mentor: &Mentor, weights: &Weights) -> Result<Score, Absence> {
    let skills = skills_value(learner, mentor)?;
    let languages = languages_value(learner, mentor)?;
    let values = [
        availability_value(learner, mentor),
        languages,
        mentor.rating.and_then(rating_value),
        mentor.answer_rate_permille.map(|rate| u64::from(rate).min(FULL)),
        skills,
        timezone_value(learner, mentor),
        learner.waiting_days.map(|days| FULL.min(u64::from(days) * FULL / LONG_WAIT_DAYS)),
    ];
    let present_weights: u64 = COMPONENTS
        .iter()
        .zip(values)
        .filter(|(_, value)| value.is_some())
        .map(|(name, _)| u64::from(name.weight(weights)))
        .sum();
    let mut score = Score::default();
    for ((slot, name), value) in score.components.iter_mut().zip(COMPONENTS).zip(values) {
        let Some(value) = value else { continue };
        let weight = name.weight(weights);
        // `checked_div`: with no weight present there is nothing to divide, and nothing to gain.
        let points = (u64::from(MAXIMUM_SCORE) * u64::from(weight) * value)
            .checked_div(FULL * present_weights)
            .unwrap_or_default();
        *slot = Some(ComponentScore { value: narrow(value), weight, points: narrow(points) });
    }
    Ok(score)
}

/// The wanted skills that the mentor has at level 1 or higher: `(skill, wanted, have)`, ascending by skill.
pub fn matched_skills(learner: &Learner, mentor: &Mentor) -> impl Iterator<Item = (u32, u8, u8)> {
    let mut skills = mentor.skills.iter().peekable();
    learner.wants.iter().filter_map(move |&(skill, wanted)| {
        while skills.next_if(|(candidate, _)| *candidate < skill).is_some() {}
        skills.next_if(|(candidate, have)| *candidate == skill && *have > 0).map(|&(_, have)| (skill, wanted, have))
    })
}

/// The languages in both lists, ascending.
#[must_use]
pub fn shared_languages(learner: &Learner, mentor: &Mentor) -> Vec<u32> {
    mentor.languages.iter().copied().filter(|language| learner.languages.contains(language)).collect()
}

fn skills_value(learner: &Learner, mentor: &Mentor) -> Result<Option<u64>, Absence> {
    let wanted: u64 = learner.wants.iter().map(|&(_, level)| u64::from(level)).sum();
    if wanted == 0 {
        return Ok(None);
    }
    let covered: u64 = matched_skills(learner, mentor).map(|(_, want, have)| u64::from(want.min(have))).sum();
    if covered == 0 { Err(Absence::NoSharedSkill) } else { Ok(Some(covered * FULL / wanted)) }
}

fn languages_value(learner: &Learner, mentor: &Mentor) -> Result<Option<u64>, Absence> {
    let Some(first) = learner.languages.first() else { return Ok(None) };
    if mentor.languages.is_empty() {
        return Ok(None);
    }
    if mentor.languages.contains(first) {
        Ok(Some(FULL))
    } else if learner.languages.iter().any(|language| mentor.languages.contains(language)) {
        Ok(Some(OTHER_LANGUAGE))
    } else {
        Err(Absence::NoSharedLanguage)
    }
}

fn availability_value(learner: &Learner, mentor: &Mentor) -> Option<u64> {
    if learner.availability.is_empty() || mentor.availability.is_empty() {
        return None;
    }
    let overlap = u64::from(learner.availability.overlap_minutes(&mentor.availability));
    Some(FULL.min(overlap * FULL / ENOUGH_OVERLAP_MINUTES))
}

fn timezone_value(learner: &Learner, mentor: &Mentor) -> Option<u64> {
    // Offsets reach from -12:00 to +14:00, so two of them can be more than a day apart.
    let apart = learner.utc_offset_minutes?.abs_diff(mentor.utc_offset_minutes?) % DAY_MINUTES;
    let circular = u64::from(apart.min(DAY_MINUTES - apart));
    Some(FULL - circular * FULL / u64::from(DAY_MINUTES / 2))
}

/// The mean shrunk towards the prior, so that one rating of five stars does not beat a hundred of 4.8.
fn rating_value(rating: Rating) -> Option<u64> {
    let count = u64::from(rating.count);
    if count == 0 {
        return None;
    }
    let shrunk = (u64::from(rating.mean_milli) * count + PRIOR_MEAN_MILLI * PRIOR_COUNT) / (count + PRIOR_COUNT);
    Some(FULL.min(shrunk.saturating_sub(1000) * FULL / 4000))
}

/// Values and points are at most 4,095; saturating keeps the conversion total without a panic.
fn narrow(number: u64) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Week;

    fn learner() -> Learner {
        Learner {
            wants: vec![(1, 4), (3, 2)],
            languages: vec![7, 5],
            availability: Week::from_intervals(vec![(600, 720)]),
            utc_offset_minutes: Some(840),
            waiting_days: Some(10),
        }
    }

    fn mentor() -> Mentor {
        Mentor {
            skills: vec![(0, 5), (1, 3), (3, 0)],
            languages: vec![5, 6],
            availability: Week::from_intervals(vec![(660, 900)]),
            utc_offset_minutes: Some(-720),
            capacity: 1,
            rating: Some(Rating { mean_milli: 5000, count: 5 }),
            answer_rate_permille: Some(900),
        }
    }

    fn value(score: &Score, wanted: Component) -> Option<u16> {
        score.components().find(|(name, _)| *name == wanted).map(|(_, component)| component.value)
    }

    #[test]
    fn each_component_follows_its_formula() {
        let score = score(&learner(), &mentor(), &Weights::default()).unwrap();
        assert_eq!(value(&score, Component::Skills), Some(500), "3 of 6 levels");
        assert_eq!(value(&score, Component::Availability), Some(333), "60 of 180 minutes");
        assert_eq!(value(&score, Component::Languages), Some(700), "shared, but not the first");
        assert_eq!(value(&score, Component::Timezone), Some(834), "26 hours apart is 2 hours apart: 1000 - 166");
        assert_eq!(value(&score, Component::Reliability), Some(900));
        assert_eq!(value(&score, Component::Rating), Some(812), "(25000 + 17500) / 10 = 4250");
        assert_eq!(value(&score, Component::Waiting), Some(333));
        let points: u16 = score.components().map(|(_, component)| component.points).sum();
        assert_eq!(points, score.total());
    }

    #[test]
    fn missing_data_leaves_its_weight_to_the_others() {
        let bare = Mentor { skills: vec![(1, 5), (3, 5)], capacity: 1, ..Mentor::default() };
        let learner = Learner { waiting_days: None, ..learner() };
        let score = score(&learner, &bare, &Weights::default()).unwrap();
        assert_eq!(score.total(), MAXIMUM_SCORE);
        assert_eq!(score.components().count(), 1);
    }

    #[test]
    fn nothing_known_scores_zero_and_is_still_a_pair() {
        assert_eq!(score(&Learner::default(), &Mentor::default(), &Weights::default()).unwrap().total(), 0);
    }

    #[test]
    fn weights_present_of_zero_score_zero() {
        let weights = Weights { skills: 0, ..Weights::default() };
        let learner = Learner { wants: vec![(1, 4)], ..Learner::default() };
        let mentor = Mentor { skills: vec![(1, 4)], ..Mentor::default() };
        let score = score(&learner, &mentor, &weights).unwrap();
        assert_eq!((score.total(), value(&score, Component::Skills)), (0, Some(1000)));
    }

    #[test]
    fn level_zero_is_not_a_shared_skill() {
        let learner = Learner { wants: vec![(3, 2)], ..learner() };
        assert_eq!(score(&learner, &mentor(), &Weights::default()), Err(Absence::NoSharedSkill));
    }

    #[test]
    fn foreign_languages_make_no_pair() {
        let mentor = Mentor { languages: vec![1], ..mentor() };
        assert_eq!(score(&learner(), &mentor, &Weights::default()), Err(Absence::NoSharedLanguage));
    }

    #[test]
    fn matched_skills_skip_what_the_mentor_lacks() {
        let mentor = Mentor { skills: vec![(0, 1), (1, 0), (2, 2), (3, 1)], ..mentor() };
        let learner = Learner { wants: vec![(0, 5), (1, 5), (3, 5), (9, 1)], ..learner() };
        assert_eq!(matched_skills(&learner, &mentor).collect::<Vec<_>>(), [(0, 5, 1), (3, 5, 1)]);
    }

    #[test]
    fn extreme_inputs_stay_within_the_score() {
        let weights = Weights { waiting: 10_000, rating: 10_000, ..Weights::default() };
        let learner = Learner { waiting_days: Some(u32::MAX), ..learner() };
        let mentor = Mentor { rating: Some(Rating { mean_milli: 5000, count: u32::MAX }), ..mentor() };
        assert!(score(&learner, &mentor, &weights).unwrap().total() <= MAXIMUM_SCORE);
    }
}
