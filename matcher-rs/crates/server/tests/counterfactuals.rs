//! What is looked for on behalf of the unmatched costs a bounded time, however much there is to try.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use server::contract::{Body, match_people};
use solver::Interrupt;

/// Learners whom nothing helps, and 50,000 languages and 200,000 skills of mentors that it could be. To try each with every mentor takes
/// many minutes; the first 20,000 pairs of some of them, 400,000 in all, a second or two.
#[test]
fn a_search_ends_when_its_pairs_are_scored() {
    let words =
        |letter: char, mentor: usize, count: usize| (0..count).map(move |word| format!("{letter}{mentor}-{word}"));
    let learners: Vec<Value> = (0..200)
        .map(
            |learner| json!({"id": format!("l{learner}"), "wants": [{"skill": "x", "level": 5}], "languages": ["own"]}),
        )
        .collect();
    let mentors: Vec<Value> = (0..1000)
        .map(|mentor| {
            let languages: Vec<String> = words('l', mentor, 50).collect();
            let skills: Vec<Value> = words('s', mentor, 200).map(|skill| json!({"skill": skill, "level": 5})).collect();
            json!({"id": format!("m{mentor}"), "capacity": 1, "languages": languages, "skills": skills})
        })
        .collect();
    let request = json!({"learners": learners, "mentors": mentors, "constraints": {"minimum_score": 4095}});
    let body = serde_json::to_vec(&request).unwrap();
    let began = Instant::now();
    let answer: Value =
        serde_json::from_slice(&match_people(Body::json(&body), &Interrupt::never()).unwrap().body).unwrap();
    let unmatched = answer["unmatched"].as_array().unwrap();
    assert_eq!(unmatched.len(), 200);
    assert!(unmatched.iter().all(|one| one["counterfactual"].is_null()));
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[test]
fn everybody_who_is_unmatched_is_told_what_would_help() {
    let learner = |number| json!({"id": format!("l{number:03}"), "wants": [{"skill": "go", "level": 4}], "availability": [[0, 60]]});
    let request = json!({
        "learners": (0..300).map(learner).collect::<Vec<Value>>(),
        "mentors": [{"id": "m", "capacity": 1, "skills": [{"skill": "go", "level": 4}], "availability": [[30, 110], [200, 400]]}],
        "constraints": {"minimum_score": 3500},
    });
    let body = serde_json::to_vec(&request).unwrap();
    let answer: Value =
        serde_json::from_slice(&match_people(Body::json(&body), &Interrupt::never()).unwrap().body).unwrap();
    let unmatched = answer["unmatched"].as_array().unwrap();
    assert_eq!(unmatched.len(), 300);
    let change = json!({"add": [200, 260], "change": "availability", "mentor": "m"});
    assert!(unmatched.iter().all(|one| one["counterfactual"] == change));
}
