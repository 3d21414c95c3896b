//! What it takes to score one learner: which columns to read, and what to make of them.

use std::collections::BTreeMap;

use super::needs::Needs;
use super::points::{FULL, Points, Share};
use super::tile::{DAY_MINUTES, MentorKnown};
use crate::people::{Learner, Mentor, Weights};
use crate::scoring::{Component, score};

/// What is known of a learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::struct_excessive_bools, reason = "each says of something whether it is known")]
pub(super) struct LearnerKnown {
    skills: bool,
    availability: bool,
    languages: bool,
    offset: bool,
    waiting: bool,
    country: bool,
    attendance: bool,
}

/// The points of each component where all of one kind of learners meets all of one kind of mentors. A component that is missing has none.
#[derive(Clone, Debug, Default)]
pub(super) struct Rates {
    pub(super) skills: Points,
    pub(super) availability: Points,
    pub(super) languages: Points,
    pub(super) place: Points,
    pub(super) timezone: Points,
    pub(super) reliability: Points,
    pub(super) rating: Points,
    pub(super) waiting: Points,
}

impl Rates {
    pub(super) fn new(learner: LearnerKnown, mentor: MentorKnown, weights: &Weights) -> Self {
        let present = [
            (weights.skills, learner.skills),
            (weights.availability, learner.availability && mentor.availability),
            (weights.languages, learner.languages && mentor.languages),
            (weights.place, learner.country && mentor.country),
            (weights.timezone, learner.offset && mentor.offset),
            (weights.reliability, learner.shares() + mentor.shares > 0),
            (weights.rating, mentor.rating),
            (weights.waiting, learner.waiting),
        ];
        let sum = present.iter().filter(|(_, is_present)| *is_present).map(|&(weight, _)| u64::from(weight)).sum();
        let rate = |(weight, is_present)| if is_present { Points::new(weight, sum) } else { Points::default() };
        let [skills, availability, languages, place, timezone, reliability, rating, waiting] = present.map(rate);
        Self { skills, availability, languages, place, timezone, reliability, rating, waiting }
    }
}

/// What learners have in common who see the same in a mentor, but for skills and times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class {
    pub(super) known: LearnerKnown,
    /// 0 to 1,439.
    pub(super) offset: u16,
    /// As [`Needs::country`] has it.
    pub(super) country: u16,
    /// Their columns, the preferred one first.
    pub(super) languages: Vec<u32>,
}

impl Class {
    /// What [`super::kernel::near`] depends on.
    pub(super) fn place(&self) -> (LearnerKnown, u16, u16) {
        (self.known, self.offset, self.country)
    }
}

/// One want: `weight * min(level - from, gap)`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Term {
    pub(super) source: u32,
    pub(super) from: u8,
    pub(super) gap: u8,
    pub(super) weight: u16,
}

/// How a learner is scored.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) learner: u32,
    /// Its place among [`Plans::classes`].
    pub(super) class: u32,
    /// What is known of it: its place among [`Plans::known`].
    pub(super) known: u32,
    /// No columns for this one: score by score.
    pub(super) is_pair_by_pair: bool,
    pub(super) wants_skills: bool,
    /// From [`Plans::terms`].
    pub(super) terms: (u32, u32),
    pub(super) share: Share,
    /// From [`Plans::intervals`].
    pub(super) intervals: (u32, u32),
    /// The value of the component; 0 if it is missing.
    pub(super) waiting: u16,
    /// The share that counts for reliability; 0 if it is not known.
    pub(super) attendance: u16,
}

/// The plans of all learners, those of a class together.
pub(super) struct Plans {
    pub(super) learners: Vec<Plan>,
    pub(super) classes: Vec<Class>,
    /// Ascending.
    pub(super) known: Vec<LearnerKnown>,
    pub(super) terms: Vec<Term>,
    /// Columns of where an interval begins, and ends.
    pub(super) intervals: Vec<(u32, u32)>,
}

impl Plans {
    pub(super) fn new<'a>(learners: &'a [Learner], needs: &Needs<'a>) -> Self {
        let mut by_class: BTreeMap<Class, Vec<u32>> = BTreeMap::new();
        for (number, learner) in (0..).zip(learners) {
            by_class.entry(class(learner, needs)).or_default().push(number);
        }
        let mut plans = Self {
            learners: Vec::with_capacity(learners.len()),
            classes: Vec::with_capacity(by_class.len()),
            known: Vec::new(),
            terms: Vec::new(),
            intervals: Vec::new(),
        };
        for (class, numbers) in by_class {
            // Classes come in the order of what is known.
            if plans.known.last() != Some(&class.known) {
                plans.known.push(class.known);
            }
            for number in numbers {
                plans.add(number, &learners[number as usize], needs);
            }
            plans.classes.push(class);
        }
        plans
    }

    #[inline(always)]
    pub(super) fn intervals_of(&self, plan: &Plan) -> &[(u32, u32)] {
        &self.intervals[plan.intervals.0 as usize..plan.intervals.1 as usize]
    }

    fn add<'a>(&mut self, number: u32, learner: &'a Learner, needs: &Needs<'a>) {
        let first_term = crate::problem::number(self.terms.len());
        let first_interval = crate::problem::number(self.intervals.len());
        let share = self.add_terms(learner, needs);
        let has_intervals = self.add_intervals(learner, needs);
        self.learners.push(Plan {
            learner: number,
            class: crate::problem::number(self.classes.len()),
            known: crate::problem::number(self.known.len() - 1),
            is_pair_by_pair: share.is_none() || !has_intervals || is_odd(learner, needs),
            wants_skills: crate::problem::number(self.terms.len()) > first_term,
            terms: (first_term, crate::problem::number(self.terms.len())),
            share: share.unwrap_or_default(),
            intervals: (first_interval, crate::problem::number(self.intervals.len())),
            waiting: waiting_value(learner).unwrap_or_default(),
            attendance: learner.attendance_permille.unwrap_or_default(),
        });
    }

    /// `None` if the levels do not fit, or have no columns.
    fn add_terms<'a>(&mut self, learner: &'a Learner, needs: &Needs<'a>) -> Option<Share> {
        let counted = || learner.wants.iter().filter(|want| want.level > want.from && want.weight > 0);
        let wanted: u64 = counted().map(|want| u64::from(want.weight) * u64::from(want.level - want.from)).sum();
        if wanted == 0 {
            return Some(Share::default());
        }
        // Only the ratio of weights matters: as large as fits.
        let divisor = counted().fold(0, |divisor, want| greatest_common_divisor(divisor, want.weight));
        let reduced = u16::try_from(wanted / u64::from(divisor)).ok().filter(|&wanted| wanted <= Share::LARGEST)?;
        let scale = Share::LARGEST / reduced;
        for want in counted() {
            self.terms.push(Term {
                source: needs.source(want)?,
                from: want.from,
                gap: want.level - want.from,
                weight: want.weight / divisor * scale,
            });
        }
        Some(Share::new(reduced * scale))
    }

    fn add_intervals(&mut self, learner: &Learner, needs: &Needs<'_>) -> bool {
        learner.availability.intervals().iter().all(|&(start, end)| {
            let Some(columns) = needs.minute(start).zip(needs.minute(end)) else { return false };
            self.intervals.push(columns);
            true
        })
    }
}

fn class(learner: &Learner, needs: &Needs<'_>) -> Class {
    Class {
        known: LearnerKnown {
            skills: learner.wants.iter().any(|want| want.level > want.from && want.weight > 0),
            availability: !learner.availability.is_empty(),
            languages: !learner.languages.is_empty(),
            offset: learner.utc_offset_minutes.is_some(),
            waiting: learner.waiting_days.is_some(),
            country: learner.country.is_some(),
            attendance: learner.attendance_permille.is_some(),
        },
        offset: learner.utc_offset_minutes.unwrap_or_default().rem_euclid(DAY_MINUTES).unsigned_abs(),
        country: learner.country.and_then(|country| needs.country(country)).unwrap_or_default(),
        languages: learner.languages.iter().filter_map(|&language| needs.language(language)).collect(),
    }
}

impl LearnerKnown {
    pub(super) fn has_offset(self) -> bool {
        self.offset
    }

    pub(super) fn has_country(self) -> bool {
        self.country
    }

    /// How many shares are known that count for reliability.
    pub(super) fn shares(self) -> u16 {
        u16::from(self.attendance)
    }
}

/// Whether there are numbers that do not fit into columns, or have none.
fn is_odd(learner: &Learner, needs: &Needs<'_>) -> bool {
    learner.attendance_permille.is_some_and(|share| share > FULL)
        || learner.country.is_some_and(|country| needs.country(country).is_none())
        || learner.languages.iter().any(|&language| needs.language(language).is_none())
}

/// From the formula itself.
fn waiting_value(learner: &Learner) -> Option<u16> {
    let learner = Learner { waiting_days: learner.waiting_days, ..Learner::default() };
    let score = score(&learner, &Mentor::default(), None, &Weights::default()).ok()?;
    score.components().find(|(component, _)| *component == Component::Waiting).map(|(_, found)| found.value)
}

fn greatest_common_divisor(a: u16, b: u16) -> u16 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
