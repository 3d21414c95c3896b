//! The application: socket, server and shared state put together once, for `main` and for the tests alike.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};

use crate::admission::Admission;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::observe::observe;
use crate::routes::{self, Draining, SharedSecret};

/// Idle connections stay open this long, for callers who reuse them.
const KEEP_ALIVE: Duration = Duration::from_secs(60);
/// Threads that read and write sockets; computing has its own.
const EVENT_LOOPS: usize = 2;
/// What runs when the service is asked to stop has this long to finish.
const SHUTDOWN_SECONDS: u64 = 30;

/// A service that listens, ready to run.
pub struct Application {
    server: Server,
    port: u16,
    draining: Draining,
    drain: Duration,
}

/// Stops an application from outside.
#[derive(Clone)]
pub struct Stopper {
    handle: ServerHandle,
    draining: Draining,
    drain: Duration,
}

impl Application {
    /// Listens and prepares everything; nothing is answered before [`Application::run`].
    ///
    /// # Errors
    /// One line that says what to do about it, if the address cannot be had.
    pub fn build(config: &Config) -> Result<Self, String> {
        let admission = |metrics: &Metrics| Admission::new(config.workers, metrics.queued.clone());
        Self::build_with(config, admission)
    }

    /// As [`Application::build`], with limits of one's own.
    ///
    /// # Errors
    /// As [`Application::build`].
    pub fn build_with(config: &Config, admission: impl FnOnce(&Metrics) -> Admission) -> Result<Self, String> {
        let address = config.address;
        let listener = TcpListener::bind(address).map_err(|error| {
            format!("cannot listen on {address}: {error}; stop what uses it or set MATCHER_ADDRESS to another")
        })?;
        let port = listener.local_addr().map_err(|error| format!("cannot listen on {address}: {error}"))?.port();
        let metrics = Metrics::new().map_err(|error| format!("cannot prepare the metrics: {error}"))?;
        let admission = web::Data::new(admission(&metrics));
        let metrics = web::Data::new(metrics);
        let secret = web::Data::new(SharedSecret(config.token.clone()));
        let draining = Draining::default();
        let shared_draining = web::Data::new(draining.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(metrics.clone())
                .app_data(admission.clone())
                .app_data(secret.clone())
                .app_data(shared_draining.clone())
                .configure(routes::configure)
                .wrap(from_fn(observe))
        })
        .workers(EVENT_LOOPS)
        .keep_alive(KEEP_ALIVE)
        // A caller who closes the connection waits no more, so the work for them stops.
        .h1_allow_half_closed(false)
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .disable_signals()
        .listen(listener)
        .map_err(|error| format!("cannot listen on {address}: {error}"))?
        .run();
        Ok(Self { server, port, draining, drain: config.drain })
    }

    /// The port that the service listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What stops this application while it runs.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper { handle: self.server.handle(), draining: self.draining.clone(), drain: self.drain }
    }

    /// Answers requests until stopped.
    ///
    /// # Errors
    /// If the server fails.
    pub async fn run(self) -> std::io::Result<()> {
        self.server.await
    }
}

impl Stopper {
    /// Not ready from now on, closed after the drain time, done when what runs has finished.
    pub async fn stop(self) {
        self.draining.start();
        tokio::time::sleep(self.drain).await;
        self.handle.stop(true).await;
    }
}
