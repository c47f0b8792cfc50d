//! What the verbs print, for a fixed set of rows.

use super::*;
use crate::{
    http::public::{
        Grant, Scope,
        api::{MachineRow, Shown, VolumeRow},
    },
    runs::RunView,
    seams::Progress,
    testing::{World, workflow_rows},
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
fn the_janitor_says_what_it_did_to_what_and_why() {
    use ::janitor::{Deed, Kind, Outcome, Report};
    let deed = |kind, id: &str, outcome, since: bool, reason: &str| Deed {
        kind,
        id: id.into(),
        name: id.into(),
        workflow: "wf_12".into(),
        since: since.then_some(Timestamp::from_millis(TWO_DAYS_AGO)),
        outcome,
        reason: reason.into(),
    };
    let nobodys = "`pr_8c41f2` was made for wf_12, and no workflow refers to it";
    let report = |dry_run: bool, outcome| Report {
        dry_run,
        deeds: vec![
            deed(
                Kind::Machine,
                "m-8c41f2-1",
                Outcome::Kept,
                false,
                "`m-8c41f2-1` waits 12 min more: its end is under way",
            ),
            deed(Kind::Volume, "pr_8c41f2", outcome, true, &format!("{nobodys}; acme/shop#7 is closed")),
            deed(Kind::Volume, "pr_8c41f3", outcome, true, "\x1b[2Jhostile"),
            deed(
                Kind::Volume,
                "pr_8c41f4",
                Outcome::Noted,
                true,
                &format!("{nobodys}; deleted if that is still so in 24 h"),
            ),
        ],
        failures: vec![],
    };
    let told = |report: &Report| format!("{}{}\n", janitor::table(&report.deeds, NOW), janitor::summary(report));
    let (dry, real) = (report(true, Outcome::WouldDelete), report(false, Outcome::Deleted));
    insta::assert_snapshot!(format!("{}\n{}", told(&dry), told(&real)));
}

#[test]
fn the_janitor_says_what_it_put_right_held_back_and_removed_of_the_past() {
    use ::janitor::{Deed, Entry, Kind, Outcome, Report, Stage};
    let deed = |kind, id: &str, workflow: &str, outcome, reason: &str| Deed {
        kind,
        id: id.into(),
        name: id.into(),
        workflow: workflow.into(),
        since: None,
        outcome,
        reason: reason.into(),
    };
    let report = Report {
        dry_run: false,
        deeds: vec![
            deed(Kind::Workflow, "wf_3", "wf_3", Outcome::Mended, "nothing would move it; it is asked to look again"),
            deed(Kind::Run, "wf_4:2", "wf_4", Outcome::Mended, "its workflow is past it; it is ended"),
            deed(Kind::Check, "9001", "wf_4", Outcome::Failed, "it is open; it failed: no answer"),
            deed(Kind::Volume, "pr_8c41f2", "wf_12", Outcome::Held, "6 of 9 volumes would go, more than 20 %"),
            deed(Kind::Volume, "pr_8c41f3", "wf_13", Outcome::Held, "6 of 9 volumes would go, more than 20 %"),
            deed(Kind::Record, "logs", "", Outcome::Deleted, "9 lines of runs' logs, older than 30 d"),
            deed(Kind::Database, "database", "", Outcome::Mended, "statistics are brought up to date"),
        ],
        failures: vec![],
    };
    let entry = Entry {
        at: Timestamp::from_millis(TWO_DAYS_AGO),
        by: "schedule".into(),
        kind: Kind::Volume,
        id: "pr_8c41f2".into(),
        name: "pr_8c41f2".into(),
        workflow: "wf_12".into(),
        stage: Stage::Begun,
        reason: "no workflow refers to it".into(),
    };
    insta::assert_snapshot!(format!(
        "{}{}\n\n{}\n{}",
        janitor::table(&report.deeds, NOW),
        janitor::summary(&report),
        janitor::held(&report),
        janitor::audited(&[entry], NOW)
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

/// A supervisor that serves on a socket, and the data folder by which the verbs find it.
async fn supervisor() -> (World, tempfile::TempDir, api::Api) {
    let world = World::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (router, closing) = (world.router.clone(), world.public.closing.clone());
    let environment = Environment::real();
    environment.spawn(crate::http::serve(environment.clone(), listener, router, closing));
    let folder = tempfile::tempdir().unwrap();
    let local = Local { url: url.clone(), machine_url: url, pid: 1, version: "0.1.0".into() };
    std::fs::write(folder.path().join(LOCAL_FILE), serde_json::to_string(&local).unwrap()).unwrap();
    world.public.access.write_admin_token(folder.path()).unwrap();
    let common = Common { json: true, data: Some(folder.path().to_owned()), url: None, token: None };
    let api = api::Api::find(&common, environment).unwrap();
    (world, folder, api)
}

fn verb(words: &[&str]) -> Verb {
    Cli::try_parse_from([&["longshore"], words].concat()).unwrap().verb
}

/// Carries a verb out as `longshore` does, against the given API.
async fn carry_out_against(api: &api::Api, words: &[&str]) -> Result<(), Failure> {
    let output = Output::new(true);
    match verb(words) {
        Verb::Ps(verb) => verb.run(api, &output, NOW).await,
        Verb::Show(verb) => verb.run(api, &output, NOW).await,
        Verb::Why(verb) => verb.run(api, &output).await,
        Verb::Logs(verb) => verb.run(api, &output, &Environment::real()).await,
        Verb::Approve(verb) => verb.run(api, &output).await,
        Verb::Reject(verb) => verb.run(api, &output).await,
        Verb::Cancel(verb) => verb.run(api, &output).await,
        Verb::Pause(verb) => verb.run(api, &output).await,
        Verb::Resume(verb) => verb.run(api, &output).await,
        Verb::Retry(verb) => verb.run(api, &output).await,
        Verb::Replay(verb) => verb.run(api, &output).await,
        Verb::Volumes(verb) => verb.run(api, &output, NOW).await,
        Verb::Machines(verb) => verb.run(api, &output, NOW).await,
        Verb::Janitor(verb) => verb.run(api, &output, NOW).await,
        Verb::Tokens(verb) => verb.run(api, &output, NOW).await,
        other => panic!("not a verb of the API: {other:?}"),
    }
}

#[tokio::test]
async fn the_verbs_find_the_local_supervisor_and_steer_it() {
    let (world, _folder, api) = supervisor().await;
    for words in [
        &["approve", "acme/shop#7", "K7QF2M"][..],
        &["reject", "wf_12", "K7QF2M"],
        &["cancel", "wf_2"],
        &["pause", "wf_2"],
        &["resume", "wf_2"],
        &["retry", "acme/website#1204"],
    ] {
        assert_eq!(carry_out_against(&api, words).await, Ok(()), "{words:?}");
    }
    let done = world.steer.done.lock().unwrap().clone();
    let answers = ["approve wf_12 K7QF2M cli", "reject wf_12 K7QF2M cli"];
    let steered = ["cancel wf_2 cli", "pause wf_2 cli", "resume wf_2 cli", "retry wf_2 cli"];
    assert_eq!(done, [&answers[..], &steered[..]].concat());
    world.public.closing.cancel();
}

#[tokio::test]
async fn a_verb_that_is_refused_says_why() {
    let (world, _folder, api) = supervisor().await;
    let late = carry_out_against(&api, &["approve", "wf_12", "OLD111"]).await;
    assert_eq!(late, Err(Failure::new("already decided").coded("refused")));
    let unknown = carry_out_against(&api, &["why", "wf_99"]).await.unwrap_err().to_string();
    assert_eq!(unknown, "error: there is no workflow `wf_99`\n\nhint: what there is   longshore ps --all\n");
    let status = carry_out_against(&api, &["ps", "--status", "bogus"]).await.unwrap_err();
    let sentence = "there is no status `bogus`; there are `queued`, `provisioning`, `running`, `awaiting_decision`, \
                    `idle`, `closing`, `closed`";
    assert_eq!(status, Failure::usage(sentence).coded("bad_request"));
    assert_eq!(carry_out_against(&api, &["ps", "--status", "awaiting decision"]).await, Ok(()));
    let run = carry_out_against(&api, &["logs", "acme/shop#7", "--run", "9"]).await;
    let sentence = "there is no run 9 of `acme/shop#7`; it has had none yet";
    assert_eq!(run, Err(Failure::new(sentence).coded("run_not_found")));
    world.public.closing.cancel();
}

#[tokio::test]
async fn what_is_done_with_a_token_against_the_local_supervisor_is_done_under_its_name() {
    let (world, folder, _) = supervisor().await;
    let token = world.public.access.grant("lead", vec![Scope::Decide]).await.unwrap().reveal().to_owned();
    let common = Common { json: true, data: Some(folder.path().to_owned()), url: None, token: Some(token) };
    let api = api::Api::find(&common, Environment::real()).unwrap();
    assert_eq!(carry_out_against(&api, &["approve", "wf_12", "K7QF2M"]).await, Ok(()));
    assert_eq!(*world.steer.done.lock().unwrap(), ["approve wf_12 K7QF2M lead"]);
    world.public.closing.cancel();
}

#[test]
fn a_failure_is_one_json_object_where_json_is_asked_for() {
    let failure = Failure::new("there is no \"it\"").coded("not_found").hint("what there is", "longshore ps --all");
    assert_eq!(failure.json(), r#"{"error":{"code":"not_found","message":"there is no \"it\""}}"#);
    let usage = usage_failure(&Cli::try_parse_from(["longshore", "logs", "wf_1", "--run", "x"]).unwrap_err());
    assert_eq!(
        usage.json(),
        r#"{"error":{"code":"usage","message":"invalid value 'x' for '--run <RUN>': invalid digit found in string"}}"#
    );
}

#[test]
fn why_is_one_sentence_and_the_engine_s_view_on_demand() {
    let why =
        json!({"id": "wf_12", "why": "run 1 waits for a free machine", "details": "wf_12 is `queued`: place 2\x1b"});
    assert_eq!(why::words(&why, false), "run 1 waits for a free machine\n");
    assert_eq!(why::words(&why, true), "run 1 waits for a free machine\nwf_12 is `queued`: place 2\\u{1b}\n");
}

#[tokio::test]
async fn every_looking_verb_reads_what_the_api_answers() {
    let (world, _folder, api) = supervisor().await;
    for words in [
        &["ps", "--all"][..],
        &["ps", "--status", "running", "acme"],
        &["show", "acme/shop#7"],
        &["why", "wf_12"],
        &["logs", "wf_12"],
        &["logs", "wf_12", "--follow"],
        &["replay", "wf_12"],
        &["volumes", "ls"],
        &["machines", "ls"],
        &["janitor", "--once", "--dry-run"],
        &["janitor", "--audit"],
        &["tokens", "create", "deploy-bot", "--scopes", "read,decide"],
        &["tokens", "ls"],
        &["tokens", "revoke", "deploy-bot"],
    ] {
        assert_eq!(carry_out_against(&api, words).await, Ok(()), "{words:?}");
    }
    world.public.closing.cancel();
}

#[tokio::test]
async fn a_supervisor_that_is_gone_is_told_with_what_to_do() {
    let url = "http://127.0.0.1:1".to_owned();
    let common = Common { json: false, data: None, url: Some(url), token: Some("t".into()) };
    let api = api::Api::find(&common, Environment::real()).unwrap();
    let gone = api.get::<serde_json::Value>("/workflows").await.unwrap_err().to_string();
    assert!(gone.starts_with("error: no supervisor answers at `http://127.0.0.1:1`\n\nhint: start one"), "{gone}");
    let no_token = api::Api::find(&Common { token: None, ..common }, Environment::real()).err().unwrap();
    assert!(no_token.to_string().starts_with("error: `--url` needs a token\n"));
}
