//! How much memory the process has had at most, where the kernel tells it (Linux).

/// Watches the peak from here on.
pub(super) struct Peak {
    /// Resident memory at the start, if the peak could be set back to it.
    before: Option<u64>,
}

impl Peak {
    pub(super) fn start() -> Self {
        // "5" sets the peak back to what is resident now (proc_pid_clear_refs).
        let reset = std::fs::write("/proc/self/clear_refs", "5").is_ok();
        Self { before: status("VmRSS:").filter(|_| reset) }
    }

    /// The highest resident memory, and how much of it came after the start, in bytes.
    pub(super) fn read(&self) -> (Option<u64>, Option<u64>) {
        let peak = status("VmHWM:");
        (peak, peak.zip(self.before).map(|(peak, before)| peak.saturating_sub(before)))
    }
}

fn status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix(name))?.trim().strip_suffix(" kB")?;
    kibibytes.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}
