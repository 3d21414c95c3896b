//! The score of one learner with one mentor: components in integers that add up exactly, or the reason why there is no such pair.
//!
//! The formula is the contract's (`contracts/README.md`, "Score"). Rules between people (forbidden pairs, the minimum score, capacity) are
//! the caller's; who gets whom is [`crate::assignment`]'s.

use crate::people::{Learner, Mentor, Rating, Want, Weights};

/// The highest possible score: 12 bits.
pub const MAXIMUM_SCORE: u16 = 4095;
/// The value of a component that could not be better.
const FULL: u64 = 1000;
/// This many shared minutes a week are as good as more.
pub(crate) const ENOUGH_OVERLAP_MINUTES: u64 = 180;
/// After this many days a learner has waited as long as can be.
const LONG_WAIT_DAYS: u64 = 30;
/// The rating that a mentor is assumed to have, and how many ratings that assumption is worth.
const PRIOR_MEAN_MILLI: u64 = 3500;
const PRIOR_COUNT: u64 = 5;
/// The value of a shared language that is not the learner's first.
pub(crate) const OTHER_LANGUAGE: u64 = 700;
const DAY_MINUTES: u16 = 24 * 60;

/// What a score is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the contract's; the formulas are there")]
pub enum Component {
    Availability,
    Continuity,
    Languages,
    Place,
    Rating,
    Reliability,
    Skills,
    Timezone,
    Waiting,
}

/// All components, ascending by name.
pub const COMPONENTS: [Component; 9] = [
    Component::Availability,
    Component::Continuity,
    Component::Languages,
    Component::Place,
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
            Self::Continuity => "continuity",
            Self::Languages => "languages",
            Self::Place => "place",
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
            Self::Continuity => weights.continuity,
            Self::Languages => weights.languages,
            Self::Place => weights.place,
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
    /// The learner wants skills, and the mentor has none of them, nor one that implies it, above the level that they have now.
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

/// The score of the pair; `continuity` says how well the two got on before, 0 to 1,000, if they met.
///
/// # Errors
/// [`Absence`] if they are no pair: first for lack of a skill, then for lack of a language.
pub fn score(learner: &Learner, mentor: &Mentor, continuity: Option<u16>, weights: &Weights) -> Result<Score, Absence> {
    let skills = skills_value(learner, mentor)?;
    let languages = languages_value(learner, mentor)?;
    let values = [
        availability_value(learner, mentor),
        continuity.map(|value| u64::from(value).min(FULL)),
        languages,
        place_value(learner, mentor),
        mentor.rating.and_then(rating_value),
        reliability_value(learner, mentor),
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

/// A wanted skill that the mentor can teach the learner something of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchedSkill {
    /// Which.
    pub skill: u32,
    /// The level to reach.
    pub wanted: u8,
    /// The mentor's level, or what another skill of theirs implies.
    pub have: u8,
    /// The other skill, where it implies more than the mentor's own level is.
    pub through: Option<u32>,
}

/// The wanted skills that the mentor has, by themselves or through another, above the learner's level; ascending by skill.
pub fn matched_skills(learner: &Learner, mentor: &Mentor) -> impl Iterator<Item = MatchedSkill> {
    learner.wants.iter().filter_map(|want| {
        let (have, through) = level_for(want, mentor);
        (have > want.from).then_some(MatchedSkill { skill: want.skill, wanted: want.level, have, through })
    })
}

/// The mentor's level of what is wanted, and the skill that it comes through. Of two that imply as much it is the first.
pub(crate) fn level_for(want: &Want, mentor: &Mentor) -> (u8, Option<u32>) {
    let mut best = (level_of(mentor, want.skill), None);
    for &(skill, permille) in &want.related {
        // At most 5 × 1,000 / 1,000.
        let implied = u8::try_from(u64::from(level_of(mentor, skill)) * u64::from(permille) / FULL).unwrap_or(u8::MAX);
        if implied > best.0 {
            best = (implied, Some(skill));
        }
    }
    best
}

fn level_of(mentor: &Mentor, skill: u32) -> u8 {
    mentor.skills.binary_search_by_key(&skill, |&(known, _)| known).map_or(0, |at| mentor.skills[at].1)
}

/// The languages in both lists, ascending.
#[must_use]
pub fn shared_languages(learner: &Learner, mentor: &Mentor) -> Vec<u32> {
    mentor.languages.iter().copied().filter(|language| learner.languages.contains(language)).collect()
}

fn skills_value(learner: &Learner, mentor: &Mentor) -> Result<Option<u64>, Absence> {
    let (mut wanted, mut covered) = (0, 0);
    for want in &learner.wants {
        let gap = u64::from(want.level.saturating_sub(want.from));
        let (have, _) = level_for(want, mentor);
        wanted += u64::from(want.weight) * gap;
        covered += u64::from(want.weight) * u64::from(have.min(want.level).saturating_sub(want.from));
    }
    match (wanted, covered) {
        (0, _) => Ok(None),
        (_, 0) => Err(Absence::NoSharedSkill),
        _ => Ok(Some(covered * FULL / wanted)),
    }
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

fn place_value(learner: &Learner, mentor: &Mentor) -> Option<u64> {
    Some(if learner.country? == mentor.country? { FULL } else { 0 })
}

/// The mean of what is known: requests that the mentor answered, sessions that each of the two came to.
fn reliability_value(learner: &Learner, mentor: &Mentor) -> Option<u64> {
    let shares = [mentor.answer_rate_permille, mentor.attendance_permille, learner.attendance_permille];
    let (sum, known) = shares.iter().flatten().fold((0, 0), |(sum, known), &share| (sum + u64::from(share), known + 1));
    Some(FULL.min(u64::checked_div(sum, known)?))
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

    fn want(skill: u32, level: u8) -> Want {
        Want { skill, level, weight: 100, ..Want::default() }
    }

    fn learner() -> Learner {
        Learner {
            wants: vec![want(1, 4), want(3, 2)],
            languages: vec![7, 5],
            availability: Week::from_intervals(vec![(600, 720)]),
            utc_offset_minutes: Some(840),
            waiting_days: Some(10),
            country: Some(1),
            attendance_permille: Some(600),
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
            country: Some(1),
            attendance_permille: None,
        }
    }

    fn value(score: &Score, wanted: Component) -> Option<u16> {
        score.components().find(|(name, _)| *name == wanted).map(|(_, component)| component.value)
    }

    #[test]
    fn each_component_follows_its_formula() {
        let score = score(&learner(), &mentor(), None, &Weights::default()).unwrap();
        assert_eq!(value(&score, Component::Skills), Some(500), "3 of 6 levels");
        assert_eq!(value(&score, Component::Availability), Some(333), "60 of 180 minutes");
        assert_eq!(value(&score, Component::Languages), Some(700), "shared, but not the first");
        assert_eq!(value(&score, Component::Timezone), Some(834), "26 hours apart is 2 hours apart: 1000 - 166");
        assert_eq!(value(&score, Component::Place), Some(1000), "the same country");
        assert_eq!(value(&score, Component::Reliability), Some(750), "the mean of the two that are known of three");
        assert_eq!(value(&score, Component::Rating), Some(812), "(25000 + 17500) / 10 = 4250");
        assert_eq!(value(&score, Component::Waiting), Some(333));
        let points: u16 = score.components().map(|(_, component)| component.points).sum();
        assert_eq!(points, score.total());
    }

    #[test]
    fn missing_data_leaves_its_weight_to_the_others() {
        let bare = Mentor { skills: vec![(1, 5), (3, 5)], capacity: 1, ..Mentor::default() };
        let learner = Learner { waiting_days: None, attendance_permille: None, ..learner() };
        let score = score(&learner, &bare, None, &Weights::default()).unwrap();
        assert_eq!(score.total(), MAXIMUM_SCORE);
        assert_eq!(score.components().count(), 1);
    }

    #[test]
    fn nothing_known_scores_zero_and_is_still_a_pair() {
        assert_eq!(score(&Learner::default(), &Mentor::default(), None, &Weights::default()).unwrap().total(), 0);
    }

    #[test]
    fn weights_present_of_zero_score_zero() {
        let weights = Weights { skills: 0, ..Weights::default() };
        let learner = Learner { wants: vec![want(1, 4)], ..Learner::default() };
        let mentor = Mentor { skills: vec![(1, 4)], ..Mentor::default() };
        let score = score(&learner, &mentor, None, &weights).unwrap();
        assert_eq!((score.total(), value(&score, Component::Skills)), (0, Some(1000)));
    }

    #[test]
    fn level_zero_is_not_a_shared_skill() {
        let learner = Learner { wants: vec![want(3, 2)], ..learner() };
        assert_eq!(score(&learner, &mentor(), None, &Weights::default()), Err(Absence::NoSharedSkill));
    }

    #[test]
    fn foreign_languages_make_no_pair() {
        let mentor = Mentor { languages: vec![1], ..mentor() };
        assert_eq!(score(&learner(), &mentor, None, &Weights::default()), Err(Absence::NoSharedLanguage));
    }

    #[test]
    fn matched_skills_skip_what_the_mentor_lacks() {
        let mentor = Mentor { skills: vec![(0, 1), (1, 0), (2, 2), (3, 1)], ..mentor() };
        let learner = Learner { wants: vec![want(0, 5), want(1, 5), want(3, 5), want(9, 1)], ..learner() };
        let found = |skill| MatchedSkill { skill, wanted: 5, have: 1, through: None };
        assert_eq!(matched_skills(&learner, &mentor).collect::<Vec<_>>(), [found(0), found(3)]);
    }

    #[test]
    fn a_want_counts_by_its_gap_its_weight_and_what_implies_it() {
        let mentor = Mentor { skills: vec![(1, 3), (2, 4), (5, 5)], ..Mentor::default() };
        let learner = |wants| Learner { wants, ..Learner::default() };
        let value = |wants| {
            score(&learner(wants), &mentor, None, &Weights::default()).map(|score| value(&score, Component::Skills))
        };
        // From 1 to 5 with a mentor at 3: two of four levels.
        assert_eq!(value(vec![Want { from: 1, ..want(1, 5) }]), Ok(Some(500)));
        // Nothing to learn from whoever is no further.
        assert_eq!(value(vec![Want { from: 3, ..want(1, 5) }]), Err(Absence::NoSharedSkill));
        // The rare one, of which the mentor knows all, weighs three times the other, of which they know nothing.
        assert_eq!(value(vec![Want { weight: 300, ..want(2, 4) }, want(9, 4)]), Ok(Some(750)));
        // Level 5 of what builds on it implies two levels of four.
        let implied = Want { related: vec![(2, 250), (5, 500)], ..want(0, 4) };
        assert_eq!(value(vec![implied.clone()]), Ok(Some(500)));
        let matched: Vec<_> = matched_skills(&learner(vec![implied]), &mentor).collect();
        assert_eq!(matched, [MatchedSkill { skill: 0, wanted: 4, have: 2, through: Some(5) }]);
    }

    #[test]
    fn continuity_counts_for_those_who_met() {
        let score = |continuity| score(&learner(), &mentor(), continuity, &Weights::default()).unwrap();
        assert_eq!(value(&score(Some(900)), Component::Continuity), Some(900));
        assert_eq!(value(&score(None), Component::Continuity), None);
    }

    #[test]
    fn another_country_counts_nothing_and_an_unknown_one_is_not_held_against_anybody() {
        let place = |country| {
            let mentor = Mentor { country, ..mentor() };
            value(&score(&learner(), &mentor, None, &Weights::default()).unwrap(), Component::Place)
        };
        assert_eq!((place(Some(2)), place(None)), (Some(0), None));
    }

    #[test]
    fn reliability_is_the_floor_of_the_mean_of_what_is_known() {
        let reliability = |answers, mentors, learners| {
            let mentor = Mentor { answer_rate_permille: answers, attendance_permille: mentors, ..mentor() };
            let learner = Learner { attendance_permille: learners, ..learner() };
            value(&score(&learner, &mentor, None, &Weights::default()).unwrap(), Component::Reliability)
        };
        assert_eq!(reliability(Some(1000), Some(1000), Some(0)), Some(666));
        assert_eq!(reliability(None, Some(501), Some(0)), Some(250));
        assert_eq!(reliability(None, None, Some(7)), Some(7));
        assert_eq!(reliability(None, None, None), None);
    }

    #[test]
    fn extreme_inputs_stay_within_the_score() {
        let weights = Weights { waiting: 10_000, rating: 10_000, ..Weights::default() };
        let learner = Learner { waiting_days: Some(u32::MAX), ..learner() };
        let mentor = Mentor { rating: Some(Rating { mean_milli: 5000, count: u32::MAX }), ..mentor() };
        assert!(score(&learner, &mentor, None, &weights).unwrap().total() <= MAXIMUM_SCORE);
    }
}
