//! The two methods of `/v1/match`, and the three of `/v1/assign`, over random requests: the same answer but for the method's name.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use serde_json::{Value, json};
use server::contract::{Body, Endpoint, assign, match_people};
use server::problem_details::Problem;
use solver::Interrupt;

fn ask(request: &Value, method: &str) -> Result<Value, Problem> {
    ask_endpoint(match_people, request, method)
}

fn ask_endpoint(endpoint: Endpoint, request: &Value, method: &str) -> Result<Value, Problem> {
    let mut request = request.clone();
    request["method"] = json!(method);
    let answer = endpoint(Body::json(&serde_json::to_vec(&request).unwrap()), &Interrupt::never())?;
    Ok(serde_json::from_slice(&answer.body).unwrap())
}

fn week() -> impl Strategy<Value = Vec<(u16, u16)>> {
    vec((0..160_u16, 1..6_u16).prop_map(|(start, hours)| (start * 60, (start + hours) * 60)), 0..3)
}

fn languages() -> impl Strategy<Value = Vec<&'static str>> {
    btree_set(prop::sample::select(&["de", "en", "fr"]), 0..3).prop_map(|set| set.into_iter().collect()).prop_shuffle()
}

fn country() -> impl Strategy<Value = Option<&'static str>> {
    weighted(0.5, prop::sample::select(&["AT", "DE"]))
}

/// Few skills and levels, so that ties and refusals are common.
fn learner() -> impl Strategy<Value = Value> {
    let wants = btree_map(0..4_u8, (1..=5_u8, prop::sample::select(&[1, 100, 300])), 0..3).prop_map(|wants| {
        let want = |(skill, (level, weight))| json!({"skill": format!("s{skill}"), "level": level, "weight": weight});
        wants.into_iter().map(want).collect::<Vec<Value>>()
    });
    let priority = prop_oneof![4 => Just(0), 1 => Just(100), 1 => Just(4095)];
    let waiting = weighted(0.7, 0..40_u16);
    (wants, languages(), week(), weighted(0.7, -720..=840_i16), waiting, country(), priority).prop_map(
        |(wants, languages, availability, offset, waiting, country, priority)| {
            json!({"wants": wants, "languages": languages, "availability": availability, "utc_offset_minutes": offset,
                "waiting_days": waiting, "country": country, "priority": priority})
        },
    )
}

fn mentor() -> impl Strategy<Value = Value> {
    let skills = btree_map(0..4_u8, 0..=5_u8, 0..4).prop_map(|skills| {
        let skill = |(skill, level)| json!({"skill": format!("s{skill}"), "level": level});
        skills.into_iter().map(skill).collect::<Vec<Value>>()
    });
    (skills, languages(), week(), weighted(0.7, -720..=840_i16), 0..3_u8, weighted(0.5, 0..=1000_u16), country())
        .prop_map(|(skills, languages, availability, offset, capacity, rate, country)| {
            json!({"skills": skills, "languages": languages, "availability": availability,
                "utc_offset_minutes": offset, "capacity": capacity, "answer_rate_permille": rate, "country": country})
        })
}

fn named(people: Vec<Value>, letter: char) -> Vec<Value> {
    let named = people.into_iter().enumerate().map(|(number, mut person)| {
        person["id"] = json!(format!("{letter}{number:03}"));
        person
    });
    named.collect()
}

/// Pairs of a request, by their places.
fn pairs(people: &Value, some: &[(prop::sample::Index, prop::sample::Index)]) -> Vec<Value> {
    let of = |side: &str, index: &prop::sample::Index| index.get(people[side].as_array().unwrap())["id"].clone();
    let pair = |(learner, mentor)| json!({"learner": of("learners", learner), "mentor": of("mentors", mentor)});
    some.iter().map(|(learner, mentor)| pair((learner, mentor))).collect()
}

fn requests(most: usize) -> impl Strategy<Value = Value> {
    let people = (vec(learner(), 1..most), vec(mentor(), 1..most));
    let some = || vec(any::<(prop::sample::Index, prop::sample::Index)>(), 0..4);
    let policy = (
        any::<bool>(),
        weighted(0.3, prop::sample::select(&[0, 1, 30, 1000])),
        prop::sample::select(&[0, 300, 4095]),
        some(),
    );
    let minimum = prop_oneof![2 => Just(0), 1 => Just(1500)];
    (people, policy, minimum, some(), some(), 0..4_u8).prop_map(
        |((learners, mentors), (fair, floor, bonus, sticky), minimum_score, forbidden, met, alternates)| {
            let mut request = json!({"learners": named(learners, 'l'), "mentors": named(mentors, 'm')});
            request["alternates"] = json!(alternates);
            request["constraints"] = json!({"forbidden": pairs(&request, &forbidden), "minimum_score": minimum_score});
            request["policy"] = json!({"fair": fair, "sticky": {"bonus": bonus, "pairs": pairs(&request, &sticky)},
                "floor": floor.map(|loss| json!({"loss_permille": loss}))});
            let mut continuity = pairs(&request, &met);
            continuity.sort_by_key(ToString::to_string);
            continuity.dedup();
            for (value, pair) in continuity.iter_mut().enumerate() {
                pair["value"] = json!(500 + value);
            }
            request["continuity"] = json!(continuity);
            request
        },
    )
}

fn assert_same(request: &Value) -> Result<Value, TestCaseError> {
    let by_pairs = ask(request, "pairs").unwrap();
    let mut by_people = ask(request, "people").unwrap();
    prop_assert_eq!(&by_people["method"], "people");
    by_people["method"] = json!("pairs");
    prop_assert_eq!(&by_pairs, &by_people);
    Ok(by_pairs)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_methods_answer_the_same(mut request in requests(12), pin in any::<prop::sample::Index>()) {
        let answer = assert_same(&request)?;
        prop_assert_eq!(ask(&request, "auto").unwrap(), answer.clone());
        // With a pin besides, of somebody to one whom they have not got.
        let learners = request["learners"].as_array().unwrap();
        let learner = pin.get(learners)["id"].as_str().unwrap().to_owned();
        if let Some(other) = answer["alternates"][&learner].get(0) {
            request["constraints"]["pins"] = json!([{"learner": learner, "mentor": other["mentor"]}]);
            assert_same(&request)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn larger_requests_are_answered_the_same_too(request in requests(150)) {
        assert_same(&request)?;
    }
}

#[test]
fn more_people_than_pairs_can_be_listed_of_are_solved_by_people() {
    // Each learner has a skill of their own, and so has each of the first mentors.
    let learners: Vec<Value> = (0..20_001)
        .map(|number| json!({"id": format!("l{number:05}"), "wants": [{"skill": format!("s{number}"), "level": 1}]}))
        .collect();
    let mentors: Vec<Value> = (0..300)
        .map(|number| {
            let skills = [json!({"skill": format!("s{number}"), "level": 1})];
            json!({"id": format!("m{number:03}"), "skills": skills, "capacity": u8::from(number > 0)})
        })
        .collect();
    let request = json!({"learners": learners, "mentors": mentors});
    let answer = ask(&request, "auto").unwrap();
    assert_eq!((&answer["method"], &answer["matched"]), (&json!("people"), &json!(299)));
    assert_eq!(answer["unmatched_by"]["reason"], json!({"capacity_exhausted": 1, "no_feasible_mentor": 19_701}));
    assert_eq!(answer["total_score"], json!(299 * 4095));
    let refused = ask(&request, "pairs").unwrap_err();
    let fields: Vec<&str> = refused.errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["learners", "mentors"]);
    let unknown = ask(&request, "guess").unwrap_err();
    assert_eq!((unknown.errors[0].field.as_str(), unknown.errors[0].code), ("method", "wrong_type"));
}

#[test]
fn more_equal_choices_than_can_be_remembered_are_refused() {
    let learners: Vec<Value> = (0..4_200).map(|number| json!({"id": number.to_string()})).collect();
    let mentors: Vec<Value> = (0..4_200).map(|number| json!({"id": number.to_string(), "capacity": 1})).collect();
    let refused = ask(&json!({"learners": learners, "mentors": mentors}), "auto").unwrap_err();
    assert_eq!((refused.errors[0].field.as_str(), refused.errors[0].code), ("learners", "too_many"));
    assert_eq!(refused.errors[0].message, "too many choices are exactly as good as what learners get");
}

/// Few different values, so that ties are common, and places too few or too many on either side.
fn bare_requests(most: usize) -> impl Strategy<Value = Value> {
    (1..most, 1..most).prop_flat_map(|(rows, columns)| {
        let value = weighted(0.8, prop_oneof![3 => -3..=3_i64, 1 => Just(1 << 40), 1 => Just(-(1 << 40))]);
        let capacity = |side| weighted(0.7, vec(0..4_u8, side..=side));
        let dense = vec(vec(value, columns..=columns), rows..=rows);
        let unassigned = weighted(0.5, -3..=3_i64);
        let objective = prop::sample::select(&["minimize", "maximize"]);
        (dense, capacity(rows), capacity(columns), objective, unassigned).prop_map(
            |(dense, row_capacity, column_capacity, objective, unassigned)| {
                json!({"dense": dense, "objective": objective, "row_capacity": row_capacity,
                    "column_capacity": column_capacity, "unassigned_value": unassigned,
                    "unassigned_rows": if unassigned.is_some() { "allowed" } else { "forbidden" }})
            },
        )
    })
}

/// The answer from both sides, and which of them is taken where none is forced.
fn assert_same_from_both_sides(request: &Value) -> Result<&'static str, TestCaseError> {
    let [by_auto, mut by_rows, by_columns] =
        ["auto", "rows", "columns"].map(|method| ask_endpoint(assign, request, method).unwrap());
    prop_assert_eq!((&by_rows["method"], &by_columns["method"]), (&json!("rows"), &json!("columns")));
    let is_by_rows = by_auto == by_rows;
    by_rows["method"] = json!("columns");
    prop_assert_eq!(&by_rows, &by_columns);
    prop_assert!(is_by_rows || by_auto == by_columns);
    Ok(if is_by_rows { "rows" } else { "columns" })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_sides_answer_the_same(request in bare_requests(8)) {
        let side = assert_same_from_both_sides(&request)?;
        let sum = |side: &str, count: usize| match &request[side] {
            Value::Array(capacities) => capacities.iter().filter_map(Value::as_u64).sum(),
            _ => count as u64,
        };
        let (rows, columns) = (request["dense"].as_array().unwrap().len(), request["dense"][0].as_array().unwrap().len());
        let are_columns_scarce = sum("column_capacity", columns) < sum("row_capacity", rows);
        prop_assert_eq!(side, if are_columns_scarce { "columns" } else { "rows" });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn larger_bare_requests_are_answered_the_same_too(request in bare_requests(60)) {
        assert_same_from_both_sides(&request)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_whole_matrix_is_answered_as_from_the_rows(
        (dense, objective) in (1..9_usize, 0..4_usize).prop_flat_map(|(rows, more)| {
            let value = prop_oneof![3 => -3..=3_i64, 1 => Just(1 << 40), 1 => Just(-(1 << 40))];
            (vec(vec(value, rows + more), rows), prop::sample::select(&["minimize", "maximize"]))
        })
    ) {
        let request = json!({"dense": dense, "objective": objective});
        let [by_matrix, mut by_rows] =
            ["dense", "rows"].map(|method| ask_endpoint(assign, &request, method).unwrap());
        prop_assert_eq!(&by_matrix["method"], "dense");
        by_rows["method"] = json!("dense");
        prop_assert_eq!(by_matrix, by_rows);
    }
}

#[test]
fn a_large_matrix_is_solved_as_one_and_what_is_none_is_refused_as_one() {
    let side = 0..128_u32;
    let dense: Vec<Vec<u32>> =
        side.clone().map(|row| side.clone().map(|column| row * column % 101).collect()).collect();
    let mut request = json!({"dense": dense, "objective": "minimize"});
    assert_eq!(ask_endpoint(assign, &request, "auto").unwrap()["method"], "dense");
    request["dense"][5][7] = Value::Null;
    assert_eq!(ask_endpoint(assign, &request, "auto").unwrap()["method"], "rows");
    let refused = ask_endpoint(assign, &request, "dense").unwrap_err();
    assert_eq!((refused.errors[0].field.as_str(), refused.errors[0].code), ("method", "conflict"));
}
