//! The shape of requests in both forms: objects are objects, names and words are strings, and every key is there once.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use server::contract::{Body, Endpoint, Form, assign, match_people, suggest};
use server::problem_details::Problem;
use solver::Interrupt;

/// An object with these keys, in this order and as often as they are here.
struct Object(Vec<(Key, Node)>);

#[derive(Serialize)]
#[serde(untagged)]
enum Key {
    Text(&'static str),
    Number(u64),
}

#[derive(Serialize)]
#[serde(untagged)]
enum Node {
    Object(Object),
    Value(Value),
    Bytes(Bytes),
}

struct Bytes(&'static [u8]);

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, node)| (key, node)))
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

fn object<const N: usize>(fields: [(&'static str, Node); N]) -> Object {
    Object(fields.into_iter().map(|(key, node)| (Key::Text(key), node)).collect())
}

fn refusals(endpoint: Endpoint, request: &impl Serialize) -> [Problem; 2] {
    let packed = rmp_serde::to_vec_named(request).unwrap();
    [Body::json(&serde_json::to_vec(request).unwrap()), Body { bytes: &packed, form: Form::MessagePack }]
        .map(|body| endpoint(body, &Interrupt::never()).unwrap_err())
}

fn field_and_code(problem: &Problem) -> (&str, &str) {
    let [error] = problem.errors.as_slice() else { panic!("{problem:?}") };
    (&error.field, error.code)
}

#[test]
fn lists_by_position_are_no_objects() {
    let people = |learner: Value, mentor: Value| json!({"learners": [learner], "mentors": [mentor]});
    let (learner, mentor) = (json!({"id": "l"}), json!({"id": "m", "capacity": 1}));
    let with = |name: &str, value: Value| {
        let mut request = people(learner.clone(), mentor.clone());
        request[name] = value;
        request
    };
    let by_position = json!([null, null, [], 1, null, "m", [], null, [], [], null, null]);
    let cases: Vec<(Endpoint, Value, &str)> = vec![
        (match_people, json!([3, {}, [], [], [], "auto", {}, {}, {}]), ""),
        (match_people, people(learner.clone(), by_position.clone()), "mentors[0]"),
        (match_people, people(json!([null, [], null, "l"]), mentor.clone()), "learners[0]"),
        (
            match_people,
            people(json!({"id": "l", "wants": [[0, 3, [], "a", 100]]}), mentor.clone()),
            "learners[0].wants[0]",
        ),
        (
            match_people,
            people(learner.clone(), json!({"id": "m", "capacity": 1, "skills": [[3, "a"]]})),
            "mentors[0].skills[0]",
        ),
        (
            match_people,
            people(learner.clone(), json!({"id": "m", "capacity": 1, "rating": [1, 3000]})),
            "mentors[0].rating",
        ),
        (match_people, with("constraints", json!({"forbidden": [["l", "m"]]})), "constraints.forbidden[0]"),
        (match_people, with("constraints", json!([])), "constraints"),
        (match_people, with("continuity", json!([["l", "m", 3]])), "continuity[0]"),
        (match_people, with("policy", json!([true])), "policy"),
        (match_people, with("policy", json!({"floor": [30]})), "policy.floor"),
        (match_people, with("weights", json!([1, 1])), "weights"),
        (match_people, with("zones", json!({"UTC": [0, [[0, 0]]]})), "zones.UTC"),
        (match_people, with("zones", json!([])), "zones"),
        (match_people, with("method", json!({"people": null})), "method"),
        (suggest, json!({"learner": learner.clone(), "mentors": [by_position.clone()]}), "mentors[0]"),
        (assign, json!({"sparse": [1, 1, []], "objective": "minimize"}), "sparse"),
        (assign, json!({"dense": [[1]], "objective": {"minimize": null}}), "objective"),
        (assign, json!({"dense": [[1]], "objective": "minimize", "method": {"rows": null}}), "method"),
        (assign, json!({"dense": [[1]], "objective": "minimize", "method": "pairs"}), "method"),
    ];
    for (endpoint, request, field) in cases {
        for problem in refusals(endpoint, &request) {
            assert_eq!(field_and_code(&problem), (field, "wrong_type"), "{request}");
        }
    }
}

#[test]
fn repeated_keys_are_refused_at_every_depth() {
    let zone = || Node::Value(json!({"now": 0, "offsets": [[0, 0]]}));
    let empty = || Node::Value(json!([]));
    let zones = object([("Europe/Berlin", zone()), ("UTC", zone()), ("Europe/Berlin", zone())]);
    let own_name = object([("zones", zone()), ("zones", zone())]);
    let twice = |name: &'static str| object([("id", Node::Value(json!("l"))), (name, empty()), (name, empty())]);
    let cases = [
        (object([("learners", empty()), ("mentors", empty()), ("learners", empty())]), "learners"),
        (object([("learners", empty()), ("mentors", empty()), ("zones", Node::Object(zones))]), "zones.Europe/Berlin"),
        (object([("learners", empty()), ("mentors", empty()), ("zones", Node::Object(own_name))]), "zones.zones"),
        (
            object([
                ("mentors", empty()),
                (
                    "policy",
                    Node::Object(object([("fair", Node::Value(json!(true))), ("fair", Node::Value(json!(true)))])),
                ),
            ]),
            "policy.fair",
        ),
    ];
    for (request, field) in cases {
        for problem in refusals(match_people, &request) {
            assert_eq!(field_and_code(&problem), (field, "duplicate"));
        }
    }
    let learner = object([("learner", Node::Object(twice("wants"))), ("mentors", empty())]);
    for problem in refusals(suggest, &learner) {
        assert_eq!(field_and_code(&problem), ("learner.wants", "duplicate"));
    }
}

#[test]
fn numbers_are_no_names_and_bytes_no_text() {
    let numbered = Object(vec![
        (Key::Text("learner"), Node::Object(Object(vec![(Key::Number(3), Node::Value(json!("l")))]))),
        (Key::Text("mentors"), Node::Value(json!([]))),
    ]);
    let bytes = object([
        ("learner", Node::Object(object([("id", Node::Bytes(Bytes(b"l")))]))),
        ("mentors", Node::Value(json!([]))),
    ]);
    let list = object([("dense", Node::Value(json!([[1]]))), ("row_capacity", Node::Bytes(Bytes(b"\x01")))]);
    for (endpoint, request) in [(suggest as Endpoint, numbered), (suggest, bytes), (assign, list)] {
        let packed = rmp_serde::to_vec_named(&request).unwrap();
        let body = Body { bytes: &packed, form: Form::MessagePack };
        assert_eq!(field_and_code(&endpoint(body, &Interrupt::never()).unwrap_err()).1, "wrong_type");
    }
}

/// The field that is too long in a body of about 64 MiB: a beginning, and one piece again and again.
fn too_long(endpoint: Endpoint, (beginning, piece): (&[u8], &[u8]), form: Form) -> String {
    let bytes = [beginning, &piece.repeat((64 << 20) / piece.len())].concat();
    let problem = endpoint(Body { bytes: &bytes, form }, &Interrupt::never()).unwrap_err();
    let (field, code) = field_and_code(&problem);
    assert_eq!(code, "too_many", "{problem}");
    field.to_owned()
}

/// Nobody ends these bodies: they are refused before their end is looked for.
#[test]
fn lists_are_refused_where_they_are_too_long_and_not_read_on() {
    let row = format!("[{}0],", "0,".repeat(99));
    let cases: [(Endpoint, &str, &str, &str); 11] = [
        (assign, r#"{"objective": "minimize", "dense": [["#, "0,", "dense[0]"),
        (assign, r#"{"objective": "minimize", "dense": ["#, &row, "dense[50000]"),
        (assign, r#"{"objective": "minimize", "dense": ["#, "[],", "dense"),
        (assign, r#"{"sparse": {"rows": 1, "columns": 1, "entries": ["#, "[0,0,0],", "sparse.entries"),
        (assign, r#"{"row_capacity": ["#, "0,", "row_capacity"),
        (suggest, r#"{"mentors": ["#, r#"{"id":"","capacity":0},"#, "mentors"),
        (suggest, r#"{"learner": {"languages": ["#, r#""","#, "learner.languages"),
        (suggest, r#"{"learner": {"slots": ["#, "[0,1],", "learner.slots"),
        (match_people, r#"{"learners": ["#, r#"{"id":""},"#, "learners"),
        (match_people, r#"{"mentors": [{"skills": ["#, r#"{"skill":"","level":0},"#, "mentors[0].skills"),
        (match_people, r#"{"zones": {"UTC": {"offsets": ["#, "[0,0],", "zones.UTC.offsets"),
    ];
    for (endpoint, beginning, piece, field) in cases {
        assert_eq!(too_long(endpoint, (beginning.as_bytes(), piece.as_bytes()), Form::Json), field);
    }
    let packed = |name: &str, most: u32| {
        let mut bytes = vec![0x81, 0xa0 | u8::try_from(name.len()).unwrap()];
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0xdd);
        bytes.extend_from_slice(&most.to_be_bytes());
        bytes
    };
    // Of `dense` one row of nulls, a byte each; and rows of nothing.
    let mut one_row = packed("dense", 1);
    one_row.push(0xdd);
    one_row.extend_from_slice(&u32::MAX.to_be_bytes());
    let cases: [(Vec<u8>, &[u8], &str); 3] = [
        (one_row, &[0xc0], "dense[0]"),
        (packed("dense", u32::MAX), &[0x90], "dense"),
        (packed("column_capacity", u32::MAX), &[0], "column_capacity"),
    ];
    for (beginning, piece, field) in cases {
        assert_eq!(too_long(assign, (&beginning, piece), Form::MessagePack), field);
    }
}
