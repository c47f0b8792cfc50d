//! The verbs of the command line against a running supervisor: what they say, what they do, and how they exit.

use crate::{
    decisions::TELLS_ITS_TASK,
    stage::{Stage, longshore},
};
use serde_json::Value;
use std::process::Output;

const PR: &str = "acme/shop#7";
/// A run that lasts until it is ended.
const NEVER_ENDS: &str = r#"
    agent.kind = "command"
    agent.command = ["/bin/sh", "-c", "read -r task; echo '{\"type\":\"progress\",\"phase\":\"thinking\"}'; exec sleep 600"]
    machines.allow_unisolated = true
"#;

#[tokio::test]
async fn approve_pushes_the_patch_and_a_second_answer_is_refused() {
    let stage = Stage::waiting("").await;
    let request = stage.request().await;
    let said = stage.verb(&["approve", PR, &request]);
    assert_eq!((code(&said), out(&said)), (0, "decided: yes by cli\n".to_owned()), "{}", err(&said));
    stage.until_status("idle").await;
    assert_eq!(stage.truth().await.pushed_by_app.len(), 1);
    let said = stage.verb(&["reject", PR, &request]);
    assert_eq!((code(&said), out(&said)), (1, String::new()));
    assert!(err(&said).starts_with("error: already decided: yes by cli at "), "{}", err(&said));
}

#[tokio::test]
async fn reject_pushes_nothing() {
    let stage = Stage::waiting("").await;
    let request = stage.request().await;
    let said = stage.verb(&["reject", PR, &request, "--json"]);
    assert_eq!(code(&said), 0, "{}", err(&said));
    assert_eq!(json(&said)["message"], "decided: no by cli");
    stage.until_status("idle").await;
    assert!(stage.truth().await.pushed_by_app.is_empty());
}

#[tokio::test]
async fn an_answer_to_something_that_was_not_asked_is_refused_with_a_sentence() {
    let stage = Stage::waiting("").await;
    let request = stage.request().await;
    let said = stage.verb(&["approve", PR, "ABCDEF"]);
    assert_eq!(code(&said), 1);
    assert!(err(&said).contains(&format!("request ABCDEF is not open; the open one is {request}")), "{}", err(&said));
    let said = stage.verb(&["approve", PR, "not-an-id"]);
    assert_eq!(code(&said), 1);
    assert!(err(&said).contains("is not a request id; one looks like `K7QF2M`"), "{}", err(&said));
    let said = stage.verb(&["approve", "acme/shop#8", &request]);
    assert_eq!(code(&said), 1);
    assert!(err(&said).contains("acme/shop#8") && err(&said).contains("longshore ps --all"), "{}", err(&said));
    assert_eq!(stage.request().await, request, "nothing was decided");
}

#[tokio::test]
async fn cancel_ends_the_run_and_retry_starts_another() {
    let stage = Stage::open(NEVER_ENDS).await;
    stage.open_pull_request().await;
    stage.until("the first run is under way", || async { stage.status().await.as_deref() == Some("running") }).await;
    let said = stage.verb(&["cancel", PR]);
    assert_eq!((code(&said), out(&said)), (0, "cancelled run 1\n".to_owned()), "{}", err(&said));
    stage.until_status("idle").await;
    let check = stage.truth().await.checks.pop().expect("a check");
    assert_eq!(check.conclusion.as_deref(), Some("cancelled"));
    let said = stage.verb(&["cancel", PR]);
    assert_eq!(code(&said), 1);
    assert!(err(&said).contains("nothing runs"), "{}", err(&said));
    let said = stage.verb(&["retry", PR]);
    assert_eq!((code(&said), out(&said)), (0, "run 2 is queued\n".to_owned()), "{}", err(&said));
    stage.until("the second run is under way", || async { stage.status().await.as_deref() == Some("running") }).await;
    let said = stage.verb(&["retry", PR]);
    assert_eq!(code(&said), 1);
    assert!(err(&said).contains("no new run"), "{}", err(&said));
}

#[tokio::test]
async fn ps_show_and_why_tell_where_a_pull_request_stands() {
    let stage = Stage::waiting("").await;
    let request = stage.request().await;
    let said = stage.verb(&["ps"]);
    assert_eq!(code(&said), 0);
    assert!(out(&said).contains(PR) && out(&said).contains("awaiting decision"), "{}", out(&said));
    let listed = json(&stage.verb(&["ps", "--json"]));
    assert_eq!(listed["workflows"][0]["status"], "awaiting_decision");
    let said = stage.verb(&["why", PR]);
    let sentence = format!("asks a person about request {request} (fix), open to write access");
    assert_eq!((code(&said), out(&said)), (0, format!("{sentence}\n")));
    let said = out(&stage.verb(&["why", PR, "--verbose"]));
    assert!(said.starts_with(&format!("{sentence}\nwf_1 is `awaiting_decision`: timer `")), "{said}");
    let said = stage.verb(&["show", PR]);
    assert!(code(&said) == 0 && out(&said).contains(&sentence), "{}", out(&said));
    let run = out(&said).lines().last().expect("a run").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(run.starts_with("1 finished 4 6/6 files "), "{run}");
}

#[tokio::test]
async fn logs_prints_what_the_agent_wrote_and_follows_a_run_that_is_over_to_its_end() {
    let stage = Stage::waiting(TELLS_ITS_TASK).await;
    let said = stage.verb(&["logs", PR]);
    assert_eq!(code(&said), 0, "{}", err(&said));
    assert!(out(&said).contains("\"repository\":\"acme/shop\""), "{}", out(&said));
    assert_eq!(out(&stage.verb(&["logs", PR, "--follow"])), out(&said));
    assert_eq!(out(&stage.verb(&["logs", PR, "--run", "1"])), out(&said));
}

#[tokio::test]
async fn what_does_not_exist_is_said_with_what_does_and_with_an_exit_code() {
    let stage = Stage::waiting("").await;
    let said = stage.verb(&["logs", PR, "--run", "9"]);
    assert_eq!(
        (code(&said), err(&said)),
        (1, "error: there is no run 9 of `acme/shop#7`; it has had run 1\n".to_owned())
    );
    let said = stage.verb(&["ps", "--status", "bogus"]);
    let sentence = "there is no status `bogus`; there are `queued`, `provisioning`, `running`, `awaiting_decision`, \
                    `idle`, `closing`, `closed`";
    assert_eq!((code(&said), err(&said)), (2, format!("error: {sentence}\n")));
    let said = stage.verb(&["show", "acme/shop#8", "--json"]);
    let error = r#"{"error":{"code":"not_found","message":"there is no workflow `acme/shop#8`"}}"#;
    assert_eq!((code(&said), out(&said), err(&said)), (1, format!("{error}\n"), String::new()));
    let said = stage.verb(&["show", "--json"]);
    assert_eq!((code(&said), err(&said)), (2, String::new()));
    assert_eq!(json(&said)["error"]["code"], "usage");
}

#[test]
fn a_configuration_that_cannot_be_used_exits_with_two() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("longshore.toml");
    let serve = |text: &str, json: &[&str]| {
        std::fs::write(&file, text).expect("it is written");
        longshore().args(["serve", "--config"]).arg(&file).args(json).output().expect("the program runs")
    };
    let said = serve("[agent]\nrules_off = [\"debug-cals\"]\n", &[]);
    let sentence = "unknown rule `debug-cals` in `agent.rules_off`; the nearest known one is `debug-calls`";
    assert_eq!(
        (code(&said), err(&said)),
        (2, format!("error: {sentence}\n\nhint: every key   docs/configuration.md\n"))
    );
    let said = serve("", &["--json"]);
    let sentence = "`github.app_id` is not set; set it in the configuration file or as `LONGSHORE_GITHUB_APP_ID`";
    assert_eq!((code(&said), err(&said)), (2, String::new()));
    assert_eq!(json(&said), serde_json::json!({"error": {"code": "configuration", "message": sentence}}));
}

#[tokio::test]
async fn replay_arrives_at_the_stored_state() {
    let stage = Stage::waiting("").await;
    stage.click("Apply fix", "maintainer").await;
    stage.until_status("idle").await;
    let said = stage.verb(&["replay", PR, "--json"]);
    assert_eq!(code(&said), 0, "{}", err(&said));
    assert_eq!(json(&said)["same"], true, "{}", out(&said));
}

#[tokio::test]
async fn a_verb_without_its_words_is_usage_and_one_without_a_supervisor_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [&["approve", PR][..], &["approve"], &["conquer"], &["ps", "--loud"]] {
        let said = longshore().args(arguments).arg("--data").arg(folder.path()).output().expect("it runs");
        assert_eq!((code(&said), out(&said)), (2, String::new()), "{arguments:?}");
    }
    let said = longshore().args(["ps", "--data"]).arg(folder.path()).output().expect("it runs");
    assert_eq!((code(&said), out(&said)), (1, String::new()));
    assert!(err(&said).starts_with("error: no supervisor runs in `"), "{}", err(&said));
}

#[tokio::test]
async fn a_supervisor_that_was_killed_does_not_answer_and_the_verb_says_so() {
    let mut stage = Stage::open("").await;
    stage.until("it answers", || async { stage.verb(&["ps"]).status.success() }).await;
    stage.kill_supervisor();
    let said = stage.verb(&["ps"]);
    assert_eq!(code(&said), 1);
    assert!(err(&said).starts_with("error: no supervisor answers at `http://127.0.0.1:"), "{}", err(&said));
    assert!(err(&said).contains("longshore serve"), "{}", err(&said));
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it exited by itself")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("one JSON value on stdout")
}
