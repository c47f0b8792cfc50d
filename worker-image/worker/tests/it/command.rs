//! The `command` agent: programs that speak the protocol, and programs that do not.

use crate::support::{Stage, decision};
use protocol::{Directive, Outcome, PatchDigest, SessionState, Severity};
use worker::Exit;

/// What the agent's failure says.
async fn failure(script: &str) -> (String, String) {
    let outcome = Stage::with_a_debug_call().await.script(script).run_to_result().await.outcome;
    let Outcome::Failed { code, message } = outcome else { panic!("{outcome:?}") };
    (code, message)
}

#[tokio::test]
async fn a_program_is_told_its_task_and_its_lines_become_the_result() {
    let stage = Stage::with_a_debug_call().await.script(
        r#"
read -r assignment
printf '%s' "$assignment" > "$HOME/assignment.json"
env > "$HOME/env.txt"
echo '{"type":"progress","phase":"thinking","files_read":1}'
echo '{"type":"log","line":"hello"}'
echo '{"type":"telepathy"}'
echo 'a complaint' >&2
echo '{"type":"finding","path":"src/upload.rs","line":2,"title":"leaks","severity":"high","in_patch":true}'
sed -i '/dbg!/d' src/upload.rs
git diff > "$TMPDIR/p"
awk 'BEGIN{printf "{\"type\":\"patch\",\"diff\":\""} {gsub(/\\/,"\\\\"); gsub(/"/,"\\\""); printf "%s\\n",$0} END{print "\"}"}' "$TMPDIR/p"
echo '{"type":"done","not_checked":["performance"],"cost_microusd":12}'
"#,
    );
    let result = stage.run_to_result().await;
    assert_eq!(result.outcome, Outcome::Reviewed);
    assert_eq!((result.findings.len(), result.findings[0].severity), (1, Severity::High));
    assert!(result.findings[0].in_patch);
    let patch = result.patch.unwrap().diff;
    assert!(patch.contains("-    dbg!(&form.token);\n"), "{patch}");
    assert_eq!((result.coverage.not_checked, result.coverage.files_read), (vec!["performance".to_owned()], Some(1)));
    assert_eq!((result.cost_microusd, result.session), (12, SessionState::Began));

    let assignment = std::fs::read_to_string(stage.at("agent/command/assignment.json")).unwrap();
    let assignment: serde_json::Value = serde_json::from_str(&assignment).unwrap();
    assert_eq!((&assignment["type"], &assignment["protocol"]), (&"assignment".into(), &1.into()));
    assert_eq!(assignment["workspace"], stage.at("workspace").to_str().unwrap());
    let diff = std::fs::read_to_string(assignment["diff"].as_str().unwrap()).unwrap();
    assert!(diff.contains("+    dbg!(&form.token);"));

    let heard = stage.supervisor.heard();
    for line in ["hello", "a complaint", "the agent wrote a line of unknown type \"telepathy\""] {
        assert!(heard.lines().contains(&line), "{line}: {:?}", heard.lines());
    }
    let env = std::fs::read_to_string(stage.at("agent/command/env.txt")).unwrap();
    let allowed = ["PATH", "LANG", "HOME", "TMPDIR", "LONGSHORE_AGENT", "PWD", "OLDPWD", "SHLVL", "_"];
    let foreign: Vec<_> = env.lines().filter(|line| !allowed.contains(&line.split('=').next().unwrap())).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[tokio::test]
async fn a_question_is_asked_and_the_session_folder_is_there_in_the_next_run() {
    let mut stage = Stage::with_a_debug_call().await.script(
        r#"
read -r assignment
if [ -e "$HOME/asked" ]; then echo '{"type":"done","outcome":"apply_approved"}'; exit 0; fi
touch "$HOME/asked"
echo '{"type":"question","question":"Is 250 MB meant?"}'
echo '{"type":"done"}'
"#,
    );
    let outcome = stage.run_to_result().await.outcome;
    assert_eq!(outcome, Outcome::Asked { question: "Is 250 MB meant?".into() });
    let digest = PatchDigest("a".repeat(64));
    stage.next_run(decision("yes", &digest));
    let result = stage.run_to_result().await;
    assert_eq!((result.outcome, result.session), (Outcome::ApplyApproved { digest }, SessionState::Resumed));
}

#[tokio::test]
async fn a_person_s_question_is_answered_and_nothing_else_of_that_run_counts() {
    let mut stage = Stage::with_a_debug_call().await.script(
        r#"
read -r assignment
case "$assignment" in
  *'"purpose":"question"'*'"question":"Is 250 MB meant?"'*'"asked_by":"bob"'*)
    echo '{"type":"finding","path":"a.rs","title":"slipped in"}'
    echo '{"type":"patch","diff":"slipped in"}'
    printf '%s\n' '{"type":"answer","answer":"It is.\n\nSee `limits.json`."}'
    echo '{"type":"done","outcome":"apply_approved"}' ;;
  *) touch "$HOME/session"; echo '{"type":"done"}' ;;
esac
"#,
    );
    assert_eq!(stage.run_to_result().await.outcome, Outcome::Reviewed);
    stage.next_run(question());
    let result = stage.run_to_result().await;
    assert_eq!(result.outcome, Outcome::Answered { answer: "It is.\n\nSee `limits.json`.".into() });
    assert_eq!((result.findings.len(), result.patch, result.session), (0, None, SessionState::Resumed));
}

#[tokio::test]
async fn a_program_that_gives_no_answer_is_said_to_and_one_that_talks_too_much_is_cut() {
    let mut stage = Stage::with_a_debug_call().await.script("read -r a; echo '{\"type\":\"done\"}'");
    stage.next_run(question());
    let Outcome::Failed { message, .. } = stage.run_to_result().await.outcome else { panic!() };
    assert_eq!(message, "the agent was asked a question and wrote no `answer`");
    let long = "read -r a; printf '{\"type\":\"answer\",\"answer\":\"%s\"}\\n{\"type\":\"done\"}\\n' \"$(head -c 99999 /dev/zero | tr '\\0' x)\"";
    let mut stage = Stage::with_a_debug_call().await.script(long);
    stage.next_run(question());
    let Outcome::Answered { answer } = stage.run_to_result().await.outcome else { panic!() };
    assert_eq!(answer.len(), protocol::ANSWER_BYTES_MAX);
}

fn question() -> protocol::Purpose {
    protocol::Purpose::Question { question: "Is 250 MB meant?".into(), asked_by: "bob".into(), commands: Vec::new() }
}

#[tokio::test]
async fn a_program_cannot_approve_for_a_person() {
    let (code, message) = failure("read -r a; echo '{\"type\":\"done\",\"outcome\":\"apply_approved\"}'").await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("agent_protocol", "the agent carried out a decision that nobody made")
    );
}

#[tokio::test]
async fn a_patch_that_does_not_apply_is_left_out_with_a_note() {
    let diff = r"--- a/src/upload.rs\n+++ b/src/upload.rs\n@@ -1 +1 @@\n-not there\n+anything\n";
    let script = format!("read -r a; cat <<'X'\n{{\"type\":\"patch\",\"diff\":\"{diff}\"}}\n{{\"type\":\"done\"}}\nX");
    let result = Stage::with_a_debug_call().await.script(&script).run_to_result().await;
    assert_eq!((result.outcome, result.patch), (Outcome::Reviewed, None));
    assert!(
        result.coverage.notes[0].starts_with("the agent's patch does not apply to "),
        "{:?}",
        result.coverage.notes
    );
}

#[tokio::test]
async fn each_way_to_fail_has_its_sentence() {
    for (script, code, message) in [
        ("exit 3", "agent_failed", "the agent ended with exit status: 3"),
        ("read -r a; echo '{\"type\":\"done\"}'; exit 4", "agent_failed", "the agent ended with exit status: 4"),
        ("read -r a", "agent_protocol", "the agent ended without `done`"),
        ("echo oops", "agent_protocol", "the agent wrote a line that is not JSON: \"oops\""),
        ("yes '{\"type\":\"log\",\"line\":\"x\"}'", "agent_protocol", "the agent wrote more than 20000 lines"),
        ("tr '\\0' x </dev/zero", "agent_protocol", "the agent wrote a line of more than 524288 bytes"),
    ] {
        let (is, says) = failure(script).await;
        let expected = if script == "exit 3" { ["agent_failed", message] } else { [code, message] };
        assert_eq!([is.as_str(), says.as_str()], expected, "{script}");
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_fails_with_its_name() {
    let mut stage = Stage::with_a_debug_call().await;
    stage.task.agent = protocol::AgentSpec::Command { command: vec!["no-such-agent".into()] };
    let outcome = stage.run_to_result().await.outcome;
    assert!(
        matches!(&outcome, Outcome::Failed { code, message } if code == "agent_failed"
            && message.starts_with("the agent cannot be started: `no-such-agent`: ")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn nothing_a_program_started_outlives_its_run() {
    let stage = Stage::with_a_debug_call().await.script(
        r#"
read -r assignment
sleep 1000 & echo $! > "$HOME/child"
setsid sleep 1000 & echo $! > "$HOME/daemon"
(setsid sh -c 'echo $$ > "$HOME/orphan"; exec sleep 1000' &) 
while [ ! -s "$HOME/orphan" ]; do :; done
echo '{"type":"finding","path":"a","title":"t"}'
wait
"#,
    );
    let worker = stage.start();
    stage.supervisor.until(|heard| heard.findings().len() == 1).await;
    stage.supervisor.set(|heard| heard.directive = Directive::Stop { reason: "closed".into() });
    assert_eq!(worker.await.unwrap(), Exit::Done);
    for name in ["child", "daemon", "orphan"] {
        let id = std::fs::read_to_string(stage.at("agent/command").join(name)).unwrap();
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z "), "{name} lives: {stat}");
    }
}

#[tokio::test]
async fn a_program_that_says_done_and_leaves_something_running_is_done() {
    let stage = Stage::with_a_debug_call().await.script("read -r a; sleep 1000 & echo '{\"type\":\"done\"}'");
    assert_eq!(stage.run_to_result().await.outcome, Outcome::Reviewed);
}
