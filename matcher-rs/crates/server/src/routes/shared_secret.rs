//! The shared secret of `/v1`, compared in constant time.

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use subtle::ConstantTimeEq;

use crate::config::Token;
use crate::problem_details::{Code, Problem};

/// The secret that callers have to know, if there is one.
#[derive(Clone)]
pub struct SharedSecret(pub Option<Token>);

impl SharedSecret {
    /// Nothing, if the headers carry the secret or there is none.
    ///
    /// # Errors
    /// `unauthorized`.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let Some(token) = &self.0 else { return Ok(()) };
        let given = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes).and_then(bearer).unwrap_or_default();
        if bool::from(given.ct_eq(token.expose())) {
            Ok(())
        } else {
            Err(Problem::new(Code::Unauthorized, "send Authorization: Bearer with the shared secret"))
        }
    }
}

/// What follows the scheme, whose letter case is without meaning (RFC 9110, 11.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, credentials) = value.split_at_checked(b"Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| credentials.trim_ascii())
}
