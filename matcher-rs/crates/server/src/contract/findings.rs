//! Collects what is wrong with a request, so that a caller sees all of it at once.

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::problem_details::{FieldError, Problem};

/// More than this is no help to anybody.
const MAXIMUM_FINDINGS: usize = 100;
const MAXIMUM_TEXT: usize = 128;

/// The field errors so far.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<FieldError>);

impl Findings {
    pub(super) fn add(&mut self, field: impl Display, code: &'static str, message: impl Into<String>) {
        if self.0.len() < MAXIMUM_FINDINGS {
            self.0.push(FieldError { code, field: field.to_string(), message: message.into() });
        }
    }

    /// Whether the number is within its limits, both included.
    pub(super) fn range(&mut self, field: impl Display, number: i64, limits: RangeInclusive<i64>) {
        if !limits.contains(&number) {
            let message = format!("must be {} to {}, got {number}", limits.start(), limits.end());
            self.add(field, "out_of_range", message);
        }
    }

    /// Whether the text can be an id, a skill or a language.
    pub(super) fn text(&mut self, field: impl Display, text: &str) {
        let length = text.chars().count();
        if length == 0 || length > MAXIMUM_TEXT {
            self.add(field, "invalid_text", format!("must have 1 to {MAXIMUM_TEXT} characters, got {length}"));
        } else if text.chars().any(char::is_control) {
            self.add(field, "invalid_text", "must not contain control characters");
        }
    }

    /// Whether each text occurs once; `field` names the item at an index.
    pub(super) fn unique<'a>(&mut self, texts: impl Iterator<Item = &'a str>, field: impl Fn(usize) -> String) {
        let mut sorted: Vec<(&str, usize)> = texts.zip(0..).collect();
        sorted.sort_unstable();
        for pair in sorted.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            self.add(field(pair[1].1), "duplicate", format!("{:?} is given twice", pair[1].0));
        }
    }

    /// Nothing, if nothing was found.
    ///
    /// # Errors
    /// `invalid_request` with all findings.
    pub(super) fn into_result(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(self.0)) }
    }
}

/// A field of the thing at a path.
pub(super) struct Field<'a>(pub(super) &'a str, pub(super) &'a str);

impl Display for Field<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}
