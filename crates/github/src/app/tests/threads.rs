use super::*;
use serde_json::{Value, json};

const GRAPHQL: &str = "POST /graphql";

fn thread(id: &str, author: Value, resolved: bool, can: bool) -> Value {
    let comments = json!({ "nodes": [{ "body": format!("about {id}"), "author": author }] });
    json!({ "id": id, "isResolved": resolved, "viewerCanResolve": can, "comments": comments })
}

fn bot() -> Value {
    json!({ "__typename": "Bot", "login": "longshore" })
}

fn page(threads: &[Value], earlier: Option<&str>) -> Value {
    let info = json!({ "hasPreviousPage": earlier.is_some(), "startCursor": earlier.unwrap_or("first") });
    let threads = json!({ "pageInfo": info, "nodes": threads });
    json!({ "data": { "repository": { "pullRequest": { "reviewThreads": threads } } } })
}

fn failed(kind: &str, message: &str) -> Value {
    json!({ "data": { "resolveReviewThread": null }, "errors": [{ "type": kind, "message": message }] })
}

async fn resolving(answer: Value) -> Result<bool, Error> {
    let server = Server::start().await;
    server.on(GRAPHQL, 200, answer);
    let resolved = app(&server).resolve_thread(&shop(), "PRRT_1").await;
    assert_eq!(server.asked(GRAPHQL).len(), 1, "nothing is sent twice");
    resolved
}

#[tokio::test]
async fn threads_that_our_app_began_are_read_page_by_page_newest_first() {
    let server = Server::start().await;
    server.on(GRAPHQL, 200, page(&[thread("C", bot(), false, true), thread("D", bot(), true, false)], Some("cursor")));
    server.on(GRAPHQL, 200, page(&[thread("A", bot(), false, false), thread("B", bot(), false, true)], None));
    let threads = app(&server).review_threads(&shop(), 7).await.unwrap();
    let told: Vec<_> = threads.iter().map(|it| (it.id.as_str(), it.resolved, it.can_resolve)).collect();
    assert_eq!(told, [("D", true, false), ("C", false, true), ("B", false, true), ("A", false, false)]);
    assert_eq!(threads[0].body, "about D");
    let asked = server.asked(GRAPHQL);
    let variables: Vec<&Value> = asked.iter().map(|it| &it.body["variables"]).collect();
    assert_eq!(*variables[0], json!({ "owner": "acme", "name": "shop", "number": 7, "last": 50, "before": null }));
    assert_eq!((variables.len(), &variables[1]["before"]), (2, &json!("cursor")));
}

#[tokio::test]
async fn a_person_with_our_name_another_app_and_somebody_deleted_began_none_of_ours() {
    let server = Server::start().await;
    let others = [
        json!({ "__typename": "User", "login": "longshore" }),
        json!({ "__typename": "Bot", "login": "longshore-2" }),
        json!({ "__typename": "User", "login": "longshore[bot]" }),
        Value::Null,
    ];
    let mut threads: Vec<Value> = others.into_iter().map(|author| thread("X", author, false, true)).collect();
    threads.extend([
        json!(null),
        json!({ "id": "E", "isResolved": false, "viewerCanResolve": true, "comments": { "nodes": [] } }),
    ]);
    server.on(GRAPHQL, 200, page(&threads, None));
    assert_eq!(app(&server).review_threads(&shop(), 7).await.unwrap(), []);
}

#[tokio::test]
async fn a_list_without_an_end_is_left_after_a_thousand_threads() {
    let server = Server::start().await;
    server.on(GRAPHQL, 200, page(&[], Some("again")));
    assert_eq!(app(&server).review_threads(&shop(), 7).await.unwrap(), []);
    assert_eq!((server.asked(GRAPHQL).len(), THREADS_READ_MAX), (20, 1000));
}

#[tokio::test]
async fn a_thread_is_resolved_with_a_token_that_may() {
    let server = Server::start().await;
    server.on(GRAPHQL, 200, json!({ "data": { "resolveReviewThread": { "thread": { "isResolved": true } } } }));
    assert!(app(&server).resolve_thread(&shop(), "PRRT_1").await.unwrap());
    assert_eq!(server.asked(GRAPHQL)[0].body["variables"], json!({ "input": { "threadId": "PRRT_1" } }));
    let minted = server.asked("POST /app/installations/5/access_tokens");
    assert_eq!(minted[0].body["permissions"], json!({ "contents": "write", "pull_requests": "write" }));
}

#[tokio::test]
async fn a_refusal_with_status_200_is_a_refusal() {
    let gone = resolving(failed("NOT_FOUND", "Could not resolve to a node")).await;
    assert!(!gone.unwrap(), "its comment was deleted: there is nothing left to resolve");
    let error = resolving(failed("FORBIDDEN", "Resource not accessible by integration")).await.unwrap_err();
    assert!(matches!(error, Error::NoAccess { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "GitHub: no access: a review thread was not resolved: Resource not accessible by integration"
    );
    let error = resolving(failed("RATE_LIMITED", "API rate limit exceeded")).await.unwrap_err();
    assert!(matches!(error, Error::Retryable { .. }), "{error:?}");
    let error = resolving(failed("UNPROCESSABLE", "no")).await.unwrap_err();
    assert!(matches!(error, Error::Permanent { status: Some(200), .. }), "{error:?}");
    let open = json!({ "data": { "resolveReviewThread": { "thread": { "isResolved": false } } } });
    assert!(matches!(resolving(open).await, Err(Error::Retryable { .. })));
}

#[tokio::test]
async fn a_lost_answer_is_tried_again_since_resolving_twice_is_resolving_once() {
    let server = Server::start().await;
    server.on(GRAPHQL, 502, json!({}));
    let error = app(&server).resolve_thread(&shop(), "PRRT_1").await.unwrap_err();
    assert!(matches!(error, Error::Retryable { .. }), "{error:?}");
}

#[tokio::test]
async fn on_github_enterprise_server_graphql_lies_beside_the_api() {
    let server = Server::start().await;
    server.on("GET /api/v3/app", 200, json!({ "slug": "longshore" }));
    server.on("POST /api/graphql", 200, page(&[thread("A", bot(), false, true)], None));
    let app = App::new(config(&format!("{}/api/v3", server.url)), fixed_clock()).unwrap();
    assert_eq!(app.review_threads(&shop(), 7).await.unwrap().len(), 1);
}
