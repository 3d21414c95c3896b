//! Logs: one line an event on standard error, as JSON for machines or as text for people.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

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

/// Starts logging: everything of ours from information upwards, warnings and errors of the libraries. The first call in a process
/// decides; later ones change nothing.
pub fn start(format: LogFormat) {
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let layer = match format {
        LogFormat::Json => layer.json().flatten_event(true).with_span_list(false).boxed(),
        LogFormat::Readable => layer.with_ansi(std::io::stderr().is_terminal()).boxed(),
    };
    let ours = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("server", LevelFilter::INFO)
        .with_target("matcher_server", LevelFilter::INFO);
    let _already_started = tracing_subscriber::registry().with(layer.with_filter(ours)).try_init();
}
