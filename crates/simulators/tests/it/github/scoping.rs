//! A token reaches what it was made for. The rest does not exist, or is forbidden, as on GitHub.

use crate::github::support::{Stage, sign_jwt};
use serde_json::json;
use simulators::github::{
    control::{Command, FileChange, NewRepository},
    fixtures::demo_fixture,
};

#[tokio::test]
async fn a_token_for_reading_cannot_write() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.token(&shop, json!({ "contents": "read", "pull_requests": "read" })).await;
    stage.call("GET", &shop.path("/pulls/7"), &token, None).await.expect(200);
    let run = json!({ "name": "longshore", "head_sha": shop.head_sha });
    let refused = stage.call("POST", &shop.path("/check-runs"), &token, Some(run)).await.expect(403);
    assert_eq!(refused["message"], "Resource not accessible by integration");
    let comment = json!({ "body": "Hi" });
    stage.call("POST", &shop.path("/issues/7/comments"), &token, Some(comment)).await.expect(403);
    assert!(stage.snapshot(&shop).await.checks.is_empty());
}

#[tokio::test]
async fn a_token_for_one_repository_does_not_see_another() {
    let (stage, shop) = Stage::demo().await;
    let files = vec![FileChange::text("a", "a\n")];
    let other = NewRepository { owner: "acme".into(), name: "other".into(), files, ..NewRepository::default() };
    stage.control.create_repository(other).await.unwrap();
    let token = stage.full_token(&shop).await;
    stage.call("GET", "/repos/acme/other", &token, None).await.expect(404);
    stage.call("GET", &shop.path(""), &token, None).await.expect(200);
}

#[tokio::test]
async fn no_token_is_made_for_what_was_not_granted() {
    let (stage, shop) = Stage::demo().await;
    let path = format!("/app/installations/{}/access_tokens", shop.installation);
    for body in [json!({ "permissions": { "administration": "write" } }), json!({ "repository_ids": [1] })] {
        stage.call("POST", &path, &stage.jwt(), Some(body)).await.expect(422);
    }
}

#[tokio::test]
async fn a_jwt_that_is_forged_expired_or_too_long_lived_is_refused() {
    let (stage, _) = Stage::demo().await;
    let now = stage.environment.now().as_millis() / 1000;
    stage.call("GET", "/app", &stage.jwt(), None).await.expect(200);
    let mut forged = stage.jwt();
    forged.replace_range(forged.len() - 8.., "AAAAAAAA");
    let expired = sign_jwt(&json!({ "iat": now - 900, "exp": now - 300, "iss": 4242 }));
    let eternal = sign_jwt(&json!({ "iat": now, "exp": now + 86_400, "iss": 4242 }));
    let stranger = sign_jwt(&json!({ "iat": now, "exp": now + 60, "iss": 1 }));
    for jwt in [forged, expired, eternal, stranger] {
        stage.call("GET", "/app", &jwt, None).await.expect(401);
    }
}

#[tokio::test]
async fn a_suspended_or_deleted_installation_opens_nothing() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let suspend = |suspended| Command::Suspend { owner: "acme".into(), suspended };
    stage.control.run(&suspend(true)).await.unwrap();
    stage.call("GET", &shop.path("/pulls/7"), &token, None).await.expect(403);
    stage.control.run(&suspend(false)).await.unwrap();
    stage.call("GET", &shop.path("/pulls/7"), &token, None).await.expect(200);
    stage.control.run(&Command::Uninstall { owner: "acme".into() }).await.unwrap();
    stage.call("GET", &shop.path("/pulls/7"), &token, None).await.expect(401);
    stage.arrival("installation.deleted").await;
}

#[tokio::test]
async fn a_renamed_repository_answers_with_its_id_and_an_archived_one_cannot_be_written() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let (repository, by) = (shop.pull.repository.clone(), "maintainer".to_string());
    stage.control.run(&Command::Rename { repository, name: "store".into(), by: by.clone() }).await.unwrap();
    let moved = stage.call("GET", &shop.path("/pulls/7"), &token, None).await;
    assert_eq!(moved.expect(301)["message"], "Moved Permanently");
    let location = moved.headers["location"].to_str().unwrap().to_string();
    assert!(location.ends_with(&format!("/repositories/{}/pulls/7", shop.repository_id)), "{location}");
    let followed = stage.call("GET", &location, &token, None).await.expect(200);
    assert_eq!(followed["base"]["repo"]["full_name"], "acme/store");

    stage.control.run(&Command::Archive { repository: "acme/store".into(), archived: true, by }).await.unwrap();
    let comment = json!({ "body": "Hi" });
    let refused = stage.call("POST", "/repos/acme/store/issues/7/comments", &token, Some(comment)).await.expect(403);
    assert_eq!(refused["message"], "Repository was archived so is read-only.");
}

#[tokio::test]
async fn a_fork_is_out_of_reach_and_its_pull_requests_are_not_named_in_checks() {
    let stage = Stage::empty().await;
    let mut fixture = demo_fixture();
    fixture.pull.fork_owner = Some("dana".into());
    let shop = stage.open(fixture.repository, fixture.pull).await;
    let token = stage.full_token(&shop).await;
    let pull = stage.call("GET", &shop.path("/pulls/7"), &token, None).await.expect(200);
    assert_eq!(pull["head"]["repo"]["full_name"], "dana/shop");
    assert_eq!((pull["head"]["repo"]["fork"].as_bool(), pull["changed_files"].as_u64()), (Some(true), Some(6)));
    stage.call("GET", "/repos/dana/shop", &token, None).await.expect(404);
    let run = json!({ "name": "longshore", "head_sha": shop.head_sha });
    let run = stage.call("POST", &shop.path("/check-runs"), &token, Some(run)).await.expect(201);
    assert_eq!(run["pull_requests"], json!([]));
}
