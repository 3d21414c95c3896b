//! Everything that can go wrong for a caller, as RFC 9457 problem details: one table of (code, status, title), and field errors.
//!
//! Which condition leads to which code is decided where the condition is met; how a problem looks is decided only here.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

/// Seconds after which a refused caller may try again.
const RETRY_AFTER_SECONDS: &str = "1";

macro_rules! codes {
    ($($variant:ident, $code:literal, $status:ident, $title:literal;)*) => {
        /// The stable name of a problem; see the table in the contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "code, status and title say it")]
        pub enum Code { $($variant),* }

        impl Code {
            /// As it is written in `code`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// The status that goes with it.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),* }
            }

            const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }
        }
    };
}

codes! {
    MalformedJson, "malformed_json", BAD_REQUEST, "The body is not JSON";
    MalformedMessagePack, "malformed_msgpack", BAD_REQUEST, "The body is not MessagePack";
    Unauthorized, "unauthorized", UNAUTHORIZED, "The shared secret is missing or wrong";
    NotFound, "not_found", NOT_FOUND, "There is nothing here";
    MethodNotAllowed, "method_not_allowed", METHOD_NOT_ALLOWED, "This method is not allowed here";
    RequestTimeout, "request_timeout", REQUEST_TIMEOUT, "The body did not arrive in time";
    PayloadTooLarge, "payload_too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    UnsupportedMediaType, "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body is in a form that is not taken";
    InvalidRequest, "invalid_request", UNPROCESSABLE_ENTITY, "The request is not valid";
    InternalError, "internal_error", INTERNAL_SERVER_ERROR, "The service failed";
    CertificateFailed, "certificate_failed", INTERNAL_SERVER_ERROR, "The answer failed its own proof";
    Overloaded, "overloaded", SERVICE_UNAVAILABLE, "Too many requests are waiting";
    NotReady, "not_ready", SERVICE_UNAVAILABLE, "The service is stopping";
    DeadlineExceeded, "deadline_exceeded", GATEWAY_TIMEOUT, "The caller's deadline has passed";
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Stable; see the table in the contract.
    pub code: &'static str,
    /// Where, as in `mentors[3].capacity`; empty for the body as a whole.
    pub field: String,
    /// For people: what was expected and what came.
    pub message: String,
}

/// A problem on its way to the caller; [`crate::observe`] adds the request id and renders it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which one.
    pub code: Code,
    /// For people: this case of it.
    pub detail: String,
    /// Only with [`Code::InvalidRequest`].
    pub errors: Vec<FieldError>,
    /// Methods that are allowed here, only with [`Code::MethodNotAllowed`].
    pub allow: Option<&'static str>,
}

impl Problem {
    /// A problem without field errors.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), allow: None }
    }

    /// The problem of a request with these field errors.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] if only.field.is_empty() => only.message.clone(),
            [only] => format!("{}: {}", only.field, only.message),
            many => format!("{} fields are not valid", many.len()),
        };
        Self { code: Code::InvalidRequest, detail, errors, allow: None }
    }

    /// The whole response.
    #[must_use]
    pub fn response(&self, request_id: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.code.status());
        response.content_type("application/problem+json");
        match self.code {
            Code::Unauthorized => response.insert_header((header::WWW_AUTHENTICATE, "Bearer")),
            Code::Overloaded | Code::NotReady => response.insert_header((header::RETRY_AFTER, RETRY_AFTER_SECONDS)),
            _ => &mut response,
        };
        if let Some(methods) = self.allow {
            response.insert_header((header::ALLOW, methods));
        }
        response.json(Document {
            code: self.code.as_str(),
            detail: &self.detail,
            errors: &self.errors,
            request_id,
            status: self.code.status().as_u16(),
            title: self.code.title(),
            r#type: format!("urn:skillbridge:problem:{}", self.code.as_str()),
        })
    }
}

#[derive(Serialize)]
struct Document<'a> {
    code: &'static str,
    detail: &'a str,
    errors: &'a [FieldError],
    request_id: &'a str,
    status: u16,
    title: &'static str,
    r#type: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    /// Only the status: the body needs the request id, which [`crate::observe`] knows.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.code.status())
    }
}
