use super::{
    FINDINGS, RUNS, Runs,
    record::{self, Loaded},
    reports::log_stream,
};
use crate::seams::{Error, Progress, RunId};
use engine::{WorkflowId, beside::LogLine};
use protocol::{FINDINGS_MAX, Finding, RunResult};
use serde::{Deserialize, Serialize};

/// Runs of one workflow that are shown; a workflow has a handful.
const RUNS_SHOWN_MAX: usize = 100;

/// A run, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunView {
    /// Number.
    pub run: u32,
    /// `waiting for its worker`, `running`, `finished`, `ended`.
    pub state: String,
    /// Why it ended.
    pub ended: Option<String>,
    /// Unix milliseconds.
    pub claimed_at_ms: Option<u64>,
    /// Findings reported.
    pub findings: u32,
    /// How far it is.
    pub progress: Option<Progress>,
}

impl Runs {
    /// The runs of a workflow, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of_workflow(&self, workflow: WorkflowId) -> Result<Vec<RunView>, Error> {
        let rows = self.beside.documents(RUNS, &record::prefix(workflow), None, RUNS_SHOWN_MAX).await?;
        let mut views = Vec::with_capacity(rows.len());
        for (key, document) in rows {
            let loaded = Loaded::read(document)?;
            let result = loaded.record.result.clone();
            let mut view = self.view(workflow, &key, loaded)?;
            // What a run read is in its result once it is over; while it runs, only its worker knows.
            if let (None, Some(digest)) = (&view.progress, result) {
                view.progress = self.result(&digest).await?.and_then(|result| in_the_end(&result));
            }
            views.push(view);
        }
        Ok(views)
    }

    fn view(&self, workflow: WorkflowId, key: &str, Loaded { record, .. }: Loaded) -> Result<RunView, Error> {
        let number = key.rsplit('/').next().and_then(|digits| digits.parse().ok());
        let run = number.ok_or_else(|| Error::Failed(format!("`{key}` is not the key of a run")))?;
        let state = match () {
            () if record.accepted => "finished",
            () if record.ended.is_some() => "ended",
            () if record.nonce_hash.is_some() => "running",
            () => "waiting for its worker",
        };
        Ok(RunView {
            run,
            state: state.to_owned(),
            ended: record.ended,
            claimed_at_ms: record.claimed_at_ms,
            findings: record.findings,
            progress: self.progress(workflow, run),
        })
    }

    /// How far a run is; known only while this supervisor hears it.
    pub fn progress(&self, workflow: WorkflowId, run: u32) -> Option<Progress> {
        self.live.progress(workflow, run)
    }

    /// Findings that were streamed so far, in the order of their reports.
    ///
    /// # Errors
    /// The database failed, or what is stored cannot be read.
    pub async fn findings(&self, workflow: WorkflowId, run: u32) -> Result<Vec<Finding>, Error> {
        let prefix = format!("{}/", record::key(workflow, run));
        let rows = self.beside.documents(FINDINGS, &prefix, None, FINDINGS_MAX).await?;
        let read = |value| serde_json::from_value(value).map_err(|error| Error::Failed(error.to_string()));
        rows.into_iter().map(|(_, document)| read(document.value)).collect()
    }

    /// Lines of a run's log after a sequence number.
    ///
    /// # Errors
    /// The database failed.
    pub async fn log(&self, workflow: WorkflowId, run: u32, after: u64, limit: usize) -> Result<Vec<LogLine>, Error> {
        let id = RunId { workflow, key: String::new(), run };
        Ok(self.beside.log(&log_stream(&id), after, limit).await?)
    }
}

/// None if the agent did not say what it read.
fn in_the_end(result: &RunResult) -> Option<Progress> {
    Some(Progress {
        phase: "over".into(),
        files_read: result.coverage.files_read?,
        files_total: result.coverage.files_total,
        findings: u32::try_from(result.findings.len()).unwrap_or(u32::MAX),
    })
}
