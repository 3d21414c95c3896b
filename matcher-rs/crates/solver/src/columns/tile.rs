//! Mentors by column, 256 of them side by side.

use std::collections::HashMap;

use super::column::{Column, Lanes, SIDE_BY_SIDE};
use super::hours::Hours;
use super::needs::Needs;
use super::points::FULL;
use crate::people::{Learner, Mentor};
use crate::scoring::{Component, OTHER_LANGUAGE, level_for, score};

/// Mentors side by side.
pub(crate) const TILE: usize = 256;
/// Levels in the widest vectors.
pub(super) const LEVELS: usize = 2 * SIDE_BY_SIDE;
/// Minutes of a day, as offsets count.
pub(super) const DAY_MINUTES: i16 = 24 * 60;
/// The value of a shared language that is not the learner's first.
#[allow(clippy::cast_possible_truncation, reason = "700 fits")]
pub(super) const OTHER: u16 = OTHER_LANGUAGE as u16;
/// The lane of nobody.
pub(crate) const NOBODY: u32 = u32::MAX;

/// What is known of a mentor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "each says of something whether it is known")]
pub(super) struct MentorKnown {
    pub(super) availability: bool,
    pub(super) languages: bool,
    pub(super) offset: bool,
    pub(super) rating: bool,
    pub(super) country: bool,
    /// How many shares are known that count for reliability, at most 2.
    pub(super) shares: u16,
    /// Whether there are numbers that do not fit into columns, so that the mentor is scored pair by pair.
    pub(super) is_odd: bool,
}

impl MentorKnown {
    pub(super) fn of(mentor: &Mentor) -> Self {
        let shares = || [mentor.answer_rate_permille, mentor.attendance_permille].into_iter().flatten();
        Self {
            availability: !mentor.availability.is_empty(),
            languages: !mentor.languages.is_empty(),
            offset: mentor.utc_offset_minutes.is_some(),
            rating: rating_value(mentor).is_some(),
            country: mentor.country.is_some(),
            shares: shares().map(|_| 1).sum(),
            is_odd: shares().any(|share| share > FULL),
        }
    }
}

/// From the formula itself.
fn rating_value(mentor: &Mentor) -> Option<u16> {
    let mentor = Mentor { rating: mentor.rating, ..Mentor::default() };
    let score = score(&Learner::default(), &mentor, None, &crate::Weights::default()).ok()?;
    score.components().find(|(component, _)| *component == Component::Rating).map(|(_, found)| found.value)
}

/// Columns; each has a lane for a mentor.
pub(super) struct Tile {
    /// What is known of each mentor: the place of its [`MentorKnown`] in ascending order, of which there are fewer than 256.
    pub(super) kinds: Column<u8>,
    /// Whether all of them are scored pair by pair; else none is.
    pub(super) is_odd: bool,
    /// Ascending; [`NOBODY`] fills the end.
    pub(super) mentors: [u32; TILE],
    /// How many there are.
    pub(super) filled: usize,
    /// All bits where there is somebody.
    pub(super) present: Lanes,
    pub(super) rating: Lanes,
    /// The sum of the shares that are known.
    pub(super) shares: Lanes,
    /// As [`Needs::country`] has them.
    pub(super) country: Lanes,
    /// Minutes east of UTC, less days: 0 to 1,439.
    pub(super) offset: Lanes,
    /// In which anybody is available.
    pub(super) hours: Hours,
    /// For each minute that is asked for: how many minutes before it the mentor is available, less as many times 256 as fit in. Empty where
    /// none lists any.
    pub(super) minutes: Vec<Column<u8>>,
    /// By source: where the column of its levels is; the first, where nobody has any, if nobody here has some.
    rows: Vec<u32>,
    /// Their bytes are those of [`byte_of`].
    levels: Vec<Column<u8>>,
    /// All bits where it is not known what the mentor speaks.
    pub(super) silent: Column<u8>,
    /// By language: where its column is, if anybody here speaks it; a lane has all bits if that mentor does.
    language_rows: Vec<Option<u32>>,
    languages: Vec<Column<u8>>,
}

impl Tile {
    /// `numbers` are at most [`TILE`] mentors, ascending, of whom all are odd or none is; so do `kinds`.
    pub(super) fn new(
        kinds: &[MentorKnown],
        numbers: &[u32],
        mentors: &[Mentor],
        needs: &Needs<'_>,
        by_skill: &HashMap<u32, Vec<u32>>,
    ) -> Self {
        let mut tile = Self {
            kinds: Column::of(0),
            is_odd: false,
            mentors: [NOBODY; TILE],
            filled: numbers.len(),
            present: Column::of(0),
            rating: Column::of(0),
            shares: Column::of(0),
            country: Column::of(0),
            offset: Column::of(0),
            hours: Hours::default(),
            minutes: Vec::new(),
            rows: Vec::new(),
            levels: vec![Column::of(0)],
            silent: Column::of(0),
            language_rows: vec![None; needs.languages.len()],
            languages: Vec::new(),
        };
        for (lane, &number) in numbers.iter().enumerate() {
            let mentor = &mentors[number as usize];
            let known = MentorKnown::of(mentor);
            tile.mentors[lane] = number;
            tile.kinds[lane] =
                kinds.binary_search(&known).ok().and_then(|kind| u8::try_from(kind).ok()).unwrap_or_default();
            tile.is_odd |= known.is_odd;
            tile.silent[lane] = if known.languages { 0 } else { u8::MAX };
            tile.present[lane] = u16::MAX;
            tile.rating[lane] = rating_value(mentor).unwrap_or_default();
            tile.shares[lane] = [mentor.answer_rate_permille, mentor.attendance_permille]
                .iter()
                .flatten()
                .map(|&share| share.min(FULL))
                .sum();
            tile.country[lane] = mentor.country.and_then(|country| needs.country(country)).unwrap_or_default();
            tile.offset[lane] = mentor.utc_offset_minutes.unwrap_or_default().rem_euclid(DAY_MINUTES).unsigned_abs();
            tile.set_minutes(lane, mentor, &needs.minutes);
            tile.set_languages(lane, mentor, needs);
        }
        tile.set_levels(numbers, mentors, needs, by_skill);
        tile
    }

    /// Who of the tile speaks it, if anybody does.
    #[inline(always)]
    pub(super) fn language(&self, language: u32) -> Option<&Column<u8>> {
        self.language_rows[language as usize].map(|row| &self.languages[row as usize])
    }

    /// The levels of a source, by [`byte_of`].
    #[inline(always)]
    pub(super) fn levels(&self, source: u32) -> &Column<u8> {
        &self.levels[self.rows[source as usize] as usize]
    }

    /// Whether anybody has some.
    pub(super) fn has_levels(&self, source: usize) -> bool {
        self.rows[source] > 0
    }

    /// Whether anybody does.
    pub(super) fn speaks(&self, language: usize) -> bool {
        self.language_rows[language].is_some()
    }

    #[allow(clippy::cast_possible_truncation, reason = "the lowest 8 bits")]
    fn set_minutes(&mut self, lane: usize, mentor: &Mentor, asked: &[u16]) {
        if mentor.availability.is_empty() {
            return;
        }
        self.hours.add_all(&mentor.availability);
        self.minutes.resize(asked.len(), Column::of(0));
        let (mut before, mut intervals) = (0, mentor.availability.intervals().iter().peekable());
        for (row, &minute) in self.minutes.iter_mut().zip(asked) {
            while let Some((start, end)) = intervals.next_if(|&&(_, end)| end <= minute) {
                before += end - start;
            }
            row[lane] = (before + intervals.peek().map_or(0, |&&(start, _)| minute.saturating_sub(start))) as u8;
        }
    }

    fn set_languages(&mut self, lane: usize, mentor: &Mentor, needs: &Needs<'_>) {
        for &language in &mentor.languages {
            let Some(number) = needs.language(language) else { continue };
            let row = *self.language_rows[number as usize].get_or_insert_with(|| {
                self.languages.push(Column::of(0));
                crate::problem::number(self.languages.len() - 1)
            });
            self.languages[row as usize][lane] = u8::MAX;
        }
    }

    fn set_levels(
        &mut self,
        numbers: &[u32],
        mentors: &[Mentor],
        needs: &Needs<'_>,
        by_skill: &HashMap<u32, Vec<u32>>,
    ) {
        let mut found: Vec<Vec<(u8, u8)>> = vec![Vec::new(); needs.wants.len()];
        for (lane, &number) in (0..=u8::MAX).zip(numbers) {
            let mentor = &mentors[number as usize];
            for source in mentor.skills.iter().filter_map(|(skill, _)| by_skill.get(skill)).flatten() {
                let of_source = &mut found[*source as usize];
                // Through several skills a mentor comes to the same source several times.
                if of_source.last().is_none_or(|&(last, _)| last != lane) {
                    let (level, _) = level_for(needs.wants[*source as usize], mentor);
                    of_source.push((lane, level));
                }
            }
        }
        for levels in found {
            if levels.iter().all(|&(_, level)| level == 0) {
                self.rows.push(0);
                continue;
            }
            let mut column = Column::of(0);
            for (lane, level) in levels {
                column[byte_of(usize::from(lane))] = level;
            }
            self.rows.push(crate::problem::number(self.levels.len()));
            self.levels.push(column);
        }
    }
}

/// Where the level of a lane stands in its column: beside that of the lane 32 further on, so that together they are a number of 16 bits.
fn byte_of(lane: usize) -> usize {
    lane / LEVELS * LEVELS + lane % SIDE_BY_SIDE * 2 + lane % LEVELS / SIDE_BY_SIDE
}
