//! The instances: sparse candidates with capacities, sparse perfect matchings, and dense scores of mentoring most of which are absent.

use solver::Problem;

use crate::random::{fraction, integer, key};

/// Learners and mentors in 64 clusters, with popular mentors: `k` candidates for each learner, 85 % of them in their cluster.
pub fn clustered(learners: usize, mentors: usize, k: usize, capacity: u32) -> Problem {
    const CLUSTERS: i64 = 64;
    let seed = 5000 + k as u64;
    let mut cluster_of_mentor: Vec<i64> = (0..mentors).map(|mentor| integer(seed, mentor, 0, CLUSTERS - 1)).collect();
    cluster_of_mentor.sort_unstable();
    let mut builder = Problem::builder(vec![capacity; mentors]).unassigned_value(0);
    for learner in 0..learners {
        let cluster = integer(seed + 1, learner, 0, CLUSTERS - 1);
        let start = cluster_of_mentor.partition_point(|&other| other < cluster);
        let size = cluster_of_mentor.partition_point(|&other| other <= cluster) - start;
        let draw = |at: usize| {
            let at = learner * k + at;
            let place = fraction(seed + 2, at);
            let inside = integer(seed + 3, at, 0, 99) < 85;
            if inside { start + (place.powf(1.5) * size as f64) as usize } else { (place * mentors as f64) as usize }
        };
        let mut candidates: Vec<usize> = (0..k).map(draw).collect();
        candidates.sort_unstable();
        let score = |at: usize, mentor: usize| {
            let quality = integer(seed + 4, mentor, 0, 150);
            let same = if cluster_of_mentor[mentor] == cluster { 150 } else { 0 };
            200 + quality + integer(seed + 5, learner * k + at, 0, 450) + same
        };
        let mut entries: Vec<(u32, i64)> =
            candidates.iter().enumerate().map(|(at, &mentor)| (mentor as u32, score(at, mentor))).collect();
        entries.dedup_by_key(|entry| entry.0);
        builder.push_row(1, &entries);
    }
    builder.build().unwrap()
}

/// `side` rows and columns, all to be matched: `k - 1` random columns for each row, and one of a hidden permutation; costs 1 to 1000.
pub fn perfect(side: usize, k: usize) -> Problem {
    let seed = 9000 + side as u64;
    let mut hidden: Vec<usize> = (0..side).collect();
    hidden.sort_by_key(|&column| key(seed, column));
    let mut builder = Problem::builder(vec![1; side]);
    for (row, &hidden) in hidden.iter().enumerate() {
        let entry = |at: usize| {
            let at = row * k + at;
            let column =
                if at.is_multiple_of(k) { hidden as u32 } else { integer(seed + 1, at, 0, side as i64 - 1) as u32 };
            (column, -integer(seed + 2, at, 1, 1000))
        };
        let mut entries: Vec<(u32, i64)> = (0..k).map(entry).collect();
        // Stable: of the same column twice the first stays.
        entries.sort_by_key(|entry| entry.0);
        entries.dedup_by_key(|entry| entry.0);
        builder.push_row(1, &entries);
    }
    builder.build().unwrap()
}

/// Scores 1 to 1000 by skills, hours, time zone and language; about nine pairs of ten have none.
pub fn mentoring(learners: usize, mentors: usize, capacity: u32) -> Problem {
    let seed = |factor: usize| (factor * learners + mentors) as u64;
    let wanting: Vec<Person> = (0..learners).map(|number| Person::new(number, learners, seed(31), 3, 8)).collect();
    let having: Vec<Person> = (0..mentors).map(|number| Person::new(number, mentors, seed(77), 5, 15)).collect();
    let mut builder = Problem::builder(vec![capacity; mentors]).unassigned_value(0);
    for learner in &wanting {
        let scores = having.iter().map(|mentor| learner.score(mentor));
        let entries: Vec<(u32, i64)> = (0..).zip(scores).filter(|&(_, score)| score > 0).collect();
        builder.push_row(1, &entries);
    }
    builder.build().unwrap()
}

/// A synthetic person; skills are drawn by a power law, hours are evenings and weekends.
struct Person {
    levels: [u8; Person::SKILLS],
    /// Hours of the week in UTC.
    hours: [bool; 168],
    /// Hours from UTC.
    time_zone: i64,
    languages: u16,
}

impl Person {
    const SKILLS: usize = 200;
    const TIME_ZONES: [i64; 12] = [-8, -6, -5, -3, 0, 1, 2, 3, 5, 8, 9, 10];

    /// Person `number` of `count`, with `least..=most` skills, some perhaps drawn twice.
    fn new(number: usize, count: usize, seed: u64, least: i64, most: i64) -> Self {
        let mut levels = [0; Self::SKILLS];
        for draw in number * 16..number * 16 + integer(seed, number, least, most) as usize {
            let skill = (Self::SKILLS as f64 * fraction(seed + 1, draw).powf(2.2)) as usize;
            let level = &mut levels[skill.min(Self::SKILLS - 1)];
            *level = integer(seed + 2, draw, 1, 5).max(i64::from(*level)) as u8;
        }
        let time_zone = Self::TIME_ZONES[integer(seed + 3, number, 0, 11) as usize];
        let mut hours = [false; 168];
        for day in 0..7 {
            let at = day * count + number;
            let (chance, earliest, latest) = if day >= 5 { (70, 9, 19) } else { (45, 17, 20) };
            if integer(seed + 4, at, 0, 99) < chance {
                let start = day as i64 * 24 + integer(seed + 5, at, earliest, latest) - time_zone;
                let length = integer(seed + 6, at, 2, 4);
                (start..start + length).for_each(|hour| hours[hour.rem_euclid(168) as usize] = true);
            }
        }
        let english = integer(seed + 7, number, 0, 99) < 80;
        let mut languages = u16::from(english);
        for (draw, chance) in [(0, 60), (1, 20)] {
            if integer(seed + 8 + draw, number, 0, 99) < chance || draw == 0 && !english {
                languages |= 1 << integer(seed + 10 + draw, number, 1, 11);
            }
        }
        Self { levels, hours, time_zone, languages }
    }

    /// 0 without a common skill, hour and language.
    fn score(&self, mentor: &Self) -> i64 {
        let levels = self.levels.iter().zip(&mentor.levels);
        let met: i64 = levels.map(|(want, have)| i64::from(*want.min(have))).sum();
        let common = self.hours.iter().zip(&mentor.hours).filter(|&(own, other)| *own && *other).count() as i64;
        if met == 0 || common == 0 || self.languages & mentor.languages == 0 {
            return 0;
        }
        let wanted: i64 = self.levels.iter().map(|&level| i64::from(level)).sum();
        let skill = (met * (500 * 65_536 / wanted)) >> 16;
        let apart = (self.time_zone - mentor.time_zone).rem_euclid(24);
        skill + 30 * common.min(10) + 200 - 200 * apart.min(24 - apart) / 12
    }
}
