//! The environment as typed configuration; nothing else in the service reads the environment.

use std::fmt::Display;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use crate::telemetry::LogFormat;

const DEFAULT_ADDRESS: &str = "127.0.0.1:8090";
/// Shorter secrets can be guessed.
const MINIMUM_TOKEN_LENGTH: usize = 16;
const MAXIMUM_WORKERS: usize = 256;
const MAXIMUM_DRAIN_SECONDS: u64 = 300;

/// What the service needs to know before it starts.
#[derive(Clone)]
pub struct Config {
    /// `MATCHER_ADDRESS`: where to listen; port 0 takes any free one.
    pub address: SocketAddr,
    /// `MATCHER_TOKEN`: the shared secret for `/v1`; without it every caller is welcome.
    pub token: Option<Token>,
    /// `MATCHER_WORKERS`: how many requests compute at a time; as many as there are processors unless set.
    pub workers: usize,
    /// `MATCHER_DRAIN_SECONDS`: how long the service stays open, not ready, after it was asked to stop; 0 unless set.
    pub drain: Duration,
    /// `LOG_FORMAT`: `json`, or anything else for people.
    pub log_format: LogFormat,
}

/// A shared secret; never shown.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The secret, if it is long enough and fit for a header.
    ///
    /// # Errors
    /// One line on what would be right.
    pub fn parse(text: String) -> Result<Self, String> {
        if text.len() < MINIMUM_TOKEN_LENGTH || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!(
                "MATCHER_TOKEN: must have at least {MINIMUM_TOKEN_LENGTH} printable ASCII characters without spaces; \
                 leave it unset to run without a secret"
            ));
        }
        Ok(Self(text))
    }

    /// The secret itself, for comparison.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Config {
    /// The configuration, from a source of variables such as `std::env::var`.
    ///
    /// # Errors
    /// One line for each bad value, with its name and what would be right.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let mut mistakes = Vec::new();
        let address = keep(address(&variable), &mut mistakes);
        let token = keep(variable("MATCHER_TOKEN").map(Token::parse).transpose(), &mut mistakes);
        let workers = keep(number(&variable, "MATCHER_WORKERS", processors(), 1..=MAXIMUM_WORKERS), &mut mistakes);
        let drain = keep(number(&variable, "MATCHER_DRAIN_SECONDS", 0, 0..=MAXIMUM_DRAIN_SECONDS), &mut mistakes);
        let log_format = LogFormat::from_variable(variable("LOG_FORMAT").as_deref());
        match (address, token, workers, drain) {
            (Some(address), Some(token), Some(workers), Some(drain)) => {
                Ok(Self { address, token, workers, drain: Duration::from_secs(drain), log_format })
            }
            _ => Err(mistakes),
        }
    }
}

/// Where the service listens.
///
/// # Errors
/// One line, if `MATCHER_ADDRESS` is not an address.
pub fn address(variable: &impl Fn(&str) -> Option<String>) -> Result<SocketAddr, String> {
    let text = variable("MATCHER_ADDRESS").unwrap_or_else(|| DEFAULT_ADDRESS.to_owned());
    text.parse()
        .map_err(|_| format!("MATCHER_ADDRESS: must be an IP address and port such as {DEFAULT_ADDRESS}, got {text:?}"))
}

fn number<T>(
    variable: &impl Fn(&str) -> Option<String>,
    name: &str,
    default: T,
    limits: RangeInclusive<T>,
) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    let Some(text) = variable(name) else { return Ok(default) };
    text.parse().ok().filter(|number| limits.contains(number)).ok_or_else(|| {
        format!("{name}: must be a whole number from {} to {}, got {text:?}", limits.start(), limits.end())
    })
}

fn keep<T>(result: Result<T, String>, mistakes: &mut Vec<String>) -> Option<T> {
    result.map_err(|mistake| mistakes.push(mistake)).ok()
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        Config::from_variables(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_set_gives_the_defaults() {
        let config = config(&[]).unwrap();
        assert_eq!(config.address.to_string(), DEFAULT_ADDRESS);
        assert!(config.token.is_none());
        assert_eq!(config.workers, processors());
        assert_eq!(config.drain, Duration::ZERO);
    }

    #[test]
    fn every_bad_value_has_its_own_line() {
        let mistakes = config(&[
            ("MATCHER_ADDRESS", "localhost"),
            ("MATCHER_TOKEN", "short"),
            ("MATCHER_WORKERS", "0"),
            ("MATCHER_DRAIN_SECONDS", "-1"),
        ])
        .err()
        .unwrap();
        let names: Vec<&str> = mistakes.iter().map(|line| line.split(':').next().unwrap()).collect();
        assert_eq!(names, ["MATCHER_ADDRESS", "MATCHER_TOKEN", "MATCHER_WORKERS", "MATCHER_DRAIN_SECONDS"]);
        assert_eq!(mistakes[2], "MATCHER_WORKERS: must be a whole number from 1 to 256, got \"0\"");
        assert!(!mistakes[1].contains("short"), "a secret is never shown");
    }
}
