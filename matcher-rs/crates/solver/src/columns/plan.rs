//! What it takes to score one learner: which columns to read, and what to make of them.

use rayon::prelude::*;

use super::needs::{Needs, pieces};
use super::points::{FULL, Share};
use super::tile::DAY_MINUTES;
use crate::people::{Learner, Mentor, Weights};
use crate::problem::number;
use crate::scoring::{Component, score};

/// Wants of a learner come by as many at a time, and then some that count nothing.
pub(super) const TERMS: usize = 2;
/// Pieces of intervals likewise.
pub(super) const PIECES: usize = 4;

/// What is known of a learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::struct_excessive_bools, reason = "each says of something whether it is known")]
pub(super) struct LearnerKnown {
    pub(super) skills: bool,
    pub(super) availability: bool,
    pub(super) languages: bool,
    pub(super) offset: bool,
    pub(super) waiting: bool,
    pub(super) country: bool,
    pub(super) attendance: bool,
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

/// One want: `weight * (min(level, to) - from)`, and nothing for levels below.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Term {
    pub(super) source: u32,
    pub(super) from: u8,
    pub(super) to: u8,
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
    /// The value of the component: its place among [`Plans::waiting`].
    pub(super) waiting: u32,
    /// The share that counts for reliability; 0 if it is not known.
    pub(super) attendance: u16,
}

/// Where a learner comes among all plans: by class, by [`turns`], by number.
type Placed = (Class, (usize, usize), u32);

/// How often the loops over wants and over pieces of intervals run, about: a processor foresees how often a loop runs that ran as often before.
fn turns(learner: &Learner) -> (usize, usize) {
    (learner.wants.len().div_ceil(TERMS), learner.availability.intervals().len().div_ceil(PIECES))
}

/// The plans of all learners, those of a class together.
#[derive(Default)]
pub(super) struct Plans {
    pub(super) learners: Vec<Plan>,
    pub(super) classes: Vec<Class>,
    /// Ascending.
    pub(super) known: Vec<LearnerKnown>,
    pub(super) terms: Vec<Term>,
    /// The values that waiting has for anybody, ascending; 0 if it is missing. No more than there are days until it counts no more.
    pub(super) waiting: Vec<u16>,
    /// Columns of where a piece of an interval begins, and ends.
    pub(super) intervals: Vec<(u32, u32)>,
}

impl Plans {
    pub(super) fn new<'a>(learners: &'a [Learner], needs: &Needs<'a>) -> Self {
        let mut waiting: Vec<u16> = learners.par_iter().map(waiting_value).collect();
        waiting.par_sort_unstable();
        waiting.dedup();
        let place = |(at, learner)| (class(learner, needs), turns(learner), number(at));
        let mut order: Vec<Placed> = learners.par_iter().enumerate().map(place).collect();
        order.par_sort_unstable();
        let length = order.len().div_ceil(rayon::current_num_threads()).max(1);
        let parts: Vec<Self> = order.par_chunks(length).map(|some| Self::of(some, learners, needs, &waiting)).collect();
        let mut plans = Self { waiting, ..Self::default() };
        for part in parts {
            plans.append(part);
        }
        plans
    }

    /// Of some learners, in order.
    fn of<'a>(some: &[Placed], learners: &'a [Learner], needs: &Needs<'a>, waiting: &[u16]) -> Self {
        let mut plans = Self { learners: Vec::with_capacity(some.len()), ..Self::default() };
        for alike in some.chunk_by(|(one, ..), (other, ..)| one == other) {
            plans.add_class(&alike[0].0);
            for &(.., number) in alike {
                plans.add(number, &learners[number as usize], needs, waiting);
            }
        }
        plans
    }

    /// Adds those who come next.
    fn append(&mut self, others: Self) {
        let (terms, intervals) = (number(self.terms.len()), number(self.intervals.len()));
        let mut classes = Vec::with_capacity(others.classes.len());
        for class in &others.classes {
            self.add_class(class);
            classes.push((number(self.classes.len() - 1), number(self.known.len() - 1)));
        }
        self.terms.extend(others.terms);
        self.intervals.extend(others.intervals);
        self.learners.extend(others.learners.into_iter().map(|plan| {
            let (class, known) = classes[plan.class as usize];
            Plan {
                class,
                known,
                terms: (terms + plan.terms.0, terms + plan.terms.1),
                intervals: (intervals + plan.intervals.0, intervals + plan.intervals.1),
                ..plan
            }
        }));
    }

    /// Makes it the last class. Classes come in the order of what is known.
    fn add_class(&mut self, class: &Class) {
        if self.known.last() != Some(&class.known) {
            self.known.push(class.known);
        }
        if self.classes.last() != Some(class) {
            self.classes.push(class.clone());
        }
    }

    #[inline(always)]
    pub(super) fn terms_of(&self, plan: &Plan) -> &[Term] {
        &self.terms[plan.terms.0 as usize..plan.terms.1 as usize]
    }

    #[inline(always)]
    pub(super) fn intervals_of(&self, plan: &Plan) -> &[(u32, u32)] {
        &self.intervals[plan.intervals.0 as usize..plan.intervals.1 as usize]
    }

    /// Adds a learner of the last class.
    fn add<'a>(&mut self, learner_number: u32, learner: &'a Learner, needs: &Needs<'a>, waiting: &[u16]) {
        let (first_term, first_interval) = (number(self.terms.len()), number(self.intervals.len()));
        let (share, own_waiting) = (self.add_terms(learner, needs), waiting_value(learner));
        let has_intervals = self.add_intervals(learner, needs);
        self.learners.push(Plan {
            learner: learner_number,
            class: number(self.classes.len() - 1),
            known: number(self.known.len() - 1),
            is_pair_by_pair: share.is_none() || !has_intervals || is_odd(learner, needs),
            wants_skills: number(self.terms.len()) > first_term,
            terms: (first_term, number(self.terms.len())),
            share: share.unwrap_or_default(),
            intervals: (first_interval, number(self.intervals.len())),
            waiting: number(waiting.partition_point(|&value| value < own_waiting)),
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
        let (scale, first) = (Share::LARGEST / reduced, self.terms.len());
        for want in counted() {
            self.terms.push(Term {
                source: needs.source(want)?,
                from: want.from,
                to: want.level,
                weight: want.weight / divisor * scale,
            });
        }
        while !(self.terms.len() - first).is_multiple_of(TERMS) {
            self.terms.push(Term { weight: 0, ..self.terms[first] });
        }
        Some(Share::new(reduced * scale))
    }

    fn add_intervals(&mut self, learner: &Learner, needs: &Needs<'_>) -> bool {
        let first = self.intervals.len();
        for (start, end) in pieces(&learner.availability) {
            let Some(columns) = needs.minute(start).zip(needs.minute(end)) else { return false };
            self.intervals.push(columns);
        }
        while !(self.intervals.len() - first).is_multiple_of(PIECES) {
            let (start, _) = self.intervals[first];
            self.intervals.push((start, start));
        }
        true
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

/// From the formula itself; 0 if it is missing.
fn waiting_value(learner: &Learner) -> u16 {
    let learner = Learner { waiting_days: learner.waiting_days, ..Learner::default() };
    let score = score(&learner, &Mentor::default(), None, &Weights::default());
    let waiting =
        score.as_ref().ok().and_then(|score| score.components().find(|&(name, _)| name == Component::Waiting));
    waiting.map_or(0, |(_, found)| found.value)
}

fn greatest_common_divisor(a: u16, b: u16) -> u16 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
