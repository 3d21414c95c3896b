//! Two ways to count the minutes that learners and mentors share, 256 mentors side by side.

#![allow(clippy::inline_always, reason = "what is not inlined is done without vectors")]
#![allow(clippy::needless_range_loop, reason = "a loop over the lanes of several arrays says so")]

use solver::{Learner, Mentor, Week};

const LANES: usize = 256;
const HOURS: usize = 168;

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Column<T>([T; LANES]);

/// For each minute at which a learner's time begins or ends, how many minutes before it each mentor is available; an overlap is a sum of
/// differences.
pub struct Sums {
    columns: Vec<Column<u16>>,
    /// Of each learner, the columns of beginnings and ends.
    learners: Vec<Vec<(usize, usize)>>,
}

impl Sums {
    pub fn of(learners: &[Learner], mentors: &[Mentor]) -> Self {
        let mut minutes: Vec<u16> =
            learners.iter().flat_map(|learner| learner.availability.intervals()).flat_map(|&(a, b)| [a, b]).collect();
        minutes.sort_unstable();
        minutes.dedup();
        let before = |minute: u16, week: &Week| week.overlap_minutes(&Week::from_intervals(vec![(0, minute)]));
        let column = |&minute: &u16| Column(std::array::from_fn(|lane| before(minute, &mentors[lane].availability)));
        let at = |minute: u16| minutes.binary_search(&minute).unwrap();
        let places =
            |learner: &Learner| learner.availability.intervals().iter().map(|&(a, b)| (at(a), at(b))).collect();
        Self { learners: learners.iter().map(places).collect(), columns: minutes.iter().map(column).collect() }
    }

    pub fn total(&self) -> u64 {
        pulp::Arch::new().dispatch(|| self.count())
    }

    #[inline(always)]
    fn count(&self) -> u64 {
        let mut total = 0;
        for learner in &self.learners {
            let mut overlap = [0_u16; LANES];
            for &(start, end) in learner {
                let (before, until) = (&self.columns[start].0, &self.columns[end].0);
                for lane in 0..LANES {
                    overlap[lane] = overlap[lane].wrapping_add(until[lane]).wrapping_sub(before[lane]);
                }
            }
            total += sum(&overlap);
        }
        total
    }
}

/// For each byte of the hours of the week, which of its eight each mentor is available for; an overlap is a number of bits.
pub struct Bits {
    columns: Vec<Column<u8>>,
    /// Of each learner, bytes that are not 0.
    learners: Vec<Vec<(usize, u8)>>,
}

impl Bits {
    pub fn of(learners: &[Learner], mentors: &[Mentor]) -> Self {
        let byte = |week: &Week, byte: usize| {
            let has = |hour: usize| {
                let start = 60 * u16::try_from(hour).unwrap();
                u8::from(week.overlap_minutes(&Week::from_intervals(vec![(start, start + 60)])) == 60)
            };
            (0..8).fold(0, |bits, bit| bits | has(8 * byte + bit) << bit)
        };
        let columns = 0..HOURS / 8;
        let column = |at| Column(std::array::from_fn(|lane| byte(&mentors[lane].availability, at)));
        let bytes = |learner: &Learner| {
            columns.clone().map(|at| (at, byte(&learner.availability, at))).filter(|&(_, bits)| bits > 0).collect()
        };
        Self { learners: learners.iter().map(bytes).collect(), columns: columns.clone().map(column).collect() }
    }

    pub fn total(&self) -> u64 {
        pulp::Arch::new().dispatch(|| self.count())
    }

    #[inline(always)]
    fn count(&self) -> u64 {
        let mut total = 0;
        for learner in &self.learners {
            // At most 168 hours.
            let mut hours = [0_u8; LANES];
            for &(at, wanted) in learner {
                let column = &self.columns[at].0;
                for lane in 0..LANES {
                    hours[lane] += ones(column[lane] & wanted);
                }
            }
            let mut overlap = [0_u16; LANES];
            for lane in 0..LANES {
                overlap[lane] = 60 * u16::from(hours[lane]);
            }
            total += sum(&overlap);
        }
        total
    }
}

#[inline(always)]
fn ones(bits: u8) -> u8 {
    let pairs = bits - (bits >> 1 & 0x55);
    let nibbles = (pairs & 0x33) + (pairs >> 2 & 0x33);
    (nibbles + (nibbles >> 4)) & 0x0F
}

#[inline(always)]
fn sum(overlap: &[u16; LANES]) -> u64 {
    let mut sum = 0_u32;
    for lane in 0..LANES {
        sum += u32::from(overlap[lane]);
    }
    sum.into()
}
