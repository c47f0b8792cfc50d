//! A process that does nothing but count, killed with -9 in a loop while it acknowledges thousands of events a second
//! through a pipe: whatever came through the pipe is in the database, and every action was answered.
//!
//! `LONGSHORE_KILLS` says how often; a run prints `20 kills, N acknowledged facts, 0 lost, M actions, 0 missing`.

#![expect(clippy::disallowed_methods, reason = "it watches real processes on the real clock")]

use engine::{Environment, ListFilter, Store};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use testkit::Dice;

/// Longest life of a process after its first word.
const LIFE_MS: usize = 300;
/// Counters of the example, and events per action.
const COUNTERS: usize = 64;
const PER_ACTION: u64 = 10;
const PAGE: usize = 5_000;

/// Ids of events by the counter they were acknowledged for.
type Acknowledged = BTreeMap<String, BTreeSet<String>>;

fn kills() -> u64 {
    std::env::var("LONGSHORE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

#[tokio::test]
async fn on_sqlite_whatever_was_acknowledged_before_a_kill_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("counters.db");
    let acknowledged = killed_in_a_loop(&file.display().to_string());
    let store = store_sqlite::SqliteStore::open(&file, Environment::real()).await.unwrap();
    judge("SQLite", &store, &acknowledged).await;
}

#[tokio::test]
async fn on_postgresql_whatever_was_acknowledged_before_a_kill_is_there() {
    let database = testkit::postgres::database();
    let acknowledged = killed_in_a_loop(&database.url);
    let store = store_postgres::PostgresStore::open(&database.url, Environment::real()).await.unwrap();
    judge("PostgreSQL", &store, &acknowledged).await;
}

fn counters(store: &str) -> Command {
    let mut command = Command::new(crate::example::program("counters"));
    command.arg(store);
    command
}

fn killed_in_a_loop(store: &str) -> Acknowledged {
    let (mut dice, mut acknowledged) = (Dice::new(9), Acknowledged::new());
    for round in 1..=kills() {
        let mut process = counters(store).args(["count", &round.to_string()]).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        assert!(note(&mut acknowledged, &mut said), "it says something before it is killed");
        let (since, life) = (Instant::now(), Duration::from_millis(dice.roll(LIFE_MS) as u64));
        while since.elapsed() < life && note(&mut acknowledged, &mut said) {}
        process.kill().unwrap();
        // What it said before its death is in the pipe still, and counts.
        while note(&mut acknowledged, &mut said) {}
        process.wait().unwrap();
    }
    let settled = counters(store).arg("settle").output().unwrap();
    assert!(settled.status.success(), "{}", String::from_utf8_lossy(&settled.stderr));
    acknowledged
}

/// Takes a line; false at the end, and at a line that the kill cut.
fn note(acknowledged: &mut Acknowledged, said: &mut impl BufRead) -> bool {
    let mut line = String::new();
    let _bytes = said.read_line(&mut line).unwrap();
    let Some((key, id)) = line.strip_suffix('\n').and_then(|line| line.split_once(' ')) else { return false };
    acknowledged.entry(key.to_owned()).or_default().insert(id.to_owned());
    true
}

async fn judge(name: &str, store: &dyn Store, acknowledged: &Acknowledged) {
    let rows = store.list(&ListFilter { limit: COUNTERS + 1, ..ListFilter::default() }).await.unwrap();
    assert_eq!(rows.len(), COUNTERS);
    let (mut facts, mut lost, mut actions, mut missing) = (0, Vec::new(), 0, 0);
    for row in &rows {
        let ids = ids(store, row.id).await;
        let counted = ids.iter().filter(|id| id.starts_with("n:")).count() as u64;
        let answered = ids.iter().filter(|id| id.starts_with("act:")).count() as u64;
        let state: serde_json::Value = serde_json::from_str(&row.state).unwrap();
        assert_eq!(state["count"], counted, "{name}: {} counts each event once", row.key);
        actions += counted / PER_ACTION;
        missing += (counted / PER_ACTION).abs_diff(answered);
        let told = acknowledged.get(&*row.key).cloned().unwrap_or_default();
        facts += told.len();
        lost.extend(told.difference(&ids).cloned());
    }
    println!(
        "{name}: {} kills, {facts} acknowledged facts, {} lost, {actions} actions, {missing} missing",
        kills(),
        lost.len()
    );
    assert!(lost.is_empty(), "{name}: {} of {facts} are lost, such as {:?}", lost.len(), lost.first());
    assert_eq!(missing, 0, "{name}");
    assert!(facts as u64 > kills(), "{name}: it acknowledged little");
}

async fn ids(store: &dyn Store, workflow: engine::WorkflowId) -> BTreeSet<String> {
    let (mut ids, mut after) = (BTreeSet::new(), 0);
    loop {
        let page = store.history(workflow, after, PAGE).await.unwrap();
        let Some(last) = page.last() else { return ids };
        after = last.seq;
        ids.extend(page.iter().map(|event| event.id.to_string()));
    }
}
