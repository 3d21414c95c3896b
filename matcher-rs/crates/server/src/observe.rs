//! Around every request: its id, its log line, its metrics, and problems in the one form that callers know.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use prometheus::IntGauge;
use tracing::Instrument;
use uuid::Uuid;

use crate::metrics::Metrics;
use crate::problem_details::{Code, Problem};

/// The header that carries the request id both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAXIMUM_REQUEST_ID: usize = 128;
const UNMATCHED: &str = "unmatched";

/// The middleware; outermost.
///
/// # Errors
/// None of its own.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let request_id = request_id(&request);
    let method = request.method().clone();
    let path = request.path().to_owned();
    let metrics = request.app_data::<web::Data<Metrics>>().cloned();
    let _in_flight = metrics.as_ref().map(|metrics| InFlight::start(metrics.in_flight.clone()));

    let span = tracing::error_span!("request", request_id);
    // Handlers, extractors and the default service all end as a response that carries its error.
    let mut response = next.call(request).instrument(span).await?.map_into_boxed_body();
    let route = response.request().match_pattern().unwrap_or_else(|| UNMATCHED.to_owned());
    let problem = response.response().error().map(as_problem);
    if let Some(problem) = &problem {
        response = response.into_response(problem.response(&request_id));
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }

    let status = response.status().as_u16();
    let seconds = started.elapsed().as_secs_f64();
    if let Some(metrics) = &metrics {
        metrics
            .requests
            .with_label_values(&[route.as_str(), method_label(method.as_str()), status.to_string().as_str()])
            .inc();
        metrics.request_seconds.with_label_values(&[route.as_str()]).observe(seconds);
    }
    let (method, detail) = (method.as_str(), problem.map(|problem| problem.to_string()));
    let detail = detail.as_deref();
    if status >= 500 {
        tracing::error!(request_id, method, path, status, seconds, detail, "request");
    } else {
        tracing::info!(request_id, method, path, status, seconds, detail, "request");
    }
    Ok(response)
}

/// The caller's id if it is fit for logs and headers, else a new one.
fn request_id(request: &ServiceRequest) -> String {
    let fit = |id: &&str| {
        (1..=MAXIMUM_REQUEST_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte))
    };
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(fit);
    given.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)
}

/// Errors of the framework are few here, since bodies and paths are read by our own code; they keep their meaning by status.
fn as_problem(error: &Error) -> Problem {
    if let Some(problem) = error.as_error::<Problem>() {
        return problem.clone();
    }
    let status = error.as_response_error().status_code();
    let known = [Code::NotFound, Code::MethodNotAllowed, Code::RequestTimeout, Code::PayloadTooLarge];
    let code = known.into_iter().find(|code| code.status() == status);
    let fallback = if status.is_client_error() { Code::MalformedJson } else { Code::InternalError };
    Problem::new(code.unwrap_or(fallback), error.to_string())
}

/// A method as a label: callers can invent methods, and labels must stay few.
fn method_label(method: &str) -> &str {
    match method {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => method,
        _ => "other",
    }
}

/// Counts a request for as long as it is being answered, also if its caller goes away meanwhile.
struct InFlight(IntGauge);

impl InFlight {
    fn start(gauge: IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}
