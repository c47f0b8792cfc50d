use crate::seams::{Error, Finished, Progress, RunEvents, RunId};
use async_trait::async_trait;
use protocol::{RecoveredAnswer, RunResult};
use std::sync::Mutex;

/// What the workflow was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    Claimed(u32),
    FirstHeard(u32),
    Progressed(u32, u32),
    Finished { run: u32, digest: String, checkpoint: bool },
    Recovered { asking: u32, made_by: u32 },
}

/// Writes down what it is told, and answers what the test wants.
pub(crate) struct RecordedEvents {
    pub(crate) heard: Mutex<Vec<Told>>,
    pub(crate) alive: Mutex<u32>,
    pub(crate) finished: Mutex<Result<Finished, Error>>,
    pub(crate) recovered: Mutex<RecoveredAnswer>,
}

impl Default for RecordedEvents {
    fn default() -> Self {
        Self {
            heard: Mutex::default(),
            alive: Mutex::default(),
            finished: Mutex::new(Ok(Finished::Accepted)),
            recovered: Mutex::new(RecoveredAnswer::AcceptedFinish),
        }
    }
}

impl RecordedEvents {
    pub(crate) fn take(&self) -> Vec<Told> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }

    fn note(&self, told: Told) {
        self.heard.lock().unwrap().push(told);
    }
}

#[async_trait]
impl RunEvents for RecordedEvents {
    async fn claimed(&self, run: &RunId) -> Result<(), Error> {
        self.note(Told::Claimed(run.run));
        Ok(())
    }

    async fn heard(&self, run: &RunId) -> Result<(), Error> {
        self.note(Told::FirstHeard(run.run));
        Ok(())
    }

    fn alive(&self, _: &RunId) {
        *self.alive.lock().unwrap() += 1;
    }

    async fn progressed(&self, run: &RunId, progress: &Progress) -> Result<(), Error> {
        self.note(Told::Progressed(run.run, progress.files_read));
        Ok(())
    }

    async fn finished(
        &self,
        run: &RunId,
        digest: &str,
        _: &RunResult,
        checkpoint: Option<&str>,
    ) -> Result<Finished, Error> {
        self.note(Told::Finished { run: run.run, digest: digest.into(), checkpoint: checkpoint.is_some() });
        self.finished.lock().unwrap().clone()
    }

    async fn recovered(&self, asking: &RunId, made_by: u32, _: &str, _: &RunResult) -> Result<RecoveredAnswer, Error> {
        self.note(Told::Recovered { asking: asking.run, made_by });
        Ok(*self.recovered.lock().unwrap())
    }
}
