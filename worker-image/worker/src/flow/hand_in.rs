//! The result: on the volume first, then to the supervisor, however long that takes.

use super::{Exit, Run, away_max};
use crate::{
    agents,
    reports::Line,
    supervisor::{Backoff, CallError},
    volume::{self, full, take},
};
use protocol::{BODY_BYTES_MAX, Checkpoint, Coverage, Outcome, ResultRequest, RunResult, SessionState, Task, validate};

/// Attempts to tell the supervisor that a volume is not usable: nothing is kept for later, there is no place for it.
const REFUSAL_ATTEMPTS: usize = 5;

impl Run {
    /// Hands the result in. `Err` is not a failure of the work, only of the handing in.
    pub(super) async fn hand_in(self, result: RunResult) -> Result<Exit, Exit> {
        let mut result = in_bounds(result);
        let checkpoint = self.checkpoint(&mut result);
        if let Err(error) = self.volume.post(self.task.run, &result) {
            // Then it is not safe from a crash; it may still arrive.
            tracing::error!("the result cannot be written to `outbox/`: {error}");
        }
        let mut request = ResultRequest { result, checkpoint };
        if serde_json::to_vec(&request).is_ok_and(|body| body.len() > BODY_BYTES_MAX) {
            request.checkpoint = None;
        }
        self.send(request).await?;
        if let Err(error) = self.volume.posted(self.task.run) {
            tracing::warn!("the result cannot be removed from `outbox/`: {error}");
        }
        Ok(Exit::Done)
    }

    async fn send(&self, mut request: ResultRequest) -> Result<(), Exit> {
        let (line, mut backoff) = (&self.line, Backoff::within(self.line.heartbeat));
        loop {
            match line.supervisor.result(line.run, &line.credential, &request).await {
                Ok(_) => return Ok(()),
                Err(CallError::Stale | CallError::ClaimedByAnother) => return Err(Exit::Stale),
                Err(CallError::Away(_)) if line.silent_for() < away_max(&self.task.limits) => {
                    backoff.pause(&line.environment).await;
                }
                Err(CallError::Away(error)) => {
                    tracing::warn!("{error}; the result stays in `outbox/`");
                    return Err(Exit::SupervisorAway);
                }
                // The checkpoint is the part that can be done without.
                Err(CallError::Refused { .. }) if request.checkpoint.is_some() => request.checkpoint = None,
                Err(error @ CallError::Refused { .. }) => {
                    tracing::error!("{error}; the result stays in `outbox/`");
                    return Err(Exit::Refused);
                }
            }
        }
    }

    /// A copy of `agent/`; what is not in it is said in the result.
    fn checkpoint(&self, result: &mut RunResult) -> Option<Checkpoint> {
        if full::is(&result.outcome) {
            // What an agent wrote without room may be half of a file: the checkpoint of before is the better one.
            result.coverage.notes.push("checkpoint: the one of before, since the volume is full".into());
            return None;
        }
        match take(&self.volume.agent()) {
            Ok(taken) => {
                if taken.skipped > 0 {
                    result.coverage.notes.push(format!("checkpoint: {} files are not in it", taken.skipped));
                }
                (!taken.checkpoint.files.is_empty()).then_some(taken.checkpoint)
            }
            Err(error) => {
                result.coverage.notes.push(format!("checkpoint: none, the session cannot be read ({error})"));
                None
            }
        }
    }
}

/// A result that the supervisor would refuse becomes one that says so.
fn in_bounds(mut result: RunResult) -> RunResult {
    if let Err(refused) = validate::result(&result) {
        result.outcome =
            Outcome::Failed { code: "agent_protocol".into(), message: format!("the result holds {refused}") };
        result.findings.clear();
        result.patch = None;
        result.coverage = Coverage { files_total: result.coverage.files_total, ..Coverage::default() };
    }
    result
}

/// Tells the supervisor that this volume is not the workflow's, or does not work; writes nothing to it.
pub(super) async fn volume_refused(line: &Line, task: &Task, error: &volume::Error) -> Exit {
    tracing::error!("{error}");
    let exit = match error {
        volume::Error::Newer { .. } => return Exit::Stale,
        volume::Error::Io(_) => Exit::Failed,
        volume::Error::Anothers { .. } | volume::Error::Meta(_) => Exit::VolumeRefused,
    };
    let result = RunResult {
        outcome: full::named(Outcome::Failed { code: "volume_refused".into(), message: error.to_string() }),
        head_sha: task.head_sha.clone(),
        base_sha: task.base_sha.clone(),
        merge_base: task.base_sha.clone(),
        findings: Vec::new(),
        patch: None,
        coverage: Coverage::default(),
        agent: agents::choose(&task.agent).0.identity(),
        session: if task.session_expected { SessionState::Missing } else { SessionState::Began },
        cost_microusd: 0,
        duration_ms: 0,
    };
    let (request, mut backoff) = (ResultRequest { result, checkpoint: None }, Backoff::new());
    for _ in 0..REFUSAL_ATTEMPTS {
        match line.supervisor.result(line.run, &line.credential, &request).await {
            Err(CallError::Away(_)) => backoff.pause(&line.environment).await,
            Err(CallError::Stale) => return Exit::Stale,
            _ => break,
        }
    }
    exit
}
