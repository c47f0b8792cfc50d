//! Patches: each refusal of the push guard, before anybody is asked, and the one that only shows at the push.

use super::Agent;
use crate::stage::Stage;
use serde_json::json;
use simulators::github::{
    control::{CheckSnapshot, Command, FileChange, WebhookEffect, WebhookRule},
    fixtures::demo_fixture,
};

/// A patch that adds a file with one line.
pub fn adds(path: &str) -> String {
    adds_with(path, "100644", "x")
}

fn adds_with(path: &str, mode: &str, line: &str) -> String {
    format!("diff --git a/{path} b/{path}\nnew file mode {mode}\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+{line}\n")
}

/// Patches that nobody may be asked about, and what the check says of each.
fn refused_patches() -> Vec<(&'static str, String, &'static str)> {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    vec![
        (
            "symlink",
            adds_with("link", "120000", "/etc/passwd"),
            "`link` is a symbolic link (mode 120000); only regular files are pushed",
        ),
        (
            "submodule",
            adds_with("vendor/lib", "160000", &format!("Subproject commit {commit}")),
            "`vendor/lib` is a submodule (mode 160000)",
        ),
        ("a file that becomes a link", becomes_a_link(), "`run.sh` is a symbolic link (mode 120000)"),
        ("workflow", adds(".github/workflows/ci.yml"), "can change what runs with the repository's rights"),
        ("code owners", adds("CODEOWNERS"), "`CODEOWNERS` decides who must review what; a person must change it"),
        ("agent configuration", adds("CLAUDE.md"), "`CLAUDE.md` configures agents, which would then obey it"),
        ("git attributes", adds(".gitattributes"), "`.gitattributes` belongs to git itself"),
        ("case", format!("{}{}", adds("a/Readme"), adds("a/README")), "are the same file on some systems"),
        (
            "51 files",
            (0..51).map(|n| adds(&format!("f{n}"))).collect(),
            "the patch changes 51 files; at most 50 are pushed at once",
        ),
        ("parent", adds("../x"), "the agent's patch does not apply"),
        ("absolute", adds("/etc/x"), "the agent's patch does not apply"),
        ("git configuration", adds(".git/config"), "the agent's patch does not apply"),
        ("git configuration in capitals", adds(".GIT/config"), "the agent's patch does not apply"),
        ("too large", adds_with("large.txt", "100644", &"x".repeat(65 * 1024)), "the patch is larger than 64 KiB"),
        (
            "not text",
            adds_with("bytes.bin", "100644", "\u{0}\u{1}"),
            "`bytes.bin` gets characters that a reader cannot see",
        ),
        ("binary", binary(), "the patch is not UTF-8 text"),
        (
            "hidden text",
            adds_with("a.rs", "100644", "if\u{202e} admin"),
            "`a.rs` gets characters that a reader cannot see",
        ),
        ("no patch at all", "rm -rf /".into(), "the agent's patch does not apply"),
    ]
}

/// A file of the bytes 00 FF, as `git diff --binary` writes it.
fn binary() -> String {
    "diff --git a/x.bin b/x.bin\nnew file mode 100644\nindex 0000000000000000000000000000000000000000..ba01f6b05bdbb386b35f4d086e268c5d422cafb9\n\
     GIT binary patch\nliteral 2\nJcmZSh4*&rH0RR91\n\nliteral 0\nHcmV?d00001\n\n"
        .into()
}

/// As git writes it: deleted and added.
fn becomes_a_link() -> String {
    "diff --git a/run.sh b/run.sh\ndeleted file mode 100755\n--- a/run.sh\n+++ /dev/null\n@@ -1 +0,0 @@\n-#!/bin/sh\n\
     diff --git a/run.sh b/run.sh\nnew file mode 120000\n--- /dev/null\n+++ b/run.sh\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n"
        .into()
}

#[tokio::test]
async fn nobody_is_asked_about_a_patch_that_could_not_be_pushed_and_the_check_says_why() {
    let agent = Agent::saying(&[]);
    let stage = Stage::open(&agent.settings()).await;
    let mut fixture = demo_fixture();
    let script = FileChange { mode: Some("100755".into()), ..FileChange::text("run.sh", "#!/bin/sh\n") };
    fixture.repository.files.push(script);
    stage.command(Command::CreateRepository(fixture.repository)).await;
    stage.command(Command::OpenPull(fixture.pull)).await;
    stage.until_status("idle").await;
    for (name, diff, why) in refused_patches() {
        agent.says(&[json!({ "type": "patch", "diff": diff })]);
        let check = rerun(&stage).await;
        assert_eq!(check.conclusion.as_deref(), Some("success"), "{name}: {check:#?}");
        assert_eq!(check.labels, Vec::<String>::new(), "{name}");
        let summary = check.summary.unwrap_or_default();
        assert!(summary.contains(why), "{name}: {summary}");
    }
    assert_eq!(stage.truth().await.pushed_by_app, Vec::<String>::new());
}

/// Clicks "Re-run" of the newest check; the check that comes of it, once it is completed.
async fn rerun(stage: &Stage) -> CheckSnapshot {
    let before = newest_check(stage).await;
    stage.command(Command::Rerun { check_run: before.id, by: "maintainer".into() }).await;
    let newer = || async {
        let newest = newest_check(stage).await;
        newest.id > before.id && newest.status == "completed"
    };
    stage.until("there is a new completed check", newer).await;
    stage.until_status("idle").await;
    newest_check(stage).await
}

async fn newest_check(stage: &Stage) -> CheckSnapshot {
    stage.truth().await.checks.into_iter().max_by_key(|check| check.id).expect("a check")
}

#[tokio::test]
async fn a_head_that_moves_between_the_approval_and_the_push_is_not_pushed_to() {
    let agent = Agent::saying(&[json!({ "type": "patch", "diff": adds("docs/note.md") })]);
    let stage = Stage::open(&agent.settings()).await;
    stage.open_pull_request().await;
    stage.until_status("awaiting_decision").await;
    let mut waiting = agent.waits();
    stage.click("Apply fix", "maintainer").await;
    stage.until("the agent carries the decision out", || async { waiting.started.exists() }).await;
    let hold = WebhookRule { event: None, action: None, effect: WebhookEffect::Hold, times: None };
    stage.command(Command::AddWebhookRule(hold)).await;
    let push = Command::Push {
        repository: "acme/shop".into(),
        branch: "raise-upload-limit".into(),
        changes: vec![FileChange::text("docs/other.md", "other\n")],
        message: "Another commit".into(),
        by: "dana".into(),
    };
    stage.command(push).await;
    waiting.goes_on();
    let refused = || async {
        let checks = stage.truth().await.checks;
        checks.iter().any(|check| check.title.as_deref().is_some_and(|title| title.ends_with("approved, not pushed")))
    };
    stage.until("the push is refused", refused).await;
    let truth = stage.truth().await;
    assert_eq!(truth.pushed_by_app, Vec::<String>::new());
    let summaries: String = truth.checks.iter().filter_map(|check| check.summary.clone()).collect();
    assert!(summaries.contains("moved since the patch was approved at"), "{summaries}");
}
