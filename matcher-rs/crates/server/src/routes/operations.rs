//! Health and metrics: for whoever runs the service, without the secret.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{HttpResponse, web};

use crate::metrics::Metrics;
use crate::problem_details::{Code, Problem};

/// Whether the service has been asked to stop; clones share the answer.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on the service is not ready.
    pub fn start(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_started(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(r#"{"status":"live"}"#)
}

pub(super) async fn ready(draining: web::Data<Draining>) -> Result<HttpResponse, Problem> {
    if draining.has_started() {
        return Err(Problem::new(Code::NotReady, "the service finishes what runs and takes nothing new"));
    }
    Ok(HttpResponse::Ok().content_type("application/json").body(r#"{"status":"ready"}"#))
}

pub(super) async fn metrics(metrics: web::Data<Metrics>) -> Result<HttpResponse, Problem> {
    let text = metrics.text().map_err(|error| Problem::new(Code::InternalError, error.to_string()))?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}
