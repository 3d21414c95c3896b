//! The service over HTTP on a free port: answers, problems, headers, health, metrics, limits, stopping.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::too_many_lines, reason = "tables of cases are long")]

use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use server::admission::Admission;
use server::application::{Application, Stopper};
use server::config::Config;
use server::metrics::Metrics;
use tokio::task::JoinHandle;

const TOKEN: &str = "a-shared-secret-of-a-test";

struct Service {
    base: String,
    client: Client,
    stopper: Stopper,
    running: JoinHandle<std::io::Result<()>>,
}

fn config(variables: &[(&str, &str)]) -> Config {
    let variable = |name: &str| {
        let known = variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        known.or_else(|| (name == "MATCHER_ADDRESS").then(|| "127.0.0.1:0".to_owned()))
    };
    Config::from_variables(variable).unwrap()
}

impl Service {
    fn start(variables: &[(&str, &str)]) -> Self {
        let config = config(variables);
        let workers = config.workers;
        Self::start_with(&config, |metrics| Admission::new(workers, metrics.queued.clone()))
    }

    fn start_with(config: &Config, admission: impl FnOnce(&Metrics) -> Admission) -> Self {
        let application = Application::build_with(config, admission).unwrap();
        let base = format!("http://127.0.0.1:{}", application.port());
        let stopper = application.stopper();
        Self { base, client: Client::new(), stopper, running: tokio::spawn(application.run()) }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> Response {
        self.request(Method::POST, path).json(body).send().await.unwrap()
    }
}

/// The problem document of a response, after a look at what all of them have in common.
async fn problem(response: Response) -> Value {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let (status, id) = (response.status().as_u16(), response.headers()["x-request-id"].to_str().unwrap().to_owned());
    let document: Value = response.json().await.unwrap();
    assert_eq!(document["status"], status);
    assert_eq!(document["request_id"], id);
    let code = document["code"].as_str().unwrap();
    assert_eq!(document["type"], format!("urn:skillbridge:problem:{code}"));
    document
}

/// A problem that takes longer than any deadline here: long alternating paths (costs i·j, Machol and Wien), as many pairs as are taken.
fn slow_problem() -> Value {
    let dense: Vec<Vec<i64>> = (1..=2200).map(|row| (1..=2200).map(|column| row * column).collect()).collect();
    json!({"dense": dense, "objective": "minimize"})
}

#[tokio::test]
async fn suggestions_come_over_http_as_the_golden_file_says() {
    let service = Service::start(&[]);
    let request = include_str!("../../../contracts/suggest/typical.request.json");
    let response =
        service.request(Method::POST, "/v1/suggest").header("content-type", "application/json; charset=utf-8");
    let response = response.body(request).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/json");
    let golden = include_str!("../../../contracts/suggest/typical.response.json");
    assert_eq!(response.text().await.unwrap(), golden.trim_end());
}

#[tokio::test]
async fn match_and_assign_answer_over_http() {
    let service = Service::start(&[]);
    let matched = service.post("/v1/match", &json!({"learners": [{"id": "l"}], "mentors": []})).await;
    let matched: Value = matched.json().await.unwrap();
    assert_eq!(matched["unmatched"], json!([{"counterfactual": null, "learner": "l", "reason": "no_feasible_mentor"}]));
    let assigned = service.post("/v1/assign", &json!({"dense": [[4, 1], [2, 3]], "objective": "minimize"})).await;
    let assigned: Value = assigned.json().await.unwrap();
    assert_eq!((&assigned["objective"], &assigned["pairs"]), (&json!(3), &json!([[0, 1], [1, 0]])));
}

#[tokio::test]
async fn every_bad_field_is_named() {
    let service = Service::start(&[]);
    let mentor = |id: &str, capacity: i64| json!({"id": id, "capacity": capacity});
    let cases = [
        ("/v1/suggest", json!({"mentors": []}), "required", "learner"),
        ("/v1/suggest", json!({"learner": {"id": "l"}, "mentors": [], "extra": 1}), "unknown_field", "extra"),
        ("/v1/suggest", json!({"learner": {"id": "l"}, "mentors": [{"id": "m"}]}), "required", "mentors[0].capacity"),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l"}, "mentors": [{"id": "m", "capacity": 1, "age": 3}]}),
            "unknown_field",
            "mentors[0].age",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l"}, "mentors": [{"id": "m", "capacity": 1.0}]}),
            "wrong_type",
            "mentors[0].capacity",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l"}, "mentors": [mentor("m", 1), mentor("n", -1)]}),
            "out_of_range",
            "mentors[1].capacity",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l"}, "mentors": [mentor("m", 1), mentor("m", 1)]}),
            "duplicate",
            "mentors[1].id",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l", "availability": [[5, 5]]}, "mentors": []}),
            "invalid_interval",
            "learner.availability[0]",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l", "availability": [[0, 10_081]]}, "mentors": []}),
            "out_of_range",
            "learner.availability[0][1]",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l", "wants": [{"skill": "a", "level": 0}]}, "mentors": []}),
            "out_of_range",
            "learner.wants[0].level",
        ),
        ("/v1/suggest", json!({"learner": {"id": ""}, "mentors": []}), "invalid_text", "learner.id"),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l", "wants": [{"skill": "a", "level": 3, "from": 3}]}, "mentors": []}),
            "out_of_range",
            "learner.wants[0].from",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l", "wants": [{"skill": "a", "level": 3,
                "related": [{"skill": "b", "permille": 1}, {"skill": "b", "permille": 2}]}]}, "mentors": []}),
            "duplicate",
            "learner.wants[0].related[1].skill",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l"}, "mentors": [mentor("m", 1)],
                "continuity": [{"learner": "l", "mentor": "ghost", "value": 1}]}),
            "unknown_id",
            "continuity[0].mentor",
        ),
        (
            "/v1/match",
            json!({"learners": [{"id": "l"}], "mentors": [mentor("m", 1)], "continuity": [
                {"learner": "l", "mentor": "m", "value": 1}, {"learner": "l", "mentor": "m", "value": 2}]}),
            "duplicate",
            "continuity[1]",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l", "time_zone": "Mars"}, "mentors": []}),
            "unknown_id",
            "learner.time_zone",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l", "slots": [[0, 60]]}, "mentors": []}),
            "required",
            "learner.time_zone",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l", "time_zone": "UTC", "availability": [[0, 60]]}, "mentors": [],
                "zones": {"UTC": {"now": 0, "offsets": [[0, 0]]}}}),
            "conflict",
            "learner.availability",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l", "time_zone": "UTC", "slots": [[0, 11_521]]}, "mentors": [],
                "zones": {"UTC": {"now": 0, "offsets": [[0, 0]]}}}),
            "out_of_range",
            "learner.slots[0][1]",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l"}, "mentors": [], "zones": {"UTC": {"now": 0, "offsets": [[60, 0]]}}}),
            "out_of_range",
            "zones.UTC.offsets",
        ),
        (
            "/v1/match",
            json!({"learners": [], "mentors": [], "zones": {"UTC": {"now": 0, "offsets": [[0, 0], [0, 60]]}}}),
            "invalid_interval",
            "zones.UTC.offsets[1][0]",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l", "languages": ["a", "a"]}, "mentors": []}),
            "duplicate",
            "learner.languages[1]",
        ),
        ("/v1/suggest", json!({"learner": {"id": "l"}, "mentors": [], "k": 0}), "out_of_range", "k"),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l"}, "mentors": [], "weights": {"skills": 0, "availability": 0, "languages": 0,
                "timezone": 0, "reliability": 0, "rating": 0, "waiting": 0, "continuity": 0, "place": 0}}),
            "conflict",
            "weights",
        ),
        (
            "/v1/match",
            json!({"learners": [{"id": "l"}], "mentors": [],
                "constraints": {"forbidden": [{"learner": "l", "mentor": "ghost"}]}}),
            "unknown_id",
            "constraints.forbidden[0].mentor",
        ),
        (
            "/v1/match",
            json!({"learners": [{"id": "l"}], "mentors": [mentor("m", 1)],
                "constraints": {"pins": [{"learner": "l", "mentor": "m"}, {"learner": "l", "mentor": "ghost"}]}}),
            "unknown_id",
            "constraints.pins[1].mentor",
        ),
        (
            "/v1/match",
            json!({"learners": [{"id": "l"}], "mentors": [mentor("m", 1), mentor("n", 1)],
                "constraints": {"pins": [{"learner": "l", "mentor": "n"}, {"learner": "l", "mentor": "m"}]}}),
            "duplicate",
            "constraints.pins[1].learner",
        ),
        (
            "/v1/match",
            json!({"learners": [{"id": "k"}, {"id": "l"}], "mentors": [mentor("m", 1)],
                "constraints": {"pins": [{"learner": "l", "mentor": "m"}, {"learner": "k", "mentor": "m"}]}}),
            "over_capacity",
            "constraints.pins[1].mentor",
        ),
        (
            "/v1/match",
            json!({"learners": [{"id": "l"}, {"id": "k"}], "mentors": [mentor("n", 1), mentor("m", 1)], "constraints": {
                "pins": [{"learner": "l", "mentor": "n"}, {"learner": "k", "mentor": "m"}],
                "forbidden": [{"learner": "k", "mentor": "m"}]}}),
            "absent_pair",
            "constraints.pins[1]",
        ),
        (
            "/v1/match",
            json!({"learners": [], "mentors": [], "constraints": {"pins": null}}),
            "wrong_type",
            "constraints.pins",
        ),
        (
            "/v1/suggest",
            json!({"learner": {"id": "l"}, "mentors": [], "constraints": {"pins": []}}),
            "unknown_field",
            "constraints.pins",
        ),
        (
            "/v1/match",
            json!({"learners": [{"id": "l", "priority": 4096}], "mentors": []}),
            "out_of_range",
            "learners[0].priority",
        ),
        (
            "/v1/match",
            json!({"learners": [], "mentors": [], "policy": {"floor": {"loss_permille": 1001}}}),
            "out_of_range",
            "policy.floor.loss_permille",
        ),
        (
            "/v1/match",
            json!({"learners": [{"id": "l"}], "mentors": [], "policy": {"sticky": {"bonus": -1}}}),
            "out_of_range",
            "policy.sticky.bonus",
        ),
        (
            "/v1/match",
            json!({"learners": [{"id": "l"}], "mentors": [],
                "policy": {"sticky": {"bonus": 1, "pairs": [{"learner": "l", "mentor": "ghost"}]}}}),
            "unknown_id",
            "policy.sticky.pairs[0].mentor",
        ),
        ("/v1/assign", json!({"objective": "minimize"}), "conflict", ""),
        ("/v1/assign", json!({"dense": [[1, 2], [3]], "objective": "minimize"}), "wrong_length", "dense[1]"),
        ("/v1/assign", json!({"dense": [[1_i64 << 41]], "objective": "minimize"}), "out_of_range", "dense[0][0]"),
        (
            "/v1/assign",
            json!({"sparse": {"rows": 1_000_000_000, "columns": 1, "entries": []}, "objective": "minimize"}),
            "out_of_range",
            "sparse.rows",
        ),
        (
            "/v1/assign",
            json!({"sparse": {"rows": 1, "columns": 1, "entries": [[0, 1, 5]]}, "objective": "minimize"}),
            "out_of_range",
            "sparse.entries[0][1]",
        ),
        (
            "/v1/assign",
            json!({"sparse": {"rows": 1, "columns": 1, "entries": [[0, 0, 5], [0, 0, 6]]}, "objective": "minimize"}),
            "duplicate",
            "sparse.entries",
        ),
        (
            "/v1/assign",
            json!({"dense": [[1]], "objective": "minimize", "column_capacity": [1, 1]}),
            "wrong_length",
            "column_capacity",
        ),
        (
            "/v1/assign",
            json!({"sparse": {"rows": i64::MIN, "columns": i64::MIN, "entries": [[i64::MIN, i64::MAX, i64::MIN]]},
                "objective": "minimize", "row_capacity": [i64::MAX, i64::MAX]}),
            "out_of_range",
            "sparse.rows",
        ),
        (
            "/v1/assign",
            json!({"dense": [[1], [1]], "objective": "minimize", "row_capacity": [i64::MAX, i64::MAX]}),
            "out_of_range",
            "row_capacity[0]",
        ),
        (
            "/v1/assign",
            json!({"dense": [[1]], "objective": "minimize", "row_capacity": [100_001]}),
            "out_of_range",
            "row_capacity",
        ),
    ];
    for (path, body, code, field) in cases {
        let response = service.post(path, &body).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let document = problem(response).await;
        assert_eq!(document["code"], "invalid_request", "{document}");
        assert_eq!(
            (&document["errors"][0]["code"], &document["errors"][0]["field"]),
            (&json!(code), &json!(field)),
            "{body} gives {document}"
        );
    }
}

#[tokio::test]
async fn all_bad_fields_are_reported_at_once() {
    let service = Service::start(&[]);
    let body = json!({"k": 101, "learner": {"id": "l", "waiting_days": -1, "country": "", "attendance_permille": -1}, "mentors": [{"id": "m", "capacity": -1,
        "rating": {"mean_milli": 5001, "count": 1}, "answer_rate_permille": 1001,
        "attendance_permille": 1001, "country": "\n", "utc_offset_minutes": -721}]});
    let document = problem(service.post("/v1/suggest", &body).await).await;
    let mut fields: Vec<&str> =
        document["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    let expected = [
        "k",
        "learner.attendance_permille",
        "learner.country",
        "learner.waiting_days",
        "mentors[0].answer_rate_permille",
        "mentors[0].attendance_permille",
        "mentors[0].capacity",
        "mentors[0].country",
        "mentors[0].rating.mean_milli",
        "mentors[0].utc_offset_minutes",
    ];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn too_many_people_are_refused_before_anything_is_computed() {
    let service = Service::start(&[]);
    let learners: Vec<Value> = (0..20_001).map(|id| json!({"id": id.to_string()})).collect();
    let mentors: Vec<Value> = (0..20_001).map(|id| json!({"id": id.to_string(), "capacity": 1})).collect();
    let cases = [
        (
            "/v1/match",
            json!({"learners": learners, "mentors": [], "method": "pairs"}),
            "learners",
            "at most 20000, got 20001; the method people takes more",
        ),
        ("/v1/suggest", json!({"learner": {"id": "l"}, "mentors": mentors}), "mentors", "at most 20000"),
    ];
    for (path, body, field, message) in cases {
        let document = problem(service.post(path, &body).await).await;
        assert_eq!(document["errors"], json!([{"code": "too_many", "field": field, "message": message}]));
    }
    let answered = service.post("/v1/match", &json!({"learners": learners, "mentors": []})).await;
    assert_eq!(answered.json::<Value>().await.unwrap()["method"], "people");
}

#[tokio::test]
async fn what_is_not_a_request_is_a_problem_too() {
    let service = Service::start(&[]);
    let json_type = ("content-type", "application/json");
    let packed_type = ("content-type", "application/vnd.msgpack");
    let post = |body: &'static str, (name, value): (&'static str, &'static str)| {
        service.request(Method::POST, "/v1/suggest").header(name, value).body(body).send()
    };
    let cases = [
        (post("{\"learner\": ", json_type).await.unwrap(), 400, "malformed_json"),
        (post("{\"learner\": NaN}", json_type).await.unwrap(), 400, "malformed_json"),
        (post("", json_type).await.unwrap(), 400, "malformed_json"),
        (post("", packed_type).await.unwrap(), 400, "malformed_msgpack"),
        (post("\u{1}\u{2}", packed_type).await.unwrap(), 422, "invalid_request"),
        (post("\u{1f}", packed_type).await.unwrap(), 422, "invalid_request"),
        (post("{}", ("content-type", "text/plain")).await.unwrap(), 415, "unsupported_media_type"),
        (service.get("/nowhere").await, 404, "not_found"),
        (service.get("/v1/match").await, 405, "method_not_allowed"),
        (service.request(Method::DELETE, "/metrics").send().await.unwrap(), 405, "method_not_allowed"),
    ];
    for (response, status, code) in cases {
        assert_eq!(response.status().as_u16(), status);
        if status == 405 {
            assert!(response.headers().contains_key("allow"));
        }
        assert_eq!(problem(response).await["code"], code);
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let service = Service::start(&[]);
    let body = vec![b' '; 64 * 1024 * 1024 + 1];
    let request = service.request(Method::POST, "/v1/suggest").header("content-type", "application/json").body(body);
    // The service answers at the headers; a client that is still sending may see the connection close instead.
    if let Ok(response) = request.send().await {
        assert_eq!(problem(response).await["code"], "payload_too_large");
    }
    assert_eq!(service.get("/health/live").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_shared_secret_guards_v1_and_nothing_else() {
    let service = Service::start(&[("MATCHER_TOKEN", TOKEN)]);
    let body = json!({"dense": [[1]], "objective": "minimize"});
    let with =
        |value: String| service.request(Method::POST, "/v1/assign").header("authorization", value).json(&body).send();
    let missing = service.post("/v1/assign", &body).await;
    assert_eq!(missing.headers()["www-authenticate"], "Bearer");
    for refused in
        [missing, with(format!("Bearer {TOKEN}x")).await.unwrap(), with(format!("Basic {TOKEN}")).await.unwrap()]
    {
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(problem(refused).await["code"], "unauthorized");
    }
    assert_eq!(with(format!("Bearer {TOKEN}")).await.unwrap().status(), StatusCode::OK);
    for open in ["/health/live", "/health/ready", "/metrics"] {
        assert_eq!(service.get(open).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn request_ids_are_echoed_if_fit_and_made_otherwise() {
    let service = Service::start(&[]);
    let with = |id: &str| service.request(Method::GET, "/health/live").header("x-request-id", id).send();
    assert_eq!(with("abc-1.2:3_4").await.unwrap().headers()["x-request-id"], "abc-1.2:3_4");
    for unfit in ["", "has space", &"x".repeat(129)] {
        let made = with(unfit).await.unwrap().headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(made.len(), 36, "{made} is a UUID");
    }
}

#[tokio::test]
async fn a_deadline_stops_the_work_and_frees_its_processor() {
    let config = config(&[]);
    let service = Service::start_with(&config, |metrics| Admission::with_queue(1, 1, metrics.queued.clone()));
    let slow = service.request(Method::POST, "/v1/assign").header("x-deadline-ms", "500").json(&slow_problem());
    let response = slow.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(problem(response).await["code"], "deadline_exceeded");
    // The only processor is free again well before the slow problem would have been solved.
    let quick = service.request(Method::POST, "/v1/assign").header("x-deadline-ms", "60000");
    let quick = quick.json(&json!({"dense": [[1]], "objective": "minimize"})).send().await.unwrap();
    assert_eq!(quick.status(), StatusCode::OK);

    let wrong = service.request(Method::POST, "/v1/assign").header("x-deadline-ms", "0").json(&json!({}));
    assert_eq!(problem(wrong.send().await.unwrap()).await["errors"][0]["field"], "X-Deadline-Ms");
}

#[tokio::test]
async fn a_caller_who_goes_away_stops_the_work() {
    let config = config(&[]);
    let service = Service::start_with(&config, |metrics| Admission::with_queue(1, 1, metrics.queued.clone()));
    let slow = service.request(Method::POST, "/v1/assign").timeout(Duration::from_millis(500)).json(&slow_problem());
    assert!(slow.send().await.unwrap_err().is_timeout());
    let quick = service.request(Method::POST, "/v1/assign").header("x-deadline-ms", "60000");
    let quick = quick.json(&json!({"dense": [[1]], "objective": "minimize"})).send().await.unwrap();
    assert_eq!(quick.status(), StatusCode::OK);
    // Both are counted, and so is what the one that left had spent its time with.
    let text = service.get("/metrics").await.text().await.unwrap();
    for line in [
        r#"matcher_http_requests_total{method="POST",route="/v1/assign",status="499"} 1"#,
        r#"matcher_http_requests_total{method="POST",route="/v1/assign",status="200"} 1"#,
        r#"matcher_http_request_seconds_count{route="/v1/assign"} 1"#,
        r#"matcher_phase_seconds_count{endpoint="assign",phase="body"} 2"#,
        r#"matcher_phase_seconds_count{endpoint="assign",phase="solve"} 1"#,
        "matcher_http_requests_in_flight 1",
    ] {
        assert!(text.lines().any(|candidate| candidate == line), "{line} is not in\n{text}");
    }
}

#[tokio::test]
async fn beyond_the_queue_callers_are_told_to_come_back() {
    let config = config(&[]);
    let service = Service::start_with(&config, |metrics| Admission::with_queue(1, 0, metrics.queued.clone()));
    let slow = service.request(Method::POST, "/v1/assign").header("x-deadline-ms", "500").json(&slow_problem());
    let slow = tokio::spawn(slow.send());
    let small = json!({"dense": [[1]], "objective": "minimize"});
    let started = Instant::now();
    // Itself and the slow one, which takes its place in the same breath in which it is counted.
    while !service.get("/metrics").await.text().await.unwrap().contains("matcher_http_requests_in_flight 2") {
        assert!(started.elapsed() < Duration::from_secs(10), "the slow request never arrived");
    }
    let refused = service.post("/v1/assign", &small).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(problem(refused).await["code"], "overloaded");
    assert_eq!(slow.await.unwrap().unwrap().status(), StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let service = Service::start(&[]);
    service.post("/v1/suggest", &json!({"learner": {"id": "l"}, "mentors": [{"id": "m", "capacity": 1}]})).await;
    service.post("/v1/suggest", &json!({})).await;
    service.get("/nowhere").await;
    let text = service.get("/metrics").await.text().await.unwrap();
    for line in [
        r#"matcher_http_requests_total{method="POST",route="/v1/suggest",status="200"} 1"#,
        r#"matcher_http_requests_total{method="POST",route="/v1/suggest",status="422"} 1"#,
        r#"matcher_http_requests_total{method="GET",route="unmatched",status="404"} 1"#,
        r#"matcher_http_request_seconds_count{route="/v1/suggest"} 2"#,
        r#"matcher_problem_columns_sum{endpoint="suggest"} 1"#,
        r#"matcher_phase_seconds_count{endpoint="suggest",phase="body"} 2"#,
        r#"matcher_phase_seconds_count{endpoint="suggest",phase="wait"} 2"#,
        r#"matcher_phase_seconds_count{endpoint="suggest",phase="read"} 1"#,
        r#"matcher_phase_seconds_count{endpoint="suggest",phase="solve"} 1"#,
        r#"matcher_phase_seconds_count{endpoint="suggest",phase="write"} 1"#,
        r#"matcher_compute_seconds_count{endpoint="suggest"} 2"#,
        "matcher_http_requests_in_flight 1",
        "matcher_queued_requests 0",
        r#"matcher_build_info{solver="matcher-rs/auction-and-shortest-paths",version="0.1.0"} 1"#,
    ] {
        assert!(text.lines().any(|candidate| candidate == line), "{line} is not in\n{text}");
    }
    if cfg!(target_os = "linux") {
        let bytes = |name: &str| -> u64 {
            text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().parse().unwrap()
        };
        let (now, most) = (bytes("process_resident_memory_bytes "), bytes("process_resident_memory_peak_bytes "));
        assert!((1 << 20..=most).contains(&now), "{now} of {most}");
    }
}

#[tokio::test]
async fn a_stopping_service_is_not_ready_finishes_what_runs_and_ends() {
    let service = Service::start(&[("MATCHER_DRAIN_SECONDS", "1")]);
    assert_eq!(service.get("/health/ready").await.status(), StatusCode::OK);
    let running = service.request(Method::POST, "/v1/assign").header("x-deadline-ms", "500").json(&slow_problem());
    let running = tokio::spawn(running.send());
    tokio::time::sleep(Duration::from_millis(200)).await;
    let stopping = tokio::spawn(service.stopper.clone().stop());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let response = service.get("/health/ready").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(problem(response).await["code"], "not_ready");
    assert_eq!(service.get("/health/live").await.status(), StatusCode::OK);
    assert_eq!(running.await.unwrap().unwrap().status(), StatusCode::GATEWAY_TIMEOUT);
    stopping.await.unwrap();
    service.running.await.unwrap().unwrap();
    assert!(service.client.get(format!("{}/health/live", service.base)).send().await.is_err());
}

#[tokio::test]
async fn a_taken_port_is_one_clear_line() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = Application::build(&config(&[("MATCHER_ADDRESS", &address)])).err().unwrap();
    assert!(refused.starts_with(&format!("cannot listen on {address}: ")), "{refused}");
    assert!(!refused.contains('\n'));
}
