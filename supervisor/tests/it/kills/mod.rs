//! The supervisor killed with -9 in a loop, at random moments, under a stream of webhooks, clicks, pushes and closes, on a
//! real database. Afterwards a checker holds the database against what everybody else knows: the stand-in's log, its
//! truth about every pull request, and what senders of webhooks were told.
//!
//! `LONGSHORE_KILLS` says how often; a run ends with `20 kills, N acknowledged facts, 0 lost, M actions, 0 missing`.

pub mod checker;
mod forged;
pub mod history;
mod load;
pub mod outside;

use crate::stage::{LONG_PATIENCE, Stage};
use engine::Store;
use environment::Environment;
use history::History;
use load::Load;
use outside::Outside;
use simulators::github::control::PullName;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;
use testkit::Dice;

/// Longest life of a supervisor that took a webhook, and longest before it may listen at all.
const LIFE_MS: usize = 2_000;
const BIRTH_MS: usize = 400;
/// Retries must come soon, or little happens between two deaths; machines few, since all share this computer.
const SETTINGS: &str = "machines.max_running = 2\nreview.refresh = \"1s\"\ngithub.catch_up_every = \"2s\"";

/// How often it is killed: `LONGSHORE_KILLS`, which `cargo xtask test` sets.
fn kills() -> usize {
    std::env::var("LONGSHORE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// Longest wait for everything to be over: each death leaves webhooks to be read back from GitHub.
fn patience() -> Duration {
    LONG_PATIENCE + Duration::from_secs(5) * u32::try_from(kills()).unwrap_or(u32::MAX)
}

#[tokio::test]
async fn killed_in_a_loop_on_sqlite_it_loses_nothing_and_does_everything_once() {
    let stage = Stage::open(SETTINGS).await;
    let database = stage.path().join("supervisor/longshore.db");
    in_a_loop(stage, "SQLite", async || {
        Arc::new(SqliteStore::open(&database, Environment::real()).await.expect("nobody else has it")) as Arc<dyn Store>
    })
    .await;
}

#[tokio::test]
async fn killed_in_a_loop_on_postgresql_it_loses_nothing_and_does_everything_once() {
    let database = testkit::postgres::database();
    let stage = Stage::open(&format!("{SETTINGS}\ndatabase.url = \"{}\"", database.url)).await;
    in_a_loop(stage, "PostgreSQL", async || {
        Arc::new(PostgresStore::open(&database.url, Environment::real()).await.expect("nobody else has it"))
            as Arc<dyn Store>
    })
    .await;
}

async fn in_a_loop(mut stage: Stage, name: &str, open: impl AsyncFn() -> Arc<dyn Store>) {
    let seed = 4;
    let kills = kills();
    let mut dice = Dice::new(seed);
    let load = Load::begin(&stage, seed).await;
    for kill in 1..=kills {
        die(&mut stage, &load, &mut dice).await;
        assert!(!stage.supervisor_log().contains("panicked"), "{name}, kill {kill}: {}", stage.supervisor_log());
    }
    let (pulls, taken) = load.stop().await;
    let (history, outside) = settled(&mut stage, &pulls, taken, open).await;
    let judgement = checker::judge(&history, &outside);
    println!("{name}: {}, {} pull requests", judgement.summary(kills), pulls.len());
    let wrong: Vec<String> = judgement.wrong.iter().map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{name}, seed {seed}: {wrong:#?}\n{}", told(&history, &outside, &wrong));
    assert!(judgement.acknowledged > kills && judgement.actions > kills, "much happened between the deaths");
}

/// Once every workflow is over, the supervisor dies for the last time, and what the database and others know is read. If
/// something was under way still, it lives again for a while.
async fn settled(
    stage: &mut Stage,
    pulls: &[PullName],
    taken: Vec<String>,
    open: impl AsyncFn() -> Arc<dyn Store>,
) -> (History, Outside) {
    let since = Instant::now();
    loop {
        until_all_are_over(stage, pulls.len()).await;
        let left_over = stage.left_over().await;
        stage.kill_supervisor();
        let history = History::read(&*open().await).await;
        if history.is_still() || since.elapsed() > patience() {
            return (history, Outside::read(stage, pulls, taken, left_over).await);
        }
        stage.start_supervisor().await;
    }
}

/// What a person needs to see about what is wrong.
fn told(history: &History, outside: &Outside, wrong: &[String]) -> String {
    let is_concerned = |told: &&history::Told| wrong.iter().any(|wrong| wrong.starts_with(&format!("{}:", told.id)));
    let concerned = history.workflows.iter().filter(is_concerned);
    concerned.map(|told| format!("{:#?}\n{told:#?}\n", outside.pulls.get(&told.key))).collect()
}

/// The supervisor is killed once it was heard of, now and then with its machines, now and then the next one as well before
/// it listens; then one
/// listens again.
async fn die(stage: &mut Stage, load: &Load, dice: &mut Dice) {
    assert!(load.is_heard().await, "it takes no webhook:\n{}", stage.supervisor_log_end());
    tokio::time::sleep(Duration::from_millis(dice.roll(LIFE_MS) as u64)).await;
    stage.kill_supervisor();
    if dice.roll(8) == 0 {
        stage.kill_machines();
    }
    if dice.roll(5) == 0 {
        stage.launch_supervisor(&[]);
        tokio::time::sleep(Duration::from_millis(dice.roll(BIRTH_MS) as u64)).await;
        stage.kill_supervisor();
    }
    stage.start_supervisor().await;
}

/// Every pull request has its workflow, every workflow is over and nothing is left.
async fn until_all_are_over(stage: &Stage, pulls: usize) {
    stage
        .until_within(patience(), "every workflow is over", || async {
            let Some(list) = stage.api("/workflows?limit=500").await else { return false };
            let rows = list["workflows"].as_array().cloned().unwrap_or_default();
            let over = rows.len() == pulls && rows.iter().all(|row| row["status"] == "closed");
            over && stage.deliveries().await.iter().all(|it| it.status != "pending") && stage.left_over().await == 0
        })
        .await;
}
