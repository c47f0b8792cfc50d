//! Reminders that an operator sets and cancels through the API or the CLI. The answer is a sentence there, not a comment.

use super::{PullRequests, reminders::Asker};
use crate::{
    parts::failed,
    seams::{By, Error},
};
use domain::{
    people::{Person, Via},
    reminder::{End, PER_PERSON_MAX, PER_PULL_REQUEST_MAX, Phase, Reminder, State, Wish},
};
use engine::{EventId, Workflow, WorkflowId};
use schedule::{Zone, exact};
use std::{sync::Arc, time::Duration};

/// How long an operator waits until GitHub was asked whether the pull request is open.
const DECIDED_MAX: Duration = Duration::from_secs(10);

/// Where several supervisors are, another one may commit what is waited for, and nobody tells.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

impl PullRequests {
    pub(super) async fn operator_reminds(&self, workflow: WorkflowId, text: &str, by: &By) -> Result<String, Error> {
        let pr = self.known(workflow).await?.state.pr.clone();
        let wish = self.wish(text).map_err(|why| Error::Refused(format!("no reminder was set: {why}")))?;
        let asker = Asker { pr, by: person(by), via: Via::Operator };
        let id = EventId::new("cli", self.parts.environment.random_id());
        let mut feed = self.parts.engine.engine()?.subscribe();
        let reminder = self.wished(&id, &asker, wish).await?.workflow;
        let environment = &self.parts.environment;
        let decided = async {
            loop {
                match self.reminder_state(reminder).await? {
                    Some(state) if state.phase != Phase::Asked => return Ok::<_, Error>(state),
                    _ => drop(environment.timeout(LOOK_AGAIN, feed.recv()).await),
                }
            }
        };
        let waited = self.parts.environment.timeout(DECIDED_MAX, decided).await;
        let state = waited.map_err(|_| {
            let why = "GitHub was not asked yet whether the pull request is open";
            Error::Failed(format!("{reminder} is recorded, but {why}; see `longshore show {reminder}`"))
        })??;
        said(&state, reminder)
    }

    /// Cancels a reminder; none if the workflow is something else.
    pub(super) async fn reminder_cancelled(&self, workflow: WorkflowId, by: &By) -> Result<Option<String>, Error> {
        let row = self.parts.engine.engine()?.row(workflow).await.map_err(failed)?;
        let Some(row) = row.filter(|row| row.kind == Reminder::KIND) else { return Ok(None) };
        let before = self.reminder_state(workflow).await?;
        if before.is_some_and(|state| matches!(state.phase, Phase::Over { .. })) {
            return Err(Error::Refused(format!("{workflow} is over already: {}", row.status.replace('_', " "))));
        }
        let id = EventId::new("cli", self.parts.environment.random_id());
        self.cancel_reminder(&row, &id, person(by), Via::Operator).await?;
        Ok(Some(format!("cancelled reminder {} on {}", row.subject.unwrap_or_default(), row.title)))
    }

    async fn reminder_state(&self, workflow: WorkflowId) -> Result<Option<Arc<State>>, Error> {
        let view = self.parts.engine.engine()?.view::<Reminder>(workflow).await.map_err(failed)?;
        Ok(view.map(|view| view.state))
    }
}

fn said(state: &State, workflow: WorkflowId) -> Result<String, Error> {
    match (&state.phase, &state.wish) {
        (Phase::Over { end: End::Refused }, _) => Err(Error::Refused(format!(
            "no reminder was set: {} is closed, or has too many reminders (at most {PER_PERSON_MAX} of one name, \
             {PER_PULL_REQUEST_MAX} in all)",
            state.pr.title()
        ))),
        (_, Wish::Remind { plan, zone, .. }) => {
            let zone = Zone::named(zone).unwrap_or_else(|_| Zone::utc());
            let first = exact(plan.first(), &zone);
            Ok(format!("reminder {} ({workflow}) on {}: {first}", state.id, state.pr.title()))
        }
        _ => Err(Error::Refused("no reminder was set".into())),
    }
}

fn person(by: &By) -> Person {
    Person { login: by.0.chars().take(100).collect(), bot: false }
}
