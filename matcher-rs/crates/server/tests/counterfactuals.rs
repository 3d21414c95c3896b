//! What is told to those who are unmatched: everybody has a change, it does what it says, and it costs a bounded time to find.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use server::contract::{Body, match_people};
use solver::Interrupt;

fn answer_to(request: &Value) -> Value {
    let body = serde_json::to_vec(request).unwrap();
    serde_json::from_slice(&match_people(Body::json(&body), &Interrupt::never()).unwrap().body).unwrap()
}

/// Learners whom nothing of their own helps, and 50,000 languages and 200,000 skills of mentors that it could be.
#[test]
fn a_search_ends_however_much_there_is_to_try() {
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
    let began = Instant::now();
    let answer = answer_to(&request);
    let unmatched = answer["unmatched"].as_array().unwrap();
    assert_eq!(unmatched.len(), 200);
    // Points of one level of six, and of a language that is not the first. Nobody else has anything in common with the mentor.
    let change = json!({"add": "l0-0", "change": "language", "level": 1, "mentor": "m0", "minimum_score": 1043, "skill": "s0-0"});
    assert_eq!(unmatched[0]["counterfactual"], change);
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
    let answer = answer_to(&request);
    let unmatched = answer["unmatched"].as_array().unwrap();
    assert_eq!(unmatched.len(), 300);
    let change = json!({"add": [200, 260], "change": "availability", "mentor": "m"});
    assert!(unmatched.iter().all(|one| one["counterfactual"] == change));
}

/// Numbers that look as if they were drawn, the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn words(&mut self, letter: char, kinds: u64, count: u64) -> Vec<String> {
        let mut words: Vec<String> = (0..count).map(|_| format!("{letter}{}", self.below(kinds))).collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    fn leveled(&mut self, count: u64) -> Vec<Value> {
        let words = self.words('s', 12, count);
        words.into_iter().map(|skill| json!({"skill": skill, "level": 1 + self.below(5)})).collect()
    }
}

/// Many learners for few places.
fn crowd(learners: usize, mentors: usize, policy: &Value, minimum_score: u16) -> Value {
    let mut draw = Draw(7);
    let mut person = |kind: &str, number: usize, skills: u64| {
        let (languages, start) = (draw.words('l', 6, 2), draw.below(9_900));
        let mut person = json!({
            "id": format!("{kind}{number}"), "languages": languages, "availability": [[start, start + 90]],
        });
        let count = 1 + draw.below(skills);
        person[if kind == "m" { "skills" } else { "wants" }] = draw.leveled(count).into();
        if kind == "m" {
            person["capacity"] = draw.below(4).into();
        } else {
            person["waiting_days"] = draw.below(30).into();
        }
        person
    };
    json!({
        "learners": (0..learners).map(|number| person("l", number, 4)).collect::<Vec<_>>(),
        "mentors": (0..mentors).map(|number| person("m", number, 6)).collect::<Vec<_>>(),
        "policy": policy,
        "constraints": {"minimum_score": minimum_score},
    })
}

/// The request with the change made in it.
fn changed(request: &Value, learner: &Value, change: &Value) -> Value {
    let mut request = request.clone();
    let named =
        |people: &Value, id: &Value| people.as_array().unwrap().iter().position(|one| one["id"] == *id).unwrap();
    let at = named(&request["learners"], learner);
    let own = &mut request["learners"][at];
    match &change["add"] {
        Value::Array(minutes) => own["availability"].as_array_mut().unwrap().push(minutes.clone().into()),
        Value::String(language) => own["languages"].as_array_mut().unwrap().push(language.clone().into()),
        _ => {}
    }
    if change["skill"].is_string() {
        let wants = own["wants"].as_array_mut().unwrap();
        wants.retain(|want| want["skill"] != change["skill"]);
        wants.push(json!({"skill": change["skill"], "level": change["level"]}));
    }
    if let Some(places) = change["places"].as_u64() {
        let at = named(&request["mentors"], &change["mentor"]);
        let capacity = &mut request["mentors"][at]["capacity"];
        *capacity = (capacity.as_u64().unwrap() + places).into();
    }
    if change["minimum_score"].is_u64() {
        request["constraints"]["minimum_score"] = change["minimum_score"].clone();
    }
    if change["without_floor"] == true {
        request["policy"]["floor"] = Value::Null;
    }
    request
}

#[test]
fn every_change_has_the_learner_matched() {
    let mut names: Vec<String> = Vec::new();
    let floor = |loss: u16| json!({"floor": {"loss_permille": loss}});
    for (policy, minimum_score) in [(json!({}), 0), (json!({"fair": true}), 2500), (floor(20), 0), (floor(100), 2000)] {
        let request = crowd(90, 16, &policy, minimum_score);
        let answer = answer_to(&request);
        let unmatched = answer["unmatched"].as_array().unwrap();
        assert!(unmatched.len() > 40, "{}", unmatched.len());
        assert!(unmatched.iter().all(|one| one["counterfactual"].is_object()));
        for one in unmatched.iter().step_by(3) {
            let change = &one["counterfactual"];
            let answer = answer_to(&changed(&request, &one["learner"], change));
            let matched = answer["assignments"].as_array().unwrap();
            assert!(matched.iter().any(|pair| pair["learner"] == one["learner"]), "{one}");
            let without_floor = if change["without_floor"] == true { " without a floor" } else { "" };
            names.push(format!("{}{without_floor}", change["change"].as_str().unwrap()));
        }
    }
    names.sort_unstable();
    names.dedup();
    let kinds = ["availability", "capacity", "language", "minimum_score", "want", "language without a floor"];
    assert!(kinds.iter().all(|&kind| names.iter().any(|name| name == kind)), "{names:?}");
}

/// More pairs than are searched for changes, and solved anew because of the floor.
#[test]
fn nobody_in_a_large_round_is_left_without_a_change() {
    let request = crowd(2_500, 500, &json!({"floor": {"loss_permille": 20}}), 0);
    let answer = answer_to(&request);
    let unmatched = answer["unmatched"].as_array().unwrap();
    assert!(unmatched.len() > 1_500, "{}", unmatched.len());
    assert!(unmatched.iter().all(|one| one["counterfactual"].is_object()));
    for one in [&unmatched[0], &unmatched[unmatched.len() / 2], unmatched.last().unwrap()] {
        let answer = answer_to(&changed(&request, &one["learner"], &one["counterfactual"]));
        assert!(answer["unmatched"].as_array().unwrap().iter().all(|other| other["learner"] != one["learner"]));
    }
}
