//! People as arrays in files, for `bench/matcher_people.py`: little-endian, row by row, named for what is in them.

use std::io::{self, Write as _};
use std::path::Path;

use solver::{Learner, Mentor, Week};

use super::world::SKILLS;

/// What stands for a number that is not known.
const UNKNOWN: i32 = -1;

/// Writes everybody, and the scores plus 1.
pub fn dump(folder: &Path, learners: &[Learner], mentors: &[Mentor], scores: &[u16]) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let write = |name: &str, numbers: &mut dyn Iterator<Item = i32>| -> io::Result<()> {
        let mut file = io::BufWriter::new(std::fs::File::create(folder.join(name))?);
        for number in numbers {
            file.write_all(&number.to_le_bytes())?;
        }
        file.flush()
    };
    // Learner, skill, level, from, weight of each want.
    let wants = (0..).zip(learners).flat_map(|(number, learner)| {
        let want = move |want: &solver::Want| {
            [number, want.skill as i32, i32::from(want.level), i32::from(want.from), i32::from(want.weight)]
        };
        learner.wants.iter().map(want)
    });
    write("wants", &mut wants.flatten())?;
    let first = |learner: &Learner| learner.languages.first().map_or(UNKNOWN, |&language| language as i32);
    let offset = |minutes: Option<i16>| minutes.map_or(UNKNOWN, i32::from);
    let waiting = |learner: &Learner| learner.waiting_days.map_or(UNKNOWN, |days| days as i32);
    let share = |permille: Option<u16>| permille.map_or(UNKNOWN, i32::from);
    let country = |country: Option<u32>| country.map_or(UNKNOWN, |country| country as i32);
    let spoken = |languages: &[u32]| languages.iter().fold(0, |spoken, language| spoken | 1_i32 << language);
    write(
        "learners",
        &mut learners.iter().flat_map(|learner| {
            [
                spoken(&learner.languages),
                first(learner),
                offset(learner.utc_offset_minutes),
                waiting(learner),
                country(learner.country),
                share(learner.attendance_permille),
            ]
        }),
    )?;
    let levels = mentors.iter().flat_map(|mentor| {
        (0..SKILLS).map(|skill| {
            mentor
                .skills
                .binary_search_by_key(&skill, |&(known, _)| known)
                .map_or(0, |at| i32::from(mentor.skills[at].1))
        })
    });
    write("levels", &mut levels.into_iter())?;
    write(
        "mentors",
        &mut mentors.iter().flat_map(|mentor| {
            let rating = mentor.rating.map_or([0, 0], |rating| [i32::from(rating.mean_milli), rating.count as i32]);
            let shares = [share(mentor.answer_rate_permille), share(mentor.attendance_permille)];
            [
                spoken(&mentor.languages),
                offset(mentor.utc_offset_minutes),
                rating[0],
                rating[1],
                country(mentor.country),
                shares[0],
                shares[1],
            ]
        }),
    )?;
    write("learner_hours", &mut learners.iter().flat_map(|learner| hours(&learner.availability)))?;
    write("mentor_hours", &mut mentors.iter().flat_map(|mentor| hours(&mentor.availability)))?;
    write("scores", &mut scores.iter().map(|&score| i32::from(score)))
}

/// For each hour of the week, whether it is in it; these people are there for whole hours.
fn hours(week: &Week) -> impl Iterator<Item = i32> {
    (0..168).map(|hour| i32::from(week.intervals().iter().any(|&(start, end)| start <= 60 * hour && 60 * hour < end)))
}
