//! Supervisors that are away and workers that are lost: nothing runs twice, and what was done is not done again.

use crate::stage::{Stage, workers_of};
use rustix::process::{Pid, Signal, kill_process};
use simulators::github::control::CheckSnapshot;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

/// Longest watchdog of these tests: a run as a whole.
const TOTAL: Duration = Duration::from_secs(5);

/// An agent that works until it is let go, and a supervisor with watchdogs as short as they may be.
struct Works {
    stage: Stage,
    folder: tempfile::TempDir,
}

impl Works {
    async fn begun() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let script = format!(
            "read -r task; echo working >>'{}'; until [ -e '{}' ]; do sleep 0.05; done; \
             echo '{{\"type\":\"finding\",\"path\":\"src/upload.rs\",\"line\":5,\"title\":\"Found while it worked\"}}'; \
             echo '{{\"type\":\"done\"}}'",
            folder.path().join("agents").display(),
            folder.path().join("go").display()
        );
        let stage = Stage::open(&format!(
            "agent.kind = \"command\"
             agent.command = [\"/bin/sh\", \"-c\", {}]
             machines.allow_unisolated = true
             machines.claim_ms = 2000
             machines.first_heartbeat_ms = 1000
             machines.silence_ms = 1000
             machines.total_ms = {}",
            serde_json::Value::from(script),
            TOTAL.as_millis()
        ))
        .await;
        stage.open_pull_request().await;
        let works = Self { stage, folder };
        works.until_run(1).await;
        works
    }

    /// The agent finds something and is done.
    fn let_go(&self) {
        std::fs::write(self.marker(), "").expect("a marker");
    }

    fn marker(&self) -> PathBuf {
        self.folder.path().join("go")
    }

    /// The agent of that run works: it has its files and needs nothing more of the supervisor.
    async fn until_run(&self, run: usize) {
        self.stage
            .until(&format!("run {run} is under way"), || async {
                let row = self.stage.workflow().await.unwrap_or_default();
                row["run"] == run && row["status"] == "running" && self.agents() == run
            })
            .await;
    }

    /// Agents that began to work so far.
    fn agents(&self) -> usize {
        let began = std::fs::read_to_string(self.folder.path().join("agents")).unwrap_or_default();
        began.lines().count()
    }

    /// To every process of the worker; never to its keeper.
    fn signal_workers(&self, signal: Signal) {
        let workers = workers_of(self.stage.path());
        assert!(!workers.is_empty(), "a worker runs");
        for pid in workers.into_iter().filter_map(Pid::from_raw) {
            let _gone_already = kill_process(pid, signal);
        }
    }

    async fn volume(&self) -> String {
        let state = self.stage.state().await.expect("the workflow");
        state["volume"]["id"].as_str().expect("a volume").to_owned()
    }

    async fn newest_check(&self) -> CheckSnapshot {
        self.stage.truth().await.checks.pop().expect("a check")
    }

    /// The finding is published, once.
    async fn is_reviewed(&self) {
        self.stage.until_status("idle").await;
        let truth = self.stage.truth().await;
        assert_eq!(truth.reviews.len(), 1, "{:#?}", truth.reviews);
        assert!(truth.reviews[0].comments[0].body.contains("Found while it worked"), "{:#?}", truth.reviews);
        assert_eq!(self.newest_check().await.conclusion.as_deref(), Some("neutral"));
    }

    /// Which machines started and went, in the order in which it was recorded.
    async fn machines(&self) -> Vec<String> {
        let history = self.stage.history().await;
        history.into_iter().filter(|name| name.starts_with("machine_")).collect()
    }
}

#[tokio::test]
async fn a_supervisor_away_for_longer_than_every_watchdog_accepts_the_result_and_starts_no_second_run() {
    let mut works = Works::begun().await;
    works.stage.kill_supervisor();
    let since = Instant::now();
    works.let_go();
    works.stage.until("every watchdog is over", || async { since.elapsed() > TOTAL + Duration::from_secs(1) }).await;
    works.stage.start_supervisor().await;
    works.is_reviewed().await;
    assert_eq!(works.machines().await, ["machine_started", "machine_gone"]);
    assert_eq!(works.stage.recorded("run_claimed").await, 1);
    assert_eq!(works.stage.recorded("run_finished").await, 1);
}

#[tokio::test]
async fn a_supervisor_that_comes_back_while_the_agent_works_waits_for_it() {
    let mut works = Works::begun().await;
    works.stage.kill_supervisor();
    let since = Instant::now();
    works.stage.until("silence is over", || async { since.elapsed() > Duration::from_millis(2500) }).await;
    works.stage.start_supervisor().await;
    works.until_run(1).await;
    works.let_go();
    works.is_reviewed().await;
    assert_eq!(works.machines().await, ["machine_started", "machine_gone"]);
}

#[tokio::test]
async fn a_killed_worker_is_followed_by_a_second_run_on_the_same_volume_once_the_first_is_gone() {
    let works = Works::begun().await;
    let volume = works.volume().await;
    works.signal_workers(Signal::KILL);
    works.until_run(2).await;
    assert_eq!(works.volume().await, volume);
    works.let_go();
    works.is_reviewed().await;
    assert_eq!(works.machines().await, ["machine_started", "machine_gone", "machine_started", "machine_gone"]);
    let checks = works.stage.truth().await.checks;
    assert_eq!(checks[0].conclusion.as_deref(), Some("cancelled"), "{checks:#?}");
}

#[tokio::test]
async fn a_worker_that_fell_silent_is_ended_before_a_second_run_starts() {
    let works = Works::begun().await;
    let volume = works.volume().await;
    let silent = workers_of(works.stage.path());
    works.signal_workers(Signal::STOP);
    works.until_run(2).await;
    let still = workers_of(works.stage.path());
    assert!(silent.iter().all(|pid| !still.contains(pid)), "the silent one is gone: {silent:?} {still:?}");
    assert_eq!(works.volume().await, volume);
    works.let_go();
    works.is_reviewed().await;
    assert_eq!(works.machines().await, ["machine_started", "machine_gone", "machine_started", "machine_gone"]);
}

#[tokio::test]
async fn after_two_losses_a_person_is_asked_and_retry_reviews() {
    let works = Works::begun().await;
    works.signal_workers(Signal::KILL);
    works.until_run(2).await;
    works.signal_workers(Signal::KILL);
    works.stage.until_status("awaiting_decision").await;
    let check = works.newest_check().await;
    assert_eq!((check.conclusion.as_deref(), &check.labels[..]), (Some("neutral"), &["Retry".to_owned()][..]));
    let shown = format!("{} {}", check.title.unwrap_or_default(), check.summary.unwrap_or_default());
    assert!(shown.contains("Not completed") && shown.contains("machine lost twice"), "{shown}");
    assert_eq!(works.stage.recorded("machine_started").await, 2, "no third one by itself");
    works.let_go();
    works.stage.click("Retry", "maintainer").await;
    works.is_reviewed().await;
    assert_eq!(works.stage.recorded("machine_started").await, 3);
}

#[tokio::test]
async fn a_volume_lost_with_its_host_is_seeded_again_and_the_approved_patch_is_pushed() {
    let stage = Stage::waiting("").await;
    std::fs::remove_dir_all(stage.path().join("supervisor/machines/volumes")).expect("the disk is lost");
    std::fs::create_dir(stage.path().join("supervisor/machines/volumes")).expect("another disk is there");
    stage.click("Apply fix", "maintainer").await;
    stage.until("the patch is pushed", || async { stage.truth().await.pushed_by_app.len() == 1 }).await;
    assert!(stage.history().await.iter().any(|event| event == "volume_lost"));
}
