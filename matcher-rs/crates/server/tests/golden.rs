//! The golden files of `contracts/`: every request gives its response, byte for byte, and so does every permutation of it.
//!
//! After a deliberate change of the contract, `UPDATE_GOLDEN=1 cargo test -p server --test golden` writes the responses anew;
//! the difference is then for a person to read.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use server::contract::{Body, Endpoint, Form, assign, match_people, suggest};
use solver::Interrupt;

const ENDPOINTS: [(&str, Endpoint); 3] = [("suggest", suggest), ("match", match_people), ("assign", assign)];

fn requests(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts").join(folder);
    let mut requests: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".request.json"))
        .collect();
    requests.sort();
    assert!(requests.len() >= 5, "each endpoint has its golden files");
    requests
}

fn answer(endpoint: Endpoint, body: &[u8]) -> String {
    let mut answer = String::from_utf8(endpoint(Body::json(body), &Interrupt::never()).unwrap().body).unwrap();
    answer.push('\n');
    answer
}

#[test]
fn every_golden_request_gives_its_response() {
    for (folder, endpoint) in ENDPOINTS {
        for request in requests(folder) {
            let response = PathBuf::from(request.to_string_lossy().replace(".request.", ".response."));
            let given = answer(endpoint, &fs::read(&request).unwrap());
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                fs::write(&response, &given).unwrap();
            }
            assert_eq!(fs::read_to_string(&response).unwrap(), given, "{}", request.display());
        }
    }
}

#[test]
fn every_golden_request_has_the_same_answer_as_message_pack() {
    for (folder, endpoint) in ENDPOINTS {
        for request in requests(folder) {
            let body = fs::read(&request).unwrap();
            let packed = rmp_serde::to_vec_named(&serde_json::from_slice::<Value>(&body).unwrap()).unwrap();
            let packed = Body { bytes: &packed, form: Form::MessagePack };
            let given: Value = rmp_serde::from_slice(&endpoint(packed, &Interrupt::never()).unwrap().body).unwrap();
            assert_eq!(given.to_string(), answer(endpoint, &body).trim_end(), "{}", request.display());
        }
    }
}

#[test]
fn message_pack_of_a_wrong_shape_names_the_field() {
    for wrong in [serde_json::json!([1]), serde_json::json!("many"), serde_json::json!({}), serde_json::json!(1.5)] {
        let request = serde_json::json!({"learners": [], "mentors": [], "alternates": wrong});
        let packed = rmp_serde::to_vec_named(&request).unwrap();
        let refused = match_people(Body { bytes: &packed, form: Form::MessagePack }, &Interrupt::never()).unwrap_err();
        assert_eq!((refused.errors[0].field.as_str(), refused.errors[0].code), ("alternates", "wrong_type"), "{wrong}");
    }
}

#[test]
fn every_response_has_its_keys_in_ascending_order() {
    for (folder, endpoint) in ENDPOINTS {
        for request in requests(folder) {
            let given = answer(endpoint, &fs::read(&request).unwrap());
            // `Value` keeps its keys in a BTreeMap.
            let sorted = serde_json::from_str::<Value>(&given).unwrap().to_string();
            assert_eq!(given.trim_end(), sorted, "{}", request.display());
        }
    }
}

/// Reverses every list whose order is without meaning.
fn reverse_lists(value: &mut Value, name: &str, of_mentor: bool) {
    match value {
        Value::Array(items) => {
            for item in items.iter_mut() {
                reverse_lists(item, "", of_mentor || name == "mentors");
            }
            let ordered = (name == "languages" && !of_mentor) || name == "offsets";
            if !ordered && items.iter().all(|item| !item.is_number()) {
                items.reverse();
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                reverse_lists(field, name, of_mentor);
            }
        }
        _ => {}
    }
}

#[test]
fn reversed_lists_give_the_same_bytes() {
    for (folder, endpoint) in &ENDPOINTS[..2] {
        for request in requests(folder) {
            let body = fs::read(&request).unwrap();
            let mut reversed: Value = serde_json::from_slice(&body).unwrap();
            reverse_lists(&mut reversed, "", false);
            let reversed = serde_json::to_vec(&reversed).unwrap();
            assert_eq!(answer(*endpoint, &body), answer(*endpoint, &reversed), "{}", request.display());
        }
    }
}

#[test]
fn dense_and_sparse_forms_give_the_same_bytes() {
    let dense = br#"{"dense": [[3, null], [1, 2]], "objective": "minimize"}"#;
    let sparse = br#"{"objective": "minimize", "row_capacity": [1, 1], "unassigned_rows": "forbidden",
        "sparse": {"columns": 2, "rows": 2, "entries": [[1, 1, 2], [0, 0, 3], [1, 0, 1]]}}"#;
    assert_eq!(answer(assign, dense), answer(assign, sparse));
    let nulls = br#"{"dense": [[3, null], [1, 2]], "objective": "minimize", "sparse": null, "row_capacity": null,
        "column_capacity": null, "method": null, "unassigned_rows": null, "unassigned_value": null}"#;
    assert_eq!(answer(assign, dense), answer(assign, nulls));
}
