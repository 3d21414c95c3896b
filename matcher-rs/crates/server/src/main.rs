//! `matcher-server`: runs the service, or with `healthcheck` asks the running one. Configuration is the environment's (see `config`).

use std::process::ExitCode;

use server::application::Application;
use server::config::{self, Config};
use server::{healthcheck, telemetry};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: matcher-server [healthcheck | --version]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        [] => serve(),
        ["healthcheck"] => config::address(&variable).and_then(healthcheck::check).map_err(|line| vec![line]),
        ["--version"] => {
            say(&format!("matcher-server {}", env!("CARGO_PKG_VERSION")));
            Ok(())
        }
        _ => Err(vec![USAGE.to_owned()]),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(lines) => {
            for line in lines {
                complain(&line);
            }
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), Vec<String>> {
    let config = Config::from_variables(variable)?;
    telemetry::start(config.log_format);
    actix_web::rt::System::new().block_on(run(config)).map_err(|line| vec![line])
}

async fn run(config: Config) -> Result<(), String> {
    let (address, workers, secret) = (config.address, config.workers, config.token.is_some());
    let application = Application::build(&config)?;
    let unavailable = |error: std::io::Error| format!("cannot listen for signals: {error}");
    let mut terminate = signal(SignalKind::terminate()).map_err(unavailable)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unavailable)?;
    let stopper = application.stopper();
    actix_web::rt::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: what runs is finished first");
        stopper.stop().await;
    });
    let (ip, port) = (address.ip().to_string(), application.port());
    tracing::info!(ip, port, workers, secret, version = env!("CARGO_PKG_VERSION"), "listening");
    application.run().await.map_err(|error| format!("the server failed: {error}"))?;
    tracing::info!("stopped");
    Ok(())
}

/// A variable that is not Unicode is handed on with its bad parts replaced, and so refused where it is parsed.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

#[allow(clippy::print_stdout, reason = "an answer to a person at a terminal, not a log line")]
fn say(line: &str) {
    println!("{line}");
}

#[allow(clippy::print_stderr, reason = "before and without logging: one line for a person")]
fn complain(line: &str) {
    eprintln!("matcher-server: {line}");
}
