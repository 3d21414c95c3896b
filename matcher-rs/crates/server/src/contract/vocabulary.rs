//! Skills, languages and countries as numbers, and checked numbers in the solver's narrow types.

use super::people::{LearnerInput, MentorInput, SkillInput};

/// Numbers for skills, languages and countries, ascending with their names.
#[derive(Debug, Default)]
pub(super) struct Vocabulary<'a> {
    skills: Vec<&'a str>,
    languages: Vec<&'a str>,
    countries: Vec<&'a str>,
}

impl<'a> Vocabulary<'a> {
    pub(super) fn of(learners: &[&'a LearnerInput], mentors: &'a [MentorInput]) -> Self {
        let mut vocabulary = Self::default();
        for learner in learners {
            for want in &learner.wants {
                vocabulary.skills.push(&want.skill);
                vocabulary.skills.extend(want.related.iter().map(|related| related.skill.as_str()));
            }
            vocabulary.languages.extend(learner.languages.iter().map(String::as_str));
            vocabulary.countries.extend(learner.country.as_deref());
        }
        for mentor in mentors {
            vocabulary.skills.extend(mentor.skills.iter().map(|skill| skill.skill.as_str()));
            vocabulary.languages.extend(mentor.languages.iter().map(String::as_str));
            vocabulary.countries.extend(mentor.country.as_deref());
        }
        for words in [&mut vocabulary.skills, &mut vocabulary.languages, &mut vocabulary.countries] {
            words.sort_unstable();
            words.dedup();
        }
        vocabulary
    }

    pub(super) fn skill(&self, number: u32) -> &'a str {
        self.skills[number as usize]
    }

    pub(super) fn language(&self, number: u32) -> &'a str {
        self.languages[number as usize]
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
fn number(words: &[&str], word: &str) -> u32 {
    narrow(words.partition_point(|candidate| *candidate < word))
}

/// Numbers here have been checked against narrower limits than their type's; the default is never taken.
pub(super) fn narrow<Wide, Narrow: TryFrom<Wide> + Default>(number: Wide) -> Narrow {
    Narrow::try_from(number).unwrap_or_default()
}
