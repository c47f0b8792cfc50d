//! What pages, the API and the CLI read: committed rows of the engine, in the outer parts' words.

use crate::{
    parts::{EngineSlot, failed},
    seams::{Error, HistoryRow, Look, Narrow, Replayed, WorkflowRow},
    writes::Writes,
};
use async_trait::async_trait;
use domain::{pull_request::PullRequest, reminder::Reminder};
use engine::{ListFilter, Row, View, Workflow, WorkflowId, beside::Beside};
use environment::Environment;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// How long a reader waits for a change before it looks again all the same.
const CHANGE_WAIT: Duration = Duration::from_secs(15);
/// The same where other supervisors commit, too, of which nobody tells.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Rows read at a time for counting.
const PAGE: usize = 1000;

/// Reads over the engine.
#[derive(Debug, Clone)]
pub struct EngineLook {
    environment: Environment,
    engine: EngineSlot,
    writes: Arc<Writes>,
}

impl EngineLook {
    /// Over the engine, and what lies beside.
    pub fn new(environment: Environment, engine: EngineSlot, beside: Arc<dyn Beside>) -> Self {
        Self { environment, engine, writes: Arc::new(Writes::new(beside)) }
    }
}

fn row(row: Row) -> WorkflowRow {
    WorkflowRow {
        id: row.workflow.to_string(),
        kind: row.kind,
        title: row.title,
        status: row.status,
        run: row.run,
        subject: row.subject,
        machine_id: row.machine_id,
        volume_id: row.volume_id,
        last_activity_ms: row.last_activity.as_millis(),
    }
}

fn shown<W: Workflow>(view: Option<View<W>>) -> Result<Option<(WorkflowRow, serde_json::Value)>, Error> {
    view.map(|view| {
        let state = serde_json::to_value(&*view.state).map_err(|error| Error::Failed(error.to_string()))?;
        Ok((row(view.row), state))
    })
    .transpose()
}

#[async_trait]
impl Look for EngineLook {
    async fn list(&self, narrow: &Narrow) -> Result<Vec<WorkflowRow>, Error> {
        let filter = ListFilter {
            kind: narrow.kind.clone(),
            status: narrow.status.clone(),
            text: narrow.text.clone(),
            key_prefix: None,
            after: narrow.after,
            limit: narrow.limit,
        };
        Ok(self.engine.engine()?.list(filter).await.map_err(failed)?.into_iter().map(row).collect())
    }

    async fn show(&self, workflow: WorkflowId) -> Result<Option<(WorkflowRow, serde_json::Value)>, Error> {
        let engine = self.engine.engine()?;
        match engine.row(workflow).await.map_err(failed)? {
            None => Ok(None),
            Some(row) if row.kind == Reminder::KIND => shown(engine.view::<Reminder>(workflow).await.map_err(failed)?),
            Some(_) => shown(engine.view::<PullRequest>(workflow).await.map_err(failed)?),
        }
    }

    async fn history(&self, workflow: WorkflowId, after: u64, limit: usize) -> Result<Vec<HistoryRow>, Error> {
        let rows = self.engine.engine()?.history(workflow, after, limit).await.map_err(failed)?;
        let row = |row: engine::EventRow| HistoryRow {
            sequence: row.seq,
            id: row.id.as_str().to_owned(),
            name: row.name,
            payload: row.payload,
            at_ms: row.at.as_millis(),
            code: row.code,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    async fn why(&self, workflow: WorkflowId) -> Result<Option<String>, Error> {
        let engine = self.engine.engine()?;
        let Some(row) = engine.row(workflow).await.map_err(failed)? else { return Ok(None) };
        let explained = if row.kind == Reminder::KIND {
            engine.view::<Reminder>(workflow).await.map_err(failed)?.map(|view| view.state.explain())
        } else {
            engine.view::<PullRequest>(workflow).await.map_err(failed)?.map(|view| view.state.explain())
        };
        let why = engine.why(workflow).await.map_err(failed)?;
        let Some(mut sentence) = explained.filter(|_| !why.stuck) else { return Ok(Some(why.sentence)) };
        for failing in why.failing {
            sentence.push_str(&format!("; {failing}"));
        }
        Ok(Some(sentence))
    }

    async fn details(&self, workflow: WorkflowId) -> Result<Option<String>, Error> {
        let engine = self.engine.engine()?;
        if engine.row(workflow).await.map_err(failed)?.is_none() {
            return Ok(None);
        }
        Ok(Some(engine.why(workflow).await.map_err(failed)?.sentence))
    }

    async fn stuck(&self) -> Result<Vec<WorkflowId>, Error> {
        self.engine.engine()?.stuck().await.map_err(failed)
    }

    async fn replay(&self, workflow: WorkflowId) -> Result<Replayed, Error> {
        match self.engine.engine()?.replay(workflow).await {
            Ok(replay) => Ok(Replayed {
                events: replay.events,
                same: replay.matches,
                sentence: if replay.matches {
                    format!("{} events lead to the stored state", replay.events)
                } else {
                    format!("{} events lead to another state than the stored one", replay.events)
                },
            }),
            Err(engine::ReplayError::NotFound(_)) => Err(Error::NotFound(format!("there is no workflow `{workflow}`"))),
            Err(engine::ReplayError::Store(error)) => Err(failed(error)),
            Err(other) => Ok(Replayed { events: 0, same: false, sentence: other.to_string() }),
        }
    }

    async fn changed(&self, workflow: WorkflowId) {
        let Ok(engine) = self.engine.engine() else { return };
        let mut feed = engine.subscribe();
        let wait = async {
            // A reader that fell behind looks again at once.
            while feed.recv().await.is_ok_and(|committed| committed.workflow != workflow) {}
        };
        let longest = if engine.is_one_of_several() { LOOK_AGAIN } else { CHANGE_WAIT };
        let _elapsed = self.environment.timeout(longest, wait).await;
    }

    async fn counts(&self) -> Result<Vec<(String, u64)>, Error> {
        let (mut counts, mut after) = (BTreeMap::<String, u64>::new(), None);
        loop {
            let filter = ListFilter { after, limit: PAGE, ..ListFilter::default() };
            let rows = self.engine.engine()?.list(filter).await.map_err(failed)?;
            let last = rows.len() < PAGE;
            after = rows.last().map(|row| row.workflow);
            for row in rows {
                *counts.entry(row.status).or_default() += 1;
            }
            if last {
                return Ok(counts.into_iter().collect());
            }
        }
    }

    async fn takes_writes(&self) -> bool {
        let Ok(engine) = self.engine.engine() else { return true };
        self.writes.succeed(engine.counters().commits_failed).await
    }

    fn counters(&self) -> Vec<(&'static str, &'static str, u64)> {
        let Ok(engine) = self.engine.engine() else { return Vec::new() };
        let counters = engine.counters();
        vec![
            ("transitions_total", "Transitions committed.", counters.transitions),
            ("commits_total", "Commits.", counters.commits),
            ("commits_failed_total", "Commits that failed.", counters.commits_failed),
            ("duplicates_total", "Repeated events, acknowledged without effect.", counters.duplicates),
            ("illegal_total", "Events refused by a workflow.", counters.illegal),
            ("early_kept_total", "Events kept because they came too early.", counters.kept_early),
            ("early_dropped_total", "Of those, dropped after their time.", counters.dropped_early),
            ("overloaded_total", "Submissions turned away at a bound.", counters.overloaded),
            ("action_attempts_total", "Attempts at actions.", counters.attempts),
            ("actions_failed_total", "Actions that failed for good.", counters.actions_failed),
            ("timers_fired_total", "Timers that fired.", counters.timers_fired),
            ("slots_granted_total", "Slots granted.", counters.granted),
            ("queue_depth", "Submissions that wait for their answer now.", counters.queue_depth),
            ("workflows_live", "Workflows in memory now.", counters.live),
            ("actions_running", "Actions that run now.", counters.actions_running),
        ]
    }
}
