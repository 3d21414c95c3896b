//! Skills, languages and countries as numbers, and checked numbers in the solver's narrow types.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::people::{LearnerInput, MentorInput, SkillInput};

/// Numbers for skills, languages and countries, ascending with their names.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    skills: Words,
    languages: Words,
    countries: Words,
}

/// Words by their numbers, and numbers by their words.
#[derive(Debug, Default)]
struct Words {
    sorted: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Words {
    fn of(words: HashSet<&str>) -> Self {
        let mut sorted: Vec<Arc<str>> = words.into_iter().map(Arc::from).collect();
        sorted.sort_unstable();
        let numbers = sorted.iter().cloned().zip(0..).collect();
        Self { sorted, numbers }
    }

    fn word(&self, number: u32) -> &str {
        &self.sorted[number as usize]
    }

    /// Of a word that the vocabulary was made from; the default is never taken.
    fn number(&self, word: &str) -> u32 {
        self.numbers.get(word).copied().unwrap_or_default()
    }
}

impl Vocabulary {
    pub(super) fn of(learners: &[LearnerInput], mentors: &[MentorInput]) -> Self {
        let (mut skills, mut languages, mut countries) = (HashSet::new(), HashSet::new(), HashSet::new());
        for learner in learners {
            for want in &learner.wants {
                skills.insert(want.skill.as_str());
                skills.extend(want.related.iter().map(|related| related.skill.as_str()));
            }
            languages.extend(learner.languages.iter().map(String::as_str));
            countries.extend(learner.country.as_deref());
        }
        for mentor in mentors {
            skills.extend(mentor.skills.iter().map(|skill| skill.skill.as_str()));
            languages.extend(mentor.languages.iter().map(String::as_str));
            countries.extend(mentor.country.as_deref());
        }
        let [skills, languages, countries] = [skills, languages, countries].map(Words::of);
        Self { skills, languages, countries }
    }

    pub(super) fn skill(&self, number: u32) -> &str {
        self.skills.word(number)
    }

    pub(super) fn language(&self, number: u32) -> &str {
        self.languages.word(number)
    }

    pub(super) fn skill_number(&self, skill: &str) -> u32 {
        self.skills.number(skill)
    }

    pub(super) fn country_number(&self, country: Option<&str>) -> Option<u32> {
        country.map(|country| self.countries.number(country))
    }

    pub(super) fn levels(&self, skills: &[SkillInput]) -> Vec<(u32, u8)> {
        skills.iter().map(|skill| (self.skill_number(&skill.skill), narrow(skill.level))).collect()
    }

    pub(super) fn languages(&self, languages: &[String]) -> Vec<u32> {
        languages.iter().map(|language| self.languages.number(language)).collect()
    }
}

/// Numbers here have been checked against narrower limits than their type's; the default is never taken.
pub(super) fn narrow<Wide, Narrow: TryFrom<Wide> + Default>(number: Wide) -> Narrow {
    Narrow::try_from(number).unwrap_or_default()
}
