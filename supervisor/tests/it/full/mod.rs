//! The database's disk is full (E9): health says so, webhooks are turned away with the time to come again, what was
//! acknowledged is kept, and once there is room it goes on by itself.

pub mod disk;

use crate::stage::{LONG_PATIENCE, Stage};
use disk::SmallDisk;
use serde_json::{Value, json};
use std::os::unix::fs::MetadataExt;
use testkit::postgres::Cluster;

/// Webhooks that may be taken before there is no room left.
const TAKEN_MAX: usize = 5_000;
/// Webhooks in a row that are turned away before the disk counts as full.
const TURNED_AWAY: usize = 10;

#[tokio::test]
async fn a_full_disk_under_sqlite_is_told_and_survived() {
    let disk = SmallDisk::of(16);
    let url = format!("sqlite://{}", disk.path().join("longshore.db").display());
    is_told_and_survived(&disk, &url).await;
}

/// The tables lie on the small disk; a server without room for its log would stop, as its manual says.
#[tokio::test]
async fn a_full_disk_under_postgresql_is_told_and_survived() {
    let (disk, postgres) = (SmallDisk::of(32), Cluster::start());
    let owner = std::fs::metadata(postgres.data()).expect("the server's folder");
    std::os::unix::fs::chown(disk.path(), Some(owner.uid()), Some(owner.gid())).expect("root gives it away");
    let parent = disk.path().parent().expect("a folder");
    assert!(parent.metadata().expect("a folder").mode() & 0o005 == 0o005, "the server's user gets there");
    postgres.sql("postgres", &format!("CREATE TABLESPACE small LOCATION '{}'", disk.path().display()));
    postgres.sql("postgres", "CREATE DATABASE longshore TEMPLATE template0 TABLESPACE small");
    is_told_and_survived(&disk, &postgres.url_of("longshore")).await;
}

async fn is_told_and_survived(disk: &SmallDisk, url: &str) {
    let stage = Stage::waiting(&format!("database.url = {}\ngithub.catch_up_every = \"1s\"", Value::from(url))).await;
    disk.fill();
    let taken = until_nothing_is_taken(&stage).await;
    assert!(stage.get("/health").await.contains("the database takes no writes"), "{}", stage.get("/health").await);
    assert!(stage.supervisor_log().contains("database disk full"), "the log says which of the two it is");
    assert_eq!(stage.status().await.as_deref(), Some("awaiting_decision"), "what can be read is shown");
    stage.click("Apply fix", "maintainer").await;
    stage.until_delivered().await;

    disk.free();
    stage.until("health is back by itself", || async { health(&stage).await == 200 }).await;
    let missing = missing(&stage, &taken).await;
    assert!(missing.is_empty(), "of {} acknowledged, {missing:?} are lost", taken.len());
    // The click was turned away; it is read back from GitHub, and all goes on.
    stage
        .until_within(LONG_PATIENCE, "the fix is pushed", || async { stage.truth().await.pushed_by_app.len() == 1 })
        .await;
    stage.close_pull_request().await;
    stage.until_status("closed").await;
}

async fn health(stage: &Stage) -> u16 {
    stage.answer("/health").await.status().as_u16()
}

/// Sends webhooks until they are turned away, one after the other, and health says why; the ids of those that were taken.
/// What is turned away says when to come again.
async fn until_nothing_is_taken(stage: &Stage) -> Vec<String> {
    let payload = edited(stage).await;
    let (sender, mut taken, mut turned_away) = (stage.sender(), Vec::new(), 0);
    while turned_away < TURNED_AWAY {
        let (guid, answer) = sender.post("pull_request", &payload).await;
        let answer = answer.expect("the supervisor answers");
        if answer.status().is_success() {
            taken.push(guid);
        } else {
            assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (503, "5"));
        }
        // The last page that is half empty takes a little more.
        turned_away = if health(stage).await == 503 { turned_away + 1 } else { 0 };
        assert!(taken.len() < TAKEN_MAX, "{TAKEN_MAX} webhooks were taken and the disk was not full");
    }
    taken
}

/// A webhook that says that the pull request was edited.
pub async fn edited(stage: &Stage) -> Value {
    let opened = stage.deliveries().await.into_iter().find(|it| it.event == "pull_request").expect("it was opened");
    let mut payload = opened.payload;
    payload["action"] = json!("edited");
    payload
}

/// Of these delivery ids, the ones that are not in the history.
pub async fn missing(stage: &Stage, taken: &[String]) -> Vec<String> {
    let recorded = stage.recorded_ids().await;
    taken.iter().filter(|guid| !recorded.contains(&format!("gh:{guid}"))).cloned().collect()
}
