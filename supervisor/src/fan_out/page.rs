//! One page of workflows, told.

use super::order::{Order, Part, Scope};
use crate::{intake::refused, parts::failed, seams::Error};
use domain::{pull_request, pull_request::PullRequest, reminder, reminder::Reminder};
use engine::{Engine, ListFilter, Row, Workflow, WorkflowId};

/// Workflows looked at in one step: a small part of the engine's queue, so that what people do is not turned away.
pub(super) const PAGE: usize = 200;

/// Tells the next page what it is to be told; the order is then further.
pub(super) async fn tell(engine: &Engine, order: &mut Order) -> Result<(), Error> {
    let Some(part) = order.part() else { return Ok(()) };
    if !order.at.reminders && part.of_reminders.is_none() {
        order.told(None);
        return Ok(());
    }
    let kind = if order.at.reminders { PullRequest::KIND } else { Reminder::KIND };
    let filter = ListFilter {
        kind: Some(kind.to_owned()),
        key_prefix: part.scope.key_prefix(),
        after: order.at.after,
        limit: PAGE,
        ..ListFilter::default()
    };
    let rows = engine.list(filter).await.map_err(failed)?;
    let last = (rows.len() >= PAGE).then(|| rows.last().map(|row| row.workflow)).flatten();
    let mut concerned = Vec::new();
    for row in rows.into_iter().filter(|row| !row.terminal) {
        if part.concerns(engine, &row, order.at.reminders).await? {
            concerned.push(row.key);
        }
    }
    submit(engine, order, part, concerned).await?;
    order.told(last);
    Ok(())
}

async fn submit(engine: &Engine, order: &Order, part: &Part, keys: Vec<String>) -> Result<(), Error> {
    let receipts = match (&part.of_reminders, order.at.reminders) {
        (_, true) => {
            let event = pull_request::Event::AccessChanged { change: part.change.clone() };
            let events = keys.into_iter().map(|key| (key, order.id.clone(), event.clone())).collect();
            engine.submit_many::<PullRequest>(events).await
        }
        (Some(change), false) => {
            let event = reminder::Event::AccessChanged { change: change.clone() };
            let events = keys.into_iter().map(|key| (key, order.id.clone(), event.clone())).collect();
            engine.submit_many::<Reminder>(events).await
        }
        (None, false) => return Ok(()),
    };
    for receipt in receipts {
        match receipt.map_err(refused) {
            Ok(_) => {}
            Err(Error::Refused(why)) => tracing::info!(%why, "event refused"),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Scope {
    /// What all keys begin with.
    fn key_prefix(&self) -> Option<String> {
        match self {
            Self::Installation(_) => None,
            Self::Repository(id) => Some(reminder::prefix_of_repository(*id)),
        }
    }
}

impl Part {
    async fn concerns(&self, engine: &Engine, row: &Row, is_pull_request: bool) -> Result<bool, Error> {
        let Scope::Installation(installation) = self.scope else { return Ok(true) };
        let found = match is_pull_request {
            true => engine.view::<PullRequest>(row.workflow).await.map(|it| it.map(|it| it.state.pr.installation)),
            false => engine.view::<Reminder>(row.workflow).await.map(|it| it.map(|it| it.state.pr.installation)),
        };
        match found {
            Ok(found) => Ok(found == Some(installation)),
            Err(error) => unreadable(engine, row.workflow, error).await,
        }
    }
}

/// One workflow that this program cannot read must not keep all others from being told.
async fn unreadable(engine: &Engine, workflow: WorkflowId, error: engine::StoreError) -> Result<bool, Error> {
    engine.row(workflow).await.map_err(failed)?;
    tracing::warn!(%workflow, %error, "a workflow cannot be read, so it was not told of a change of access");
    Ok(false)
}
