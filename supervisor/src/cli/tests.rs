//! What the verbs print, for a fixed set of rows.

use super::*;
use crate::{
    http::public::{
        Grant, Scope,
        api::{MachineRow, Shown, VolumeRow},
    },
    runs::RunView,
    seams::Progress,
    testing::workflow_rows,
};
use ::machines::{Isolation, MachineState};
use clap::CommandFactory;
use environment::Timestamp;
use serde_json::json;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const TWO_DAYS_AGO: u64 = 1_700_000_000_000 - 2 * 86_400_000;

#[test]
fn ps_shows_workflows_in_a_table() {
    insta::assert_snapshot!(ps::table(&workflow_rows(), NOW));
}

#[test]
fn ps_says_what_it_hides_and_that_processes_are_not_isolated() {
    assert_eq!(
        ps::summary(3, 1, Isolation::None),
        "3 workflows; 1 closed not shown (`--all` shows them)\n\
         machines are processes of the supervisor's user: contained, not isolated"
    );
    assert_eq!(ps::summary(1, 0, Isolation::Container), "1 workflow");
}

#[test]
fn show_tells_a_workflow_and_its_runs() {
    let run = |run, state: &str, ended: Option<&str>, progress| RunView {
        run,
        state: state.into(),
        ended: ended.map(str::to_owned),
        claimed_at_ms: Some(TWO_DAYS_AGO),
        findings: 4,
        progress,
    };
    let progress = Progress { phase: "reading".into(), files_read: 4, files_total: 9, findings: 4 };
    let shown = Shown {
        workflow: workflow_rows().pop().unwrap(),
        state: json!({}),
        runs: vec![run(1, "ended", Some("machine lost"), None), run(2, "running", None, Some(progress))],
        why: "waits for a person: request K7QF2M\x1b[2J, until 20 December".into(),
    };
    insta::assert_snapshot!(show::words(&shown, NOW));
}

#[test]
fn volumes_machines_and_tokens_are_tables_too() {
    let volume = VolumeRow {
        id: "pr_8c41f2".into(),
        name: "pr_8c41f2".into(),
        workflow: "wf_12".into(),
        created_at_ms: TWO_DAYS_AGO,
    };
    let machine = MachineRow {
        id: "m-8c41f2-1".into(),
        name: "m-8c41f2-1".into(),
        workflow: "wf_12".into(),
        run: 1,
        volume_id: "pr_8c41f2".into(),
        state: MachineState::Running,
        isolation: Isolation::None,
        created_at_ms: TWO_DAYS_AGO,
    };
    let grant =
        Grant { name: "deploy-bot".into(), scopes: vec![Scope::Read, Scope::Decide], created_at_ms: TWO_DAYS_AGO };
    insta::assert_snapshot!(format!(
        "{}\n{}\n{}",
        volumes::table(&[volume], NOW),
        machines::table(&[machine], NOW),
        tokens::table(&[grant], NOW)
    ));
}

#[test]
fn a_failure_is_a_sentence_with_hints() {
    let failure = Failure::new("no supervisor answers at `http://127.0.0.1:8080`")
        .hint("start one", "longshore serve")
        .hint("another one", "--url URL --token TOKEN");
    insta::assert_snapshot!(failure);
}

#[test]
fn the_help_lists_the_verbs() {
    insta::assert_snapshot!(Cli::command().render_help());
}

#[test]
fn the_command_line_makes_sense() {
    Cli::command().debug_assert();
    assert!(Cli::try_parse_from(["longshore", "ps", "--json"]).is_ok());
    assert!(Cli::try_parse_from(["longshore", "approve", "wf_12"]).unwrap_err().use_stderr(), "usage goes to stderr");
}
