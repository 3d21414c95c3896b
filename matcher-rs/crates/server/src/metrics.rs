//! What `/metrics` shows, and nothing about when it is counted. One registry per application, so that tests do not share numbers.

use prometheus::{
    Encoder, GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
    exponential_buckets,
};

use crate::contract::{SOLVER, VERSION};

/// All metrics of an application.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    /// By route, method and status.
    pub requests: IntCounterVec,
    /// Seconds from the head of the request to the head of the response, by route.
    pub request_seconds: HistogramVec,
    /// Seconds of computing alone, by endpoint.
    pub compute_seconds: HistogramVec,
    /// Requests that are being answered.
    pub in_flight: IntGauge,
    /// Requests of `/v1` that wait for a processor.
    pub queued: IntGauge,
    /// Learners or rows, by endpoint.
    pub problem_rows: HistogramVec,
    /// Mentors or columns, by endpoint.
    pub problem_columns: HistogramVec,
}

impl Metrics {
    /// All metrics at zero.
    ///
    /// # Errors
    /// A name that is taken or not allowed: a mistake in this file.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let seconds = exponential_buckets(0.001, 2.0, 16)?;
        let sizes = exponential_buckets(1.0, 4.0, 10)?;
        let histogram = |name: &str, help: &str, buckets: &[f64], label: &str| {
            let histogram = HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), &[label])?;
            registry.register(Box::new(histogram.clone()))?;
            Ok::<_, prometheus::Error>(histogram)
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let requests = IntCounterVec::new(
            Opts::new("matcher_http_requests_total", "Requests answered"),
            &["route", "method", "status"],
        )?;
        registry.register(Box::new(requests.clone()))?;
        let build = GaugeVec::new(Opts::new("matcher_build_info", "1, with what is running"), &["version", "solver"])?;
        registry.register(Box::new(build.clone()))?;
        build.with_label_values(&[VERSION, SOLVER]).set(1.0);
        Ok(Self {
            request_seconds: histogram("matcher_http_request_seconds", "Seconds to the response", &seconds, "route")?,
            compute_seconds: histogram("matcher_compute_seconds", "Seconds of computing", &seconds, "endpoint")?,
            problem_rows: histogram("matcher_problem_rows", "Learners or rows of a problem", &sizes, "endpoint")?,
            problem_columns: histogram("matcher_problem_columns", "Mentors or columns", &sizes, "endpoint")?,
            in_flight: gauge("matcher_http_requests_in_flight", "Requests being answered")?,
            queued: gauge("matcher_queued_requests", "Requests that wait for a processor")?,
            requests,
            registry,
        })
    }

    /// The Prometheus text format.
    ///
    /// # Errors
    /// A metric that cannot be written: a defect.
    pub fn text(&self) -> prometheus::Result<Vec<u8>> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}
