//! The routes; each resource answers a wrong method with a problem that names the right one.

mod compute;
mod operations;
mod shared_secret;

use std::future::{Ready, ready};

use actix_web::{HttpRequest, Resource, web};

use crate::contract::{self, Endpoint};
use crate::problem_details::{Code, Problem};

pub use operations::Draining;
pub use shared_secret::SharedSecret;

/// Adds every route.
pub fn configure(services: &mut web::ServiceConfig) {
    services
        .service(post("/v1/suggest", "suggest", contract::suggest))
        .service(post("/v1/match", "match", contract::match_people))
        .service(post("/v1/assign", "assign", contract::assign))
        .service(get("/health/live").route(web::get().to(operations::live)))
        .service(get("/health/ready").route(web::get().to(operations::ready)))
        .service(get("/metrics").route(web::get().to(operations::metrics)))
        .default_service(web::to(not_found));
}

fn post(path: &'static str, name: &'static str, endpoint: Endpoint) -> Resource {
    let handler = move |request, payload, state| compute::compute(name, endpoint, request, payload, state);
    web::resource(path).route(web::post().to(handler)).default_service(web::to(|| method_not_allowed("POST")))
}

fn get(path: &'static str) -> Resource {
    web::resource(path).default_service(web::to(|| method_not_allowed("GET")))
}

fn method_not_allowed(allow: &'static str) -> Ready<Result<&'static str, Problem>> {
    let problem = Problem::new(Code::MethodNotAllowed, format!("only {allow} is allowed here"));
    ready(Err(Problem { allow: Some(allow), ..problem }))
}

async fn not_found(request: HttpRequest) -> Result<&'static str, Problem> {
    Err(Problem::new(Code::NotFound, format!("there is nothing at {}", request.path())))
}
