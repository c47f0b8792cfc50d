//! Runs that nobody has ended, and what is left beside a workflow when it is over: for the janitor.

use super::{
    CHECKPOINTS, FINDINGS, RUNS, Runs,
    record::{self, Loaded},
};
use crate::seams::Error;
use engine::WorkflowId;
use environment::Timestamp;

/// Documents read at a time.
const PAGE: usize = 500;
/// Sorts after everything in the key of a run.
const AFTER_ALL: &str = "~";

/// A run whose record says that it has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRecord {
    /// Workflow.
    pub workflow: WorkflowId,
    /// Number.
    pub run: u32,
    /// When its worker claimed it.
    pub claimed_at: Option<Timestamp>,
}

impl Runs {
    /// Of at most `rows_max` records after `place`, those of runs that have not ended; and where to go on.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_after(
        &self,
        place: Option<&str>,
        rows_max: usize,
    ) -> Result<(Vec<OpenRecord>, Option<String>), Error> {
        let (mut open, mut place, mut seen) = (Vec::new(), place.map(str::to_owned), 0);
        while seen < rows_max {
            let rows = self.beside.documents(RUNS, "", place.as_deref(), PAGE).await?;
            let last = rows.len() < PAGE;
            seen += rows.len();
            place = rows.last().map(|(key, _)| key.clone()).filter(|_| !last);
            for (key, document) in rows {
                let Some((workflow, run)) = named(&key) else { continue };
                let record = Loaded::read(document)?.record;
                if record.ended.is_none() {
                    let claimed_at = record.claimed_at_ms.map(Timestamp::from_millis);
                    open.push(OpenRecord { workflow, run, claimed_at });
                }
            }
            if last {
                return Ok((open, None));
            }
        }
        Ok((open, place))
    }

    /// The first workflow after another that has records of runs.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next_with_records(&self, after: Option<WorkflowId>) -> Result<Option<WorkflowId>, Error> {
        let after = after.map(|workflow| format!("{}{AFTER_ALL}", record::prefix(workflow)));
        let rows = self.beside.documents(RUNS, "", after.as_deref(), 1).await?;
        Ok(rows.first().and_then(|(key, _)| named(key)).map(|(workflow, _)| workflow))
    }

    /// Removes what lies beside a workflow, or counts it in a dry run: records of its runs, their findings, its latest
    /// checkpoint. How many documents.
    ///
    /// # Errors
    /// The database failed; what is left goes the next time.
    pub async fn forget(&self, workflow: WorkflowId, workflow_key: &str, dry_run: bool) -> Result<u64, Error> {
        let prefix = record::prefix(workflow);
        let mut gone = 0;
        // The records go last: by them the rest is found again.
        let checkpoint = self.beside.document(CHECKPOINTS, workflow_key).await?.is_some();
        if checkpoint && !dry_run {
            self.beside.delete_document(CHECKPOINTS, workflow_key).await?;
        }
        gone += u64::from(checkpoint);
        for collection in [FINDINGS, RUNS] {
            let mut after = None;
            loop {
                let rows = self.beside.documents(collection, &prefix, after.as_deref(), PAGE).await?;
                for (key, _) in &rows {
                    if !dry_run {
                        self.beside.delete_document(collection, key).await?;
                    }
                    gone += 1;
                }
                if rows.len() < PAGE {
                    break;
                }
                after = rows.last().map(|(key, _)| key.clone());
            }
        }
        Ok(gone)
    }
}

/// Workflow and run of a record's key.
fn named(key: &str) -> Option<(WorkflowId, u32)> {
    let (workflow, run) = key.strip_prefix("wf_")?.split_once('/')?;
    Some((WorkflowId(workflow.parse().ok()?), run.parse().ok()?))
}
