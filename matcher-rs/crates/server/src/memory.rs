//! How much memory the process has, where the kernel tells it (Linux).

/// What is resident now, in bytes.
#[must_use]
pub fn resident() -> Option<u64> {
    status("VmRSS:")
}

/// The most that was ever resident, in bytes.
#[must_use]
pub fn peak() -> Option<u64> {
    status("VmHWM:")
}

fn status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix(name))?.trim().strip_suffix(" kB")?;
    kibibytes.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}
