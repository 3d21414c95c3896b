//! A change to the canonical request: what it makes of a learner, and how it is written.

use serde::{Serialize, Serializer};
use solver::{Learner, Want};

use crate::contract::pairs::Pairs;

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
    pub(in crate::contract) is_without_floor: bool,
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

    /// What becomes of the learner.
    pub(in crate::contract) fn applied(&self, own: &Learner) -> Learner {
        let mut changed = own.clone();
        if let Some((start, end)) = self.minutes {
            changed.availability = own.availability.with(start, end);
        }
        changed.languages.extend(self.language);
        if let Some((skill, level)) = self.want {
            match own.wants.binary_search_by_key(&skill, |wanted| wanted.skill) {
                Ok(place) => changed.wants[place].level = level,
                Err(place) => {
                    changed.wants.insert(place, Want { skill, level, from: 0, weight: 100, related: Vec::new() });
                }
            }
        }
        changed
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
