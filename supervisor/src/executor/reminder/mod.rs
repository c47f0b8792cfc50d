//! Carries out what a reminder's workflow intends. Whatever depends on calendars, zones or other workflows is found out
//! here and told in the event.

mod deliver;
mod reply;
mod standing;
#[cfg(test)]
mod tests;
mod time;

use super::{errors, react::show_seen};
use crate::parts::{Parts, repository_of};
use async_trait::async_trait;
use domain::{
    ids::PullRequestRef,
    reminder::{Action, Event, Reminder, prefix_of_pull_request},
};
use engine::{ActionContext, ActionError, Executor, ListFilter, View, Workflow};
use github::api;
use std::sync::Arc;

/// Reminders of a pull request that are read at a time.
const PAGE: usize = 500;

/// Carries out the actions of reminders.
#[derive(Debug, Clone)]
pub struct ReminderExecutor {
    parts: Arc<Parts>,
}

impl ReminderExecutor {
    /// Over the shared parts.
    pub fn new(parts: Arc<Parts>) -> Self {
        Self { parts }
    }
}

type Context = ActionContext<Reminder>;

#[async_trait]
impl Executor<Reminder> for ReminderExecutor {
    async fn execute(&self, context: &Context, action: &Action) -> Result<Event, ActionError> {
        match action {
            Action::ReadStanding => self.read_standing(context).await,
            Action::ReadPermission { ask, login } => self.read_permission(context, ask, login).await,
            Action::ReadPullRequest => self.read_pull_request(context).await,
            Action::Deliver { number, due } => self.deliver(context, *number, *due).await,
            Action::Reply { key, to, text } => self.reply(context, key, to, text).await,
            Action::React { ask, to } => {
                show_seen(&self.parts, &context.state.pr, to).await?;
                Ok(Event::Reacted { ask: ask.clone() })
            }
        }
    }
}

/// A pull request as far as a reminder asks.
enum Found {
    /// It can be read.
    Here { open: bool, archived: bool, pr: PullRequestRef },
    /// It cannot, now.
    Not { why: String },
}

impl ReminderExecutor {
    /// Reads the pull request, and follows a repository that moved.
    async fn find(&self, pr: &PullRequestRef) -> Result<Found, ActionError> {
        let mut pr = pr.clone();
        for _ in 0..2 {
            match self.parts.github.pull_request(&repository_of(&pr), pr.number).await {
                Ok(api::Reading::Found(it)) => return Ok(Found::Here { open: it.open, archived: it.archived, pr }),
                Ok(api::Reading::Moved { owner, name }) => (pr.owner, pr.name) = (owner, name),
                Ok(api::Reading::NotFound) => return Ok(Found::Not { why: "GitHub answers 404".into() }),
                Ok(api::Reading::Forbidden) => return Ok(Found::Not { why: "GitHub answers 403".into() }),
                Err(github::Error::NoAccess { what }) => {
                    return Ok(Found::Not { why: what.chars().take(200).collect() });
                }
                Err(error) => return Err(errors::github(error)),
            }
        }
        Ok(Found::Not { why: "the repository moved twice while it was read".into() })
    }

    /// A hint was given that the pull request may have closed. What cannot be read is read again by the delivery.
    async fn read_pull_request(&self, context: &Context) -> Result<Event, ActionError> {
        let open = match self.find(&context.state.pr).await? {
            Found::Here { open, .. } => open,
            Found::Not { .. } => true,
        };
        Ok(Event::PullRequestRead { open })
    }

    /// The active reminders of a pull request, in the order in which they were asked for.
    async fn active(&self, pr: &PullRequestRef) -> Result<Vec<View<Reminder>>, ActionError> {
        let engine = self.parts.engine.engine().map_err(errors::ours)?;
        let store = |error| errors::ours(crate::parts::failed(error));
        let (mut active, mut after) = (Vec::new(), None);
        loop {
            let filter = ListFilter {
                kind: Some(Reminder::KIND.into()),
                key_prefix: Some(prefix_of_pull_request(pr.repository_id, pr.number)),
                after,
                limit: PAGE,
                ..ListFilter::default()
            };
            let page = engine.list(filter).await.map_err(store)?;
            let last = page.len() < PAGE;
            after = page.last().map(|row| row.workflow);
            for row in page.into_iter().filter(|row| !row.terminal) {
                let view = engine.view::<Reminder>(row.workflow).await.map_err(store)?;
                active.extend(view.filter(|view| view.state.is_active()));
            }
            if last {
                return Ok(active);
            }
        }
    }
}
