//! Skills, languages and countries as numbers, and checked numbers in the solver's narrow types.

use std::collections::HashSet;

use super::people::{LearnerInput, MentorInput, SkillInput};

/// Numbers for skills, languages and countries, ascending with their names.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    skills: Vec<Box<str>>,
    languages: Vec<Box<str>>,
    countries: Vec<Box<str>>,
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
        let [skills, languages, countries] = [skills, languages, countries].map(|words| {
            let mut words: Vec<Box<str>> = words.into_iter().map(Box::from).collect();
            words.sort_unstable();
            words
        });
        Self { skills, languages, countries }
    }

    pub(super) fn skill(&self, number: u32) -> &str {
        &self.skills[number as usize]
    }

    pub(super) fn language(&self, number: u32) -> &str {
        &self.languages[number as usize]
    }

    pub(super) fn skill_number(&self, skill: &str) -> u32 {
        number(&self.skills, skill)
    }

    pub(super) fn country_number(&self, country: Option<&str>) -> Option<u32> {
        country.map(|country| number(&self.countries, country))
    }

    pub(super) fn levels(&self, skills: &[SkillInput]) -> Vec<(u32, u8)> {
        skills.iter().map(|skill| (self.skill_number(&skill.skill), narrow(skill.level))).collect()
    }

    pub(super) fn languages(&self, languages: &[String]) -> Vec<u32> {
        languages.iter().map(|language| number(&self.languages, language)).collect()
    }
}

/// The place of a word in the vocabulary that was made from it.
fn number(words: &[Box<str>], word: &str) -> u32 {
    narrow(words.partition_point(|candidate| **candidate < *word))
}

/// Numbers here have been checked against narrower limits than their type's; the default is never taken.
pub(super) fn narrow<Wide, Narrow: TryFrom<Wide> + Default>(number: Wide) -> Narrow {
    Narrow::try_from(number).unwrap_or_default()
}
