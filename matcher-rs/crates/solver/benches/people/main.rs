//! `people scoring|round OPTIONS`: the columns, and rounds without a matrix, on made-up people. One line of JSON; `bench/matcher.py` asks for it.
//!
//! `--learners N --mentors M --capacity C --threads T --repeat R`; `--plain` scores without wide vectors, `--start K` sets the length of
//! the first lists, `--dump FOLDER` writes people and scores as arrays.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "a benchmark prints, and its numbers are small"
)]

mod dump;
#[path = "../capacitated/random.rs"]
#[allow(dead_code, reason = "shared with the other benchmark")]
mod random;
mod world;

use std::path::PathBuf;
use std::time::Instant;

use rayon::ThreadPoolBuilder;
use solver::{Aim, Columns, Instructions, Interrupt, Round, RoundOptions, Weights, solve_round};

struct Options {
    command: String,
    learners: usize,
    mentors: usize,
    capacity: u32,
    threads: usize,
    repeat: usize,
    start: usize,
    instructions: Instructions,
    dump: Option<PathBuf>,
}

impl Options {
    fn parse() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
        let value = |name: &str| {
            let at = arguments.iter().position(|argument| argument == name)?;
            arguments.get(at + 1).cloned()
        };
        let number = |name: &str, otherwise: usize| value(name).map_or(otherwise, |text| text.parse().unwrap());
        let is_plain = arguments.iter().any(|argument| argument == "--plain");
        Self {
            command: arguments.first().cloned().unwrap_or_else(|| "scoring".to_owned()),
            learners: number("--learners", 5000),
            mentors: number("--mentors", 2000),
            capacity: number("--capacity", 3) as u32,
            threads: number("--threads", 2),
            repeat: number("--repeat", 5),
            start: number("--start", RoundOptions::default().start),
            instructions: if is_plain { Instructions::Plain } else { Instructions::Best },
            dump: value("--dump").map(PathBuf::from),
        }
    }
}

fn main() {
    let options = Options::parse();
    let pool = ThreadPoolBuilder::new().num_threads(options.threads).use_current_thread().build().unwrap();
    pool.install(|| run(&options));
}

fn run(options: &Options) {
    let learners = world::learners(41, options.learners);
    let mentors = world::mentors(82, options.mentors, options.capacity);
    let weights = Weights::default();
    let round = Round {
        learners: &learners,
        mentors: &mentors,
        weights: &weights,
        continuity: &[],
        forbidden: &[],
        minimum_score: 0,
    };
    if let Some(folder) = &options.dump {
        let scores = Columns::new(&round, options.instructions, &Interrupt::never())
            .unwrap()
            .matrix(&Interrupt::never())
            .unwrap();
        dump::dump(folder, &learners, &mentors, &scores).unwrap();
    }
    if options.command == "round" {
        whole_round(&round, options);
    } else {
        scoring(&round, options);
    }
}

fn seconds<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let started = Instant::now();
    let done = work();
    (started.elapsed().as_secs_f64(), done)
}

/// Seconds of one pass over all pairs, and of putting people into columns.
fn scoring(round: &Round<'_>, options: &Options) {
    let (mut passes, mut building) = (Vec::new(), Vec::new());
    let mut total = 0;
    for _ in 0..options.repeat {
        let (built, columns) = seconds(|| Columns::new(round, options.instructions, &Interrupt::never()).unwrap());
        let (scored, sum) = seconds(|| columns.total(&Interrupt::never()).unwrap());
        passes.push(scored);
        building.push(built);
        total = sum;
    }
    println!(r#"{{"passes": {passes:?}, "building": {building:?}, "total": {total}}}"#);
}

fn whole_round(round: &Round<'_>, options: &Options) {
    let memory = memory::Peak::start();
    let how = RoundOptions { start: options.start, ..RoundOptions::default() };
    let (solving, solution) = seconds(|| {
        let columns = Columns::new(round, options.instructions, &Interrupt::never()).unwrap();
        solve_round(&columns, &Aim::of(round), &how, &Interrupt::never()).unwrap()
    });
    let beyond = memory.read();
    // The columns stand ready before the clock starts, though the round has had to make its own.
    let columns = Columns::new(round, options.instructions, &Interrupt::never()).unwrap();
    let (pass, _) = seconds(|| columns.total(&Interrupt::never()).unwrap());
    let matched = solution.mentors.iter().flatten().count();
    let pairs = round.learners.len() as f64 * round.mentors.len() as f64;
    let passes: Vec<(f64, usize)> =
        solution.effort.passes.iter().map(|&(seen, worse)| (seen as f64 / pairs, worse)).collect();
    let passes: Vec<String> = passes.iter().map(|(share, worse)| format!("[{share:.4}, {worse}]")).collect();
    println!(
        r#"{{"seconds": {solving}, "pass_seconds": {pass}, "objective": {}, "dual_objective": {}, "matched": {matched}, "listed": {}, "bytes_beyond_input": {beyond}, "passes": [{}]}}"#,
        solution.proof.objective,
        solution.proof.dual_objective,
        solution.effort.listed,
        passes.join(", ")
    );
}

/// Resident memory, where the kernel tells it (Linux).
mod memory {
    pub struct Peak(u64);

    impl Peak {
        pub fn start() -> Self {
            // "5" sets the peak back to what is resident now (proc_pid_clear_refs).
            let _ = std::fs::write("/proc/self/clear_refs", "5");
            Self(status("VmRSS:"))
        }

        /// Bytes beyond what there was at the start, at most.
        pub fn read(&self) -> u64 {
            status("VmHWM:").saturating_sub(self.0)
        }
    }

    fn status(name: &str) -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let kibibytes = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        kibibytes.trim().trim_end_matches(" kB").parse::<u64>().map_or(0, |kibibytes| 1024 * kibibytes)
    }
}
