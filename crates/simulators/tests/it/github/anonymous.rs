//! What somebody without a token sees: what is public, and no trace of the rest.

use crate::{
    github::git::fetch,
    github::support::{Shop, Stage},
};
use serde_json::json;
use simulators::github::{
    control::{Command, NewRepository},
    fixtures::demo_fixture,
};

async fn private() -> (Stage, Shop) {
    let (stage, fixture) = (Stage::empty().await, demo_fixture());
    let shop = stage.open(NewRepository { private: true, ..fixture.repository }, fixture.pull).await;
    (stage, shop)
}

#[tokio::test]
async fn a_public_pull_request_is_read_and_fetched_without_a_token() {
    let (stage, shop) = Stage::demo().await;
    let read = stage.call("GET", &shop.path("/pulls/7"), "", None).await.expect(200);
    assert_eq!(read["head"]["sha"], shop.head_sha);
    let (_folder, output) = fetch(&stage, &shop, None, &shop.head_sha).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_private_one_does_not_exist() {
    let (stage, shop) = private().await;
    for path in ["", "/pulls/7", "/pulls/8"] {
        assert_eq!(stage.call("GET", &shop.path(path), "", None).await.expect(404)["message"], "Not Found");
    }
    let (_folder, output) = fetch(&stage, &shop, None, &shop.head_sha).await;
    assert!(!output.status.success(), "somebody without a token was let in");
}

#[tokio::test]
async fn nothing_is_written_without_a_token() {
    let (stage, shop) = Stage::demo().await;
    let refused = stage.call("POST", &shop.path("/issues/7/comments"), "", Some(json!({ "body": "Hi" }))).await;
    assert_eq!(refused.expect(401)["message"], "Requires authentication");
    assert!(stage.snapshot(&shop).await.comments.is_empty());
}

#[tokio::test]
async fn the_limit_of_an_address_is_told_in_its_own_words() {
    let (stage, shop) = Stage::demo().await;
    stage.control.run(&Command::SetRateLimit { remaining: Some(0) }).await.unwrap();
    let refused = stage.call("GET", &shop.path("/pulls/7"), "", None).await;
    let words = refused.expect(403)["message"].to_string();
    assert!(words.starts_with("\"API rate limit exceeded for 127.0.0.1. (But here's the good news"), "{words}");
    assert_eq!(refused.headers["x-ratelimit-remaining"], "0");
}
