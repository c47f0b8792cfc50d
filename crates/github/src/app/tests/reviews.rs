use super::*;
use crate::api::InlineComment;
use serde_json::{Value, json};

const LIST: &str = "GET /repos/acme/shop/pulls/7/reviews";
const CREATE: &str = "POST /repos/acme/shop/pulls/7/reviews";
const SUBMIT: &str = "POST /repos/acme/shop/pulls/7/reviews/4/events";
const MARKER: &str = "<!-- longshore:v1:review:wf_1:1:00 -->";

fn comment(path: &str, start_line: Option<u32>, line: u32) -> InlineComment {
    InlineComment { path: path.into(), line, start_line, body: format!("about {path}"), marker: String::new() }
}

fn review() -> Review {
    let comments = vec![comment("a.rs", Some(4), 5), comment("a.rs", None, 90), comment("b.png", None, 1)];
    Review { head_sha: HEAD.into(), body: "3 findings".into(), marker: MARKER.into(), comments }
}

fn existing(login: &str, state: &str, marker: &str) -> Value {
    json!({ "id": 4, "user": { "login": login }, "state": state, "body": format!("3 findings\n\n{marker}") })
}

async fn server(found: Vec<Value>) -> Server {
    let server = Server::start().await;
    server.on(LIST, 200, json!(found));
    let files = json!([{ "filename": "a.rs", "patch": "@@ -1,3 +3,4 @@\n x" }, { "filename": "b.png" }]);
    server.on("GET /repos/acme/shop/pulls/7/files", 200, files);
    server.on("GET /repos/acme/shop/pulls/7/reviews/4/comments", 200, json!([{}]));
    server.on(CREATE, 200, json!({ "id": 4, "state": "PENDING" }));
    server.on(SUBMIT, 200, json!({ "id": 4, "state": "COMMENTED" }));
    server.on("DELETE /repos/acme/shop/pulls/7/reviews/4", 200, json!({}));
    server
}

#[tokio::test]
async fn a_review_is_created_pending_then_submitted() {
    let server = server(vec![]).await;
    let published = app(&server).put_review(&shop(), 7, &review()).await.unwrap();
    assert_eq!(published, PublishedReview { id: 4, comments: 1 });
    let created = &server.asked(CREATE)[0].body;
    assert!(created.get("event").is_none(), "without an event it is pending");
    assert_eq!(created["commit_id"], HEAD);
    assert_eq!(
        created["comments"],
        json!([{ "path": "a.rs", "line": 5, "side": "RIGHT", "start_line": 4, "start_side": "RIGHT", "body": "about a.rs" }])
    );
    assert_eq!(server.asked(SUBMIT)[0].body, json!({ "event": "COMMENT" }));
}

#[tokio::test]
async fn an_inline_comment_ends_with_its_marker_and_one_said_in_the_body_has_none() {
    let server = server(vec![]).await;
    let marked = |comment: InlineComment| InlineComment { marker: format!("<!-- {} -->", comment.line), ..comment };
    let comments = review().comments.into_iter().map(marked).collect();
    app(&server).put_review(&shop(), 7, &Review { comments, ..review() }).await.unwrap();
    let created = &server.asked(CREATE)[0].body;
    assert_eq!(created["comments"][0]["body"], "about a.rs\n\n<!-- 5 -->");
    let body = created["body"].as_str().unwrap();
    assert!(body.contains("`a.rs:90`\nabout a.rs\n") && !body.contains("<!-- 90 -->"), "{body}");
}

#[tokio::test]
async fn lines_outside_the_diff_are_said_in_the_body_before_the_marker() {
    let server = server(vec![]).await;
    app(&server).put_review(&shop(), 7, &review()).await.unwrap();
    let body = server.asked(CREATE)[0].body["body"].as_str().unwrap().to_owned();
    assert_eq!(body, format!("3 findings\n\n`a.rs:90`\nabout a.rs\n\n`b.png:1`\nabout b.png\n\n{MARKER}"));
}

#[tokio::test]
async fn a_submitted_review_is_not_made_again() {
    let server = server(vec![existing("longshore[bot]", "COMMENTED", MARKER)]).await;
    assert_eq!(app(&server).put_review(&shop(), 7, &review()).await.unwrap(), PublishedReview { id: 4, comments: 1 });
    assert!(server.changes().is_empty());
}

#[tokio::test]
async fn a_pending_review_of_ours_is_submitted() {
    let server = server(vec![existing("longshore[bot]", "PENDING", MARKER)]).await;
    app(&server).put_review(&shop(), 7, &review()).await.unwrap();
    assert_eq!(server.changes(), ["POST /repos/acme/shop/pulls/7/reviews/4/events"]);
}

#[tokio::test]
async fn a_pending_review_left_over_makes_room() {
    let server = server(vec![existing("longshore[bot]", "PENDING", "<!-- other -->")]).await;
    app(&server).put_review(&shop(), 7, &review()).await.unwrap();
    assert_eq!(
        server.changes(),
        [
            "DELETE /repos/acme/shop/pulls/7/reviews/4",
            "POST /repos/acme/shop/pulls/7/reviews",
            "POST /repos/acme/shop/pulls/7/reviews/4/events"
        ]
    );
}

#[tokio::test]
async fn our_marker_in_somebody_else_s_review_does_not_count() {
    let server = server(vec![existing("mallory", "COMMENTED", MARKER)]).await;
    app(&server).put_review(&shop(), 7, &review()).await.unwrap();
    assert_eq!(server.asked(CREATE).len(), 1);
}

#[tokio::test]
async fn lines_that_github_refuses_all_the_same_move_into_the_body() {
    let server = Server::start().await;
    server.on(LIST, 200, json!([]));
    server.on(
        "GET /repos/acme/shop/pulls/7/files",
        200,
        json!([{ "filename": "a.rs", "patch": "@@ -1,3 +3,4 @@\n x" }]),
    );
    server.on(CREATE, 422, json!({ "message": "Unprocessable Entity", "errors": ["Line could not be resolved"] }));
    server.on(CREATE, 200, json!({ "id": 4 }));
    server.on(SUBMIT, 200, json!({ "id": 4 }));
    assert_eq!(app(&server).put_review(&shop(), 7, &review()).await.unwrap().comments, 0);
    let second = &server.asked(CREATE)[1].body;
    assert_eq!(second["comments"], json!([]));
    assert!(second["body"].as_str().unwrap().contains("`a.rs:5`\nabout a.rs"));
}

#[tokio::test]
async fn an_answer_lost_after_creation_is_found_as_pending_next_time() {
    let server = Server::start().await;
    server.on(LIST, 200, json!([]));
    server.on(LIST, 200, json!([existing("longshore[bot]", "PENDING", MARKER)]));
    server.on("GET /repos/acme/shop/pulls/7/files", 200, json!([]));
    server.on("GET /repos/acme/shop/pulls/7/reviews/4/comments", 200, json!([]));
    server.on(CREATE, 502, json!({}));
    server.on(SUBMIT, 200, json!({ "id": 4 }));
    let app = app(&server);
    assert!(matches!(app.put_review(&shop(), 7, &review()).await, Err(Error::Ambiguous { .. })));
    assert_eq!(app.put_review(&shop(), 7, &review()).await.unwrap().id, 4);
    assert_eq!(server.asked(CREATE).len(), 1);
}
