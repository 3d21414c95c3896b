//! How many more places of a mentor would do, for those whom nothing else has been found for; with what makes a mentor suitable, where none is.

use rayon::prelude::*;
use solver::{Absence, Asking, Columns, Instructions, Interrupt, Learner, Mentor, OUT_OF_REACH, nearest, rivals};

use super::change::Change;
use crate::contract::round::{Assigned, Round};
use crate::contract::stopped;
use crate::contract::vocabulary::narrow;
use crate::problem_details::Problem;

/// So many mentors are tried for a learner whom none suits.
const MOST_TRIED: usize = 16;

/// A learner, and a change after which nothing but places is missing.
struct Suited {
    learner: usize,
    mentor: u32,
    /// What the pair scores then.
    score: u16,
    change: Change,
}

/// What is enough for a learner.
pub(super) struct Enough {
    pub(super) learner: usize,
    pub(super) change: Change,
    /// With fewer places, which may be enough too: others would pay just as much.
    pub(super) fewer: Option<Change>,
}

/// For learners who are without a mentor; not for everybody. `found` is the optimum without a floor, `highest` its largest prices.
///
/// # Errors
/// `deadline_exceeded` if interrupted.
pub(super) fn more_places(
    round: &Round<'_>,
    found: &Assigned,
    highest: &[Option<i64>],
    learners: &[usize],
    interrupt: &Interrupt,
) -> Result<Vec<Enough>, Problem> {
    if learners.is_empty() {
        return Ok(Vec::new());
    }
    // Everybody has a place, so that no pair is absent for want of one.
    let with_place = |mentor: &Mentor| Mentor { capacity: mentor.capacity.max(1), ..mentor.clone() };
    let mentors: Vec<Mentor> = round.pairs.mentors().iter().map(with_place).collect();
    let people = solver::Round { mentors: &mentors, ..round.pairs.round() };
    let gains = round.gains(found, &found.prices.iter().copied().map(Some).collect::<Vec<_>>());
    let (mut enough, below_minimum) = {
        let columns = columns_of(&people, interrupt)?;
        let suited = suited(round, &columns, found, learners, interrupt)?;
        let (below_minimum, suited): (Vec<_>, Vec<_>) =
            suited.into_iter().partition(|one| one.change.minimum_score.is_some());
        let (as_they_are, others): (Vec<_>, Vec<_>) = suited.into_iter().partition(|one| one.change.is_nothing());
        let mut enough = enough_places(round, &columns, &gains, as_they_are, interrupt)?;
        // They do not ask for anything yet, so that others may gain less than at the lowest prices once they do.
        enough.extend(enough_places(round, &columns, &round.gains(found, highest), others, interrupt)?);
        (enough, below_minimum)
    };
    if !below_minimum.is_empty() {
        // With more pairs others may gain less still, but never less than nothing.
        let nothing: Vec<i64> = gains.into_iter().map(|gain| gain.min(0)).collect();
        let columns = columns_of(&solver::Round { minimum_score: 0, ..people }, interrupt)?;
        enough.extend(enough_places(round, &columns, &nothing, below_minimum, interrupt)?);
    }
    Ok(enough)
}

fn columns_of<'a>(people: &solver::Round<'a>, interrupt: &Interrupt) -> Result<Columns<'a>, Problem> {
    Columns::new(people, Instructions::Best, interrupt).map_err(|_| stopped())
}

/// With the suitable mentor who is nearest; where none is, with the first who would be after a change. Not of everybody.
fn suited(
    round: &Round<'_>,
    columns: &Columns<'_>,
    found: &Assigned,
    learners: &[usize],
    interrupt: &Interrupt,
) -> Result<Vec<Suited>, Problem> {
    let mut asks = vec![false; found.mentors.len()];
    for &learner in learners {
        asks[learner] = true;
    }
    let prices = found.prices.iter().zip(round.pairs.mentors());
    let prices: Vec<i64> =
        prices.map(|(&price, mentor)| if mentor.capacity > 0 { price } else { OUT_OF_REACH }).collect();
    let nearest = nearest(columns, round.aim(), &prices, &asks, interrupt).map_err(|_| stopped())?;
    let suited = learners.par_iter().map(|&learner| {
        interrupt.check().map_err(|_| stopped())?;
        Ok(match nearest[learner] {
            Some((mentor, score)) => Some(Suited { learner, mentor, score, change: Change::with(mentor) }),
            None => made_suitable(round, learner),
        })
    });
    let suited: Vec<Option<Suited>> = suited.collect::<Result<_, Problem>>()?;
    Ok(suited.into_iter().flatten().collect())
}

/// With the first mentor with whom the pair scores as much as it has to; or else with the one with whom it scores most, and that as the minimum.
fn made_suitable(round: &Round<'_>, learner: usize) -> Option<Suited> {
    let mentors = (0..).take(round.pairs.mentors().len()).filter(|&mentor| !round.pairs.forbids(learner, mentor));
    let mut changed = round.pairs.learners()[learner].clone();
    let mut best: Option<Suited> = None;
    for mentor in mentors.take(MOST_TRIED) {
        let Some((change, score)) = made_a_pair(round, (learner, &mut changed), mentor) else { continue };
        if best.as_ref().is_none_or(|best| best.score < score) {
            best = Some(Suited { learner, mentor: narrow(mentor), score, change });
        }
        if score >= round.pairs.minimum_score() {
            return best;
        }
    }
    let mut best = best?;
    best.change.minimum_score = Some(best.score);
    Some(best)
}

/// With a language and a skill of the mentor's, as far as the two have none in common, and what they score then. `changed` is the learner, and
/// comes back as it was.
fn made_a_pair(round: &Round<'_>, (learner, changed): (usize, &mut Learner), mentor: usize) -> Option<(Change, u16)> {
    let (own, theirs) = (&round.pairs.learners()[learner], &round.pairs.mentors()[mentor]);
    let mut change = Change::with(narrow(mentor));
    loop {
        change.make(changed);
        let score = round.pairs.score(changed, learner, mentor);
        change.undo(changed, own);
        change = match score {
            Ok(score) => return Some((change, score.total())),
            Err(Absence::NoSharedSkill) if change.want.is_none() => change.with_skill(own, theirs)?,
            Err(Absence::NoSharedLanguage) if change.language.is_none() => change.with_language(own, theirs)?,
            Err(_) => return None,
        }
    }
}

/// With one place more than there are others who would pay as much; `gains` are what others gain, or less.
fn enough_places(
    round: &Round<'_>,
    columns: &Columns<'_>,
    gains: &[i64],
    suited: Vec<Suited>,
    interrupt: &Interrupt,
) -> Result<Vec<Enough>, Problem> {
    let asking = |one: &Suited| {
        let value = round.value(one.learner, one.mentor as usize, one.score);
        let asking = Asking { learner: narrow(one.learner), mentor: one.mentor, value };
        [asking, Asking { value: value + 1, ..asking }]
    };
    let asking: Vec<Asking> = suited.iter().flat_map(asking).collect();
    let rivals = rivals(columns, round.aim(), gains, &asking, interrupt).map_err(|_| stopped())?;
    let enough = suited.into_iter().zip(rivals.chunks_exact(2)).map(|(one, rivals)| {
        let more = |rivals: u32| (rivals + 1).saturating_sub(round.aim().places[one.mentor as usize]);
        let least = u32::from(one.change.is_nothing());
        let (places, untied) = (more(rivals[0]), more(rivals[1]).max(least));
        let with = |places| Change { places, ..one.change };
        Enough { learner: one.learner, change: with(places), fewer: (untied < places).then(|| with(untied)) }
    });
    Ok(enough.collect())
}
