//! The production client against the stand-in: neither was written against the other's code.

use crate::{
    github::contract::cause_everything,
    github::support::{Shop, Stage},
};
use github::{
    App, AppConfig,
    api::{
        CheckAction, CheckRun, CheckState, Comment, Conclusion, GitHub, InlineComment, Permission, Push, Pushed,
        Reading, Repository, Review,
    },
    marker::{Markers, finding_digest},
};
use simulators::github::{
    control::{CallFailure, Command, Failure},
    test_key,
};
use std::time::Duration;

fn client(stage: &Stage) -> App {
    let config = AppConfig {
        app_id: 4242,
        private_key_pem: test_key::APP_PRIVATE_KEY_PEM.into(),
        private_key_old_pem: None,
        api_url: stage.simulator.url(),
        pace: Duration::ZERO,
        push_allowed: Vec::new(),
    };
    App::new(config, stage.environment.clone()).unwrap()
}

fn repository(shop: &Shop) -> Repository {
    Repository { installation: shop.installation, id: shop.repository_id, owner: "acme".into(), name: "shop".into() }
}

async fn lose_the_answer(stage: &Stage, path: &str) {
    let (method, failure) = (Some("POST".into()), Failure::AnswerLost);
    let lost = CallFailure { method, path: path.into(), failure, times: 1 };
    stage.control.run(&Command::FailCalls(lost)).await.unwrap();
}

/// A patch of the demo's head, as git would write it.
const PATCH: &str = "diff --git a/config/limits.json b/config/limits.json
--- a/config/limits.json
+++ b/config/limits.json
@@ -11,6 +11,6 @@
   \"uploads\": {
     \"session_minutes\": 60,
     \"max_parts\": 128,
-    \"max_upload_mb\": 250,
+    \"max_upload_mb\": 250
   }
 }
";

#[tokio::test]
async fn the_client_reads_what_is_there_and_what_is_not() {
    let (stage, shop) = Stage::demo().await;
    let (app, repository) = (client(&stage), repository(&shop));
    assert_eq!(app.whoami().await.unwrap().login, "longshore[bot]");
    let Reading::Found(pull) = app.pull_request(&repository, 7).await.unwrap() else { panic!("it is there") };
    assert_eq!((pull.head_sha, pull.base_sha), (shop.head_sha.clone(), shop.base_sha.clone()));
    assert_eq!(app.pull_request(&repository, 8).await.unwrap(), Reading::NotFound);
    assert_eq!(app.permission(&repository, "maintainer").await.unwrap(), Permission::Write);
    assert_eq!(app.permission(&repository, "stranger").await.unwrap(), Permission::Read);
    let file = app.file(&repository, "config/limits.json", &shop.base_sha).await.unwrap().unwrap();
    assert!(String::from_utf8(file).unwrap().contains("100"));
    assert_eq!(app.branch_sha(&repository, "raise-upload-limit").await.unwrap(), Some(shop.head_sha));

    let rename = Command::Rename { repository: "acme/shop".into(), name: "store".into(), by: "maintainer".into() };
    stage.control.run(&rename).await.unwrap();
    let moved = Reading::Moved { owner: "acme".into(), name: "store".into() };
    assert_eq!(app.pull_request(&repository, 7).await.unwrap(), moved);
}

#[tokio::test]
async fn a_review_whose_answer_was_lost_is_found_again_and_submitted_once() {
    let (stage, shop) = Stage::demo().await;
    let (app, repository) = (client(&stage), repository(&shop));
    let at = |path: &str, line| InlineComment {
        path: path.into(),
        line,
        start_line: None,
        body: "Here".into(),
        marker: String::new(),
    };
    let review = Review {
        head_sha: shop.head_sha.clone(),
        body: "4 findings".into(),
        marker: Markers::new("secret").make("wf_1:1:review"),
        comments: vec![at("config/limits.json", 14), at("README.md", 1)],
    };
    for path in ["/pulls/7/reviews", "/events"] {
        lose_the_answer(&stage, path).await;
        app.put_review(&repository, 7, &review).await.unwrap_err();
    }
    let published = app.put_review(&repository, 7, &review).await.unwrap();
    let snapshot = stage.snapshot(&shop).await;
    let states: Vec<&str> = snapshot.reviews.iter().map(|it| it.state.as_str()).collect();
    assert_eq!((states, snapshot.reviews[0].id), (vec!["COMMENTED"], published.id));
    assert_eq!(snapshot.reviews[0].comments.len(), 1, "a line outside the diff is not commented");
}

#[tokio::test]
async fn a_check_run_whose_answer_was_lost_is_found_again() {
    let (stage, shop) = Stage::demo().await;
    let (app, repository) = (client(&stage), repository(&shop));
    let action =
        CheckAction { label: "Apply fix".into(), description: "Push".into(), identifier: "fix:K7QF2M:yes".into() };
    let mut check = CheckRun {
        id: None,
        name: "longshore".into(),
        head_sha: shop.head_sha.clone(),
        external_id: "wf_1:1".into(),
        details_url: None,
        state: CheckState::InProgress,
        title: "Reads".into(),
        summary: "Reads".into(),
        annotations: Vec::new(),
        actions: Vec::new(),
    };
    lose_the_answer(&stage, "/check-runs").await;
    app.put_check_run(&repository, &check).await.unwrap_err();
    let id = app.put_check_run(&repository, &check).await.unwrap();
    check.state = CheckState::Completed(Conclusion::ActionRequired);
    (check.id, check.actions) = (Some(id), vec![action]);
    assert_eq!(app.put_check_run(&repository, &check).await.unwrap(), id);
    let checks = stage.snapshot(&shop).await.checks;
    assert_eq!((checks.len(), checks[0].conclusion.as_deref()), (1, Some("action_required")));
    assert_eq!(checks[0].actions, ["fix:K7QF2M:yes"]);
}

#[tokio::test]
async fn the_threads_of_our_comments_are_found_by_their_markers_and_resolved() {
    let (stage, shop) = Stage::demo().await;
    let (app, repository, markers) = (client(&stage), repository(&shop), Markers::new("secret"));
    let marker = |finding: &str| markers.finding("wf_1", 1, finding);
    let at = |path: &str, line, finding: &str| {
        let (path, body, marker) = (path.to_owned(), "Here".to_owned(), marker(finding));
        InlineComment { path, line, start_line: None, body, marker }
    };
    let review = Review {
        head_sha: shop.head_sha.clone(),
        body: "2 findings".into(),
        marker: markers.make("wf_1:1:review"),
        comments: vec![at("config/limits.json", 14, "json"), at("src/upload.rs", 41, "dbg")],
    };
    app.put_review(&repository, 7, &review).await.unwrap();
    let (pull, by, path) = (shop.pull.clone(), "dana".to_owned(), "src/upload.rs".to_owned());
    let copied = Command::CommentAt { pull, by, path, line: 41, body: format!("Here\n\n{}", marker("dbg")) };
    stage.control.run(&copied).await.unwrap();

    let threads = app.review_threads(&repository, 7).await.unwrap();
    let marks: Vec<_> = threads.iter().filter_map(|it| markers.read_finding(&it.body, "wf_1")).collect();
    let findings: Vec<&str> = marks.iter().map(|mark| mark.finding.as_str()).collect();
    assert_eq!(findings, [finding_digest("dbg"), finding_digest("json")], "newest first, dana's is not ours");
    lose_the_answer(&stage, "/graphql").await;
    app.resolve_thread(&repository, &threads[0].id).await.unwrap_err();
    assert!(app.resolve_thread(&repository, &threads[0].id).await.unwrap());
    let resolved: Vec<bool> = app.review_threads(&repository, 7).await.unwrap().iter().map(|it| it.resolved).collect();
    assert_eq!(resolved, [true, false]);
}

#[tokio::test]
async fn a_comment_is_brought_about_once_and_brought_up_to_date() {
    let (stage, shop) = Stage::demo().await;
    let (app, repository) = (client(&stage), repository(&shop));
    let marker = Markers::new("secret").make("wf_1:decision");
    let mut comment = Comment { body: "Decided".into(), marker, in_reply_to: None };
    lose_the_answer(&stage, "/comments").await;
    app.put_comment(&repository, 7, &comment).await.unwrap_err();
    let id = app.put_comment(&repository, 7, &comment).await.unwrap();
    comment.body = "Decided, applied".into();
    assert_eq!(app.put_comment(&repository, 7, &comment).await.unwrap(), id);
    let comments = stage.snapshot(&shop).await.comments;
    assert!(comments.len() == 1 && comments[0].body.starts_with("Decided, applied"), "{comments:?}");
}

#[tokio::test]
async fn a_push_whose_answer_was_lost_is_found_by_its_trailer_and_a_moved_head_is_refused() {
    let (stage, shop) = Stage::demo().await;
    let (app, repository) = (client(&stage), repository(&shop));
    let push = Push {
        number: 7,
        branch: "raise-upload-limit".into(),
        head_sha: shop.head_sha.clone(),
        diff: PATCH.into(),
        subject: "Apply fix".into(),
        body: "As approved".into(),
        decision: "K7QF2M".into(),
        paths: vec!["config/limits.json".into()],
    };
    lose_the_answer(&stage, "/graphql").await;
    app.push(&repository, &push).await.unwrap_err();
    let pushed = stage.snapshot(&shop).await.pushed_by_app;
    assert_eq!(app.push(&repository, &push).await.unwrap(), Pushed::Done { sha: pushed[0].clone() });
    assert_eq!(stage.snapshot(&shop).await.pushed_by_app, pushed, "pushed twice");

    let other = Push { decision: "OTHER".into(), ..push };
    let refused = app.push(&repository, &other).await.unwrap();
    assert!(matches!(refused, Pushed::Refused { .. }), "{refused:?}");
}

#[tokio::test]
async fn every_webhook_is_verified_and_understood() {
    let (stage, shop) = Stage::demo().await;
    cause_everything(&stage, &shop).await;
    stage.arrival("repository.deleted").await;
    for arrived in stage.receiver.all() {
        let header = |name: &str| arrived.headers[name].to_str().unwrap().to_string();
        let secrets = ["stand-in webhook secret"];
        let signature = header("x-hub-signature-256");
        assert!(github::webhook::verify(&secrets, &arrived.body, Some(&signature)).is_ok());
        let parsed = github::webhook::parse(&header("x-github-event"), &arrived.body);
        assert!(parsed.is_ok(), "{}: {parsed:?}", arrived.event());
    }
}
