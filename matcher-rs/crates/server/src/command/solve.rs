//! `matcher solve`: a file's problem, solved as often as asked, in a thread pool of its own.

use std::time::{Duration, Instant};

use rayon::{ThreadPool, ThreadPoolBuilder};
use solver::dense::{Error, Matrix, Method as DenseMethod, Options, Sense};
use solver::{Interrupt, SolveError};

use super::dense::{self, Printed};
use super::input::{self, Input};
use super::memory::Peak;
use super::report::{Report, Run};
use super::sparse::{self, Capacitated};
use super::{Answer, Failure, Method, ProblemArguments, SolveArguments};

/// Which parts of a solution are printed.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) pairs: bool,
    pub(super) duals: bool,
}

pub(super) fn run(arguments: &SolveArguments) -> Result<Answer, Failure> {
    let problem = &arguments.problem;
    match input::read(&problem.file)? {
        Input::Integers(stored) => dense(&stored.matrix(&problem.file)?, arguments),
        Input::Floats(stored) => dense(&stored.matrix(&problem.file)?, arguments),
        Input::Sparse(matrix) => {
            let capacity = problem.capacity(matrix.columns)?;
            let problem = Capacitated::new(matrix, capacity, problem.objective(), &problem.file)?;
            capacitated(&problem, arguments)
        }
    }
}

impl ProblemArguments {
    pub(super) fn sense(&self) -> Sense {
        if self.maximize { Sense::Maximize } else { Sense::Minimize }
    }

    pub(super) fn objective(&self) -> (Sense, Option<i64>) {
        (self.sense(), self.unassigned)
    }

    pub(super) fn capacity(&self, columns: usize) -> Result<Vec<u32>, Failure> {
        self.capacity.as_ref().map_or_else(|| Ok(vec![1; columns]), |file| input::capacity(file, columns))
    }

    /// Whether each column is assigned once, and all lines of the shorter side are.
    pub(super) fn is_one_to_one(&self) -> Result<bool, Failure> {
        match (&self.capacity, self.unassigned) {
            (None, Some(_)) => Err(Failure::Input("--unassigned: a .npy file needs --capacity beside it".to_owned())),
            (capacity, _) => Ok(capacity.is_none()),
        }
    }

    pub(super) fn pool(&self) -> Result<ThreadPool, Failure> {
        let threads = self.threads.map_or(0, usize::from);
        // This thread is one of them: what is sequential need not wait for another to wake up.
        ThreadPoolBuilder::new()
            .num_threads(threads)
            .use_current_thread()
            .build()
            .map_err(|error| Failure::Input(format!("--threads: {error}")))
    }
}

fn dense<T: Printed>(matrix: &Matrix<'_, T>, arguments: &SolveArguments) -> Result<Answer, Failure> {
    let problem = &arguments.problem;
    if !problem.is_one_to_one()? {
        let entries = sparse::entries(matrix, &problem.file)?;
        let capacity = problem.capacity(matrix.columns())?;
        return capacitated(&Capacitated::new(entries, capacity, problem.objective(), &problem.file)?, arguments);
    }
    let method = match arguments.method {
        Method::Auto => DenseMethod::Auto,
        Method::CandidateLists => DenseMethod::CandidateLists,
        Method::DenseScan => DenseMethod::DenseScan,
    };
    let options = Options { sense: problem.sense(), method };
    let found = repeated(arguments, |interrupt| match dense::outcome(matrix, options, interrupt) {
        Ok(outcome) => Ok(Some(outcome)),
        Err(Error::Interrupted) => Ok(None),
        Err(error @ Error::Unproven(_)) => Err(Failure::Defect(error.to_string())),
        Err(error @ Error::Value { .. }) => Err(Failure::file(&problem.file, error)),
    })?;
    let Some((outcome, run)) = found else { return Report::given_up(matrix.rows(), matrix.columns()).answer() };
    Report { run: Some(run), ..dense::report(matrix, outcome, arguments.shown()) }.answer()
}

fn capacitated(problem: &Capacitated, arguments: &SolveArguments) -> Result<Answer, Failure> {
    let found = repeated(arguments, |interrupt| match problem.solve(arguments.canonical, interrupt) {
        Ok(outcome) => Ok(Some(outcome)),
        Err(SolveError::Interrupted) => Ok(None),
        Err(error @ SolveError::Unproven(_)) => Err(Failure::Defect(error.to_string())),
    })?;
    let Some((outcome, run)) = found else {
        let (rows, columns) = problem.size();
        return Report::given_up(rows, columns).answer();
    };
    Report { run: Some(run), ..problem.report(outcome, arguments.shown()) }.answer()
}

impl SolveArguments {
    fn shown(&self) -> Shown {
        Shown { pairs: self.pairs, duals: self.duals }
    }
}

/// The last outcome, and what all of them took; `None` as soon as one was stopped.
fn repeated<O: Send>(
    arguments: &SolveArguments,
    solve: impl Fn(&Interrupt) -> Result<Option<O>, Failure> + Sync,
) -> Result<Option<(O, Run)>, Failure> {
    let pool = arguments.problem.pool()?;
    let interrupt = Interrupt::default();
    if let Some(seconds) = arguments.deadline {
        let interrupt = interrupt.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs_f64(seconds));
            interrupt.stop();
        });
    }
    let peak = Peak::start();
    let mut seconds = Vec::new();
    let mut solve_once = || {
        let started = Instant::now();
        let outcome = pool.install(|| solve(&interrupt));
        seconds.push(started.elapsed().as_secs_f64());
        outcome
    };
    let Some(mut outcome) = solve_once()? else { return Ok(None) };
    for _ in 1..arguments.repeat {
        let Some(next) = solve_once()? else { return Ok(None) };
        outcome = next;
    }
    let (peak_bytes, peak_bytes_beyond_input) = peak.read();
    Ok(Some((outcome, Run { seconds, threads: pool.current_num_threads(), peak_bytes, peak_bytes_beyond_input })))
}
