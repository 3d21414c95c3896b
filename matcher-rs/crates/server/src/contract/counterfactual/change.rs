//! A change to the canonical request: what it makes of a learner, and how it is written.

use serde::{Serialize, Serializer};
use solver::{Learner, Mentor, Want};

use crate::contract::pairs::Pairs;
use crate::contract::people::{MAXIMUM_LANGUAGES, MAXIMUM_WANTS};

/// All of it is made at once; at least one thing is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::contract) struct Change {
    /// Who has room for the learner then; `None` where only the floor is taken away.
    pub(super) mentor: Option<u32>,
    /// More time of the learner's, in minutes of the UTC week.
    pub(super) minutes: Option<(u16, u16)>,
    /// One more language of the learner's, the last.
    pub(super) language: Option<u32>,
    /// A skill and the level up to which it is wanted: one that is wanted already, or one more.
    pub(super) want: Option<(u32, u8)>,
    /// What a pair has to score at least.
    pub(in crate::contract) minimum_score: Option<u16>,
    /// So many places more of the mentor's.
    pub(super) places: u32,
    /// Whether the policy has no floor.
    pub(super) is_without_floor: bool,
}

impl Change {
    pub(super) fn with(mentor: u32) -> Self {
        Self { mentor: Some(mentor), ..Self::default() }
    }

    /// Whether nothing would be different.
    pub(super) fn is_nothing(&self) -> bool {
        *self == Self { mentor: self.mentor, ..Self::default() }
    }

    /// The mentor who has more places, and how many.
    pub(in crate::contract) fn more_places(&self) -> Option<(u32, u32)> {
        self.mentor.map(|mentor| (mentor, self.places))
    }

    /// With a language that the two share then: the mentor's first. `None` where there is none, or no room for one.
    pub(super) fn with_language(self, own: &Learner, theirs: &Mentor) -> Option<Self> {
        let language = theirs.languages.first().filter(|_| own.languages.len() < MAXIMUM_LANGUAGES)?;
        Some(Self { language: Some(*language), ..self })
    }

    /// With a skill that the mentor knows, and that the learner does not want yet: the mentor's first, up to level 1. `None` as there.
    pub(super) fn with_skill(self, own: &Learner, theirs: &Mentor) -> Option<Self> {
        let is_new = |skill| place(own, skill).is_err();
        let mut known = theirs.skills.iter().filter(|&&(skill, level)| level > 0 && is_new(skill));
        let &(skill, _) = known.next().filter(|_| own.wants.len() < MAXIMUM_WANTS)?;
        Some(Self { want: Some((skill, 1)), ..self })
    }

    /// What becomes of the learner.
    pub(in crate::contract) fn applied(&self, own: &Learner) -> Learner {
        let mut changed = own.clone();
        self.make(&mut changed);
        changed
    }

    /// Changes the learner.
    pub(super) fn make(&self, learner: &mut Learner) {
        if let Some((start, end)) = self.minutes {
            learner.availability = learner.availability.with(start, end);
        }
        learner.languages.extend(self.language);
        if let Some((skill, level)) = self.want {
            match place(learner, skill) {
                Ok(place) => learner.wants[place].level = level,
                Err(place) => {
                    learner.wants.insert(place, Want { skill, level, from: 0, weight: 100, related: Vec::new() });
                }
            }
        }
    }

    /// Changes the learner back into who they are; cheaper than a copy of them.
    pub(super) fn undo(&self, learner: &mut Learner, own: &Learner) {
        if self.minutes.is_some() {
            learner.availability.clone_from(&own.availability);
        }
        learner.languages.truncate(own.languages.len());
        if let Some((skill, _)) = self.want
            && let Ok(changed) = place(learner, skill)
        {
            match place(own, skill) {
                Ok(place) => learner.wants[changed].level = own.wants[place].level,
                Err(_) => _ = learner.wants.remove(changed),
            }
        }
    }

    /// The first of the things that it changes.
    const fn name(&self) -> &'static str {
        if self.minutes.is_some() {
            "availability"
        } else if self.language.is_some() {
            "language"
        } else if self.want.is_some() {
            "want"
        } else if self.minimum_score.is_some() {
            "minimum_score"
        } else if self.places > 0 {
            "capacity"
        } else {
            "floor"
        }
    }
}

/// Where the want of a skill is, or would be.
fn place(learner: &Learner, skill: u32) -> Result<usize, usize> {
    learner.wants.binary_search_by_key(&skill, |wanted| wanted.skill)
}

/// A change as it is written.
pub(in crate::contract) struct Counterfactual<'a> {
    pub(in crate::contract) change: Change,
    pub(in crate::contract) pairs: &'a Pairs,
}

impl Serialize for Counterfactual<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            add: Option<Added<'a>>,
            change: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            level: Option<u8>,
            #[serde(skip_serializing_if = "Option::is_none")]
            mentor: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            minimum_score: Option<u16>,
            #[serde(skip_serializing_if = "Option::is_none")]
            places: Option<u32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            skill: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            without_floor: Option<bool>,
        }
        let Self { change, pairs } = self;
        let minutes = change.minutes.map(|(start, end)| Added::Minutes(start, end));
        let written = Written {
            add: minutes.or_else(|| change.language.map(|language| Added::Language(pairs.language(language)))),
            change: change.name(),
            level: change.want.map(|(_, level)| level),
            mentor: change.mentor.map(|mentor| pairs.mentor_id(mentor as usize)),
            minimum_score: change.minimum_score,
            places: (change.places > 0).then_some(change.places),
            skill: change.want.map(|(skill, _)| pairs.skill(skill)),
            without_floor: change.is_without_floor.then_some(true),
        };
        written.serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Added<'a> {
    Language(&'a str),
    Minutes(u16, u16),
}

#[cfg(test)]
mod tests {
    use solver::Week;

    use super::*;

    #[test]
    fn what_is_made_is_undone() {
        let want = |skill, level| Want { skill, level, from: 0, weight: 7, related: vec![(9, 500)] };
        let own = Learner {
            wants: vec![want(2, 5), want(4, 3)],
            languages: vec![1],
            availability: Week::from_intervals(vec![(0, 60)]),
            ..Learner::default()
        };
        let none = Change::with(0);
        for change in [
            Change { minutes: Some((60, 120)), language: Some(0), want: Some((2, 1)), ..none },
            Change { minutes: Some((300, 360)), want: Some((3, 1)), ..none },
            none,
        ] {
            let mut changed = own.clone();
            change.make(&mut changed);
            assert_eq!(changed == own, change.is_nothing());
            change.undo(&mut changed, &own);
            assert_eq!(changed, own);
        }
    }
}
