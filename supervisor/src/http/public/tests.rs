mod webhooks;

use super::*;
use crate::{
    seams::{Error, Taken},
    testing::{Answer, WEBHOOK_SECRET, World, send},
};
use axum::{extract::State, http::StatusCode};
use github::webhook::sign;
use serde_json::{Value, json};
use std::{sync::atomic::Ordering, time::Duration};

const PING: &str = r#"{"zen": "Keep it logically awesome.", "hook_id": 1}"#;

impl World {
    async fn webhook(&self, headers: &[(&str, &str)], body: &str) -> Answer {
        send(&self.router, "POST", "/webhooks/github", headers, body.to_owned()).await
    }

    /// A webhook as GitHub sends it.
    async fn signed(&self, event: &str, body: &str) -> Answer {
        let signature = sign(WEBHOOK_SECRET.as_bytes(), body.as_bytes());
        let guid = ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958");
        self.webhook(&[("x-hub-signature-256", &signature), ("x-github-event", event), guid], body).await
    }

    async fn call(&self, method: &str, path: &str, token: &str, body: &str) -> Answer {
        let authorization = format!("Bearer {token}");
        let path = format!("/api/v1{path}");
        send(&self.router, method, &path, &[("authorization", &authorization)], body.to_owned()).await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.call("GET", path, &self.admin, "").await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.json()
    }

    async fn token(&self, name: &str, scopes: &[Scope]) -> String {
        self.public.access.grant(name, scopes.to_vec()).await.unwrap().reveal().to_owned()
    }
}

#[tokio::test]
async fn the_api_asks_for_a_token_and_its_scope() {
    let world = World::new();
    let shown = |answer: Answer| (answer.status.as_u16(), answer.code());
    let none = send(&world.router, "GET", "/api/v1/workflows", &[], "").await;
    assert_eq!(shown(none), (401, "unauthorized".into()));
    assert_eq!(shown(world.call("GET", "/workflows", "lsa_guess_x", "").await), (401, "unauthorized".into()));
    let reader = world.token("reader", &[Scope::Read]).await;
    assert_eq!(world.call("GET", "/workflows", &reader, "").await.status, StatusCode::OK);
    let denied = world.call("POST", "/workflows/wf_12/cancel", &reader, "").await;
    assert_eq!(
        denied.json()["error"]["message"],
        "the token `reader` does not allow this: it lacks the scope `operate`"
    );
    let decide = r#"{"request": "K7QF2M"}"#;
    assert_eq!(shown(world.call("POST", "/workflows/wf_12/approve", &reader, decide).await).0, 403);
    assert_eq!(shown(world.call("POST", "/tokens", &reader, "").await), (403, "admin_only".into()));
    assert!(world.steer.done.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_done_is_done_under_the_name_of_the_token() {
    let world = World::new();
    let lead = world.token("lead", &[Scope::Operate, Scope::Decide]).await;
    let decide = r#"{"request": "K7QF2M"}"#;
    let answer = world.call("POST", "/workflows/acme%2Fshop%237/approve", &lead, decide).await;
    assert_eq!(answer.json(), json!({"message": "recorded"}));
    world.call("POST", "/workflows/wf_12/reject", &world.admin, decide).await;
    world.call("POST", "/workflows/wf_2/cancel", &lead, "").await;
    world.call("POST", "/workflows/wf_2/retry", &world.admin, "").await;
    let done = world.steer.done.lock().unwrap().clone();
    assert_eq!(done, ["approve wf_12 K7QF2M lead", "reject wf_12 K7QF2M cli", "cancel wf_2 lead", "retry wf_2 cli"]);
}

#[tokio::test]
async fn a_steering_call_that_makes_no_sense_says_why() {
    let world = World::new();
    let late = world.call("POST", "/workflows/wf_12/approve", &world.admin, r#"{"request": "OLD111"}"#).await;
    assert_eq!((late.status.as_u16(), late.code().as_str()), (409, "refused"));
    let empty = world.call("POST", "/workflows/wf_12/approve", &world.admin, "").await;
    assert_eq!(empty.json()["error"]["message"], "say which request: {\"request\": \"K7QF2M\"}");
    let nobody = world.call("POST", "/workflows/wf_99/cancel", &world.admin, "").await;
    assert_eq!(nobody.json()["error"]["message"], "there is no workflow `wf_99`");
    assert!(world.steer.done.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_token_is_shown_once_stored_as_a_hash_and_revoked_by_name() {
    let world = World::new();
    let body = r#"{"name": "deploy-bot", "scopes": ["read"]}"#;
    let made = world.call("POST", "/tokens", &world.admin, body).await.json();
    let token = made["token"].as_str().unwrap();
    assert!(!world.beside.dump().contains(token.rsplit('_').next().unwrap()));
    assert_eq!(world.get("/tokens").await["tokens"][0]["name"], "deploy-bot");
    assert_eq!(world.call("GET", "/workflows", token, "").await.status, StatusCode::OK);
    let twice = world.call("POST", "/tokens", &world.admin, body).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    world.call("DELETE", "/tokens/deploy-bot", &world.admin, "").await;
    assert_eq!(world.call("GET", "/workflows", token, "").await.status, StatusCode::UNAUTHORIZED);
    for name in ["", "cli", "a b", &"x".repeat(41)] {
        assert!(world.public.access.grant(name, vec![]).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn workflows_come_in_pages() {
    let world = World::new();
    let first = world.get("/workflows?limit=3").await;
    assert_eq!((first["workflows"].as_array().unwrap().len(), &first["next"]), (3, &json!("wf_3")));
    let second = world.get("/workflows?limit=3&after=wf_3").await;
    assert_eq!((&second["workflows"][0]["id"], &second["next"]), (&json!("wf_12"), &Value::Null));
    assert_eq!(world.get("/workflows?status=running").await["workflows"][0]["id"], "wf_2");
    let odd = world.call("GET", "/workflows?limit=many", &world.admin, "").await;
    assert_eq!((odd.status.as_u16(), odd.code().as_str()), (400, "bad_request"));
}

#[tokio::test]
async fn a_workflow_is_found_by_id_or_by_the_name_of_its_pull_request() {
    let world = World::new();
    assert_eq!(world.get("/workflows/wf_2").await["workflow"]["title"], "acme/website#1204");
    assert_eq!(world.get("/workflows/acme%2Fshop%237").await["workflow"]["id"], "wf_12", "the latest one");
    assert_eq!(world.get("/workflows/wf_12/why").await["why"], "waits for a person: request K7QF2M, until 20 December");
    let unknown = world.call("GET", "/workflows/acme%2Fshop%2370", &world.admin, "").await;
    assert_eq!(unknown.json()["error"]["message"], "there is no workflow `acme/shop#70`");
    assert_eq!(world.call("POST", "/workflows/wf_12/replay", &world.admin, "").await.json()["same"], true);
    assert_eq!(world.get("/volumes").await["volumes"][0]["workflow"], "wf_12");
    assert_eq!(world.get("/machines").await["machines"][0]["isolation"], "none");
}

#[tokio::test]
async fn history_comes_in_pages_or_as_a_stream_that_continues_where_it_ended() {
    let world = World::new();
    let page = world.get("/workflows/wf_12/events?after=1&limit=1").await;
    assert_eq!((&page["events"][0]["sequence"], &page["next"]), (&json!(2), &json!(2)));
    world.public.closing.cancel();
    let authorization = format!("Bearer {}", world.admin);
    let headers = [("authorization", authorization.as_str()), ("accept", "text/event-stream"), ("last-event-id", "1")];
    let stream = send(&world.router, "GET", "/api/v1/workflows/wf_12/events", &headers, "").await;
    assert_eq!(stream.headers["content-type"], "text/event-stream");
}

#[tokio::test]
async fn a_stream_tells_what_happened_since_the_last_event_that_was_heard() {
    use axum::body::Body;
    use futures_util::StreamExt;
    use tower::ServiceExt;
    let world = World::new();
    let request = http::Request::get("/api/v1/workflows/wf_12/events?after=9")
        .header("authorization", format!("Bearer {}", world.admin))
        .header("accept", "text/event-stream")
        .header("last-event-id", "1")
        .body(Body::empty())
        .unwrap();
    let mut chunks = world.router.clone().oneshot(request).await.unwrap().into_body().into_data_stream();
    let first = String::from_utf8(chunks.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(first.starts_with("id: 2\nevent: opened\ndata: {\"sequence\":2,"), "{first}");
    let second = String::from_utf8(chunks.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(second.starts_with("id: 3\n"), "{second}");
}

#[tokio::test]
async fn health_tells_alive_from_ready() {
    let world = World::new();
    let status = async |path: &str| send(&world.router, "GET", path, &[], "").await.status.as_u16();
    assert_eq!((status("/health").await, status("/health/live").await, status("/health/ready").await), (200, 200, 200));
    world.look.fails.store(true, Ordering::SeqCst);
    assert_eq!((status("/health").await, status("/health/live").await, status("/health/ready").await), (503, 200, 503));
    world.look.fails.store(false, Ordering::SeqCst);
    world.look.full.store(true, Ordering::SeqCst);
    assert_eq!((status("/health").await, status("/health/live").await, status("/health/ready").await), (503, 200, 503));
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_an_error_repeats_it() {
    let world = World::new();
    let lost = send(&world.router, "GET", "/nothing", &[], "").await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
    let id = lost.headers["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(
        lost.json(),
        json!({"error": {"code": "not_found", "message": "there is nothing here; the API is at /api/v1", "request_id": id}})
    );
    let method = send(&world.router, "PUT", "/health", &[], "").await;
    assert_eq!((method.status.as_u16(), method.code().as_str()), (405, "method_not_allowed"));
}

#[tokio::test]
async fn what_strangers_see_names_no_workflow() {
    let world = World::new();
    let page = send(&world.router, "GET", "/", &[], "").await.body;
    let metrics = send(&world.router, "GET", "/metrics", &[], "").await.body;
    assert!(page.contains("<h1>Sign in</h1>") && !page.contains("acme"), "{page}");
    assert!(
        metrics.contains("# TYPE longshore_transitions_total counter\nlongshore_transitions_total 42\n"),
        "{metrics}"
    );
    assert!(metrics.contains("longshore_workflows{status=\"running\"} 1\n") && !metrics.contains("acme"));
}

#[tokio::test]
async fn workflows_are_counted_once_for_many_readers() {
    let world = World::new();
    let page = async || send(&world.router, "GET", "/metrics", &[], "").await.status;
    assert_eq!(page().await, StatusCode::OK);
    world.look.fails.store(true, Ordering::SeqCst);
    assert_eq!(page().await, StatusCode::OK, "the count is kept for a moment");
    world.clock.advance(Duration::from_secs(11));
    assert_eq!(page().await, StatusCode::SERVICE_UNAVAILABLE, "then it is read again");
}
