//! Commits by the App: on the head that was expected, or not at all.

use crate::github::support::{Answer, Shop, Stage};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

const MUTATION: &str =
    "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }";

async fn push(stage: &Stage, shop: &Shop, token: &str, expected: &str, changes: Value) -> Answer {
    let input = json!({
        "branch": { "repositoryNameWithOwner": shop.pull.repository, "branchName": "raise-upload-limit" },
        "expectedHeadOid": expected,
        "message": { "headline": "Apply fix", "body": "Longshore-Decision: K7QF2M" },
        "fileChanges": changes,
    });
    stage.call("POST", "/graphql", token, Some(json!({ "query": MUTATION, "variables": { "input": input } }))).await
}

fn one_file() -> Value {
    json!({ "additions": [{ "path": "config/limits.json", "contents": STANDARD.encode("{}\n") }] })
}

#[tokio::test]
async fn a_commit_moves_the_branch_and_the_app_hears_of_its_own_push() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let answer = push(&stage, &shop, &token, &shop.head_sha, one_file()).await.expect(200);
    let sha = answer["data"]["createCommitOnBranch"]["commit"]["oid"].as_str().unwrap().to_string();

    let heard = stage.arrival("pull_request.synchronize").await.json();
    assert_eq!((heard["before"].as_str(), heard["after"].as_str()), (Some(shop.head_sha.as_str()), Some(sha.as_str())));
    assert_eq!(
        (heard["sender"]["login"].as_str(), heard["sender"]["type"].as_str()),
        (Some("longshore[bot]"), Some("Bot"))
    );
    let suite = stage.arrival("check_suite.requested").await.json();
    assert_eq!(suite["check_suite"]["head_sha"], sha.as_str());
    let commit = stage.call("GET", &shop.path(&format!("/git/commits/{sha}")), &token, None).await.expect(200);
    assert_eq!(commit["parents"][0]["sha"], shop.head_sha);
    assert_eq!(commit["message"], "Apply fix\n\nLongshore-Decision: K7QF2M");
    assert_eq!(stage.snapshot(&shop).await.pushed_by_app, [sha]);
}

#[tokio::test]
async fn a_moved_head_refuses_the_commit_with_status_200_and_nothing_moves() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let answer = push(&stage, &shop, &token, &shop.base_sha, one_file()).await.expect(200);
    assert_eq!(answer["errors"][0]["type"], "STALE_DATA");
    assert_eq!(answer["data"]["createCommitOnBranch"], Value::Null);
    let snapshot = stage.snapshot(&shop).await;
    assert_eq!((snapshot.head_sha, snapshot.pushed_by_app), (shop.head_sha, vec![]));
}
