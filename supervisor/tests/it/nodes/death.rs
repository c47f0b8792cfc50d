//! Supervisors that die, sleep, and lose their database while a machine works: the work goes on elsewhere, and nothing is
//! done twice.

use super::several::Several;
use std::path::PathBuf;

/// An agent that works until it is let go.
struct Works {
    several: Several,
    folder: tempfile::TempDir,
}

impl Works {
    async fn begun(nodes: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let script = format!(
            "read -r task; echo working >>'{}'; until [ -e '{}' ]; do sleep 0.05; done; \
             echo '{{\"type\":\"finding\",\"path\":\"src/upload.rs\",\"line\":5,\"title\":\"Found while it worked\"}}'; \
             echo '{{\"type\":\"done\"}}'",
            folder.path().join("agents").display(),
            folder.path().join("go").display()
        );
        let settings = format!(
            "agent.kind = \"command\"
             agent.command = [\"/bin/sh\", \"-c\", {}]
             machines.allow_unisolated = true",
            serde_json::Value::from(script)
        );
        let works = Self { several: Several::of(nodes, &settings).await, folder };
        works.several.stage.open_pull_request().await;
        works.several.stage.until("its agent works", || async { works.agents() == 1 && works.is_shown().await }).await;
        works
    }

    fn agents_file(&self) -> PathBuf {
        self.folder.path().join("agents")
    }

    /// Agents that began.
    fn agents(&self) -> usize {
        std::fs::read_to_string(self.agents_file()).map_or(0, |text| text.lines().count())
    }

    /// Nothing is under way but the work itself.
    async fn is_shown(&self) -> bool {
        let Some(state) = self.several.stage.state().await else { return false };
        let shown = |check: &serde_json::Value| check["revision"] == check["published"];
        self.several.stage.status().await.as_deref() == Some("running")
            && state["checks"].as_array().is_some_and(|checks| checks.iter().all(shown))
            && self.several.sql("SELECT count(*) FROM workflow WHERE pending IS NOT NULL") == "0"
    }

    fn let_go(&self) {
        std::fs::write(self.folder.path().join("go"), "").expect("a marker");
    }

    /// The work is published, once, by one machine.
    async fn is_done_once(&self) {
        let stage = &self.several.stage;
        stage.until_status("idle").await;
        let truth = stage.truth().await;
        assert_eq!(truth.reviews.len(), 1, "{:#?}", truth.reviews);
        assert_eq!(
            (self.agents(), stage.recorded("machine_started").await),
            (1, 1),
            "one machine, and one agent in it"
        );
        let heads = truth.checks.iter().filter(|check| check.status == "completed").count();
        assert_eq!(heads, truth.checks.len(), "{:#?}", truth.checks);
        assert_eq!(self.several.sql("SELECT count(*) FROM inbox WHERE refusal IS NULL"), "0");
    }

    /// The history, but for the news of the installation: whoever leads tells it to every workflow, be it late.
    async fn told(&self) -> Vec<String> {
        let history = self.several.stage.history().await;
        history.into_iter().filter(|event| event != "access_changed").collect()
    }

    async fn until_owned_by_another(&self, than: usize) {
        let stage = &self.several.stage;
        stage.until("another one owns it", || async { self.several.owner().is_some_and(|it| it != than) }).await;
    }
}

#[tokio::test]
async fn a_review_under_way_is_published_once_though_its_supervisor_is_killed() {
    let mut works = Works::begun(2).await;
    let owner = works.several.owner().expect("somebody owns it");
    works.several.kill(owner);
    works.until_owned_by_another(owner).await;
    works.let_go();
    works.is_done_once().await;
}

#[tokio::test]
async fn a_supervisor_that_wakes_up_evicted_writes_nothing_and_takes_part_again() {
    let works = Works::begun(2).await;
    let owner = works.several.owner().expect("somebody owns it");
    works.several.pause(owner);
    works.until_owned_by_another(owner).await;
    works.let_go();
    works.is_done_once().await;
    let history = works.told().await;
    let epochs = works.several.sql("SELECT string_agg(partition || ':' || epoch, ' ' ORDER BY partition) FROM fence");
    works.several.go_on(owner);
    let stage = &works.several.stage;
    stage.until("it knows", || async { works.several.log_of(owner).contains("owned no more") }).await;
    works.several.until_owners(2).await;
    assert_ne!(
        works.several.sql("SELECT string_agg(partition || ':' || epoch, ' ' ORDER BY partition) FROM fence"),
        epochs,
        "it owns under epochs of its own again"
    );
    works.is_done_once().await;
    assert_eq!(works.told().await, history);
}

#[tokio::test]
async fn a_crash_of_the_database_under_two_supervisors_loses_and_doubles_nothing() {
    let works = Works::begun(2).await;
    works.several.postgres.crash();
    works.several.postgres.start_again();
    works.several.until_owners(2).await;
    works.let_go();
    works.is_done_once().await;
    // A click that is refused meanwhile is read back; so is this, which comes while one of them is gone for good.
    let mut works = works;
    works.several.kill(1);
    works.several.stage.close_pull_request().await;
    works.several.stage.until_status("closed").await;
    works.several.stage.until("nothing is left", || async { works.several.stage.left_over().await == 0 }).await;
}
