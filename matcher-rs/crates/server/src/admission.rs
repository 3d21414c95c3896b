//! Who may compute, and who may wait for it: permits for as many computations as there are workers, and a bounded queue before them.
//!
//! A ticket is taken before a body is read, so that the bodies in memory are bounded too. A permit goes along with the computation itself,
//! not with the caller: work that nobody waits for any more still holds its processor until it stops.

use std::sync::Arc;

use prometheus::IntGauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem_details::{Code, Problem};

/// How many may wait for each computation that runs.
const QUEUE_PER_WORKER: usize = 16;

/// The two limits; clones share them.
#[derive(Clone)]
pub struct Admission {
    tickets: Arc<Semaphore>,
    permits: Arc<Semaphore>,
    queued: IntGauge,
}

/// The right to be here: to be read, to wait and to compute.
pub struct Ticket {
    permits: Arc<Semaphore>,
    queued: IntGauge,
    _place: OwnedSemaphorePermit,
}

/// The right to compute now.
pub struct Permit {
    _processor: OwnedSemaphorePermit,
    _ticket: Ticket,
}

impl Admission {
    /// Lets `workers` compute at a time and sixteen times as many wait.
    #[must_use]
    pub fn new(workers: usize, queued: IntGauge) -> Self {
        Self::with_queue(workers, workers * QUEUE_PER_WORKER, queued)
    }

    /// Lets `workers` compute at a time and `queue` wait.
    #[must_use]
    pub fn with_queue(workers: usize, queue: usize, queued: IntGauge) -> Self {
        Self { tickets: Arc::new(Semaphore::new(workers + queue)), permits: Arc::new(Semaphore::new(workers)), queued }
    }

    /// A ticket, at once or not at all.
    ///
    /// # Errors
    /// `overloaded` if the queue is full.
    pub fn enter(&self) -> Result<Ticket, Problem> {
        let place = Arc::clone(&self.tickets)
            .try_acquire_owned()
            .map_err(|_| Problem::new(Code::Overloaded, "every processor is busy and the queue is full"))?;
        Ok(Ticket { permits: Arc::clone(&self.permits), queued: self.queued.clone(), _place: place })
    }
}

impl Ticket {
    /// Waits for a processor.
    ///
    /// # Errors
    /// `internal_error` if permits are no longer given, which never happens while the service runs.
    pub async fn permit(self) -> Result<Permit, Problem> {
        let waiting = Waiting::start(self.queued.clone());
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        drop(waiting);
        let processor = permit.map_err(|closed| Problem::new(Code::InternalError, closed.to_string()))?;
        Ok(Permit { _processor: processor, _ticket: self })
    }
}

/// Counts a waiting request for as long as it waits, also if its caller goes away meanwhile.
struct Waiting(IntGauge);

impl Waiting {
    fn start(queued: IntGauge) -> Self {
        queued.inc();
        Self(queued)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gauge() -> IntGauge {
        IntGauge::new("queued", "queued").unwrap()
    }

    #[tokio::test]
    async fn beyond_workers_and_queue_nobody_enters_until_somebody_leaves() {
        let admission = Admission::with_queue(1, 1, gauge());
        let running = admission.enter().unwrap().permit().await.unwrap();
        let waiting = admission.enter().unwrap();
        assert_eq!(admission.enter().err().unwrap().code, Code::Overloaded);
        drop(running);
        let _running = waiting.permit().await.unwrap();
        assert!(admission.enter().is_ok());
    }

    #[tokio::test]
    async fn a_caller_who_gives_up_waiting_frees_the_place() {
        let admission = Admission::with_queue(1, 1, gauge());
        let _running = admission.enter().unwrap().permit().await.unwrap();
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(20), admission.enter().unwrap().permit());
        assert!(waiting.await.is_err());
        assert_eq!(admission.queued.get(), 0);
        assert!(admission.enter().is_ok());
    }
}
