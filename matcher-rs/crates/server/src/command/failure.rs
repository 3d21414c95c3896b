//! Why a command has no answer.

use std::fmt;
use std::path::Path;

/// One line for a person, and the exit code for a script.
#[derive(Debug)]
pub enum Failure {
    /// An option or a file is wrong.
    Input(String),
    /// The answer is no, and here is why.
    No(String),
    /// A defect of ours.
    Defect(String),
}

impl Failure {
    /// A file is wrong.
    pub(super) fn file(path: &Path, what: impl fmt::Display) -> Self {
        Self::Input(format!("{}: {what}", path.display()))
    }

    /// As `matcher --help` says.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::No(_) => 1,
            Self::Input(_) => 2,
            Self::Defect(_) => 4,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(what) | Self::No(what) | Self::Defect(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Failure {}
