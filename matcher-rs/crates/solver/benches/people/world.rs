//! Made-up people: skills that few or many have, evenings on weekdays and hours at weekends, twelve time zones and twelve languages.

use solver::{Learner, Mentor, Rating, Want, Week};

use super::random::{fraction, integer};

/// Skills in the catalogue; a low number is a frequent one.
pub const SKILLS: u32 = 200;
const ZONES: [i16; 12] = [-8, -6, -5, -3, 0, 1, 2, 3, 5, 8, 9, 10];
const LANGUAGES: i64 = 12;

struct Person {
    /// `(skill, level)`, ascending.
    skills: Vec<(u32, u8)>,
    languages: Vec<u32>,
    week: Week,
    offset: i16,
}

fn person(seed: u64, index: usize, least_skills: i64, most_skills: i64) -> Person {
    let mut skills = std::collections::BTreeMap::new();
    for draw in 0..integer(seed, index, least_skills, most_skills).unsigned_abs() as usize {
        let skill = (f64::from(SKILLS) * fraction(seed + 1, 16 * index + draw).powf(2.2)) as u32;
        let level = integer(seed + 2, 16 * index + draw, 1, 5).unsigned_abs() as u8;
        let known = skills.entry(skill.min(SKILLS - 1)).or_insert(0);
        *known = level.max(*known);
    }
    let zone = ZONES[integer(seed + 3, index, 0, 11).unsigned_abs() as usize];
    let mut intervals = Vec::new();
    for day in 0..7 {
        let at = 7 * index + day;
        let is_weekend = day >= 5;
        if integer(seed + 4, at, 0, 99) < if is_weekend { 70 } else { 45 } {
            let start = integer(seed + 5, at, if is_weekend { 9 } else { 17 }, if is_weekend { 19 } else { 20 });
            for hour in start..start + integer(seed + 6, at, 2, 4) {
                let hour = (24 * day as i64 + hour - i64::from(zone)).rem_euclid(168) as u16;
                intervals.push((60 * hour, 60 * (hour + 1)));
            }
        }
    }
    let speaks_english = integer(seed + 7, index, 0, 99) < 80;
    let mut languages: Vec<u32> = speaks_english.then_some(0).into_iter().collect();
    for (draw, share) in [(0, 60), (1, 20)] {
        if integer(seed + 8 + draw, index, 0, 99) < share || (draw == 0 && !speaks_english) {
            languages.push(integer(seed + 10 + draw, index, 1, LANGUAGES - 1).unsigned_abs() as u32);
        }
    }
    languages.sort_unstable();
    languages.dedup();
    let skills = skills.into_iter().collect();
    Person { skills, languages, week: Week::from_intervals(intervals), offset: 60 * zone }
}

/// Two countries in each time zone.
fn country(offset: i16, index: usize) -> u32 {
    u32::from((offset + 720).unsigned_abs() / 30) + (index % 2) as u32
}

/// Learners want 3 to 8 skills, the rarer the more.
pub fn learners(seed: u64, count: usize) -> Vec<Learner> {
    let learner = |index| {
        let Person { skills, mut languages, week, offset } = person(seed, index, 3, 8);
        if integer(seed + 20, index, 0, 1) == 1 {
            // The mother tongue first.
            languages.reverse();
        }
        let want = |(draw, (skill, level)): (usize, (u32, u8))| Want {
            skill,
            level,
            from: integer(seed + 21, 16 * index + draw, 0, 2).clamp(0, i64::from(level) - 1) as u8,
            weight: (100 + skill) as u16,
            related: Vec::new(),
        };
        Learner {
            wants: skills.into_iter().enumerate().map(want).collect(),
            languages,
            availability: week,
            utc_offset_minutes: Some(offset),
            country: Some(country(offset, index)),
            attendance_permille: (integer(seed + 25, index, 0, 99) < 30)
                .then(|| integer(seed + 26, index, 500, 1000).unsigned_abs() as u16),
            waiting_days: Some(integer(seed + 22, index, 0, 60).unsigned_abs() as u32),
        }
    };
    (0..count).map(learner).collect()
}

/// Mentors have 5 to 15 skills; some are new, so that there is no rating of them yet, or no rate.
pub fn mentors(seed: u64, count: usize, capacity: u32) -> Vec<Mentor> {
    let mentor = |index| {
        let Person { skills, languages, week, offset } = person(seed, index, 5, 15);
        let rating = Rating {
            mean_milli: integer(seed + 21, index, 3000, 5000).unsigned_abs() as u16,
            count: integer(seed + 22, index, 1, 40).unsigned_abs() as u32,
        };
        Mentor {
            skills,
            languages,
            availability: week,
            utc_offset_minutes: Some(offset),
            capacity,
            rating: (integer(seed + 20, index, 0, 99) < 70).then_some(rating),
            country: Some(country(offset, index)),
            attendance_permille: (integer(seed + 25, index, 0, 99) < 50)
                .then(|| integer(seed + 26, index, 500, 1000).unsigned_abs() as u16),
            answer_rate_permille: (integer(seed + 23, index, 0, 99) < 85)
                .then(|| integer(seed + 24, index, 300, 1000).unsigned_abs() as u16),
        }
    };
    (0..count).map(mentor).collect()
}
