//! What was answered survives a kill; what was not was never there.

use crate::github::support::Stage;
use serde_json::json;
use simulators::github::{
    Options, Simulator,
    control::{Command, WebhookEffect, WebhookRule},
};
use std::io::Write;

#[tokio::test]
async fn a_killed_stand_in_knows_everything_it_answered() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let run = json!({ "name": "longshore", "head_sha": shop.head_sha, "status": "in_progress" });
    let run = stage.call("POST", &shop.path("/check-runs"), &token, Some(run)).await.expect(201);
    let before = stage.snapshot(&shop).await;

    let stage = stage.kill_and_start_again().await;
    let after = stage.snapshot(&shop).await;
    assert_eq!(serde_json::to_value(&before).unwrap(), serde_json::to_value(&after).unwrap());
    let path = shop.path(&format!("/check-runs/{}", run["id"]));
    assert_eq!(stage.call("GET", &path, &token, None).await.expect(200)["status"], "in_progress");
    let comment = stage.call("POST", &shop.path("/issues/7/comments"), &token, Some(json!({ "body": "Hi" }))).await;
    assert!(comment.expect(201)["id"].as_u64() > run["id"].as_u64(), "an id was given out twice");
}

#[tokio::test]
async fn a_webhook_that_was_queued_before_the_kill_is_sent_after_it() {
    let (stage, shop) = Stage::demo().await;
    stage.arrival("pull_request.opened").await;
    let later = WebhookRule { event: None, action: None, effect: WebhookEffect::DelayMs(300), times: None };
    stage.control.run(&Command::AddWebhookRule(later)).await.unwrap();
    stage.control.close(&shop.pull, "maintainer").await.unwrap();

    let stage = stage.kill_and_start_again().await;
    stage.arrival("pull_request.closed").await;
    assert_eq!(stage.receiver.events().iter().filter(|it| *it == "pull_request.closed").count(), 1);
}

#[tokio::test]
async fn refs_that_fell_behind_the_log_are_brought_level_at_the_start() {
    let (stage, shop) = Stage::demo().await;
    let reference = stage.folder.path().join("repos/acme/shop.git/refs/heads/raise-upload-limit");
    std::fs::write(&reference, format!("{}\n", shop.base_sha)).unwrap();
    let stage = stage.kill_and_start_again().await;
    assert_eq!(std::fs::read_to_string(&reference).unwrap().trim(), stage.snapshot(&shop).await.head_sha);
}

#[tokio::test]
async fn a_torn_last_line_is_as_if_the_call_had_not_been_made() {
    let (stage, shop) = Stage::demo().await;
    let log = stage.folder.path().join("facts.jsonl");
    std::fs::OpenOptions::new().append(true).open(&log).unwrap().write_all(b"{\"at\":1,\"what\":\"comm").unwrap();
    let stage = stage.kill_and_start_again().await;
    assert_eq!(stage.snapshot(&shop).await.head_sha, shop.head_sha);
}

#[tokio::test]
async fn what_is_refused_half_way_leaves_nothing_behind() {
    let (stage, shop) = Stage::demo().await;
    let (repository, by) = (shop.pull.repository.clone(), "newcomer".to_string());
    let nowhere = Command::RerunSuite { repository, sha: "0".repeat(40), by };
    stage.control.run(&nowhere).await.unwrap_err();
    let token = stage.full_token(&shop).await;
    stage.call("GET", "/users/newcomer", &token, None).await.expect(404);
    stage.call("GET", &shop.path("/pulls/7"), &token, None).await.expect(200);
}

#[tokio::test]
async fn a_second_stand_in_on_the_same_folder_is_refused_with_a_sentence() {
    let stage = Stage::empty().await;
    let folder = stage.folder.path();
    let error = Simulator::start(stage.environment.clone(), Options::new(folder)).await.unwrap_err();
    let words = "is in use by another GitHub stand-in; stop it first, or give this one its own folder";
    assert_eq!(error.to_string(), format!("`{}` {words}", folder.display()));
}
