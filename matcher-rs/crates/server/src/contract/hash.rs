//! The input hash: SHA-256 of the canonical request, streamed, so that no second copy of the request is made.

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::problem_details::{Code, Problem};

/// Lower-case hex of the hash of the request, which the caller has brought into canonical form.
///
/// # Errors
/// `internal_error`, if the type cannot be written, which no request type can be.
pub(super) fn input_hash<T: Serialize>(canonical: &T) -> Result<String, Problem> {
    let mut hasher = Sha256::new();
    // JSON is written in pieces of a few bytes.
    let mut writer = BufWriter::new(&mut hasher);
    serde_json::to_writer(&mut writer, canonical)
        .map_err(serde_json::Error::into)
        .and_then(|()| writer.flush())
        .map_err(|error: std::io::Error| Problem::new(Code::InternalError, error.to_string()))?;
    drop(writer);
    Ok(hasher.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}
