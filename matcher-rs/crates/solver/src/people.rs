//! Learners, mentors and weights as the scoring reads them: numbers in narrow types, skills and languages as indexes.
//!
//! Texts, limits on text and the wire format belong to the caller. Types are narrow enough that no value of them can overflow a score.

/// One minute past the last minute of the UTC week.
pub const WEEK_MINUTES: u16 = 7 * 24 * 60;

/// The times of a UTC week at which somebody is available: disjoint half-open intervals of minutes, ascending, none touching.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week(Vec<(u16, u16)>);

impl Week {
    /// The union of half-open intervals `(start, end)`, which may overlap; empty ones (`end <= start`) add nothing and what
    /// lies beyond [`WEEK_MINUTES`] is cut off.
    #[must_use]
    pub fn from_intervals(mut intervals: Vec<(u16, u16)>) -> Self {
        intervals.retain_mut(|(start, end)| {
            *end = (*end).min(WEEK_MINUTES);
            *start < *end
        });
        intervals.sort_unstable();
        let mut union: Vec<(u16, u16)> = Vec::with_capacity(intervals.len());
        for (start, end) in intervals {
            match union.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => union.push((start, end)),
            }
        }
        Self(union)
    }

    /// The disjoint intervals, ascending.
    #[must_use]
    pub fn intervals(&self) -> &[(u16, u16)] {
        &self.0
    }

    /// Whether no time at all is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The week with these minutes besides.
    #[must_use]
    pub fn with(&self, start: u16, end: u16) -> Self {
        Self::from_intervals(self.0.iter().copied().chain([(start, end)]).collect())
    }

    /// Where the first stretch of so many minutes begins that the other week contains whole and this one not at all.
    #[must_use]
    pub fn first_lacking(&self, other: &Self, minutes: u16) -> Option<u16> {
        other.0.iter().find_map(|&(start, end)| {
            let mut from = start;
            let first = self.0.partition_point(|&(_, free)| free <= start);
            for &(taken, free) in self.0[first..].iter().take_while(|&&(taken, _)| taken < end) {
                if taken.saturating_sub(from) >= minutes {
                    return Some(from);
                }
                from = from.max(free);
            }
            (end.saturating_sub(from) >= minutes).then_some(from)
        })
    }

    /// Minutes that both weeks contain.
    #[must_use]
    pub fn overlap_minutes(&self, other: &Self) -> u16 {
        let (mut left, mut right, mut minutes) = (self.0.iter().peekable(), other.0.iter().peekable(), 0);
        while let (Some(&&(a_start, a_end)), Some(&&(b_start, b_end))) = (left.peek(), right.peek()) {
            minutes += a_end.min(b_end).saturating_sub(a_start.max(b_start));
            if a_end <= b_end {
                left.next();
            } else {
                right.next();
            }
        }
        minutes
    }
}

/// Somebody who looks for a mentor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learner {
    /// Ascending by skill, each skill once.
    pub wants: Vec<Want>,
    /// In order of preference, each once.
    pub languages: Vec<u32>,
    /// Minutes of the UTC week.
    pub availability: Week,
    /// Minutes east of UTC.
    pub utc_offset_minutes: Option<i16>,
    /// Days since the learner began to wait.
    pub waiting_days: Option<u32>,
    /// Where they live, as a number that is the same for the same country.
    pub country: Option<u32>,
    /// Share of agreed sessions that the learner came to, 0 to 1,000.
    pub attendance_permille: Option<u16>,
}

/// A skill that somebody wants to learn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Want {
    /// Which.
    pub skill: u32,
    /// The level to reach, 1 to 5.
    pub level: u8,
    /// The level that the learner has now, below `level`.
    pub from: u8,
    /// How much a level of it counts beside one of another: rare skills weigh more. 1 to 1,000.
    pub weight: u16,
    /// `(skill, permille)`: who has that one has this one too, to so many thousandths of its level. Ascending by skill.
    pub related: Vec<(u32, u16)>,
}

/// Somebody who may be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentor {
    /// `(skill, level)`, ascending by skill, each skill once; levels 0 to 5, and 0 is the same as not having it.
    pub skills: Vec<(u32, u8)>,
    /// Ascending, each once.
    pub languages: Vec<u32>,
    /// Minutes of the UTC week.
    pub availability: Week,
    /// Minutes east of UTC.
    pub utc_offset_minutes: Option<i16>,
    /// Learners that the mentor can still take.
    pub capacity: u32,
    /// What learners thought, if anyone said.
    pub rating: Option<Rating>,
    /// Share of requests that were answered, 0 to 1,000.
    pub answer_rate_permille: Option<u16>,
    /// Where they live, as a number that is the same for the same country.
    pub country: Option<u32>,
    /// Share of agreed sessions that the mentor came to, 0 to 1,000.
    pub attendance_permille: Option<u16>,
}

/// Mean of ratings from 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rating {
    /// In thousandths, 1,000 to 5,000.
    pub mean_milli: u16,
    /// How many ratings; 0 counts as no rating.
    pub count: u32,
}

/// How much each component counts, relative to the sum of those that are present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the component of that name")]
pub struct Weights {
    pub skills: u16,
    pub availability: u16,
    pub continuity: u16,
    pub languages: u16,
    pub place: u16,
    pub timezone: u16,
    pub reliability: u16,
    pub rating: u16,
    pub waiting: u16,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            skills: 500,
            availability: 200,
            continuity: 60,
            languages: 100,
            place: 20,
            timezone: 60,
            reliability: 60,
            rating: 60,
            waiting: 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn week_of_touching_and_overlapping_intervals_is_their_union() {
        let week = Week::from_intervals(vec![(120, 180), (0, 60), (60, 90), (130, 140), (300, 300), (10_000, 20_000)]);
        assert_eq!(week.intervals(), [(0, 90), (120, 180), (10_000, WEEK_MINUTES)]);
    }

    #[test]
    fn first_lacking_minutes_are_whole_and_not_there_yet() {
        let own = Week::from_intervals(vec![(60, 120), (150, 200), (400, 500)]);
        let other = Week::from_intervals(vec![(0, 30), (100, 270), (350, 460)]);
        let found = [20, 30, 40, 70, 80].map(|minutes| own.first_lacking(&other, minutes));
        assert_eq!(found, [Some(0), Some(0), Some(200), Some(200), None]);
        assert_eq!(own.with(120, 150).intervals(), [(60, 200), (400, 500)]);
    }

    #[test]
    fn overlap_agrees_with_counting_minutes() {
        let cases = [
            (vec![(0, 10)], vec![(10, 20)]),
            (vec![(0, 100), (200, 300)], vec![(50, 250)]),
            (vec![(0, WEEK_MINUTES)], vec![(3, 4), (7, 900), (10_079, WEEK_MINUTES)]),
            (vec![], vec![(1, 2)]),
        ];
        for (a, b) in cases {
            let inside = |intervals: &[(u16, u16)], minute| intervals.iter().any(|&(s, e)| s <= minute && minute < e);
            let counted = (0..WEEK_MINUTES).filter(|&minute| inside(&a, minute) && inside(&b, minute)).count();
            let (a, b) = (Week::from_intervals(a), Week::from_intervals(b));
            assert_eq!(usize::from(a.overlap_minutes(&b)), counted);
            assert_eq!(b.overlap_minutes(&a), a.overlap_minutes(&b));
        }
    }
}
