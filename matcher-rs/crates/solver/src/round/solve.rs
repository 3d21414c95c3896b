//! The proven optimum of a round, without the matrix of its scores.
//!
//! A solver of lists and a pass over all pairs take turns (column generation; Lee and Orlin 1993 for assignments): the lists are solved exactly,
//! the pass finds what learners would rather have at those prices, and adds it to the lists. When nobody would rather have anything, the
//! prices prove the optimum of all pairs. The prices of each turn are the smallest for the lists, so the last are the smallest for all
//! pairs: those are among the optimal ones of the lists. For the first pass prices need only be about right. The last pass looks at every
//! pair, and brings what is exactly as good: of that alone the canonical optimum is made.

use std::fmt;

use super::Aim;
use super::findings::Findings;
use super::found::Kept;
use super::lists::{Choice, list, nothing_listed, sticky};
use super::pricing::{Known, LEFT_OUT, Pricing, Wanted};
use super::proof::prove;
use crate::canonical::canonicalise;
use crate::certificate::{Proof, Violation};
use crate::columns::{Columns, Tiles};
use crate::interrupt::{Interrupt, Interrupted};
use crate::matching::{Matching, Pair, ROWS};
use crate::prices;
use crate::problem::{InvalidProblem, Problem};
use crate::tight::Undecided;
use crate::transportation::orientation::Orientation;
use crate::transportation::{Earlier, Estimate, Found, Optimum, estimate, optimum, optimum_again, optimum_nearby};

/// Choices that a pass adds to a list, at most.
const ADDED: usize = 32;
/// Choices that are worse than what a learner has by no more than this are added as well, so that prices can change by as much before
/// anybody has to look at all mentors again.
const MARGIN: i64 = 200;
/// As [`ADDED`] and [`MARGIN`], once prices are exact for the lists: what is left to change is little, and so is what needs to be looked at then.
const ADDED_LATER: usize = 64;
const MARGIN_LATER: i64 = 96;
/// The part of the mentors who are overlooked by the first lists, the part of the learners who look at them, and how many of them are added to the
/// list of each of those: as many longer lists as there are places for several times over.
const OVERLOOKED: usize = 10;
const LOOKING: usize = 3;
const OVERLOOKED_ADDED: usize = 8;
/// One learner in so many who has found something better is few: shortest paths alone then find the next optimum,
const FEW: usize = 256;
/// in lists of so many pairs, for the paths from mentors need them by mentor as well.
const PAIRS_OF_BOTH: usize = 1 << 24;
/// Bands of falls.
const BANDS: usize = 4;

/// How a round is solved. If there is an answer it is the same whatever this is.
#[derive(Clone, Copy, Debug)]
pub struct RoundOptions {
    /// How many mentors are on each learner's list at first; at least 1.
    pub start: usize,
    /// Choices that are exactly as good as what learners get are remembered, twenty bytes each, up to about so many.
    pub most_equal: usize,
}

impl Default for RoundOptions {
    fn default() -> Self {
        Self { start: 16, most_equal: 1 << 24 }
    }
}

/// The canonical optimum of a round, and its smallest prices; see `contracts/README.md`, "Which optimum" and "Which prices".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundSolution {
    /// The mentor of each learner; none for those who take no part.
    pub mentors: Vec<Option<u32>>,
    /// The smallest optimal price of each mentor.
    pub prices: Vec<i64>,
    /// What each learner gains at these prices; 0 for those who take no part.
    pub utilities: Vec<i64>,
    /// The objective from both sides, over all pairs.
    pub proof: Proof,
    /// What it took.
    pub effort: Effort,
}

/// What it took to find a solution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// For each pass after the first: how many pairs it looked at, and how many learners would rather have had something else.
    pub passes: Vec<(u64, usize)>,
    /// How many pairs were on lists at last.
    pub listed: usize,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoundError {
    /// Whoever holds the interrupt stopped the work.
    Interrupted,
    /// There are more people than the solver has numbers for.
    Refused(InvalidProblem),
    /// There are more equal choices than [`RoundOptions::most_equal`].
    TooManyEqual,
    /// The solver contradicted itself. A defect in it, never in the round.
    Unproven(Violation),
}

impl fmt::Display for RoundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => Interrupted.fmt(f),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::TooManyEqual => f.write_str("too many choices are exactly as good as what learners get"),
            Self::Unproven(violation) => write!(f, "the answer failed its own proof: {violation}"),
        }
    }
}

impl std::error::Error for RoundError {}

impl From<Interrupted> for RoundError {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

/// Solves the round of these columns to the canonical optimum of the aim and proves it. The same round and aim have the same answer, whatever
/// the number of threads.
///
/// # Errors
/// [`RoundError`] if stopped, if there are too many people, or if the proof fails.
pub fn solve_round(
    columns: &Columns<'_>,
    aim: &Aim,
    options: &RoundOptions,
    interrupt: &Interrupt,
) -> Result<RoundSolution, RoundError> {
    let mut search = Search::start(columns, aim, options.start.max(1), interrupt)?;
    loop {
        let mut found = search.pass(interrupt)?;
        if found.found.worse() == 0 && search.is_exact {
            // The one pass that counts; if all is well it finds nothing better either.
            found = search.last_pass(options.most_equal, interrupt)?;
            if found.found.worse() == 0 {
                return search.finish(found, interrupt);
            }
        }
        search.extend(found, interrupt)?;
    }
}

/// What a pass has found.
struct Finding {
    wanted: Wanted,
    found: Findings,
}

/// Mentors whose prices have fallen, by no more than this.
struct Band {
    furthest: i64,
    mentors: Vec<u32>,
}

struct Search<'a, 'b> {
    columns: &'a Columns<'b>,
    aim: &'a Aim,
    /// The pairs that are worth a look so far; a row is a place in the queue.
    listed: Problem,
    /// The row of each learner who takes part.
    rows: Vec<u32>,
    prices: Vec<i64>,
    /// By learner; [`LEFT_OUT`] for those who take no part.
    utilities: Vec<i64>,
    pairs: Vec<Pair>,
    /// Whether these are of an optimum of the lists.
    is_exact: bool,
    /// The prices at the last pass.
    seen: Vec<i64>,
    /// What any choice that is not on a learner's list was good for at those prices, at most.
    beyond: Vec<i64>,
    effort: Effort,
}

impl<'a, 'b> Search<'a, 'b> {
    /// Lists what counts most, and solves that.
    fn start(columns: &'a Columns<'b>, aim: &'a Aim, keep: usize, interrupt: &Interrupt) -> Result<Self, RoundError> {
        let round = columns.round();
        let mut utilities = vec![LEFT_OUT; round.learners.len()];
        let mut rows = vec![0; round.learners.len()];
        for (row, &learner) in (0..).zip(&aim.queue) {
            utilities[learner as usize] = 0;
            rows[learner as usize] = row;
        }
        let mut search = Self {
            columns,
            aim,
            listed: nothing_listed(aim).map_err(RoundError::Refused)?,
            rows,
            prices: vec![0; round.mentors.len()],
            utilities,
            pairs: Vec::new(),
            is_exact: false,
            seen: vec![0; round.mentors.len()],
            beyond: vec![i64::MIN; round.learners.len()],
            effort: Effort::default(),
        };
        let mut best = Findings::with_room(aim.queue.len(), aim.queue.len() * keep.min(round.mentors.len()));
        search.look(columns.everybody(), &search.utilities, (Wanted::Better, keep), &mut best, interrupt)?;
        for (learner, beyond) in best.beyond() {
            search.beyond[learner as usize] = beyond.map_or(i64::MIN, i64::from);
        }
        search.list(best)?;
        search.list_sticky()?;
        if Orientation::of(&search.listed).is_tight(&search.listed) {
            search.list_overlooked(interrupt)?;
            // Enough to know where to look for more.
            let Estimate { prices, utilities } = estimate(&search.listed, interrupt)?;
            search.prices = prices;
            search.take_utilities(&utilities);
        } else {
            search.solve(aim.queue.len(), interrupt)?;
        }
        Ok(search)
    }

    /// Adds the best of the mentors who are on the fewest lists for their places. They are needed where all places are; without them
    /// learners bid the others up to where they would rather have nobody, and prices are good for nothing.
    fn list_overlooked(&mut self, interrupt: &Interrupt) -> Result<(), RoundError> {
        let mut listed = vec![0_u64; self.prices.len()];
        for row in 0..self.aim.queue.len() {
            self.listed.entries(row).for_each(|(mentor, _)| listed[mentor as usize] += 1);
        }
        let places = self.aim.places.iter().copied().map(u64::from);
        let by_place = listed.into_iter().zip(places).map(|(listed, places)| (listed << 16).checked_div(places));
        let with_places = (0..).zip(by_place).filter_map(|(mentor, listed)| Some((listed?, mentor)));
        let mut mentors: Vec<(u64, u32)> = with_places.collect();
        mentors.sort_unstable();
        mentors.truncate(mentors.len().div_ceil(OVERLOOKED));
        mentors.sort_unstable_by_key(|&(_, mentor)| mentor);
        let tiles = self.columns.tiles_of(mentors.into_iter().map(|(_, mentor)| mentor), interrupt)?;
        let mut looking = vec![LEFT_OUT; self.utilities.len()];
        for &learner in self.aim.queue.iter().step_by(LOOKING) {
            looking[learner as usize] = self.utilities[learner as usize];
        }
        let mut found = Findings::default();
        self.look(&tiles, &looking, (Wanted::Better, OVERLOOKED_ADDED), &mut found, interrupt)?;
        self.list(found)
    }

    fn take_utilities(&mut self, by_row: &[i64]) {
        for (&learner, &utility) in self.aim.queue.iter().zip(by_row) {
            self.utilities[learner as usize] = utility;
        }
    }

    /// The optimum of the lists with their smallest prices, from what is known if that is worth anything; so many learners have found something
    /// better since then.
    fn solve(&mut self, worse: usize, interrupt: &Interrupt) -> Result<(), RoundError> {
        let problem = &self.listed;
        let earlier = Earlier { prices: &self.prices, pairs: &self.pairs, best: &[] };
        let found = if !self.is_exact {
            optimum(problem, Orientation::of(problem), interrupt)
        } else if worse <= self.aim.queue.len() / FEW && problem.pairs() <= PAIRS_OF_BOTH {
            optimum_again(problem, earlier, interrupt)
        } else {
            optimum_nearby(problem, earlier, interrupt)
        };
        let mut optimum = match found? {
            Found::Optimum(optimum) => optimum,
            Found::Stuck(_) => return Err(RoundError::Unproven(Violation::WrongLength)),
        };
        prices::lower(problem, &mut optimum, interrupt)?;
        self.pairs = optimum.matching.pairs();
        self.prices = optimum.prices;
        self.take_utilities(&optimum.utilities);
        self.effort.listed = self.listed.pairs();
        self.is_exact = true;
        Ok(())
    }

    /// Adds what was found to the lists.
    #[allow(clippy::needless_pass_by_value, reason = "given back here, before what comes next takes as much")]
    fn list(&mut self, found: Findings) -> Result<(), RoundError> {
        list(&mut self.listed, self.aim, &self.rows, &found).map_err(RoundError::Refused)
    }

    /// Adds the sticky pairs that are not there.
    fn list_sticky(&mut self) -> Result<(), RoundError> {
        let mut missing = Findings::default();
        for (learner, choices) in sticky(self.columns.round(), self.aim) {
            if self.utilities[learner as usize] != LEFT_OUT {
                let row = self.rows[learner as usize] as usize;
                let is_missing = |choice: &Choice| self.listed.value(row, choice.mentor()).is_none();
                let choices = choices.iter().copied().filter(is_missing).collect();
                missing.push(learner, &Kept { choices, has_better: false, beyond: None });
            }
        }
        if missing.choices() == 0 { Ok(()) } else { self.list(missing) }
    }

    /// Finds out whether any learner would rather have something that is not on their list.
    ///
    /// A choice can have become better than what the learner has only if what the learner has has become worse than [`Self::beyond`], or if
    /// its price has fallen far enough. So it is enough to look at the learners of the first kind with all mentors, and at the rest with the
    /// mentors of those [`Band`]s that reach so far: most falls are short, and few learners near enough to what they have left out.
    fn pass(&mut self, interrupt: &Interrupt) -> Result<Finding, Interrupted> {
        let bands = self.bands();
        let left_out = |is_taken: &dyn Fn(i64, i64) -> bool| -> Vec<i64> {
            let take = |(&utility, &beyond)| if is_taken(utility, beyond) { utility } else { LEFT_OUT };
            self.utilities.iter().zip(&self.beyond).map(take).collect()
        };
        let worse = left_out(&|utility, beyond| beyond > utility);
        let others = |band: &Band| {
            left_out(&|utility, beyond| beyond <= utility && beyond.saturating_add(band.furthest) > utility)
        };
        let count = |taken: &[i64]| taken.iter().filter(|&&utility| utility >= 0).count();
        let near = |band: &Band| count(&others(band)) * band.mentors.len();
        let pairs = count(&worse) * self.prices.len() + bands.iter().map(near).sum::<usize>();
        let wanted =
            if self.is_exact { (Wanted::Near(MARGIN_LATER), ADDED_LATER) } else { (Wanted::Near(MARGIN), ADDED) };
        if pairs > self.utilities.len() * self.prices.len() / 4 * 3 {
            let mut found = Findings::with_room(self.aim.queue.len(), self.aim.queue.len() * wanted.1);
            self.look(self.columns.everybody(), &self.utilities, wanted, &mut found, interrupt)?;
            self.has_looked_at_all();
            return Ok(Finding { wanted: wanted.0, found });
        }
        let mut found = Findings::default();
        self.look(self.columns.everybody(), &worse, wanted, &mut found, interrupt)?;
        for band in &bands {
            let others = others(band);
            if count(&others) > 0 {
                let tiles = self.columns.tiles_of(band.mentors.iter().copied(), interrupt)?;
                self.look(&tiles, &others, wanted, &mut found, interrupt)?;
            }
        }
        self.effort.passes.push((pairs as u64, 0));
        for (beyond, &utility) in self.beyond.iter_mut().zip(&self.utilities) {
            if *beyond > utility {
                *beyond = i64::MIN;
            } else {
                // What has fallen further has been looked at.
                let falls = bands.iter().map(|band| beyond.saturating_add(band.furthest));
                *beyond = falls.filter(|&after| after <= utility).max().unwrap_or(*beyond);
            }
        }
        Ok(Finding { wanted: wanted.0, found })
    }

    /// The mentors whose prices have fallen since the last pass, those with the largest falls first: each band but the last takes the larger half
    /// of what falls go beyond [`Self::near`].
    fn bands(&self) -> Vec<Band> {
        let falls = self.seen.iter().zip(&self.prices).map(|(seen, price)| seen - price);
        let mut fallen: Vec<(u32, i64)> = (0..).zip(falls).filter(|&(_, fall)| fall > 0).collect();
        let near = self.near();
        let mut bands = Vec::new();
        while let Some(furthest) = fallen.iter().map(|&(_, fall)| fall).max() {
            let is_last = bands.len() + 1 == BANDS;
            let (rest, far) = fallen.into_iter().partition(|&(_, fall)| !is_last && fall - near <= furthest - fall);
            fallen = rest;
            let far: Vec<(u32, i64)> = far;
            bands.push(Band { furthest, mentors: far.into_iter().map(|(mentor, _)| mentor).collect() });
        }
        bands
    }

    /// How far a price can fall so that few learners have to look at it again, and most of those look at all mentors anyway. Where all prices have fallen
    /// together, which is usual after the first pass, that is far.
    fn near(&self) -> i64 {
        let reach = |(&utility, &beyond): (&i64, &i64)| (utility >= 0).then(|| utility.saturating_sub(beyond).max(0));
        let mut reaches: Vec<i64> = self.utilities.iter().zip(&self.beyond).filter_map(reach).collect();
        let few = reaches.len() / 16;
        if reaches.is_empty() { 0 } else { *reaches.select_nth_unstable(few).1 }
    }

    /// Looks at every pair, for what is exactly as good as well.
    fn last_pass(&mut self, most_equal: usize, interrupt: &Interrupt) -> Result<Finding, RoundError> {
        let (wanted, tiles) = (Wanted::AsGood, self.columns.everybody());
        let pricing = Pricing::new(tiles, self.aim, &self.prices, &self.utilities, (wanted, ADDED));
        let pricing = pricing.with_at_most(most_equal);
        let mut found = Findings::default();
        self.columns.scan_each(tiles, &pricing, interrupt, |learner, kept| found.push(learner, &kept))?;
        if pricing.has_lost_some() {
            return Err(RoundError::TooManyEqual);
        }
        self.has_looked_at_all();
        Ok(Finding { wanted, found })
    }

    fn has_looked_at_all(&mut self) {
        self.effort.passes.push((self.utilities.len() as u64 * self.prices.len() as u64, 0));
        self.beyond.fill(i64::MIN);
    }

    fn look(
        &self,
        tiles: &Tiles,
        utilities: &[i64],
        wanted: (Wanted, usize),
        found: &mut Findings,
        interrupt: &Interrupt,
    ) -> Result<(), Interrupted> {
        let known = Known { listed: &self.listed, rows: &self.rows };
        let pricing = Pricing::new(tiles, self.aim, &self.prices, utilities, wanted).without(known);
        self.columns.scan_each(tiles, &pricing, interrupt, |learner, kept| found.push(learner, &kept))
    }

    /// Adds to the lists what learners would rather have, and solves again.
    fn extend(&mut self, finding: Finding, interrupt: &Interrupt) -> Result<(), RoundError> {
        let worse = finding.found.worse();
        if let Some((_, count)) = self.effort.passes.last_mut() {
            *count = worse;
        }
        for (learner, beyond) in finding.found.beyond() {
            let at = learner as usize;
            let left_out = finding.wanted.least(self.utilities[at]) - 1;
            self.beyond[at] = self.beyond[at].max(left_out).max(beyond.map_or(i64::MIN, i64::from));
        }
        self.list(finding.found)?;
        self.seen.clone_from(&self.prices);
        self.solve(worse, interrupt)
    }

    /// The canonical one of the optimal assignments, and the proof, of what the last pass has found.
    fn finish(mut self, finding: Finding, interrupt: &Interrupt) -> Result<RoundSolution, RoundError> {
        self.listed = nothing_listed(self.aim).map_err(RoundError::Refused)?;
        self.list(finding.found)?;
        self.list_sticky()?;
        let problem = self.listed;
        // At the same prices the optimum of the lists is one of all pairs.
        let mut matching = Matching::empty(&problem);
        for &Pair { row, column, times } in &self.pairs {
            matching.add(ROWS, row, column, times);
        }
        let utilities = self.aim.queue.iter().map(|&learner| self.utilities[learner as usize]).collect();
        let mut optimum = Optimum { matching, prices: self.prices, utilities };
        let undecided = Undecided::new(&problem, &optimum);
        canonicalise(&problem, &mut optimum, undecided, interrupt)?;
        let Optimum { matching, prices, utilities: by_row } = optimum;
        let mut mentors = vec![None; self.utilities.len()];
        let mut utilities = vec![0; self.utilities.len()];
        for pair in matching.pairs() {
            mentors[self.aim.queue[pair.row as usize] as usize] = Some(pair.column);
        }
        for (&learner, utility) in self.aim.queue.iter().zip(by_row) {
            utilities[learner as usize] = utility;
        }
        let proof =
            prove(self.columns.round(), self.aim, &mentors, &prices, &utilities).map_err(RoundError::Unproven)?;
        Ok(RoundSolution { mentors, prices, utilities, proof, effort: self.effort })
    }
}
