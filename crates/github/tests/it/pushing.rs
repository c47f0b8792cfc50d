use crate::stage::Stage;
use github::Error;
use github::api::{GitHub, Push, Pushed};
use simulators::github::control::{Command, Failure, FileChange};

/// Removes the trailing comma that the demo's pull request planted.
const DIFF: &str = "diff --git a/config/limits.json b/config/limits.json\n--- a/config/limits.json\n+++ b/config/limits.json\n@@ -11,6 +11,6 @@\n   \"uploads\": {\n     \"session_minutes\": 60,\n     \"max_parts\": 128,\n-    \"max_upload_mb\": 250,\n+    \"max_upload_mb\": 250\n   }\n }\n";
const SCRIPT: &str =
    "diff --git a/run.sh b/run.sh\nnew file mode 100755\n--- /dev/null\n+++ b/run.sh\n@@ -0,0 +1 @@\n+exit\n";

async fn push(stage: &Stage, diff: &str) -> Push {
    Push {
        number: 7,
        branch: "raise-upload-limit".into(),
        head_sha: stage.pull().await.head_sha,
        diff: diff.into(),
        subject: "Apply fix 9c41e7".into(),
        body: "Approved by a maintainer.".into(),
        decision: "K7QF2M".into(),
        paths: vec!["config/limits.json".into(), "run.sh".into()],
    }
}

fn sha(pushed: Pushed) -> String {
    match pushed {
        Pushed::Done { sha } => sha,
        Pushed::Refused { reason } => panic!("refused: {reason}"),
    }
}

fn reason(pushed: Pushed) -> String {
    match pushed {
        Pushed::Refused { reason } => reason,
        Pushed::Done { sha } => panic!("pushed {sha}"),
    }
}

#[tokio::test]
async fn the_approved_patch_becomes_one_commit() {
    let stage = Stage::demo().await;
    let push = push(&stage, DIFF).await;
    let done = sha(stage.app.push(&stage.shop, &push).await.unwrap());
    let pull = stage.pull().await;
    assert_eq!((pull.head_sha.as_str(), pull.pushed_by_app), (done.as_str(), vec![done.clone()]));
    let file = stage.app.file(&stage.shop, "config/limits.json", &done).await.unwrap().unwrap();
    serde_json::from_slice::<serde_json::Value>(&file).expect("the comma is gone");
    assert_eq!(sha(stage.app.push(&stage.shop, &push).await.unwrap()), done, "asked again, it is found again");
    assert_eq!(stage.pull().await.pushed_by_app.len(), 1);
}

#[tokio::test]
async fn an_executable_becomes_one_commit_too() {
    let stage = Stage::demo().await;
    let push = push(&stage, SCRIPT).await;
    let done = sha(stage.app.push(&stage.shop, &push).await.unwrap());
    assert_eq!(stage.pull().await.head_sha, done);
    assert_eq!(sha(stage.app.push(&stage.shop, &push).await.unwrap()), done);
}

#[tokio::test]
async fn a_push_whose_answer_was_lost_is_found_by_its_trailer() {
    for (diff, method, path) in [(DIFF, "POST", "/graphql"), (SCRIPT, "PATCH", "/git/refs/")] {
        let stage = Stage::demo().await;
        let push = push(&stage, diff).await;
        stage.fails(method, path, Failure::AnswerLost).await;
        let error = stage.app.push(&stage.shop, &push).await.unwrap_err();
        assert!(matches!(error, Error::Ambiguous { .. }), "{path}: {error:?}");
        let done = sha(stage.app.push(&stage.shop, &push).await.unwrap());
        assert_eq!(stage.pull().await.pushed_by_app, [done], "{path}");
    }
}

#[tokio::test]
async fn a_head_that_moved_refuses_the_push() {
    let stage = Stage::demo().await;
    let push = push(&stage, DIFF).await;
    stage
        .run(Command::Push {
            repository: "acme/shop".into(),
            branch: "raise-upload-limit".into(),
            changes: vec![FileChange::text("NEWS.md", "news\n")],
            message: "News".into(),
            by: "dana".into(),
        })
        .await;
    let reason = reason(stage.app.push(&stage.shop, &push).await.unwrap());
    assert!(reason.starts_with("`raise-upload-limit` moved since the patch was approved at `"), "{reason}");
    assert!(stage.pull().await.pushed_by_app.is_empty());
}

#[tokio::test]
async fn a_protected_branch_refuses_the_push() {
    let stage = Stage::demo().await;
    let push = push(&stage, DIFF).await;
    let branch = push.branch.clone();
    stage.run(Command::Protect { repository: "acme/shop".into(), branch, protected: true }).await;
    let reason = reason(stage.app.push(&stage.shop, &push).await.unwrap());
    assert_eq!(reason, "`raise-upload-limit` is protected; nothing is pushed to it");
}
