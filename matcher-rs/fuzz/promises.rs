//! What an endpoint promises of any body whatever.

use server::contract::{Body, Endpoint, Form};
use server::problem_details::Code;
use solver::Interrupt;

/// A body is answered, the same way twice, with an object that says who answered; or refused for a reason that is the caller's.
///
/// # Panics
/// If it is not: that is a finding.
pub fn hold(endpoint: Endpoint, bytes: &[u8], form: Form) {
    let body = Body { bytes, form };
    match (endpoint(body, &Interrupt::never()), endpoint(body, &Interrupt::never())) {
        (Ok(answer), Ok(again)) => {
            assert_eq!(answer.body, again.body, "the same question was answered in two ways");
            let answer: serde_json::Value = match form {
                Form::Json => serde_json::from_slice(&answer.body).expect("JSON"),
                Form::MessagePack => rmp_serde::from_slice(&answer.body).expect("MessagePack"),
            };
            assert!(answer["input_hash"].as_str().is_some_and(|hash| hash.len() == 64), "{answer}");
        }
        (Err(problem), Err(again)) => {
            assert_eq!(problem.to_string(), again.to_string());
            assert!(!matches!(problem.code, Code::InternalError | Code::CertificateFailed), "a defect: {problem}");
        }
        _ => panic!("the same question was answered once and refused once"),
    }
}
