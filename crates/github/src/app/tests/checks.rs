use super::*;
use crate::api::{Annotation, CheckAction, CheckState, Conclusion};
use serde_json::{Value, json};

const CREATE: &str = "POST /repos/acme/shop/check-runs";
const ONE: &str = "GET /repos/acme/shop/check-runs/9";
const UPDATE: &str = "PATCH /repos/acme/shop/check-runs/9";

fn list() -> String {
    format!("GET /repos/acme/shop/commits/{HEAD}/check-runs")
}

fn check(annotations: usize) -> CheckRun {
    let place = |n: usize| Annotation {
        path: "a".into(),
        start_line: u32::try_from(n).unwrap() + 1,
        end_line: 0,
        level: "warning".into(),
        title: "t".into(),
        message: "m".into(),
    };
    CheckRun {
        id: None,
        name: "longshore".into(),
        head_sha: HEAD.into(),
        external_id: "wf_1:1".into(),
        details_url: None,
        state: CheckState::Completed(Conclusion::ActionRequired),
        title: "Needs you".into(),
        summary: "Summary".into(),
        annotations: (0..annotations).map(place).collect(),
        actions: vec![CheckAction {
            label: "Apply fix".into(),
            description: "d".repeat(50),
            identifier: "fix:K7QF2M:yes".into(),
        }],
    }
}

fn existing(id: u64, app: u64, external: &str, status: &str, annotations: usize) -> Value {
    json!({ "id": id, "status": status, "external_id": external, "app": { "id": app }, "output": { "annotations_count": annotations } })
}

async fn server(found: Vec<Value>) -> Server {
    let server = Server::start().await;
    server.on(&list(), 200, json!({ "total_count": found.len(), "check_runs": found }));
    server.on(CREATE, 201, existing(9, APP_ID, "wf_1:1", "completed", 0));
    server.on(UPDATE, 200, existing(9, APP_ID, "wf_1:1", "completed", 0));
    server
}

#[tokio::test]
async fn a_check_run_is_created_with_its_buttons_and_within_the_limits() {
    let server = server(vec![]).await;
    assert_eq!(app(&server).put_check_run(&shop(), &check(0)).await.unwrap(), 9);
    let body = &server.asked(CREATE)[0].body;
    assert_eq!((&body["status"], &body["conclusion"]), (&json!("completed"), &json!("action_required")));
    assert_eq!((&body["external_id"], &body["head_sha"]), (&json!("wf_1:1"), &json!(HEAD)));
    assert_eq!(body["actions"][0]["identifier"], "fix:K7QF2M:yes");
    assert_eq!(body["actions"][0]["description"].as_str().unwrap().chars().count(), 40);
}

/// Found by the simulation: a creation that lands after the next attempt looked leaves two.
#[tokio::test]
async fn a_twin_of_a_check_run_is_ended_when_it_is_concluded() {
    const TWIN: &str = "PATCH /repos/acme/shop/check-runs/8";
    let found = vec![
        existing(8, APP_ID, "wf_1:1", "queued", 0),
        existing(9, APP_ID, "wf_1:1", "completed", 0),
        existing(7, APP_ID, "wf_1:2", "queued", 0),
        existing(6, APP_ID + 1, "wf_1:1", "queued", 0),
    ];
    let server = server(found).await;
    server.on(ONE, 200, existing(9, APP_ID, "wf_1:1", "in_progress", 0));
    server.on(TWIN, 200, existing(8, APP_ID, "wf_1:1", "completed", 0));
    let known = CheckRun { id: Some(9), ..check(0) };
    assert_eq!(app(&server).put_check_run(&shop(), &known).await.unwrap(), 9);
    assert_eq!(server.asked(UPDATE).len(), 1);
    let body = &server.asked(TWIN)[0].body;
    assert_eq!((&body["status"], &body["conclusion"]), (&json!("completed"), &json!("cancelled")));
}

#[tokio::test]
async fn open_check_runs_of_ours_are_listed_and_no_others() {
    let found = vec![
        existing(8, APP_ID, "wf_1:1", "queued", 0),
        existing(9, APP_ID, "wf_1:2", "completed", 0),
        existing(7, APP_ID, "wf_1:3", "in_progress", 0),
        existing(6, APP_ID + 1, "wf_1:1", "queued", 0),
    ];
    let server = server(found).await;
    let open = app(&server).open_check_runs(&shop(), "longshore", HEAD).await.unwrap();
    let open: Vec<_> = open.into_iter().map(|it| (it.id, it.external_id)).collect();
    assert_eq!(open, [(8, "wf_1:1".to_owned()), (7, "wf_1:3".to_owned())]);
    assert!(server.changes().is_empty());
}

#[tokio::test]
async fn annotations_go_in_pages_of_fifty() {
    let server = server(vec![]).await;
    app(&server).put_check_run(&shop(), &check(120)).await.unwrap();
    let pages: Vec<_> = [server.asked(CREATE), server.asked(UPDATE)]
        .concat()
        .iter()
        .map(|it| it.body["output"]["annotations"].as_array().unwrap().len())
        .collect();
    assert_eq!(pages, [50, 50, 20]);
    assert_eq!(server.asked(CREATE)[0].body["output"]["annotations"][0]["end_line"], 1);
}

#[tokio::test]
async fn annotations_that_github_has_are_not_appended_again() {
    let server = server(vec![existing(9, APP_ID, "wf_1:1", "in_progress", 70)]).await;
    app(&server).put_check_run(&shop(), &check(120)).await.unwrap();
    let updates = server.asked(UPDATE);
    assert_eq!(updates.len(), 1);
    assert_eq!(updates[0].body["output"]["annotations"].as_array().unwrap().len(), 50);
    assert_eq!(updates[0].body["output"]["annotations"][0]["start_line"], 71);
    assert!(server.asked(CREATE).is_empty());
}

#[tokio::test]
async fn ours_is_found_again_and_others_are_left_alone() {
    let others = vec![existing(3, 1, "wf_1:1", "completed", 0), existing(4, APP_ID, "wf_2:1", "completed", 0)];
    let mut with_ours = others.clone();
    with_ours.push(existing(9, APP_ID, "wf_1:1", "queued", 0));
    let found = server(with_ours).await;
    assert_eq!(app(&found).put_check_run(&shop(), &check(0)).await.unwrap(), 9);
    assert_eq!(found.changes(), ["PATCH /repos/acme/shop/check-runs/9"]);
    let alone = server(others).await;
    app(&alone).put_check_run(&shop(), &check(0)).await.unwrap();
    assert_eq!(alone.changes(), ["POST /repos/acme/shop/check-runs"]);
}

#[tokio::test]
async fn a_completed_check_run_is_never_taken_back() {
    let server = server(vec![]).await;
    server.on(ONE, 200, existing(9, APP_ID, "wf_1:1", "completed", 0));
    let running = CheckRun { id: Some(9), state: CheckState::InProgress, ..check(0) };
    assert_eq!(app(&server).put_check_run(&shop(), &running).await.unwrap(), 9);
    assert!(server.changes().is_empty());
    let concluded = CheckRun { id: Some(9), actions: vec![], ..check(0) };
    app(&server).put_check_run(&shop(), &concluded).await.unwrap();
    assert_eq!(server.asked(UPDATE)[0].body["actions"], json!([]), "its buttons are taken away");
}

#[tokio::test]
async fn an_identifier_that_would_come_back_changed_is_refused() {
    let server = server(vec![]).await;
    let mut check = check(0);
    check.actions[0].identifier = "x".repeat(21);
    let error = app(&server).put_check_run(&shop(), &check).await.unwrap_err().to_string();
    assert_eq!(error, "GitHub: the button `Apply fix` has an identifier longer than 20 characters");
    assert!(server.changes().is_empty());
}

#[tokio::test]
async fn a_summary_too_long_is_shortened_and_says_so() {
    let server = server(vec![]).await;
    app(&server).put_check_run(&shop(), &CheckRun { summary: "ä".repeat(70_000), ..check(0) }).await.unwrap();
    let summary = server.asked(CREATE)[0].body["output"]["summary"].as_str().unwrap().to_owned();
    assert!(summary.chars().count() <= 65_535 && summary.ends_with("(shortened: longer than GitHub takes)"));
}

#[tokio::test]
async fn an_annotation_that_github_does_not_take_leaves_no_check_open() {
    let server = Server::start().await;
    server.on(&list(), 200, json!({ "total_count": 0, "check_runs": [] }));
    server.on(CREATE, 422, json!({ "message": "Invalid request. annotations/0/path is not valid." }));
    server.on(CREATE, 201, existing(9, APP_ID, "wf_1:1", "completed", 0));
    assert_eq!(app(&server).put_check_run(&shop(), &check(2)).await.unwrap(), 9);
    let asked = server.asked(CREATE);
    assert_eq!(asked[0].body["output"]["annotations"].as_array().map(Vec::len), Some(2));
    assert_eq!((asked.len(), &asked[1].body["output"]["annotations"]), (2, &Value::Null));
    assert_eq!(asked[1].body["conclusion"], "action_required");
}
