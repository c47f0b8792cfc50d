//! P9: no secret in a machine's environment, a log, the database in clear, or an API answer. The story is run, and what
//! it left everywhere is searched for every secret there was.

use crate::{
    hostile::{Agent, patches::adds},
    stage::{Stage, longshore},
};
use engine::archive::{Item, Reader, Value};
use serde_json::json;
use simulators::github::{Options, test_key};
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// What a secret is called, and how it is known.
type Secret = (&'static str, Vec<u8>);

/// The secrets of a stage. Tokens that the stand-in and the supervisor make are known by how they begin.
fn secrets(stage: &Stage) -> Vec<Secret> {
    let options = Options::new(stage.path());
    let tokens = options.token_prefix();
    let key: Vec<&str> = test_key::APP_PRIVATE_KEY_PEM.lines().filter(|line| !line.starts_with('-')).collect();
    let folder = stage.path().join("supervisor");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a secret").trim().as_bytes().to_vec();
    vec![
        ("the App's private key", key[key.len() / 2].as_bytes().to_vec()),
        ("the App's JWT", b"eyJ0eXAiOiJKV1Qi".to_vec()),
        ("the webhook secret", options.webhook_secret.into_bytes()),
        ("an installation token", tokens.into_bytes()),
        ("a claim token", b"lsc_".to_vec()),
        ("a run credential", b"lsr_".to_vec()),
        ("the administrator's token", read("admin.token")),
        ("the deployment's secret", read("deployment.secret")),
    ]
}

fn found_in<'a>(secrets: &'a [Secret], bytes: &[u8]) -> Vec<&'a str> {
    let holds = |secret: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
    secrets.iter().filter(|(_, secret)| holds(secret)).map(|(name, _)| *name).collect()
}

fn assert_none(secrets: &[Secret], place: &str, bytes: &[u8]) {
    assert_eq!(found_in(secrets, bytes), Vec::<&str>::new(), "in {place}");
}

/// Every file below a folder, links not followed.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files.extend(self::files(&entry.path())),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    files
}

/// The database, records, volumes and logs: everything that the supervisor and its machines wrote.
fn assert_nothing_written(stage: &Stage) {
    let secrets = secrets(stage);
    let written = files(&stage.path().join("supervisor"));
    assert!(written.iter().any(|path| path.ends_with("longshore.db")), "{written:?}");
    for path in written {
        let bytes = std::fs::read(&path).unwrap_or_default();
        match path.file_name().and_then(|name| name.to_str()) {
            Some("admin.token" | "deployment.secret") => {
                let mode = path.metadata().expect("a file").permissions().mode() & 0o777;
                assert_eq!((found_in(&secrets, &bytes).len(), mode), (1, 0o600), "{}", path.display());
            }
            _ => assert_none(&secrets, &path.display().to_string(), &bytes),
        }
    }
    assert_none(&secrets, "the supervisor's log", stage.supervisor_log().as_bytes());
}

/// A backup taken now, beside the supervisor: as it lies there, and each value that it holds.
fn assert_nothing_backed_up(stage: &Stage, name: &str) {
    let (secrets, file) = (secrets(stage), stage.path().join(name));
    let config = stage.path().join("longshore.toml");
    let taken = longshore().arg("backup").arg(&file).arg("--config").arg(config).output().expect("the program runs");
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    let bytes = std::fs::read(&file).expect("a backup");
    assert_none(&secrets, name, &bytes);
    let (mut reader, mut blobs) = (Reader::begin(&bytes[..]).expect("a backup"), 0);
    while let Some(item) = reader.next_item().expect("a whole backup") {
        let Item::Row(row) = item else { continue };
        for value in row {
            match value {
                Value::Text(text) => assert_none(&secrets, name, text.as_bytes()),
                Value::Bytes(bytes) => {
                    blobs += 1;
                    assert_none(&secrets, name, &bytes);
                }
                Value::Integer(_) | Value::Null => {}
            }
        }
    }
    assert!(reader.rows()["event"] > 5 && reader.rows()["document"] > 0 && blobs > 0, "{:?}", reader.rows());
}

/// Everything that the API answers with the administrator's token, and what anybody may ask.
async fn assert_nothing_answered(stage: &Stage) {
    let secrets = secrets(stage);
    let workflow = stage.workflow().await.expect("a workflow");
    let id = workflow["id"].as_str().expect("an id").to_owned();
    let runs: Vec<u64> = (1..=workflow["run"].as_u64().expect("a number")).collect();
    let logs = runs.iter().map(|run| format!("/logs?run={run}"));
    let whole = ["", "/why", "/events?limit=100"].map(str::to_owned);
    let of_workflow = whole.into_iter().chain(logs).map(|it| format!("/workflows/{id}{it}"));
    let others = ["/workflows", "/volumes", "/machines", "/tokens"].map(str::to_owned);
    for path in of_workflow.chain(others) {
        let answer = stage.api(&path).await.unwrap_or_else(|| panic!("{path} is answered"));
        assert_none(&secrets, &path, answer.to_string().as_bytes());
    }
    let pages = runs.iter().map(|run| format!("/workflows/{id}/runs/{run}/log")).chain([format!("/workflows/{id}")]);
    let open = ["/", "/health", "/health/ready", "/metrics", "/openapi.json"].map(str::to_owned);
    for path in pages.chain(open) {
        assert_none(&secrets, &path, stage.get(&path).await.as_bytes());
    }
}

/// Environment and arguments of a process.
fn shown_of(process: &Path) -> Vec<u8> {
    let read = |name: &str| std::fs::read(process.join(name)).unwrap_or_default();
    [read("environ"), read("cmdline")].concat()
}

/// Processes of machines: worker, keeper, agent and what they started; the workers first.
fn machine_processes(stage: &Stage) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let folder = stage.path().join("supervisor/machines").display().to_string();
    let all = std::fs::read_dir("/proc").expect("/proc").flatten().map(|entry| entry.path());
    let ours = all.filter(|path| found_in(&[("", folder.clone().into_bytes())], &shown_of(path)) == [""]);
    ours.partition(|path| std::fs::read(path.join("cmdline")).unwrap_or_default().ends_with(b"\0worker\0"))
}

#[tokio::test]
async fn no_secret_is_in_a_machine_a_log_the_database_or_an_answer() {
    let agent = Agent::saying(&[json!({ "type": "patch", "diff": adds("docs/note.md") })]);
    let mut waiting = agent.waits();
    let stage = Stage::open(&format!("{}server.log = \"trace\"\n", agent.settings())).await;
    stage.open_pull_request().await;
    stage.until("the agent works", || async { waiting.started.exists() }).await;

    let secrets = secrets(&stage);
    let (workers, others) = machine_processes(&stage);
    assert_eq!(workers.len(), 1, "{workers:?}");
    assert_eq!(found_in(&secrets, &shown_of(&workers[0])), ["a claim token"], "used up by now, and all it ever had");
    assert!(others.len() >= 2, "its keeper and its agent: {others:?}");
    for process in others {
        assert_none(&secrets, &process.display().to_string(), &shown_of(&process));
    }
    assert_nothing_written(&stage);
    assert_nothing_answered(&stage).await;

    waiting.goes_on();
    stage.until_status("awaiting_decision").await;
    assert_nothing_written(&stage);
    assert_nothing_backed_up(&stage, "waiting.jsonl");
    std::fs::remove_file(&waiting.started).expect("it waited");
    stage.click("Apply fix", "maintainer").await;
    stage.until("the agent works again", || async { waiting.started.exists() }).await;
    assert_nothing_backed_up(&stage, "working.jsonl");
    waiting.goes_on();
    stage.until_status("idle").await;
    assert_eq!(stage.truth().await.pushed_by_app.len(), 1);
    assert!(stage.effects().await.iter().any(|effect| effect.what == "token.minted"), "there were tokens to find");
    assert_nothing_written(&stage);
    assert_nothing_answered(&stage).await;
    assert_none(&secrets, "what GitHub shows", format!("{:?}", stage.truth().await).as_bytes());
}

/// On a server the database is no file that could be searched as it lies there; a backup shows what is in it.
#[tokio::test]
async fn no_secret_is_in_a_backup_of_a_busy_database_on_a_server() {
    let postgres = testkit::postgres::Cluster::start().database("longshore");
    let agent = Agent::saying(&[json!({ "type": "patch", "diff": adds("docs/note.md") })]);
    let mut waiting = agent.waits();
    let url = serde_json::Value::from(&*postgres.url);
    let stage = Stage::open(&format!("{}database.url = {url}", agent.settings())).await;
    stage.open_pull_request().await;
    stage.until("the agent works", || async { waiting.started.exists() }).await;
    waiting.goes_on();
    stage.until_status("awaiting_decision").await;
    std::fs::remove_file(&waiting.started).expect("it waited");
    stage.click("Apply fix", "maintainer").await;
    stage.until("the agent works again", || async { waiting.started.exists() }).await;
    assert_nothing_backed_up(&stage, "working.jsonl");
    waiting.goes_on();
    stage.until_status("idle").await;
    assert_nothing_backed_up(&stage, "idle.jsonl");
}
