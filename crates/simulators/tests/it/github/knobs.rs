//! The switches with which GitHub misbehaves.

use crate::github::support::Stage;
use http::StatusCode;
use serde_json::json;
use simulators::github::control::{CallFailure, Command, Failure, Order, WebhookEffect, WebhookRule};

fn rule(event: &str, effect: WebhookEffect) -> Command {
    Command::AddWebhookRule(WebhookRule { event: Some(event.into()), action: None, effect, times: None })
}

fn failure(path: &str, failure: Failure) -> Command {
    Command::FailCalls(CallFailure { method: Some("POST".into()), path: path.into(), failure, times: 1 })
}

#[tokio::test]
async fn a_dropped_webhook_does_not_arrive_but_can_be_redelivered_under_its_guid() {
    let (stage, shop) = Stage::demo().await;
    stage.arrival("pull_request.opened").await;
    stage.control.run(&rule("pull_request", WebhookEffect::Drop)).await.unwrap();
    stage.control.close(&shop.pull, "maintainer").await.unwrap();
    stage.control.run(&Command::ResetSwitches).await.unwrap();
    stage.control.comment(&shop.pull, "maintainer", "Still there?").await.unwrap();
    stage.arrival("issue_comment.created").await;
    assert!(!stage.receiver.events().contains(&"pull_request.closed".to_string()));

    let listed = stage.call("GET", "/app/hook/deliveries", &stage.jwt(), None).await.expect(200);
    let lost = listed.as_array().unwrap().iter().find(|it| it["action"] == "closed").unwrap();
    assert_eq!(lost["status_code"], 0);
    let failed = stage.call("GET", "/app/hook/deliveries?status=failure", &stage.jwt(), None).await.expect(200);
    assert_eq!(failed, json!([]), "`failure` means 400 to 599; nobody answered at all");
    let again = format!("/app/hook/deliveries/{}/attempts", lost["id"]);
    stage.call("POST", &again, &stage.jwt(), None).await.expect(202);
    let arrived = stage.arrival("pull_request.closed").await;
    assert_eq!(arrived.guid(), lost["guid"].as_str().unwrap());
}

#[tokio::test]
async fn a_duplicated_webhook_arrives_twice_under_one_guid() {
    let (stage, shop) = Stage::demo().await;
    stage.control.run(&rule("issue_comment", WebhookEffect::Duplicate(1))).await.unwrap();
    stage.control.comment(&shop.pull, "maintainer", "Twice").await.unwrap();
    let twice = |events: &[String]| events.iter().filter(|it| *it == "issue_comment.created").count() == 2;
    stage.until("two comments", |receiver| twice(&receiver.events())).await;
    let all = stage.receiver.all();
    let guids: Vec<String> =
        all.iter().filter(|it| it.event() == "issue_comment.created").map(|it| it.guid()).collect();
    assert_eq!(guids[0], guids[1]);
}

#[tokio::test]
async fn held_webhooks_arrive_in_the_order_that_their_release_says() {
    let (stage, shop) = Stage::demo().await;
    stage.arrival("pull_request.opened").await;
    stage.control.run(&rule("issue_comment", WebhookEffect::Hold)).await.unwrap();
    for body in ["one", "two", "three"] {
        stage.control.comment(&shop.pull, "maintainer", body).await.unwrap();
    }
    assert!(!stage.receiver.events().contains(&"issue_comment.created".to_string()));
    stage.control.run(&Command::ReleaseWebhooks(Order::Reversed)).await.unwrap();
    let bodies = |receiver: &crate::github::support::Receiver| -> Vec<String> {
        let comments = receiver.all().into_iter().filter(|it| it.event() == "issue_comment.created");
        comments.map(|it| it.json()["comment"]["body"].as_str().unwrap().to_string()).collect()
    };
    stage.until("three comments", |receiver| bodies(receiver).len() == 3).await;
    assert_eq!(bodies(&stage.receiver), ["three", "two", "one"]);
}

#[tokio::test]
async fn a_webhook_that_is_answered_with_an_error_is_not_sent_again() {
    let (stage, shop) = Stage::demo().await;
    stage.arrival("pull_request.opened").await;
    stage.receiver.answer_with(StatusCode::SERVICE_UNAVAILABLE);
    stage.control.comment(&shop.pull, "maintainer", "one").await.unwrap();
    stage.arrival("issue_comment.created").await;
    stage.receiver.answer_with(StatusCode::OK);
    stage.control.close(&shop.pull, "maintainer").await.unwrap();
    stage.arrival("pull_request.closed").await;
    assert_eq!(stage.receiver.events().iter().filter(|it| *it == "issue_comment.created").count(), 1);
    let deliveries = stage.control.deliveries().await.unwrap();
    let failed = deliveries.iter().find(|it| it.event == "issue_comment").unwrap();
    assert_eq!((failed.status.as_str(), failed.status_code), ("Invalid HTTP Response: 503", Some(503)));
}

#[tokio::test]
async fn a_call_can_fail_before_it_happens_or_lose_its_answer_after() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let path = shop.path("/issues/7/comments");
    let say = || Some(json!({ "body": "Hi" }));

    let unavailable = Failure::Status { status: 503, retry_after: Some(7) };
    stage.control.run(&failure("/comments", unavailable)).await.unwrap();
    let refused = stage.call("POST", &path, &token, say()).await;
    assert_eq!((refused.status, refused.headers["retry-after"].to_str().unwrap()), (503, "7"));
    stage.control.run(&failure("/comments", Failure::NotDone)).await.unwrap();
    assert!(stage.try_call("POST", &path, &token, say()).await.is_err());
    assert!(stage.snapshot(&shop).await.comments.is_empty());

    stage.control.run(&failure("/comments", Failure::AnswerLost)).await.unwrap();
    assert!(stage.try_call("POST", &path, &token, say()).await.is_err());
    assert_eq!(stage.snapshot(&shop).await.comments.len(), 1);
    stage.call("POST", &path, &token, say()).await.expect(201);
}

#[tokio::test]
async fn the_rate_limit_is_counted_down_and_then_refuses() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    stage.control.run(&Command::SetRateLimit { remaining: Some(1) }).await.unwrap();
    let last = stage.call("GET", &shop.path(""), &token, None).await;
    assert_eq!((last.status, last.headers["x-ratelimit-remaining"].to_str().unwrap()), (200, "0"));
    let refused = stage.call("GET", &shop.path(""), &token, None).await;
    assert_eq!((refused.status, refused.headers["x-ratelimit-remaining"].to_str().unwrap()), (403, "0"));
    assert!(refused.headers.contains_key("x-ratelimit-reset"));
}

#[tokio::test]
async fn a_call_whose_caller_hangs_up_is_finished_all_the_same() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    stage.control.run(&Command::SetLatency { millis: 100 }).await.unwrap();
    let path = shop.path("/issues/7/comments");
    let call = stage.try_call("POST", &path, &token, Some(json!({ "body": "Hi" })));
    let impatient = stage.environment.timeout(std::time::Duration::from_millis(50), call).await;
    assert!(impatient.is_err(), "the call was answered in time");
    stage.arrival("issue_comment.created").await;
    assert_eq!(stage.snapshot(&shop).await.comments.len(), 1);
}
