//! From bytes to a request type and from an answer type to bytes; every shape error with the path to its field.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::problem_details::{Code, FieldError, Problem};

/// The request in these bytes.
///
/// # Errors
/// `malformed_json`, or `invalid_request` with the one field whose shape is wrong.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // Paths cost time and are needed only for what is refused anyway: so the second reading is for the path.
    serde_json::from_slice(body).or_else(|_| read_with_paths(body))
}

fn read_with_paths<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        shape_error(if path == "." { String::new() } else { path }, error.inner())
    })?;
    deserializer.end().map_err(|error| shape_error(String::new(), &error))?;
    Ok(value)
}

fn shape_error(path: String, error: &serde_json::Error) -> Problem {
    if error.classify() != Category::Data {
        return Problem::new(Code::MalformedJson, error.to_string());
    }
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text).replace("expected i64", "expected an integer");
    let named = message.split('`').nth(1).unwrap_or_default();
    let (code, field) = if message.starts_with("missing field") {
        ("required", join(&path, named))
    } else if message.starts_with("unknown field") {
        ("unknown_field", if last_segment(&path) == named { path } else { join(&path, named) })
    } else if message.starts_with("duplicate field") {
        ("duplicate", if last_segment(&path) == named { path } else { join(&path, named) })
    } else {
        ("wrong_type", path)
    };
    Problem::invalid(vec![FieldError { code, field, message }])
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn last_segment(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The answer as compact JSON.
///
/// # Errors
/// `internal_error`, if the type cannot be written, which no type here can be.
pub(super) fn write<T: Serialize>(answer: &T) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(answer).map_err(|error| Problem::new(Code::InternalError, error.to_string()))
}
