//! One request of `/v1` from head to answer: secret, deadline, place in the queue, body, computation off the event loop.

use std::time::{Duration, Instant};

use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt;
use solver::Interrupt;
use tokio::time::timeout;

use super::SharedSecret;
use crate::admission::{Admission, Permit};
use crate::contract::{Answer, Body, Endpoint, Form, Phases};
use crate::metrics::{Metrics, Phase};
use crate::problem_details::{Code, FieldError, Problem};

const MAXIMUM_BODY_BYTES: usize = 64 * 1024 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
const DEADLINE: &str = "x-deadline-ms";
const MAXIMUM_DEADLINE_MS: u64 = 600_000;
const NO_DEADLINE: Duration = Duration::from_millis(MAXIMUM_DEADLINE_MS);

/// What every computation shares.
pub(super) type State = (web::Data<SharedSecret>, web::Data<Admission>, web::Data<Metrics>);

pub(super) async fn compute(
    name: &'static str,
    endpoint: Endpoint,
    request: HttpRequest,
    payload: web::Payload,
    (secret, admission, metrics): State,
) -> Result<HttpResponse, Problem> {
    secret.check(request.headers())?;
    let form = form(request.headers())?;
    let deadline = deadline(request.headers())?;
    let ticket = admission.enter()?;
    let work = async {
        let arriving = metrics.start_phase(name, Phase::Body);
        let body = read_body(request.headers(), payload).await?;
        drop(arriving);
        let waiting = metrics.start_phase(name, Phase::Wait);
        let permit = ticket.permit().await?;
        drop(waiting);
        run(name, endpoint, (body, form), permit, &metrics).await
    };
    let answer = timeout(deadline, work)
        .await
        .map_err(|_| Problem::new(Code::DeadlineExceeded, format!("no answer within {} ms", deadline.as_millis())))??;
    let Phases { read, solve, write } = answer.phases;
    for (phase, took) in [(Phase::Read, read), (Phase::Solve, solve), (Phase::Write, write)] {
        metrics.observe_phase(name, phase, took);
    }
    metrics.problem_rows.with_label_values(&[name]).observe(approximate(answer.size.rows));
    metrics.problem_columns.with_label_values(&[name]).observe(approximate(answer.size.columns));
    Ok(HttpResponse::Ok().content_type(form.media_type()).body(answer.body))
}

/// Computes on a thread of its own; a panic there ends this request only. Dropping the future stops the work.
async fn run(
    name: &'static str,
    endpoint: Endpoint,
    (bytes, form): (Bytes, Form),
    permit: Permit,
    metrics: &Metrics,
) -> Result<Answer, Problem> {
    let interrupt = Interrupt::default();
    let _stop_when_nobody_waits = StopOnDrop(interrupt.clone());
    let seconds = metrics.compute_seconds.with_label_values(&[name]);
    let computation = tokio::task::spawn_blocking(move || {
        let started = Instant::now();
        let answer = endpoint(Body { bytes: &bytes, form }, &interrupt);
        seconds.observe(started.elapsed().as_secs_f64());
        drop(permit);
        answer
    });
    computation.await.map_err(|error| {
        // What a panic says is for the log: it may quote the request.
        tracing::error!(%error, endpoint = name, "the computation failed");
        Problem::new(Code::InternalError, "the computation failed; the log says why")
    })?
}

struct StopOnDrop(Interrupt);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn form(headers: &HeaderMap) -> Result<Form, Problem> {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    Form::of_media_type(essence).ok_or_else(|| {
        let (json, message_pack) = (Form::Json.media_type(), Form::MessagePack.media_type());
        let detail = format!("Content-Type must be {json} or {message_pack}, got {given:?}");
        Problem::new(Code::UnsupportedMediaType, detail)
    })
}

fn deadline(headers: &HeaderMap) -> Result<Duration, Problem> {
    let Some(value) = headers.get(DEADLINE) else { return Ok(NO_DEADLINE) };
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    match number {
        Some(milliseconds @ 1..=MAXIMUM_DEADLINE_MS) => Ok(Duration::from_millis(milliseconds)),
        _ => Err(Problem::invalid(vec![FieldError {
            code: "out_of_range",
            field: "X-Deadline-Ms".to_owned(),
            message: format!("the header must be a whole number from 1 to {MAXIMUM_DEADLINE_MS}"),
        }])),
    }
}

async fn read_body(headers: &HeaderMap, payload: web::Payload) -> Result<Bytes, Problem> {
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    if announced.is_some_and(|length: usize| length > MAXIMUM_BODY_BYTES) {
        return Err(too_large());
    }
    timeout(BODY_TIMEOUT, collect(payload, announced.unwrap_or_default())).await.map_err(|_| {
        let detail = format!("the body did not arrive within {} seconds", BODY_TIMEOUT.as_secs());
        Problem::new(Code::RequestTimeout, detail)
    })?
}

async fn collect(mut payload: web::Payload, announced: usize) -> Result<Bytes, Problem> {
    // The announcement is a hint: memory follows what really arrives.
    let mut body = BytesMut::with_capacity(announced.min(64 * 1024));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem::new(Code::MalformedJson, format!("the body broke off: {error}")))?;
        if body.len() + chunk.len() > MAXIMUM_BODY_BYTES {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn too_large() -> Problem {
    Problem::new(Code::PayloadTooLarge, format!("the body may have {MAXIMUM_BODY_BYTES} bytes"))
}

/// Sizes are far below 2^53, where the conversion is exact.
#[allow(clippy::cast_precision_loss, reason = "sizes are limited to 1,000,000")]
fn approximate(size: usize) -> f64 {
    size as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panics(_: Body<'_>, _: &Interrupt) -> Result<Answer, Problem> {
        panic!("a secret of the request");
    }

    #[tokio::test]
    async fn a_panic_becomes_a_problem_without_its_text_and_frees_the_processor() {
        let metrics = Metrics::new().unwrap();
        let admission = Admission::with_queue(1, 0, metrics.queued.clone());
        for _ in 0..2 {
            let permit = admission.enter().unwrap().permit().await.unwrap();
            let problem = run("test", panics, (Bytes::new(), Form::Json), permit, &metrics).await.unwrap_err();
            assert_eq!(problem.code, Code::InternalError);
            assert!(!problem.detail.contains("secret"), "{}", problem.detail);
        }
    }
}
