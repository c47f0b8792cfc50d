//! Pull requests at once in real containers, while the supervisor is killed with -9 and containers are killed by the daemon,
//! through reviews, decisions and closing. The checker of the kill loops judges what is left.
//!
//! `LONGSHORE_DOCKER_PULLS` says how many; a run ends with `N pull requests on Docker in S s, C containers killed, K kills, …`.

use super::{filter, on_docker};
use crate::{
    kills::{checker, history::History, outside::Outside},
    stage::{LONG_PATIENCE, Stage},
};
use environment::Environment;
use serde_json::Value;
use simulators::github::{
    control::{NewPull, PullName},
    fixtures::demo_fixture,
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use store_sqlite::SqliteStore;
use testkit::{Dice, docker::Daemon};

/// A lost machine is noticed by its silence: soon, or nothing else happens meanwhile. Late enough for a loaded computer.
const SETTINGS: &str = "machines.max_running = 4\nreview.refresh = \"1s\"\ngithub.catch_up_every = \"2s\"\n\
                        machines.claim_ms = 30000\nmachines.first_heartbeat_ms = 15000\nmachines.silence_ms = 10000\n\
                        janitor.schedule = \"0 0 0 29 2 *\"\njanitor.grace = \"0s\"";
/// Longest pause between two kills.
const PAUSE_MS: usize = 2_500;
/// Kills of one pull request's containers: a run is tried four times before a person is asked.
const PER_PULL_MAX: usize = 2;
/// How long one that runs is waited for.
const CONTAINER_WAIT_MAX: Duration = Duration::from_secs(3);
const REPOSITORY: &str = "acme/shop";

/// How many: `LONGSHORE_DOCKER_PULLS`, which `cargo xtask test` sets.
fn pulls() -> u64 {
    std::env::var("LONGSHORE_DOCKER_PULLS").ok().and_then(|text| text.parse().ok()).unwrap_or(4)
}

#[tokio::test]
async fn many_at_once_lose_and_double_nothing_while_supervisor_and_containers_are_killed() {
    let begun = Instant::now();
    let (daemon, settings) = on_docker(SETTINGS).await;
    let mut stage = Stage::open(&settings).await;
    let names = open(&stage, pulls()).await;
    let mut killer = Killer { daemon, dice: Dice::new(5), killed: BTreeMap::new(), supervisors: 0 };

    killer.until_all(&mut stage, &names, "each asks a person", asks).await;
    for name in &names {
        let (check_run, button) = button(&stage, name).await.expect("it asks a person");
        stage.click_on(check_run, &button, "maintainer").await;
    }
    killer.until_all(&mut stage, &names, "each patch is pushed and reported", is_pushed).await;
    let deployment = deployment(&stage, daemon).await;
    for name in &names {
        stage.github().close(name, "maintainer").await.expect("the stand-in obeys");
    }
    killer.until_all(&mut stage, &names, "each check has ended", has_ended).await;
    until_all_are_closed(&stage, names.len()).await;
    let pass = stage.verb(&["janitor", "--once"]);
    assert!(pass.status.success(), "{}", String::from_utf8_lossy(&pass.stderr));

    let left_over = stage.left_over().await;
    for name in &names {
        let truth = stage.truth_of(name).await;
        let reviews = truth.reviews.iter().filter(|review| review.state != "PENDING").count();
        assert_eq!((reviews, truth.pushed_by_app.len()), (1, 1), "one head was read, one patch approved: {truth:#?}");
    }
    stage.kill_supervisor();
    assert!(!stage.supervisor_log().contains("panicked"), "{}", stage.supervisor_log());
    let store = SqliteStore::open(stage.path().join("supervisor/longshore.db"), Environment::real()).await;
    let history = History::read(&store.expect("nobody else has it")).await;
    let judgement = checker::judge(&history, &Outside::read(&stage, &names, Vec::new(), left_over).await);
    let containers: usize = killer.killed.values().sum();
    println!(
        "{} pull requests on Docker in {} s, {containers} containers killed, {}",
        names.len(),
        begun.elapsed().as_secs(),
        judgement.summary(killer.supervisors)
    );
    assert!(judgement.wrong.is_empty(), "{:#?}", judgement.wrong);
    assert!(killer.supervisors > 2 && containers > 0, "it was hard enough");
    let label = filter("label", &format!("longshore.deployment={deployment}"));
    assert_eq!(daemon.get(&format!("/containers/json?all=1&filters={label}")), "[]");
    let volumes: Value = serde_json::from_str(&daemon.get(&format!("/volumes?filters={label}"))).expect("JSON");
    assert!(volumes["Volumes"].as_array().is_none_or(Vec::is_empty), "{volumes}");
}

async fn open(stage: &Stage, count: u64) -> Vec<PullName> {
    stage.github().create_repository(demo_fixture().repository).await.expect("a repository");
    for number in 1..=count {
        // A message of its own, or two that are opened within a second would be one commit.
        let (head_ref, message) = (format!("change-{number}"), Some(format!("Change {number}")));
        let pull = NewPull { number: Some(number), head_ref, message, ..demo_fixture().pull };
        stage.github().open_pull(pull).await.expect("the stand-in obeys");
    }
    (1..=count).map(|number| PullName::new(REPOSITORY, number)).collect()
}

async fn asks(stage: &Stage, name: &PullName) -> bool {
    button(stage, name).await.is_some()
}

async fn is_pushed(stage: &Stage, name: &PullName) -> bool {
    stage.truth_of(name).await.pushed_by_app.len() == 1 && has_ended(stage, name).await
}

async fn has_ended(stage: &Stage, name: &PullName) -> bool {
    stage.truth_of(name).await.checks.iter().all(|check| check.status == "completed")
}

/// The button that applies the patch.
async fn button(stage: &Stage, name: &PullName) -> Option<(u64, String)> {
    let truth = stage.truth_of(name).await;
    truth.checks.iter().rev().find_map(|check| {
        let place = check.labels.iter().position(|label| label == "Apply fix")?;
        Some((check.id, check.actions[place].clone()))
    })
}

/// The deployment that the volumes say they belong to.
async fn deployment(stage: &Stage, daemon: &Daemon) -> String {
    let rows = stage.api("/volumes").await.expect("the supervisor answers");
    let name = rows["volumes"][0]["name"].as_str().expect("volumes of open pull requests are there");
    let volume: Value = serde_json::from_str(&daemon.get(&format!("/volumes/{name}"))).expect("JSON");
    volume["Labels"]["longshore.deployment"].as_str().expect("a volume of ours says whose it is").to_owned()
}

async fn until_all_are_closed(stage: &Stage, count: usize) {
    stage
        .until_within(LONG_PATIENCE, "every workflow is over and nothing is left", || async {
            let Some(list) = stage.api("/workflows?limit=500").await else { return false };
            let rows = list["workflows"].as_array().cloned().unwrap_or_default();
            rows.len() == count
                && rows.iter().all(|row| row["status"] == "closed")
                && stage.deliveries().await.iter().all(|it| it.status != "pending")
                && stage.left_over().await == 0
        })
        .await;
}

/// Kills, and counts.
struct Killer {
    daemon: &'static Daemon,
    dice: Dice,
    /// Containers, by the volume that they were on.
    killed: BTreeMap<String, usize>,
    supervisors: usize,
}

impl Killer {
    /// Until it holds for every pull request. Meanwhile there are kills, as many as leave the supervisor time to work.
    async fn until_all(
        &mut self,
        stage: &mut Stage,
        names: &[PullName],
        what: &str,
        holds: impl AsyncFn(&Stage, &PullName) -> bool,
    ) {
        for _ in 0..2 + names.len() / 4 {
            self.kill_the_next_container(stage).await;
            tokio::time::sleep(Duration::from_millis(self.dice.roll(PAUSE_MS) as u64)).await;
            stage.kill_supervisor();
            self.supervisors += 1;
            stage.start_supervisor().await;
        }
        let patience = LONG_PATIENCE + Duration::from_secs(15) * u32::try_from(names.len()).unwrap_or(u32::MAX);
        for name in names {
            stage.until_within(patience, &format!("{what}: {}", name.number), || holds(stage, name)).await;
        }
    }

    /// Waits for one that runs, and not for long: on a quick computer most of the time none does.
    async fn kill_the_next_container(&mut self, stage: &Stage) {
        let begun = Instant::now();
        while begun.elapsed() < CONTAINER_WAIT_MAX && !self.kill_a_container(stage).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// One that runs, if one does; by the daemon, as the kernel would for want of memory.
    async fn kill_a_container(&mut self, stage: &Stage) -> bool {
        let ours = stage.api("/machines").await.unwrap_or_default();
        let ours = ours["machines"].as_array().cloned().unwrap_or_default();
        let spared = |volume: &str| self.killed.get(volume).is_some_and(|count| *count >= PER_PULL_MAX);
        let may_be = |machine: &&Value| {
            machine["state"] == "running" && !spared(machine["volume_id"].as_str().unwrap_or_default())
        };
        let running: Vec<_> = ours.iter().filter(may_be).collect();
        if running.is_empty() {
            return false;
        }
        let machine = running[self.dice.roll(running.len())];
        let text = |name: &str| machine[name].as_str().unwrap_or_default().to_owned();
        let (status, _) = self.daemon.call("POST", &format!("/containers/{}/kill", text("id")), "");
        if status == 204 {
            *self.killed.entry(text("volume_id")).or_default() += 1;
        }
        status == 204
    }
}
