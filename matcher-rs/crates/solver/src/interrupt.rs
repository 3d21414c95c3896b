//! A flag that lets the owner of a computation stop it; no clock: whoever knows the deadline sets the flag.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared between the computation, which looks at it inside its loops, and whoever may want it stopped.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// A flag that nobody else holds, for work that always runs to its end.
    #[must_use]
    pub fn never() -> Self {
        Self::default()
    }

    /// Asks every computation that shares this flag to stop at its next look. Harmless to repeat.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Fails once [`Interrupt::stop`] has been called.
    ///
    /// # Errors
    /// [`Interrupted`], which the computation passes on.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.0.load(Ordering::Relaxed) { Err(Interrupted) } else { Ok(()) }
    }
}

/// The computation was asked to stop before it had an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted before an answer was found")
    }
}

impl std::error::Error for Interrupted {}
