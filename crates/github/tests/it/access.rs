use crate::stage::Stage;
use github::api::{GitHub, Permission, PullRequest, Reading};
use simulators::github::control::Command;

async fn read(stage: &Stage) -> Reading<PullRequest> {
    stage.app.pull_request(&stage.shop, 7).await.expect("a reading")
}

#[tokio::test]
async fn who_we_are_and_what_is_there_is_read() {
    let stage = Stage::demo().await;
    assert_eq!(stage.app.whoami().await.unwrap().login, "longshore[bot]");
    let Reading::Found(pull) = read(&stage).await else { panic!("not found") };
    assert_eq!((pull.head_sha, pull.open), (stage.pull().await.head_sha, true));
    assert_eq!((pull.default_branch.as_str(), pull.head_ref.as_str()), ("main", "raise-upload-limit"));
    let file = stage.app.file(&stage.shop, "config/limits.json", "main").await.unwrap();
    assert!(file.is_some_and(|bytes| bytes.starts_with(b"{")));
    assert_eq!(stage.app.file(&stage.shop, ".github/longshore.yml", "main").await.unwrap(), None);
    assert!(stage.app.branch_sha(&stage.shop, "main").await.unwrap().is_some());
    assert_eq!(stage.app.branch_sha(&stage.shop, "nowhere").await.unwrap(), None);
}

#[tokio::test]
async fn permissions_are_asked_at_the_moment() {
    let stage = Stage::demo().await;
    for (login, expected) in
        [("maintainer", Permission::Write), ("stranger", Permission::Read), ("nobody-knows", Permission::None)]
    {
        assert_eq!(stage.app.permission(&stage.shop, login).await.unwrap(), expected, "{login}");
    }
}

#[tokio::test]
async fn a_rename_is_a_move() {
    let stage = Stage::demo().await;
    stage.run(Command::Rename { repository: "acme/shop".into(), name: "store".into(), by: "maintainer".into() }).await;
    assert_eq!(read(&stage).await, Reading::Moved { owner: "acme".into(), name: "store".into() });
}

#[tokio::test]
async fn a_suspended_installation_is_forbidden_and_a_removed_one_not_found() {
    let stage = Stage::demo().await;
    stage.run(Command::Suspend { owner: "acme".into(), suspended: true }).await;
    assert_eq!(read(&stage).await, Reading::Forbidden);
    stage.run(Command::Suspend { owner: "acme".into(), suspended: false }).await;
    assert!(matches!(read(&stage).await, Reading::Found(_)));
    stage.run(Command::Uninstall { owner: "acme".into() }).await;
    assert_eq!(read(&stage).await, Reading::NotFound);
}

#[tokio::test]
async fn a_repository_taken_out_of_the_installation_is_not_found() {
    let stage = Stage::demo().await;
    stage.run(Command::Grant { repository: "acme/shop".into(), granted: false, by: "maintainer".into() }).await;
    assert_eq!(read(&stage).await, Reading::NotFound);
}

#[tokio::test]
async fn git_is_opened_by_the_token_for_reading() {
    let stage = Stage::demo().await;
    let upstream = stage.app.git_upstream(&stage.shop).await.unwrap();
    assert_eq!(upstream.url, format!("{}/acme/shop.git", stage.simulator.url()));
    assert!(upstream.authorization.starts_with("Basic "));
}

/// Keys are changed one after the other: for a while the new one is configured and GitHub still knows only the old one.
#[tokio::test]
async fn while_keys_are_changed_the_old_one_still_opens() {
    let stage = Stage::demo().await;
    let not_known_yet = include_str!("../../src/app/tests/test-key.pem");
    let app = stage.app_with_keys(not_known_yet, Some(simulators::github::test_key::APP_PRIVATE_KEY_PEM));
    assert_eq!(app.whoami().await.expect("the old key opens").slug, "longshore");
    let alone = stage.app_with_keys(not_known_yet, None);
    assert!(alone.whoami().await.is_err());
}
