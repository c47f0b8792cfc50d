//! GitHub's limits: over one, nothing happens and the answer says which.

use crate::github::support::{Answer, Shop, Stage};
use serde_json::{Value, json};

async fn check(stage: &Stage, shop: &Shop, token: &str, fields: Value) -> Answer {
    let mut run = json!({ "name": "longshore", "head_sha": shop.head_sha });
    run.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    stage.call("POST", &shop.path("/check-runs"), token, Some(run)).await
}

fn button(label: usize, description: usize, identifier: usize) -> Value {
    let text = |length| "é".repeat(length);
    json!({ "label": text(label), "description": text(description), "identifier": text(identifier) })
}

#[tokio::test]
async fn check_runs_keep_to_their_limits_in_characters() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let note = json!({ "path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m" });
    let output = |summary: usize, notes: usize| json!({ "output": { "title": "t", "summary": "é".repeat(summary), "annotations": vec![note.clone(); notes] } });
    let fits = [json!({ "actions": vec![button(20, 40, 20); 3] }), output(65_535, 50)];
    let exceeds = [
        json!({ "actions": vec![button(1, 1, 1); 4] }),
        json!({ "actions": [button(21, 1, 1)] }),
        json!({ "actions": [button(1, 41, 1)] }),
        json!({ "actions": [button(1, 1, 21)] }),
        json!({ "actions": [{ "label": "a", "identifier": "b" }] }),
        output(65_536, 0),
        output(1, 51),
        json!({ "output": { "title": "t" } }),
        json!({ "status": "completed" }),
        json!({ "conclusion": "splendid" }),
        json!({ "head_sha": "0".repeat(40) }),
    ];
    for fields in fits {
        check(&stage, &shop, &token, fields).await.expect(201);
    }
    for fields in exceeds {
        let refused = check(&stage, &shop, &token, fields.clone()).await;
        assert_eq!(refused.status, 422, "{fields}");
        assert!(refused.json()["message"].is_string());
    }
    assert_eq!(stage.snapshot(&shop).await.checks.len(), 2);
}

#[tokio::test]
async fn a_completed_check_run_is_not_reopened_although_the_answer_is_200() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let run = check(&stage, &shop, &token, json!({ "conclusion": "success" })).await.expect(201);
    let path = shop.path(&format!("/check-runs/{}", run["id"]));
    let answer = stage.call("PATCH", &path, &token, Some(json!({ "status": "in_progress" }))).await.expect(200);
    assert_eq!((answer["status"].as_str(), answer["conclusion"].as_str()), (Some("completed"), Some("success")));
}

#[tokio::test]
async fn annotations_are_appended_by_each_update() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let run = check(&stage, &shop, &token, json!({})).await.expect(201);
    let note = json!({ "path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m" });
    let output = json!({ "output": { "title": "t", "summary": "s", "annotations": vec![note; 50] } });
    for _ in 0..2 {
        let path = shop.path(&format!("/check-runs/{}", run["id"]));
        stage.call("PATCH", &path, &token, Some(output.clone())).await.expect(200);
    }
    assert_eq!(stage.snapshot(&shop).await.checks[0].annotations, 100);
}

#[tokio::test]
async fn a_review_comment_must_stand_in_the_diff() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let review = |comment: Value| json!({ "commit_id": shop.head_sha, "comments": [comment] });
    for comment in [
        json!({ "path": "config/limits.json", "line": 999, "body": "Far away" }),
        json!({ "path": "README.md", "line": 1, "body": "Not changed" }),
        json!({ "path": "src/upload.rs", "line": 41, "start_line": 41, "body": "No range" }),
        json!({ "path": "src/upload.rs", "line": 41, "body": " " }),
    ] {
        let refused = stage.call("POST", &shop.path("/pulls/7/reviews"), &token, Some(review(comment))).await;
        assert!(refused.expect(422)["errors"][0].is_string());
    }
    assert!(stage.snapshot(&shop).await.reviews.is_empty());
    let range = json!({ "path": "src/upload.rs", "start_line": 39, "line": 41, "side": "RIGHT", "body": "Here" });
    stage.call("POST", &shop.path("/pulls/7/reviews"), &token, Some(review(range))).await.expect(200);
}

#[tokio::test]
async fn a_user_has_one_pending_review_and_nobody_else_sees_it() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let path = shop.path("/pulls/7/reviews");
    let first = stage.call("POST", &path, &token, Some(json!({ "body": "One" }))).await.expect(200);
    let second = stage.call("POST", &path, &token, Some(json!({ "body": "Two" }))).await.expect(422);
    assert_eq!(second["errors"][0], "User can only have one pending review per pull request");
    assert!(!stage.receiver.events().contains(&"pull_request_review.submitted".to_string()));
    stage.call("DELETE", &format!("{path}/{}", first["id"]), &token, None).await.expect(200);
    stage.call("POST", &path, &token, Some(json!({ "body": "Two" }))).await.expect(200);
}

#[tokio::test]
async fn a_comment_over_65536_characters_is_refused_in_githubs_words() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let body = json!({ "body": "a".repeat(65_537) });
    let refused = stage.call("POST", &shop.path("/issues/7/comments"), &token, Some(body)).await.expect(422);
    assert_eq!(refused["errors"][0]["message"], "Body is too long (maximum is 65536 characters)");
}

#[tokio::test]
async fn lists_come_in_pages_that_link_to_each_other() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let first = stage.call("GET", &shop.path("/pulls/7/files?per_page=4"), &token, None).await;
    assert_eq!(first.expect(200).as_array().unwrap().len(), 4);
    let link = first.headers["link"].to_str().unwrap();
    let next = link.split(',').find(|it| it.contains("rel=\"next\"")).unwrap();
    let next = next.split(['<', '>']).nth(1).unwrap();
    let second = stage.call("GET", next, &token, None).await;
    assert_eq!(second.expect(200).as_array().unwrap().len(), 2);
    assert!(!second.headers["link"].to_str().unwrap().contains("rel=\"next\""));
}
