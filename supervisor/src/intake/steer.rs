//! What an operator does through the API or the CLI, under a named identity.

use super::PullRequests;
use crate::{
    parts::failed,
    seams::{By, Error, Repaired, Steer},
};
use async_trait::async_trait;
use domain::{
    ids::RequestId,
    people::{Person, Via},
    pull_request::{Ask, Choice, Event, Hint, PullRequest, State},
    reminder::{self, Reminder},
};
use engine::{EventId, View, Workflow, WorkflowId};

impl PullRequests {
    async fn asks(&self, workflow: WorkflowId, what: Ask, by: &By) -> Result<Steered, Error> {
        let before = self.known(workflow).await?;
        let id = EventId::new("cli", self.parts.environment.random_id());
        let by = Person { login: by.0.clone(), bot: false };
        let event = Event::Asked { ask: id.as_str().to_owned(), what, by, via: Via::Operator };
        if self.submit(&before.key, id, event).await?.kept {
            return Err(Error::Failed(format!(
                "it is recorded and will be done, but not yet: the supervisor that owns {workflow} does not answer; see \
                 `longshore show {workflow}`"
            )));
        }
        Ok(Steered { before: before.state.clone(), after: self.known(workflow).await?.state.clone() })
    }

    pub(super) async fn known(&self, workflow: WorkflowId) -> Result<View<PullRequest>, Error> {
        let missing = || Error::NotFound(format!("there is no workflow `{workflow}`"));
        let row = self.parts.engine.engine()?.row(workflow).await.map_err(failed)?.ok_or_else(missing)?;
        if row.kind != PullRequest::KIND {
            return Err(Error::Refused(format!("{workflow} is a {}, not a pull request", row.kind)));
        }
        self.parts.view(workflow).await?.ok_or_else(missing)
    }

    async fn answers(&self, workflow: WorkflowId, id: &str, choice: Choice, by: &By) -> Result<String, Error> {
        let request = RequestId::parse(id)
            .ok_or_else(|| Error::Refused(format!("`{id}` is not a request id; one looks like `K7QF2M`")))?;
        let steered = self.asks(workflow, Ask::Answer { request: request.clone(), choice }, by).await?;
        let open_before = steered.before.request.as_ref().is_some_and(|open| open.id == request);
        match (steered.after.decision(&request), open_before) {
            (Some(decision), true) => Ok(format!("decided: {} by {}", decision.choice.code(), decision.by)),
            (Some(decision), false) => Err(Error::Refused(format!(
                "already decided: {} by {} at {}",
                decision.choice.code(),
                decision.by,
                crate::words::time(decision.at.as_millis())
            ))),
            (None, true) => Err(Error::Refused(format!("request {request} does not take this answer"))),
            (None, false) => Err(Error::Refused(match &steered.after.request {
                Some(open) => format!("request {request} is not open; the open one is {}", open.id),
                None => format!("request {request} is not open; nothing waits for a decision"),
            })),
        }
    }
}

struct Steered {
    before: std::sync::Arc<State>,
    after: std::sync::Arc<State>,
}

#[async_trait]
impl Steer for PullRequests {
    async fn approve(&self, workflow: WorkflowId, request: &str, by: &By) -> Result<String, Error> {
        self.answers(workflow, request, Choice::Yes, by).await
    }

    async fn reject(&self, workflow: WorkflowId, request: &str, by: &By) -> Result<String, Error> {
        self.answers(workflow, request, Choice::No, by).await
    }

    async fn cancel(&self, workflow: WorkflowId, by: &By) -> Result<String, Error> {
        if let Some(said) = self.reminder_cancelled(workflow, by).await? {
            return Ok(said);
        }
        let steered = self.asks(workflow, Ask::Cancel, by).await?;
        if steered.before.wanted.is_some() && steered.after.wanted.is_none() {
            Ok(format!("cancelled run {}", steered.before.run))
        } else {
            Err(Error::Refused(format!("nothing runs: {} is {}", workflow, steered.after.status())))
        }
    }

    async fn remind(&self, workflow: WorkflowId, text: &str, by: &By) -> Result<String, Error> {
        self.operator_reminds(workflow, text, by).await
    }

    async fn pause(&self, workflow: WorkflowId, by: &By) -> Result<String, Error> {
        let steered = self.asks(workflow, Ask::Pause, by).await?;
        match (&steered.before.paused, &steered.after.paused) {
            (None, Some(_)) if steered.after.wanted.is_some() => {
                Ok(format!("paused; run {} is let end, `longshore cancel` ends it", steered.after.run))
            }
            (None, Some(_)) => Ok("paused; no reviews until `longshore resume`".to_owned()),
            (Some(paused), _) => Err(Error::Refused(format!("it is paused already, by {}", paused.by))),
            (None, None) => Err(Error::Refused(format!("not paused: {} is {}", workflow, steered.after.status()))),
        }
    }

    async fn resume(&self, workflow: WorkflowId, by: &By) -> Result<String, Error> {
        let steered = self.asks(workflow, Ask::Resume, by).await?;
        match &steered.before.paused {
            Some(paused) => Ok(format!("resumed; it was paused by {}", paused.by)),
            None => Err(Error::Refused(format!("{workflow} is not paused"))),
        }
    }

    async fn repair(&self, workflow: WorkflowId, _: &By) -> Result<Repaired, Error> {
        let engine = self.parts.engine.engine()?;
        let before = engine.why(workflow).await.map_err(failed)?;
        let mut why = engine.repair(workflow).await.map_err(failed)?.why;
        if why.stuck {
            // A hint makes it read what is true, and every reading derives anew what is to be done.
            let id = EventId::new("cli", self.parts.environment.random_id());
            let row = engine.row(workflow).await.map_err(failed)?;
            if row.as_ref().is_some_and(|row| row.kind == Reminder::KIND) {
                let key = row.map(|row| row.key).unwrap_or_default();
                engine.submit::<Reminder>(&key, id, reminder::Event::Hinted).await.map_err(super::refused)?;
            } else {
                let known = self.known(workflow).await?;
                let hint = Event::Hinted { pr: known.state.pr.clone(), hint: Hint::Started };
                self.submit(&known.key, id, hint).await?;
            }
            why = engine.why(workflow).await.map_err(failed)?;
        }
        let (was_stuck, stuck) = (before.stuck, why.stuck);
        Ok(Repaired { workflow: workflow.to_string(), was_stuck, stuck, sentence: why.sentence })
    }

    async fn export_session(&self, workflow: WorkflowId) -> Result<Vec<u8>, Error> {
        self.session_exported(workflow).await
    }

    async fn import_session(&self, workflow: WorkflowId, archive: &[u8], by: &By) -> Result<String, Error> {
        self.session_imported(workflow, archive, by).await
    }

    async fn retry(&self, workflow: WorkflowId, by: &By) -> Result<String, Error> {
        let steered = self.asks(workflow, Ask::Retry, by).await?;
        if let Some(paused) = &steered.after.paused {
            Err(Error::Refused(format!("no new run: paused by {}; `longshore resume` first", paused.by)))
        } else if steered.after.run > steered.before.run {
            Ok(format!("run {} is queued", steered.after.run))
        } else {
            Err(Error::Refused(format!("no new run: {} is {}", workflow, steered.after.status())))
        }
    }
}
