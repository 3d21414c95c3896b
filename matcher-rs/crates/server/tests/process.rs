//! The binary as a process: what it says and how it ends when the start fails, and a whole life from start to SIGTERM.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

fn binary(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matcher-server"));
    command.env_clear().envs(variables.iter().copied());
    command
}

fn lines(output: &Output) -> Vec<&str> {
    std::str::from_utf8(&output.stderr).unwrap().lines().collect()
}

/// Ends the process if a test fails half-way.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _ended_already = self.0.wait();
    }
}

#[test]
fn a_taken_port_is_one_line_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = binary(&[("MATCHER_ADDRESS", &address)]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&output).len(), 1, "{output:?}");
    assert!(lines(&output)[0].starts_with(&format!("matcher-server: cannot listen on {address}: ")), "{output:?}");
}

#[test]
fn each_bad_variable_is_a_line() {
    let output = binary(&[("MATCHER_ADDRESS", "nowhere"), ("MATCHER_WORKERS", "many")]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        lines(&output),
        [
            "matcher-server: MATCHER_ADDRESS: must be an IP address and port such as 127.0.0.1:8090, got \"nowhere\"",
            "matcher-server: MATCHER_WORKERS: must be a whole number from 1 to 256, got \"many\"",
        ]
    );
}

#[test]
fn an_unknown_argument_shows_the_usage() {
    let output = binary(&[]).arg("serve").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&output), ["matcher-server: usage: matcher-server [healthcheck | --version]"]);
}

#[tokio::test]
async fn a_life_from_start_to_sigterm_is_in_the_log() {
    let mut command = binary(&[("MATCHER_ADDRESS", "127.0.0.1:0"), ("LOG_FORMAT", "json")]);
    let mut running = Running(command.stderr(Stdio::piped()).spawn().unwrap());
    let mut log = BufReader::new(running.0.stderr.take().unwrap()).lines();
    let mut next_line = || serde_json::from_str::<Value>(&log.next().unwrap().unwrap()).unwrap();

    let listening = next_line();
    assert_eq!(listening["message"], "listening");
    let address = format!("127.0.0.1:{}", listening["port"]);
    let body = json!({"learner": {"id": "l"}, "mentors": [{"id": "m", "capacity": -1}]});
    let request = reqwest::Client::new().post(format!("http://{address}/v1/suggest"));
    let response = request.header("x-request-id", "life-1").json(&body).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 422);
    let logged = next_line();
    assert_eq!(
        (&logged["request_id"], &logged["path"], &logged["status"]),
        (&json!("life-1"), &json!("/v1/suggest"), &json!(422))
    );

    let healthy = binary(&[("MATCHER_ADDRESS", &address)]).arg("healthcheck").output().unwrap();
    assert_eq!(healthy.status.code(), Some(0), "{healthy:?}");
    assert_eq!(next_line()["path"], "/health/live");

    let terminated = Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().unwrap();
    assert!(terminated.success());
    assert!(next_line()["message"].as_str().unwrap().starts_with("stopping"));
    assert_eq!(next_line()["message"], "stopped");
    assert_eq!(running.0.wait().unwrap().code(), Some(0));

    let gone = binary(&[("MATCHER_ADDRESS", &address)]).arg("healthcheck").output().unwrap();
    assert_eq!(gone.status.code(), Some(1));
    assert!(lines(&gone)[0].starts_with(&format!("matcher-server: {address} does not answer: ")), "{gone:?}");
}
