//! Git over HTTP, with git itself.

use crate::github::support::{Shop, Stage};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use std::{path::Path, process::Output};
use tokio::process::Command;

pub async fn git(folder: &Path, token: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments);
    command.envs([("GIT_TERMINAL_PROMPT", "0"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")]);
    if let Some(token) = token {
        let basic = STANDARD.encode(format!("x-access-token:{token}"));
        command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "http.extraHeader");
        command.env("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {basic}"));
    }
    command.output().await.unwrap()
}

pub async fn fetch(stage: &Stage, shop: &Shop, token: Option<&str>, what: &str) -> (tempfile::TempDir, Output) {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), None, &["init", "-q"]).await;
    let url = format!("{}/{}.git", stage.simulator.url(), shop.pull.repository);
    let output = git(folder.path(), token, &["-c", "protocol.version=2", "fetch", "-q", "--depth=1", &url, what]).await;
    (folder, output)
}

#[tokio::test]
async fn a_commit_is_fetched_by_its_sha_with_a_token_that_may_read() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.token(&shop, json!({ "contents": "read" })).await;
    for what in [shop.head_sha.as_str(), shop.base_sha.as_str(), "refs/pull/7/head"] {
        let (folder, output) = fetch(&stage, &shop, Some(&token), what).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let shown = git(folder.path(), None, &["show", "FETCH_HEAD:config/limits.json"]).await;
        assert!(String::from_utf8_lossy(&shown.stdout).contains("max_upload_mb"));
    }
}

#[tokio::test]
async fn without_a_token_for_contents_there_is_no_fetch() {
    let (stage, shop) = Stage::demo().await;
    let checks_only = stage.token(&shop, json!({ "checks": "write" })).await;
    for token in [Some("ghs_made_up"), Some(checks_only.as_str())] {
        let (_, output) = fetch(&stage, &shop, token, &shop.head_sha).await;
        assert!(!output.status.success(), "{token:?} was let in");
    }
}

#[tokio::test]
async fn nothing_can_be_pushed_over_git() {
    let (stage, shop) = Stage::demo().await;
    let token = stage.full_token(&shop).await;
    let (folder, _) = fetch(&stage, &shop, Some(&token), &shop.head_sha).await;
    let url = format!("{}/{}.git", stage.simulator.url(), shop.pull.repository);
    let output = git(folder.path(), Some(&token), &["push", "-q", &url, "FETCH_HEAD:refs/heads/other"]).await;
    assert!(!output.status.success());
}
