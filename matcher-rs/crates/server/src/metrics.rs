//! What `/metrics` shows, and nothing about when it is counted. One registry per application, so that tests do not share numbers.

use std::time::Duration;

use prometheus::{
    Encoder, GaugeVec, HistogramOpts, HistogramTimer, HistogramVec, IntCounterVec, IntGauge, Opts, Registry,
    TextEncoder, exponential_buckets,
};

use crate::contract::{SOLVER, VERSION};
use crate::memory;

/// All metrics of an application.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    /// By route, method and status; 499 where the caller left before the answer.
    pub requests: IntCounterVec,
    /// Seconds from the head of the request to the head of the response, by route.
    pub request_seconds: HistogramVec,
    /// Seconds of computing alone, by endpoint, whatever came of it.
    pub compute_seconds: HistogramVec,
    /// Seconds by endpoint and [`Phase`].
    pub phase_seconds: HistogramVec,
    /// Requests that are being answered.
    pub in_flight: IntGauge,
    /// Requests of `/v1` that wait for a processor.
    pub queued: IntGauge,
    /// Learners or rows, by endpoint.
    pub problem_rows: HistogramVec,
    /// Mentors or columns, by endpoint.
    pub problem_columns: HistogramVec,
    /// Read when somebody looks, where the kernel tells them.
    memory: Option<Memory>,
}

/// Bytes of resident memory.
#[derive(Clone)]
struct Memory {
    now: IntGauge,
    most: IntGauge,
}

/// What a request of `/v1` spends its time with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its body arrives.
    Body,
    /// It waits for a processor.
    Wait,
    /// Shape, limits, canonical form and input hash.
    Read,
    /// Scores, the optimum and what is told of it.
    Solve,
    /// The answer becomes bytes.
    Write,
}

impl Phase {
    const fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Wait => "wait",
            Self::Read => "read",
            Self::Solve => "solve",
            Self::Write => "write",
        }
    }
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
        let histogram = |name: &str, help: &str, buckets: &[f64], labels: &[&str]| {
            let histogram = HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels)?;
            registry.register(Box::new(histogram.clone()))?;
            Ok::<_, prometheus::Error>(histogram)
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let requests = IntCounterVec::new(
            Opts::new("matcher_http_requests_total", "Requests; status 499: the caller left before the answer"),
            &["route", "method", "status"],
        )?;
        registry.register(Box::new(requests.clone()))?;
        let build = GaugeVec::new(Opts::new("matcher_build_info", "1, with what is running"), &["version", "solver"])?;
        registry.register(Box::new(build.clone()))?;
        build.with_label_values(&[VERSION, SOLVER]).set(1.0);
        Ok(Self {
            request_seconds: histogram(
                "matcher_http_request_seconds",
                "Seconds to the response",
                &seconds,
                &["route"],
            )?,
            compute_seconds: histogram("matcher_compute_seconds", "Seconds of computing", &seconds, &["endpoint"])?,
            phase_seconds: histogram("matcher_phase_seconds", "Seconds of a phase", &seconds, &["endpoint", "phase"])?,
            problem_rows: histogram("matcher_problem_rows", "Learners or rows of a problem", &sizes, &["endpoint"])?,
            problem_columns: histogram("matcher_problem_columns", "Mentors or columns", &sizes, &["endpoint"])?,
            in_flight: gauge("matcher_http_requests_in_flight", "Requests being answered")?,
            queued: gauge("matcher_queued_requests", "Requests that wait for a processor")?,
            memory: if memory::resident().is_some() {
                Some(Memory {
                    now: gauge("process_resident_memory_bytes", "Resident memory in bytes")?,
                    most: gauge("process_resident_memory_peak_bytes", "The most that was ever resident, in bytes")?,
                })
            } else {
                None
            },
            requests,
            registry,
        })
    }

    /// Counts what a phase took.
    pub fn observe_phase(&self, endpoint: &str, phase: Phase, took: Duration) {
        self.phase_seconds.with_label_values(&[endpoint, phase.name()]).observe(took.as_secs_f64());
    }

    /// Counts what a phase took when it is dropped, also if its caller goes away meanwhile.
    pub fn start_phase(&self, endpoint: &str, phase: Phase) -> HistogramTimer {
        self.phase_seconds.with_label_values(&[endpoint, phase.name()]).start_timer()
    }

    /// The Prometheus text format.
    ///
    /// # Errors
    /// A metric that cannot be written: a defect.
    pub fn text(&self) -> prometheus::Result<Vec<u8>> {
        if let Some(Memory { now, most }) = &self.memory {
            for (gauge, bytes) in [(now, memory::resident()), (most, memory::peak())] {
                gauge.set(bytes.and_then(|bytes| i64::try_from(bytes).ok()).unwrap_or_default());
            }
        }
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}
