//! Review threads over GraphQL: who sees them, who may resolve them, and what a person opens again.

use crate::github::support::{Answer, Shop, Stage};
use serde_json::{Value, json};
use simulators::github::control::Command;

const LIST: &str = "query($owner: String!, $name: String!, $number: Int!, $last: Int!, $before: String) { \
    repository(owner: $owner, name: $name) { pullRequest(number: $number) { \
    reviewThreads(last: $last, before: $before) { nodes { id } } } } }";
const RESOLVE: &str = "mutation($input: ResolveReviewThreadInput!) { \
    resolveReviewThread(input: $input) { thread { isResolved } } }";

/// A review of the App with two comments, and one of dana's.
async fn three_threads(stage: &Stage, shop: &Shop) {
    let at = |path: &str, line| json!({ "path": path, "line": line, "side": "RIGHT", "body": format!("See {path}") });
    let comments = [at("config/limits.json", 14), at("src/upload.rs", 41)];
    let review = json!({ "commit_id": shop.head_sha, "event": "COMMENT", "body": "Findings", "comments": comments });
    let token = stage.full_token(shop).await;
    stage.call("POST", &shop.path("/pulls/7/reviews"), &token, Some(review)).await.expect(200);
    let (pull, by, path) = (shop.pull.clone(), "dana".to_owned(), "src/upload.rs".to_owned());
    let comment = Command::CommentAt { pull, by, path, line: 41, body: "Mine".into() };
    stage.control.run(&comment).await.unwrap();
}

async fn ask(stage: &Stage, token: &str, query: &str, variables: Value) -> Answer {
    stage.call("POST", "/graphql", token, Some(json!({ "query": query, "variables": variables }))).await
}

async fn list(stage: &Stage, token: &str, last: u64, before: Option<&str>) -> Value {
    let variables = json!({ "owner": "acme", "name": "shop", "number": 7, "last": last, "before": before });
    let answer = ask(stage, token, LIST, variables).await.expect(200);
    answer["data"]["repository"]["pullRequest"]["reviewThreads"].clone()
}

async fn resolve(stage: &Stage, token: &str, thread: &str) -> Value {
    ask(stage, token, RESOLVE, json!({ "input": { "threadId": thread } })).await.expect(200)
}

fn id(thread: &Value) -> String {
    thread["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn threads_come_in_pages_and_name_the_app_without_bot() {
    let (stage, shop) = Stage::demo().await;
    three_threads(&stage, &shop).await;
    let token = stage.full_token(&shop).await;
    let newest = list(&stage, &token, 2, None).await;
    assert_eq!((&newest["totalCount"], &newest["pageInfo"]["hasPreviousPage"]), (&json!(3), &json!(true)));
    let authors = |page: &Value| {
        let nodes = page["nodes"].as_array().unwrap().iter();
        nodes.map(|it| it["comments"]["nodes"][0]["author"].clone()).collect::<Vec<_>>()
    };
    let app = json!({ "__typename": "Bot", "login": "longshore" });
    assert_eq!(authors(&newest), [app.clone(), json!({ "__typename": "User", "login": "dana" })]);
    let oldest = list(&stage, &token, 2, newest["pageInfo"]["startCursor"].as_str()).await;
    assert_eq!((authors(&oldest), &oldest["pageInfo"]["hasPreviousPage"]), (vec![app], &json!(false)));
    assert_eq!(oldest["nodes"][0]["comments"]["nodes"][0]["body"], "See config/limits.json");
    assert_eq!(oldest["nodes"][0]["viewerCanResolve"], true);
}

#[tokio::test]
async fn a_thread_is_resolved_shows_so_on_the_page_and_a_person_opens_it_again() {
    let (stage, shop) = Stage::demo().await;
    three_threads(&stage, &shop).await;
    let token = stage.full_token(&shop).await;
    let first = list(&stage, &token, 3, None).await["nodes"][0].clone();
    for _ in 0..2 {
        let answer = resolve(&stage, &token, &id(&first)).await;
        assert_eq!(answer["data"]["resolveReviewThread"]["thread"]["isResolved"], true);
    }
    let effects = stage.control.effects().await.unwrap();
    assert_eq!(effects.iter().filter(|it| it.what == "thread.resolved").count(), 1, "the second had no effect");
    let comments = stage.snapshot(&shop).await.reviews.remove(0).comments;
    let by: Vec<Option<&str>> = comments.iter().map(|it| it.resolved_by.as_deref()).collect();
    assert_eq!(by, [Some("longshore[bot]"), None]);
    let page = stage.call("GET", "/acme/shop/pull/7", "", None).await.text;
    let shown = "Resolved</span> <code>config/limits.json</code> <span class=\"dim\">by longshore[bot]</span>";
    assert_eq!(page.matches("Resolved</span>").count(), 1);
    assert!(page.contains(shown), "{page}");

    let stage = stage.kill_and_start_again().await;
    assert_eq!(list(&stage, &token, 3, None).await["nodes"][0]["isResolved"], true, "it survives a kill");
    stage.control.run(&Command::Resolve { comment: comments[0].id, resolved: false, by: "dana".into() }).await.unwrap();
    assert_eq!(list(&stage, &token, 3, None).await["nodes"][0]["isResolved"], false);
    assert!(!stage.call("GET", "/acme/shop/pull/7", "", None).await.text.contains("Resolved</span>"));
}

#[tokio::test]
async fn without_contents_write_a_thread_may_be_read_and_not_resolved() {
    let (stage, shop) = Stage::demo().await;
    three_threads(&stage, &shop).await;
    let token = stage.token(&shop, json!({ "pull_requests": "write", "contents": "read" })).await;
    let first = list(&stage, &token, 3, None).await["nodes"][0].clone();
    assert_eq!((&first["isResolved"], &first["viewerCanResolve"]), (&json!(false), &json!(false)));
    let answer = resolve(&stage, &token, &id(&first)).await;
    assert_eq!(answer["errors"][0]["type"], "FORBIDDEN");
    assert_eq!(answer["errors"][0]["message"], "Resource not accessible by integration");
    assert_eq!(answer["data"]["resolveReviewThread"], Value::Null);
    assert!(stage.snapshot(&shop).await.reviews[0].comments.iter().all(|it| it.resolved_by.is_none()));
}

#[tokio::test]
async fn what_does_not_exist_or_is_asked_wrongly_is_an_error_with_status_200() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let kind = |answer: &Value| answer["errors"][0]["type"].as_str().unwrap_or_default().to_owned();
    assert_eq!(kind(&resolve(&stage, &token, "PRRT_standin1").await), "NOT_FOUND");
    let rows = [
        (json!({ "owner": "acme", "name": "shop", "number": 7 }), "MISSING_PAGINATION_BOUNDARIES"),
        (json!({ "owner": "acme", "name": "shop", "number": 7, "last": 101 }), "EXCESSIVE_PAGINATION"),
        (json!({ "owner": "acme", "name": "shop", "number": 8, "last": 10 }), "NOT_FOUND"),
        (json!({ "owner": "acme", "name": "other", "number": 7, "last": 10 }), "NOT_FOUND"),
    ];
    for (variables, expected) in rows {
        let answer = ask(&stage, &token, LIST, variables.clone()).await.expect(200);
        assert_eq!(kind(&answer), expected, "{variables}");
    }
}
