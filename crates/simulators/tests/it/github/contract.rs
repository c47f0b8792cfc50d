//! What the stand-in says fits GitHub's published descriptions: every REST answer of a tour through the API, and every
//! webhook that the tour causes.

use crate::{
    github::schema::{rest_faults, webhook_faults},
    github::support::{Shop, Stage},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use simulators::github::control::{Command, Role};
use std::collections::BTreeSet;

/// Where the descriptions themselves are wrong or narrower than GitHub: `operation or event`, part of the fault, why.
const ALLOWED: [(&str, &str, &str); 1] = [(
    "/app/installations",
    "/0/account",
    "the list's account is described as a user and an enterprise at once (allOf)",
)];

struct Tour<'a> {
    stage: &'a Stage,
    faults: BTreeSet<String>,
    seen: usize,
}

impl Tour<'_> {
    async fn call(&mut self, method: &str, path: &str, token: &str, body: Option<Value>, status: u16) -> Value {
        let answer = self.stage.call(method, path, token, body).await;
        let json = if answer.text.is_empty() { Value::Null } else { answer.json() };
        if answer.status != status {
            self.note(&format!("{method} {path}"), format!("answered {} {}", answer.status, answer.text));
        }
        match rest_faults(method, path, answer.status, &json) {
            Some(faults) => {
                self.seen += 1;
                faults.into_iter().for_each(|fault| self.note(&format!("{method} {path}"), fault));
            }
            None => self.note(&format!("{method} {path}"), format!("{} is not in the description", answer.status)),
        }
        json
    }

    fn note(&mut self, what: &str, fault: String) {
        let short: String = fault.chars().take(300).collect();
        if !ALLOWED.iter().any(|(of, part, _)| what.contains(of) && fault.contains(part)) {
            self.faults.insert(format!("{what} {short}"));
        }
    }

    fn end(self) {
        let faults: Vec<String> = self.faults.into_iter().collect();
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
        assert!(self.seen > 0);
    }
}

fn tour(stage: &Stage) -> Tour<'_> {
    Tour { stage, faults: BTreeSet::new(), seen: 0 }
}

#[test]
fn a_wrong_answer_and_a_wrong_webhook_are_found_out() {
    let faults = rest_faults("GET", "/repos/acme/shop/pulls/7", 200, &json!({ "id": "seven" })).unwrap();
    assert!(faults.iter().any(|it| it.starts_with("/id: ")) && faults.len() > 10, "{faults:?}");
    let faults = webhook_faults("pull_request", &json!({ "action": "opened", "number": 7 })).unwrap();
    assert!(faults.iter().any(|it| it.contains("pull_request")), "{faults:?}");
}

#[tokio::test]
async fn the_app_and_its_installations_are_shown_as_described() {
    let (stage, shop) = Stage::demo().await;
    let (mut tour, jwt) = (tour(&stage), stage.jwt());
    tour.call("GET", "/app", &jwt, None, 200).await;
    tour.call("GET", "/app/installations", &jwt, None, 200).await;
    tour.call("GET", &format!("/app/installations/{}", shop.installation), &jwt, None, 200).await;
    tour.call("GET", &shop.path("/installation"), &jwt, None, 200).await;
    tour.call("GET", "/app/hook/config", &jwt, None, 200).await;
    let tokens = format!("/app/installations/{}/access_tokens", shop.installation);
    let minted = tour.call("POST", &tokens, &jwt, Some(json!({ "repository_ids": [shop.repository_id] })), 201).await;
    tour.call("POST", &tokens, &jwt, Some(json!({ "repository_ids": [1] })), 422).await;
    tour.call("POST", &tokens, "", None, 401).await;
    let token = minted["token"].as_str().unwrap();
    tour.call("GET", "/installation/repositories", token, None, 200).await;
    tour.call("GET", "/users/dana", token, None, 200).await;
    tour.call("GET", "/rate_limit", token, None, 200).await;

    stage.arrival("pull_request.opened").await;
    let listed = tour.call("GET", "/app/hook/deliveries?per_page=5", &jwt, None, 200).await;
    let one = format!("/app/hook/deliveries/{}", listed[0]["id"]);
    tour.call("GET", &one, &jwt, None, 200).await;
    tour.call("POST", &format!("{one}/attempts"), &jwt, None, 202).await;
    tour.call("DELETE", "/installation/token", token, None, 204).await;
    tour.end();
}

#[tokio::test]
async fn repositories_files_and_commits_are_shown_as_described() {
    let (stage, shop) = Stage::demo().await;
    let token = &stage.full_token(&shop).await;
    let mut tour = tour(&stage);
    for path in [
        "",
        "/branches/main",
        "/branches/raise-upload-limit",
        "/collaborators/maintainer/permission",
        "/collaborators/stranger/permission",
        "/contents/config/limits.json",
        "/contents/src",
        "/contents/",
        "/commits?sha=raise-upload-limit",
        "/compare/main...raise-upload-limit",
        "/git/ref/heads/main",
        "/pulls?state=all",
        "/pulls/7",
        "/pulls/7/files",
        "/pulls/7/commits",
        "/issues/7",
    ] {
        tour.call("GET", &shop.path(path), token, None, 200).await;
    }
    tour.call("GET", &shop.path(&format!("/commits/{}", shop.head_sha)), token, None, 200).await;
    tour.call("GET", &shop.path(&format!("/commits/{}/pulls", shop.head_sha)), token, None, 200).await;
    tour.call("GET", &shop.path("/collaborators/maintainer"), token, None, 204).await;
    for path in ["/pulls/8", "/contents/absent", "/branches/absent", "/collaborators/nobody/permission"] {
        tour.call("GET", &shop.path(path), token, None, 404).await;
    }
    tour.end();
}

#[tokio::test]
async fn the_git_data_api_answers_as_described() {
    let (stage, shop) = Stage::demo().await;
    let token = &stage.full_token(&shop).await;
    let mut tour = tour(&stage);
    let blob = json!({ "content": STANDARD.encode("#!/bin/sh\n"), "encoding": "base64" });
    let blob = tour.call("POST", &shop.path("/git/blobs"), token, Some(blob), 201).await;
    tour.call("GET", &shop.path(&format!("/git/blobs/{}", blob["sha"].as_str().unwrap())), token, None, 200).await;
    let head = tour.call("GET", &shop.path(&format!("/git/commits/{}", shop.head_sha)), token, None, 200).await;
    let entry = json!({ "path": "scripts/run.sh", "mode": "100755", "type": "blob", "sha": blob["sha"] });
    let tree = json!({ "base_tree": head["tree"]["sha"], "tree": [entry] });
    let tree = tour.call("POST", &shop.path("/git/trees"), token, Some(tree), 201).await;
    let tree_path = shop.path(&format!("/git/trees/{}?recursive=1", tree["sha"].as_str().unwrap()));
    let shown = tour.call("GET", &tree_path, token, None, 200).await;
    let entries = shown["tree"].as_array().unwrap();
    assert!(entries.iter().any(|it| it["path"] == "scripts/run.sh" && it["mode"] == "100755"));
    assert!(entries.iter().any(|it| it["path"] == "config/limits.json"), "the base tree is kept");
    let commit = json!({ "message": "A script", "tree": tree["sha"], "parents": [shop.head_sha] });
    let commit = tour.call("POST", &shop.path("/git/commits"), token, Some(commit), 201).await;
    let update = json!({ "sha": commit["sha"], "force": false });
    tour.call("PATCH", &shop.path("/git/refs/heads/raise-upload-limit"), token, Some(update), 200).await;
    let back = json!({ "sha": shop.head_sha, "force": false });
    tour.call("PATCH", &shop.path("/git/refs/heads/raise-upload-limit"), token, Some(back), 422).await;
    let new = json!({ "ref": "refs/heads/other", "sha": shop.base_sha });
    tour.call("POST", &shop.path("/git/refs"), token, Some(new), 201).await;
    assert_eq!(stage.snapshot(&shop).await.head_sha, commit["sha"].as_str().unwrap());
    tour.end();
}

#[tokio::test]
async fn checks_are_shown_as_described() {
    let (stage, shop) = Stage::demo().await;
    let token = &stage.full_token(&shop).await;
    let mut tour = tour(&stage);
    let run = json!({ "name": "longshore", "head_sha": shop.head_sha, "status": "in_progress" });
    let run = tour.call("POST", &shop.path("/check-runs"), token, Some(run), 201).await;
    let path = shop.path(&format!("/check-runs/{}", run["id"]));
    let annotation = json!({ "path": "src/upload.rs", "start_line": 41, "end_line": 41, "annotation_level": "warning",
        "message": "prints a credential" });
    let done = json!({ "conclusion": "neutral",
        "output": { "title": "1 finding", "summary": "One", "annotations": [annotation] } });
    tour.call("PATCH", &path, token, Some(done), 200).await;
    tour.call("GET", &path, token, None, 200).await;
    tour.call("GET", &format!("{path}/annotations"), token, None, 200).await;
    tour.call("GET", &shop.path(&format!("/commits/{}/check-runs", shop.head_sha)), token, None, 200).await;
    tour.call("GET", &shop.path(&format!("/commits/{}/check-suites", shop.head_sha)), token, None, 200).await;
    let suite = shop.path(&format!("/check-suites/{}", run["check_suite"]["id"]));
    tour.call("GET", &suite, token, None, 200).await;
    tour.call("GET", &format!("{suite}/check-runs"), token, None, 200).await;
    tour.call("POST", &format!("{path}/rerequest"), token, None, 201).await;
    tour.call("POST", &format!("{suite}/rerequest"), token, None, 201).await;
    tour.end();
}

#[tokio::test]
async fn the_conversation_is_shown_as_described() {
    let (stage, shop) = Stage::demo().await;
    let token = &stage.full_token(&shop).await;
    let mut tour = tour(&stage);
    let at = |line: u64| json!({ "path": "src/upload.rs", "line": line, "side": "RIGHT", "body": "Here" });
    let pending = json!({ "commit_id": shop.head_sha, "comments": [at(41)] });
    let review = tour.call("POST", &shop.path("/pulls/7/reviews"), token, Some(pending.clone()), 200).await;
    tour.call("POST", &shop.path("/pulls/7/reviews"), token, Some(pending.clone()), 422).await;
    let path = shop.path(&format!("/pulls/7/reviews/{}", review["id"]));
    tour.call("DELETE", &path, token, None, 200).await;
    let review = tour.call("POST", &shop.path("/pulls/7/reviews"), token, Some(pending), 200).await;
    let path = shop.path(&format!("/pulls/7/reviews/{}", review["id"]));
    tour.call("PUT", &path, token, Some(json!({ "body": "Better words" })), 200).await;
    tour.call("POST", &format!("{path}/events"), token, Some(json!({ "event": "COMMENT" })), 200).await;
    tour.call("GET", &path, token, None, 200).await;
    tour.call("GET", &shop.path("/pulls/7/reviews"), token, None, 200).await;
    let comments = tour.call("GET", &format!("{path}/comments"), token, None, 200).await;
    let id = comments[0]["id"].clone();
    let hello = || Some(json!({ "body": "Hello" }));
    tour.call("POST", &shop.path(&format!("/pulls/7/comments/{id}/replies")), token, hello(), 201).await;
    let mut alone = at(41);
    alone["commit_id"] = json!(shop.head_sha);
    tour.call("POST", &shop.path("/pulls/7/comments"), token, Some(alone), 201).await;
    tour.call("GET", &shop.path("/pulls/7/comments"), token, None, 200).await;
    tour.call("PATCH", &shop.path(&format!("/pulls/comments/{id}")), token, hello(), 200).await;
    tour.call("GET", &shop.path(&format!("/pulls/comments/{id}")), token, None, 200).await;
    let comment = tour.call("POST", &shop.path("/issues/7/comments"), token, hello(), 201).await;
    let comment = shop.path(&format!("/issues/comments/{}", comment["id"]));
    tour.call("PATCH", &comment, token, hello(), 200).await;
    tour.call("GET", &comment, token, None, 200).await;
    tour.call("GET", &shop.path("/issues/7/comments"), token, None, 200).await;
    for subject in [comment.clone(), shop.path("/issues/7"), shop.path(&format!("/pulls/comments/{id}"))] {
        let path = format!("{subject}/reactions");
        let eyes = || Some(json!({ "content": "eyes" }));
        let given = tour.call("POST", &path, token, eyes(), 201).await;
        tour.call("POST", &path, token, eyes(), 200).await;
        tour.call("GET", &path, token, None, 200).await;
        tour.call("DELETE", &format!("{path}/{}", given["id"]), token, None, 204).await;
    }
    tour.call("DELETE", &shop.path(&format!("/pulls/comments/{id}")), token, None, 204).await;
    tour.call("DELETE", &comment, token, None, 204).await;
    tour.end();
}

#[tokio::test]
async fn webhooks_say_what_is_described() {
    let (stage, shop) = Stage::demo().await;
    cause_everything(&stage, &shop).await;
    let last = "repository.deleted";
    stage.arrival(last).await;

    let mut tour = tour(&stage);
    let mut events = BTreeSet::new();
    for arrived in stage.receiver.all() {
        let event = arrived.headers["x-github-event"].to_str().unwrap().to_string();
        if let Some(faults) = webhook_faults(&event, &arrived.json()) {
            tour.seen += 1;
            faults.into_iter().for_each(|fault| tour.note(&arrived.event(), fault));
            events.insert(arrived.event());
        }
    }
    tour.end();
    for wanted in EXPECTED {
        assert!(events.contains(wanted), "{wanted} was not sent, only {events:?}");
    }
}

const EXPECTED: [&str; 22] = [
    "check_run.completed",
    "check_run.created",
    "check_run.requested_action",
    "check_run.rerequested",
    "check_suite.requested",
    "check_suite.rerequested",
    "installation.created",
    "installation.suspend",
    "installation.unsuspend",
    "installation_repositories.added",
    "installation_repositories.removed",
    "issue_comment.created",
    "ping",
    "pull_request.closed",
    "pull_request.converted_to_draft",
    "pull_request.edited",
    "pull_request.opened",
    "pull_request.ready_for_review",
    "pull_request.reopened",
    "pull_request.synchronize",
    "pull_request_review.submitted",
    "pull_request_review_comment.created",
];

pub async fn cause_everything(stage: &Stage, shop: &Shop) {
    let token = &stage.full_token(shop).await;
    let run = json!({ "name": "longshore", "head_sha": shop.head_sha, "conclusion": "action_required",
        "output": { "title": "Needs you", "summary": "Apply?" },
        "actions": [{ "label": "Apply", "description": "Push", "identifier": "yes" }] });
    let run = stage.call("POST", &shop.path("/check-runs"), token, Some(run)).await.expect(201);
    let comments = json!([{ "path": "src/upload.rs", "line": 41, "body": "Here" }]);
    let review = json!({ "event": "COMMENT", "body": "Look", "comments": comments });
    stage.call("POST", &shop.path("/pulls/7/reviews"), token, Some(review)).await.expect(200);
    let (check_run, by) = (run["id"].as_u64().unwrap(), || "maintainer".to_string());
    let (pull, repository) = (|| shop.pull.clone(), || shop.pull.repository.clone());
    let changes = || vec![simulators::github::control::FileChange::text("a.txt", "a\n")];
    let commands = [
        Command::SetWebhookUrl { url: None },
        Command::SetWebhookUrl { url: Some(stage.receiver.url.clone()) },
        Command::Click { check_run, identifier: "yes".into(), by: by() },
        Command::Rerun { check_run, by: by() },
        Command::RerunSuite { repository: repository(), sha: shop.head_sha.clone(), by: by() },
        Command::Comment { pull: pull(), by: by(), body: "Hm".into(), in_reply_to: None },
        Command::SetRole { repository: repository(), login: "eve".into(), role: Role::Triage },
        Command::Push {
            repository: repository(),
            branch: "raise-upload-limit".into(),
            changes: changes(),
            message: "More".into(),
            by: "dana".into(),
        },
        Command::Push {
            repository: repository(),
            branch: "next".into(),
            changes: changes(),
            message: "N".into(),
            by: by(),
        },
        Command::SetDraft { pull: pull(), draft: true, by: by() },
        Command::SetDraft { pull: pull(), draft: false, by: by() },
        Command::Retarget { pull: pull(), base_ref: "next".into(), by: by() },
        Command::Retitle { pull: pull(), title: "Raise it".into(), by: by() },
        Command::Close { pull: pull(), by: by() },
        Command::Reopen { pull: pull(), by: by() },
        Command::Merge { pull: pull(), by: by() },
        Command::Suspend { owner: "acme".into(), suspended: true },
        Command::Suspend { owner: "acme".into(), suspended: false },
        Command::Grant { repository: repository(), granted: false, by: by() },
        Command::Grant { repository: repository(), granted: true, by: by() },
        Command::Rename { repository: repository(), name: "store".into(), by: by() },
        Command::Archive { repository: "acme/store".into(), archived: true, by: by() },
        Command::Archive { repository: "acme/store".into(), archived: false, by: by() },
        Command::Transfer { repository: "acme/store".into(), owner: "umbrella".into(), by: by() },
        Command::DeleteRepository { repository: "umbrella/store".into(), by: by() },
    ];
    for command in commands {
        stage.control.run(&command).await.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    }
}
