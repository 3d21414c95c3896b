//! Logs: one line an event on standard error, as JSON for machines or as text for people.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line, fields beside `timestamp`, `level` and `message`.
    Json,
    /// For people.
    Readable,
}

impl LogFormat {
    /// `json` asks for JSON; anything else, and nothing, is for people.
    #[must_use]
    pub fn from_variable(text: Option<&str>) -> Self {
        if text == Some("json") { Self::Json } else { Self::Readable }
    }
}

/// Starts logging. The first call in a process decides; later ones change nothing.
pub fn start(format: LogFormat) {
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(LevelFilter::INFO);
    let _already_started = match format {
        LogFormat::Json => builder.json().flatten_event(true).with_target(false).try_init(),
        LogFormat::Readable => builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
    };
}
