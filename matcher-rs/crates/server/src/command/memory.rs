//! How much memory a solution takes at most, where the kernel tells it (Linux).

use crate::memory::{peak, resident};

/// Watches the peak from here on.
pub(super) struct Peak {
    /// Resident memory at the start, if the peak could be set back to it.
    before: Option<u64>,
}

impl Peak {
    pub(super) fn start() -> Self {
        // "5" sets the peak back to what is resident now (proc_pid_clear_refs).
        let reset = std::fs::write("/proc/self/clear_refs", "5").is_ok();
        Self { before: resident().filter(|_| reset) }
    }

    /// The highest resident memory, and how much of it came after the start, in bytes.
    pub(super) fn read(&self) -> (Option<u64>, Option<u64>) {
        let peak = peak();
        (peak, peak.zip(self.before).map(|(peak, before)| peak.saturating_sub(before)))
    }
}
