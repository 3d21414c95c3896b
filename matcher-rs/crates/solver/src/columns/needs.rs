//! What the learners of a round ask mentors for: of this, and nothing else, mentors get columns.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::tile::TILE;
use crate::people::{Learner, Mentor, WEEK_MINUTES, Want, Week};

/// Columns of minutes, at most: quarters of an hour in a week. Learners who would need more, or any other column that there is no room for, are
/// scored pair by pair.
const MOST_MINUTES: usize = 7 * 24 * 4;
/// Most columns of levels.
const MOST_SKILLS: usize = 1 << 13;
/// Bytes that the columns of minutes can take.
const MINUTES_BYTES: usize = 1 << 29;
/// Bytes that the columns of levels can take.
const SKILLS_BYTES: usize = 1 << 28;
/// Bytes that the columns of languages can take.
const LANGUAGES_BYTES: usize = 1 << 28;

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
    /// For so many tiles. What most learners ask for comes first where there is not room for all.
    pub(super) fn of(learners: &'a [Learner], tiles: usize) -> Self {
        let fitting = |bytes: usize, column: usize| bytes / (tiles.max(1) * column);
        let (mut sources, mut minutes, mut languages) =
            (HashMap::new(), vec![0; usize::from(WEEK_MINUTES) + 1], HashMap::new());
        let mut countries: Vec<u32> = Vec::new();
        for learner in learners {
            for want in &learner.wants {
                sources.entry(source(want)).or_insert((0, want)).0 += 1;
            }
            for (start, end) in pieces(&learner.availability) {
                minutes[usize::from(start)] += 1;
                minutes[usize::from(end)] += 1;
            }
            for &language in &learner.languages {
                *languages.entry(language).or_insert(0) += 1;
            }
            countries.extend(learner.country);
        }
        countries.sort_unstable();
        countries.dedup();
        let mut sources: Vec<(Source<'a>, (u32, &'a Want))> = sources.into_iter().collect();
        sources.sort_unstable_by_key(|&(source, (uses, _))| (Reverse(uses), source));
        sources.truncate(MOST_SKILLS.min(fitting(SKILLS_BYTES, TILE + size_of::<Option<u32>>())));
        Self {
            wants: sources.iter().map(|&(_, (_, want))| want).collect(),
            sources: sources.iter().zip(0..).map(|(&(source, _), number)| (source, number)).collect(),
            minutes: most_used(
                (0..).zip(minutes).filter(|&(_, uses)| uses > 0),
                MOST_MINUTES.min(fitting(MINUTES_BYTES, TILE)),
            ),
            languages: most_used(languages, fitting(LANGUAGES_BYTES, TILE)),
            countries,
        }
    }

    /// The column of what is wanted, if it has one.
    pub(super) fn source(&self, want: &'a Want) -> Option<u32> {
        self.sources.get(&source(want)).copied()
    }

    /// The column of a minute, if it has one.
    pub(super) fn minute(&self, minute: u16) -> Option<u32> {
        self.minutes.binary_search(&minute).ok().map(crate::problem::number)
    }

    /// The column of a language, if it has one.
    pub(super) fn language(&self, language: u32) -> Option<u32> {
        self.languages.binary_search(&language).ok().map(crate::problem::number)
    }

    /// The columns of what a mentor speaks, ascending.
    pub(super) fn languages_of(&self, mentor: &Mentor) -> Vec<u32> {
        let mut columns: Vec<u32> = mentor.languages.iter().filter_map(|&language| self.language(language)).collect();
        columns.sort_unstable();
        columns
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

/// The intervals of a week in pieces of up to 255 minutes, so that 8 bits can count each: longer ones end every four hours.
pub(super) fn pieces(week: &Week) -> impl Iterator<Item = (u16, u16)> {
    const MARK: u16 = 4 * 60;
    week.intervals().iter().flat_map(|&(start, end)| {
        let is_long = end - start > u16::from(u8::MAX);
        let marks = (start / MARK + 1..end.div_ceil(MARK)).filter(move |_| is_long).map(|mark| MARK * mark);
        std::iter::once(start).chain(marks.clone()).zip(marks.chain([end]))
    })
}

fn source(want: &Want) -> Source<'_> {
    (want.skill, &want.related)
}

/// Those that are used most, at most so many, ascending.
fn most_used<T: Copy + Ord>(uses: impl IntoIterator<Item = (T, u32)>, most: usize) -> Vec<T> {
    let mut by_uses: Vec<(Reverse<u32>, T)> = uses.into_iter().map(|(what, uses)| (Reverse(uses), what)).collect();
    by_uses.sort_unstable();
    let mut first: Vec<T> = by_uses.into_iter().take(most).map(|(_, what)| what).collect();
    first.sort_unstable();
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_of_more_than_255_minutes_end_every_four_hours() {
        let week = Week::from_intervals(vec![(0, 255), (400, 700), (961, 1300), (9600, 10_080)]);
        let expected = [(0, 255), (400, 480), (480, 700), (961, 1200), (1200, 1300), (9600, 9840), (9840, 10_080)];
        assert_eq!(pieces(&week).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn with_many_tiles_there_are_columns_for_what_most_ask_for() {
        let learner = |skill: u32| Learner {
            wants: vec![Want { skill, level: 3, weight: 1, ..Want::default() }],
            languages: vec![skill],
            availability: Week::from_intervals(vec![(u16::try_from(skill).unwrap_or(0), 90)]),
            ..Learner::default()
        };
        let learners: Vec<Learner> = [7, 1, 2, 7, 3, 2].map(learner).into();
        let all = Needs::of(&learners, 1);
        assert_eq!((all.wants.len(), &*all.minutes, &*all.languages), (4, &[1, 2, 3, 7, 90][..], &[1, 2, 3, 7][..]));
        // Room for two columns of levels, of minutes and of languages.
        let some = Needs::of(&learners, SKILLS_BYTES / 2 / (TILE + size_of::<Option<u32>>()));
        assert_eq!(some.wants.iter().map(|want| want.skill).collect::<Vec<_>>(), [2, 7]);
        assert_eq!(some.language(7), Some(1));
        assert_eq!((some.language(1), some.source(&learners[1].wants[0])), (None, None));
        assert_eq!(Needs::of(&learners, MINUTES_BYTES / 2 / TILE).minutes, [2, 90]);
    }
}
