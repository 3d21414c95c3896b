//! What the learners of a round ask mentors for: of this, and nothing else, mentors get columns.

use std::collections::HashMap;

use crate::people::{Learner, Want};

/// Columns of one kind, at most: quarters of an hour in a week. Learners who would need more are scored pair by pair.
const MOST_MINUTES: usize = 7 * 24 * 4;
/// Most columns of levels.
const MOST_SKILLS: usize = 1 << 13;

/// What a level can come from: a skill, and those that imply it.
type Source<'a> = (u32, &'a [(u32, u16)]);

/// Numbers for all that is asked for.
pub(super) struct Needs<'a> {
    /// A want of each source, by its number.
    pub(super) wants: Vec<&'a Want>,
    sources: HashMap<Source<'a>, u32>,
    /// Minutes at which somebody's availability begins or ends, ascending.
    pub(super) minutes: Vec<u16>,
    /// Ascending.
    pub(super) languages: Vec<u32>,
    /// Ascending.
    countries: Vec<u32>,
}

impl<'a> Needs<'a> {
    pub(super) fn of(learners: &'a [Learner]) -> Self {
        let mut needs = Self {
            wants: Vec::new(),
            sources: HashMap::new(),
            minutes: Vec::new(),
            languages: Vec::new(),
            countries: Vec::new(),
        };
        let mut uses = vec![0_u32; usize::from(u16::MAX) + 1];
        for learner in learners {
            for want in &learner.wants {
                let next = needs.wants.len();
                if next < MOST_SKILLS || needs.sources.contains_key(&source(want)) {
                    needs.sources.entry(source(want)).or_insert_with(|| {
                        needs.wants.push(want);
                        crate::problem::number(next)
                    });
                }
            }
            for &(start, end) in learner.availability.intervals() {
                uses[usize::from(start)] += 1;
                uses[usize::from(end)] += 1;
            }
            needs.languages.extend(&learner.languages);
            needs.countries.extend(learner.country);
        }
        for numbers in [&mut needs.languages, &mut needs.countries] {
            numbers.sort_unstable();
            numbers.dedup();
        }
        let mut minutes: Vec<u16> = (0..=u16::MAX).filter(|&minute| uses[usize::from(minute)] > 0).collect();
        minutes.sort_by_key(|&minute| std::cmp::Reverse(uses[usize::from(minute)]));
        minutes.truncate(MOST_MINUTES);
        minutes.sort_unstable();
        needs.minutes = minutes;
        needs
    }

    /// The column of what is wanted, if it has one.
    pub(super) fn source(&self, want: &'a Want) -> Option<u32> {
        self.sources.get(&source(want)).copied()
    }

    /// The column of a minute, if it has one.
    pub(super) fn minute(&self, minute: u16) -> Option<u32> {
        self.minutes.binary_search(&minute).ok().map(crate::problem::number)
    }

    /// The column of a language that a learner lists.
    pub(super) fn language(&self, language: u32) -> Option<u32> {
        self.languages.binary_search(&language).ok().map(crate::problem::number)
    }

    /// A number of its own for each country in which a learner lives, from 1, and 0 for all others; `None` if it has more than 16 bits.
    pub(super) fn country(&self, country: u32) -> Option<u16> {
        self.countries.binary_search(&country).map_or(Some(0), |at| u16::try_from(at + 1).ok())
    }

    /// For each skill, the sources that it plays a part in.
    pub(super) fn by_skill(&self) -> HashMap<u32, Vec<u32>> {
        let mut by_skill: HashMap<u32, Vec<u32>> = HashMap::new();
        for (number, want) in (0..).zip(&self.wants) {
            for skill in std::iter::once(want.skill).chain(want.related.iter().map(|&(skill, _)| skill)) {
                by_skill.entry(skill).or_default().push(number);
            }
        }
        by_skill
    }
}

fn source(want: &Want) -> Source<'_> {
    (want.skill, &want.related)
}
