use super::{
    Runs, credentials,
    record::{Loaded, RunRecord},
};
use crate::{
    config::Secret,
    seams::{Error, RunId},
};
use engine::{WorkflowId, beside::Expected};
use protocol::Task;
use std::time::Duration;

/// How long a task is kept: longer than any run lives.
const TASK_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// A run that a machine is about to be started for.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Run.
    pub id: RunId,
    /// What it shall do.
    pub task: Task,
    /// Whose git it may read.
    pub repository: github::api::Repository,
    /// From now until the token ends unclaimed, in milliseconds.
    pub boot_ms: u64,
}

/// A run that waits for its worker.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The claim token, for the machine's environment and nothing else.
    pub token: Secret,
    /// A worker has claimed it already.
    pub claimed: bool,
}

impl Runs {
    /// Opens a run. Repeating it, as an action is repeated after a crash, gives the same token; while nobody has claimed
    /// it, the boot deadline begins anew.
    ///
    /// # Errors
    /// [`Error::Refused`] if the run has ended; otherwise the database failed.
    pub async fn open(&self, new: &NewRun) -> Result<Opened, Error> {
        let RunId { workflow, run, .. } = new.id;
        let secret = self.secret.derive("claim token", &[&workflow.to_string(), &run.to_string()]);
        let token = credentials::compose(credentials::TOKEN, workflow, run, &secret);
        let live = self.live.of(workflow, run);
        let _one_at_a_time = live.calls.lock().await;
        let loaded = self.load(workflow, run).await?;
        if let Some(Loaded { record, .. }) = &loaded {
            if let Some(reason) = &record.ended {
                self.live.forget(workflow, run);
                return Err(Error::Refused(format!("run {run} of {workflow} has ended: {reason}")));
            }
            if record.nonce_hash.is_some() {
                return Ok(Opened { token: Secret::new(token), claimed: true });
            }
        }
        let record = self.unclaimed(new, &token).await?;
        let expected = loaded.map_or(Expected::Absent, |loaded| Expected::Revision(loaded.revision));
        self.put(workflow, run, &record, expected).await?;
        Ok(Opened { token: Secret::new(token), claimed: false })
    }

    async fn unclaimed(&self, new: &NewRun, token: &str) -> Result<RunRecord, Error> {
        let now = self.environment.now();
        let task = serde_json::to_vec(&new.task).map_err(|error| Error::Failed(error.to_string()))?;
        Ok(RunRecord {
            key: new.id.key.clone(),
            repository: new.repository.clone(),
            task: self.beside.put_blob(&task, Some(now + TASK_KEPT)).await?,
            token_hash: credentials::hash(token),
            boot_deadline_ms: now.plus_millis(new.boot_ms).as_millis(),
            nonce_hash: None,
            credential_hash: None,
            claimed_at_ms: None,
            refused_claims: 0,
            heard: false,
            acknowledged: 0,
            findings: 0,
            log_bytes: 0,
            result: None,
            accepted: false,
            stop: None,
            ended: None,
        })
    }

    /// Ends a run: from now on whatever its worker says is answered 410. The first reason stays.
    ///
    /// # Errors
    /// The database failed.
    pub async fn end(&self, workflow: WorkflowId, run: u32, reason: &str) -> Result<(), Error> {
        self.change(workflow, run, |record| record.ended.get_or_insert_with(|| reason.to_owned()).len()).await?;
        self.live.forget(workflow, run);
        Ok(())
    }

    /// Whether a run is over for good, or was never opened.
    ///
    /// # Errors
    /// The database failed.
    pub async fn has_ended(&self, workflow: WorkflowId, run: u32) -> Result<bool, Error> {
        Ok(self.load(workflow, run).await?.is_none_or(|loaded| loaded.record.ended.is_some()))
    }

    /// Asks the worker, in the answer to its next report, to stop and to hand in what it has.
    ///
    /// # Errors
    /// The database failed.
    pub async fn stop(&self, workflow: WorkflowId, run: u32, reason: &str) -> Result<(), Error> {
        self.change(workflow, run, |record| record.stop.get_or_insert_with(|| reason.to_owned()).len()).await
    }

    /// Changes a record if it is there and the change makes a difference.
    async fn change<T>(
        &self,
        workflow: WorkflowId,
        run: u32,
        change: impl FnOnce(&mut RunRecord) -> T + Send,
    ) -> Result<(), Error> {
        if self.load(workflow, run).await?.is_none() {
            return Ok(());
        }
        let live = self.live.of(workflow, run);
        let _one_at_a_time = live.calls.lock().await;
        let Some(mut loaded) = self.load(workflow, run).await? else { return Ok(()) };
        let before = loaded.record.clone();
        change(&mut loaded.record);
        if loaded.record == before { Ok(()) } else { self.save(workflow, run, &mut loaded).await }
    }
}
