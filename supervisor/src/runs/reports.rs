use super::{
    FINDINGS, Refusal, Runs,
    live::{Run, Signals},
    record::{self, Loaded},
};
use crate::seams::{Progress, RunId};
use engine::beside::{Expected, LogLine, StoreError};
use futures_util::future::try_join_all;
use protocol::{Directive, EventsRequest, EventsResponse, FINDINGS_MAX, Finding, Report, Sequenced};
use std::time::Duration;

/// Progress is passed on at most this often a run: a check is updated with it, and GitHub counts updates.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);
/// Bytes of one run's log; a worker that prints without end cannot fill the disk.
const LOG_BYTES_MAX: u64 = 1024 * 1024;
/// What stands at the end of a log that was cut.
const LOG_CUT: &str = "(the log is cut here: it has reached its limit)";

impl Runs {
    /// A worker reports. What is a fact is durable when this returns; a sequence number counts once.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn report(&self, credential: &str, run: u32, request: &EventsRequest) -> Result<EventsResponse, Refusal> {
        let (workflow, run) = self.speaks_for(credential, run).await?;
        protocol::validate::batch(&request.events)?;
        let live = self.live.of(workflow, run);
        let _one_at_a_time = live.calls.lock().await;
        let (.., mut loaded) = self.authenticate_open(credential).await.inspect_err(|_| {
            self.live.forget(workflow, run);
        })?;
        let id = RunId { workflow, key: loaded.record.key.clone(), run };
        self.events.alive(&id);
        let seen = loaded.record.acknowledged.max(live.signals().acknowledged);
        let fresh: Vec<&Sequenced> = request.events.iter().filter(|event| event.sequence > seen).collect();
        self.store(&id, &fresh, &mut loaded).await?;
        let findings = loaded.record.findings;
        let due = live.signals().take_in(&fresh, findings, self.environment.now());
        if let Some(progress) = due {
            self.pass_on(&id, &live, progress).await;
        }
        let acknowledged = seen.max(request.events.last().map_or(0, |event| event.sequence));
        let directive = match loaded.record.stop {
            Some(reason) => Directive::Stop { reason },
            None => Directive::Continue,
        };
        Ok(EventsResponse { acknowledged, directive })
    }

    /// The run of a credential, which must be the one in the path and still open.
    pub(super) async fn speaks_for(&self, credential: &str, run: u32) -> Result<(engine::WorkflowId, u32), Refusal> {
        let (workflow, its_run, _) = self.authenticate(credential).await?;
        if its_run == run { Ok((workflow, run)) } else { Err(Refusal::Unknown) }
    }

    /// Makes facts and log lines durable, and the record with them. A batch of signals writes nothing.
    async fn store(&self, id: &RunId, fresh: &[&Sequenced], loaded: &mut Loaded) -> Result<(), Refusal> {
        let key = record::key(id.workflow, id.run);
        let findings: Vec<(u64, &Finding)> = fresh.iter().filter_map(|it| finding_of(it)).collect();
        let lines = self.lines(fresh, loaded.record.log_bytes);
        if loaded.record.findings as usize + findings.len() > FINDINGS_MAX {
            return Err(Refusal::BadRequest(format!("more than {FINDINGS_MAX} findings are not taken")));
        }
        try_join_all(findings.iter().map(|(sequence, finding)| self.put_finding(&key, *sequence, finding))).await?;
        if !lines.is_empty() {
            self.beside.append_log(&log_stream(id), &lines).await?;
        }
        let first = !loaded.record.heard;
        if first {
            self.events.heard(id).await?;
        }
        if first || !findings.is_empty() || !lines.is_empty() {
            let record = &mut loaded.record;
            record.heard = true;
            record.findings += findings.len() as u32;
            record.log_bytes += lines.iter().map(|line| line.text.len() as u64 + 1).sum::<u64>();
            record.acknowledged = fresh.last().map_or(record.acknowledged, |event| event.sequence);
            self.save(id.workflow, id.run, loaded).await?;
        }
        Ok(())
    }

    async fn put_finding(&self, run_key: &str, sequence: u64, finding: &Finding) -> Result<(), StoreError> {
        let value = serde_json::to_value(finding).map_err(|error| StoreError(error.to_string()))?;
        self.beside.put_document(FINDINGS, &format!("{run_key}/{sequence:020}"), &value, Expected::Any).await?;
        Ok(())
    }

    fn lines(&self, fresh: &[&Sequenced], mut bytes: u64) -> Vec<LogLine> {
        let at = self.environment.now();
        let mut lines = Vec::new();
        for event in fresh {
            let Report::Log { line } = &event.report else { continue };
            if bytes >= LOG_BYTES_MAX {
                break;
            }
            bytes += line.len() as u64 + 1;
            let text = if bytes >= LOG_BYTES_MAX { LOG_CUT.to_owned() } else { line.clone() };
            lines.push(LogLine { sequence: event.sequence, at, text });
        }
        lines
    }

    async fn pass_on(&self, id: &RunId, live: &Run, progress: Progress) {
        if let Err(error) = self.events.progressed(id, &progress).await {
            // A signal: the next one says more.
            tracing::debug!(workflow = %id.workflow, run = id.run, %error, "progress not passed on");
            live.signals().pending = true;
        }
    }
}

/// Name of a run's log.
pub(crate) fn log_stream(id: &RunId) -> String {
    format!("{}/{}", id.workflow, id.run)
}

fn finding_of(event: &Sequenced) -> Option<(u64, &Finding)> {
    if let Report::Finding { finding } = &event.report { Some((event.sequence, finding)) } else { None }
}

impl Signals {
    /// Takes signals in; the progress to pass on now, if it is time.
    fn take_in(&mut self, fresh: &[&Sequenced], findings: u32, now: environment::Timestamp) -> Option<Progress> {
        self.acknowledged = fresh.last().map_or(self.acknowledged, |event| event.sequence);
        let reported = fresh.iter().rev().find_map(|event| match &event.report {
            Report::Progress { phase, files_read, files_total } => {
                Some(Progress { phase: phase.clone(), files_read: *files_read, files_total: *files_total, findings })
            }
            _ => None,
        });
        if let Some(progress) = reported {
            self.progress = Some(progress);
            self.pending = true;
        }
        let time = self.passed_on_at.is_none_or(|at| now.since(at) >= PROGRESS_EVERY);
        if !self.pending || !time {
            return None;
        }
        self.pending = false;
        self.passed_on_at = Some(now);
        self.progress.clone()
    }
}
