//! Around every request: its id, its log line, its metrics, and problems in the one form that callers know.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
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
/// The status under which a request is counted and logged whose caller left; no answer has it.
const LEFT: u16 = 499;

/// The middleware; outermost.
///
/// # Errors
/// None of its own.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let request_id = request_id(&request);
    let metrics = request.app_data::<web::Data<Metrics>>().cloned();
    let _in_flight = metrics.as_ref().map(|metrics| InFlight::start(metrics.in_flight.clone()));
    let mut account = Account::open(&request, request_id.clone(), metrics);

    let span = tracing::error_span!("request", request_id);
    // Handlers, extractors and the default service all end as a response that carries its error.
    let mut response = next.call(request).instrument(span).await?.map_into_boxed_body();
    let problem = response.response().error().map(as_problem);
    if let Some(problem) = &problem {
        response = response.into_response(problem.response(&request_id));
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let detail = problem.map(|problem| problem.to_string());
    account.close(response.status().as_u16(), detail.as_deref());
    Ok(response)
}

/// What is logged and counted of a request, once: when it is answered, or when it is dropped because its caller left.
struct Account {
    started: Instant,
    request_id: String,
    method: Method,
    path: String,
    route: String,
    metrics: Option<web::Data<Metrics>>,
    is_closed: bool,
}

impl Account {
    fn open(request: &ServiceRequest, request_id: String, metrics: Option<web::Data<Metrics>>) -> Self {
        Self {
            started: Instant::now(),
            request_id,
            method: request.method().clone(),
            path: request.path().to_owned(),
            route: request.match_pattern().unwrap_or_else(|| UNMATCHED.to_owned()),
            metrics,
            is_closed: false,
        }
    }

    fn close(&mut self, status: u16, detail: Option<&str>) {
        self.is_closed = true;
        let Self { request_id, path, route, .. } = &*self;
        let method = self.method.as_str();
        let seconds = self.started.elapsed().as_secs_f64();
        if let Some(metrics) = &self.metrics {
            metrics
                .requests
                .with_label_values(&[route.as_str(), method_label(method), status.to_string().as_str()])
                .inc();
            if status != LEFT {
                metrics.request_seconds.with_label_values(&[route.as_str()]).observe(seconds);
            }
        }
        if status >= 500 {
            tracing::error!(request_id, method, path, status, seconds, detail, "request");
        } else {
            tracing::info!(request_id, method, path, status, seconds, detail, "request");
        }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        if !self.is_closed {
            self.close(LEFT, Some("the caller left before the answer"));
        }
    }
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
