//! From bytes to a request type and from an answer type to bytes, as JSON or as `MessagePack`: the same fields in the same
//! order. Every shape error comes with the path to its field.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::lists::TOO_MANY;
use super::strict::Strict;
use crate::problem_details::{Code, FieldError, Problem};

/// How a body is written; the answer is written as the request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// RFC 8259.
    Json,
    /// Maps have the fields' names as keys; compact, for requests of many thousand people.
    MessagePack,
}

impl Form {
    const ALL: [Self; 2] = [Self::Json, Self::MessagePack];

    /// As `Content-Type` names it.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::MessagePack => "application/vnd.msgpack",
        }
    }

    /// The form that a `Content-Type` without its parameters names, in any case.
    #[must_use]
    pub fn of_media_type(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| name.eq_ignore_ascii_case(form.media_type()))
    }
}

/// The body of a request.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// As it came.
    pub bytes: &'a [u8],
    /// How to read it.
    pub form: Form,
}

impl<'a> Body<'a> {
    /// A body of JSON.
    #[must_use]
    pub const fn json(bytes: &'a [u8]) -> Self {
        Self { bytes, form: Form::Json }
    }

    /// The request in it.
    ///
    /// # Errors
    /// `malformed_json`, `malformed_msgpack`, or `invalid_request` with the one field whose shape is wrong.
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T, Problem> {
        match self.form {
            // Paths cost time and are needed only for what is refused anyway: so the second reading is for the path.
            Form::Json => json(self.bytes).or_else(|_| json_with_paths(self.bytes)),
            Form::MessagePack => message_pack(self.bytes),
        }
    }

    /// The answer in the same form; JSON is compact.
    ///
    /// # Errors
    /// `internal_error`, if the type cannot be written, which no type here can be.
    pub(super) fn answer<T: Serialize>(self, answer: &T) -> Result<Vec<u8>, Problem> {
        let failed = |error: &dyn std::error::Error| Problem::new(Code::InternalError, error.to_string());
        match self.form {
            Form::Json => serde_json::to_vec(answer).map_err(|error| failed(&error)),
            Form::MessagePack => rmp_serde::to_vec_named(answer).map_err(|error| failed(&error)),
        }
    }
}

fn json<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = T::deserialize(Strict(&mut deserializer))?;
    deserializer.end()?;
    Ok(value)
}

fn json_with_paths<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let refusal = |path: String, error: &serde_json::Error| {
        if error.classify() != Category::Data {
            return Problem::new(Code::MalformedJson, error.to_string());
        }
        let text = error.to_string();
        shape_error(path, text.split(" at line ").next().unwrap_or(&text))
    };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(Strict(&mut deserializer))
        .map_err(|error| refusal(error.path().to_string(), error.inner()))?;
    deserializer.end().map_err(|error| refusal(String::new(), &error))?;
    Ok(value)
}

fn message_pack<T: DeserializeOwned>(mut body: &[u8]) -> Result<T, Problem> {
    let mut deserializer = rmp_serde::Deserializer::new(&mut body);
    let value = serde_path_to_error::deserialize(Strict(&mut deserializer)).map_err(|error| match error.inner() {
        rmp_serde::decode::Error::Syntax(text) => shape_error(error.path().to_string(), text),
        rmp_serde::decode::Error::TypeMismatch(found) => {
            shape_error(error.path().to_string(), &format!("invalid type: {found:?}"))
        }
        broken => Problem::new(Code::MalformedMessagePack, broken.to_string()),
    })?;
    if body.is_empty() {
        Ok(value)
    } else {
        Err(Problem::new(Code::MalformedMessagePack, format!("{} bytes follow the request", body.len())))
    }
}

fn shape_error(path: String, text: &str) -> Problem {
    let path = if path == "." { String::new() } else { path };
    let message = text.replace("expected i64", "expected an integer");
    let named = message.split('`').nth(1).unwrap_or_default();
    if let Some(message) = message.strip_prefix(TOO_MANY) {
        return Problem::invalid(vec![FieldError { code: "too_many", field: path, message: message.to_owned() }]);
    }
    let (code, field) = if message.starts_with("missing field") {
        ("required", join(&path, named))
    } else if message.starts_with("unknown field") {
        ("unknown_field", if last_segment(&path) == named { path } else { join(&path, named) })
    } else if let Some(named) = message.strip_prefix("duplicate field `").and_then(|rest| rest.strip_suffix('`')) {
        // Told by the object, whose path it is.
        ("duplicate", join(&path, named))
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
