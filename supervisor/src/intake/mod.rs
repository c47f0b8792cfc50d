//! Takes webhooks in: decides which workflows a delivery concerns and records an event with each, durable before the
//! answer. A webhook is a hint; what it says of heads and states is not believed here.

mod access;
mod asks;
mod hints;
mod lists;
mod operator_reminders;
mod reminders;
mod run_events;
mod sessions;
mod steer;

pub use hints::opened;
pub use lists::{actor_listed, listed};
#[cfg(test)]
pub(crate) use reminders::{About, Asker};

use crate::{
    parts::Parts,
    recovery,
    seams::{Error, Intake, Taken, Webhook},
};
use async_trait::async_trait;
use domain::{
    ids::PullRequestRef,
    pull_request::{Event, PullRequest},
};
use engine::{EventId, Receipt, SubmitError};
use github::webhook::{Delivery, RepositoryRef, Sender};
use std::{sync::Arc, time::Duration};

/// How long a submitter is asked to wait when the database failed, in seconds.
const STORE_PAUSE_S: u64 = 5;

/// The intake for pull requests.
#[derive(Debug, Clone)]
pub struct PullRequests {
    pub(crate) parts: Arc<Parts>,
}

impl PullRequests {
    /// Over the shared parts.
    pub fn new(parts: Arc<Parts>) -> Self {
        Self { parts }
    }

    /// Records one event with a workflow.
    pub(crate) async fn submit(&self, key: &str, id: EventId, event: Event) -> Result<Receipt, Error> {
        let engine = self.parts.engine.engine()?;
        if let Event::Hinted { pr, .. } = &event
            && let Some(run) = self.parts.recovery.run_found(&self.parts.first_owner(pr))
        {
            // It may be heard of for the first time since the database was put back: kept until it is known, then first.
            let found = Event::RunsFound { run };
            engine.submit::<PullRequest>(key, recovery::event_id(run), found).await.map_err(refused)?;
        }
        engine.submit::<PullRequest>(key, id, event).await.map_err(refused)
    }

    async fn submit_many(&self, events: Vec<(String, EventId, Event)>) -> Result<Taken, Error> {
        if events.is_empty() {
            return Ok(Taken::Ignored { reason: "no_workflow" });
        }
        let receipts = self.parts.engine.engine()?.submit_many::<PullRequest>(events).await;
        taken(receipts.into_iter().map(|receipt| receipt.map_err(refused)))
    }
}

/// Refusals of single events do not fail a delivery; a database that failed does.
fn taken(receipts: impl Iterator<Item = Result<Receipt, Error>>) -> Result<Taken, Error> {
    let (mut workflows, mut duplicate) = (Vec::new(), true);
    for receipt in receipts {
        match receipt {
            Ok(receipt) => {
                duplicate &= receipt.duplicate;
                workflows.push(receipt.workflow);
            }
            Err(Error::Refused(why)) => tracing::info!(%why, "event refused"),
            Err(error) => return Err(error),
        }
    }
    if workflows.is_empty() {
        return Ok(Taken::Ignored { reason: "refused" });
    }
    Ok(Taken::Recorded { workflows, duplicate })
}

pub(crate) fn refused(error: SubmitError) -> Error {
    match error {
        SubmitError::Overloaded { retry_after } => Error::Overloaded { retry_after },
        SubmitError::Illegal(illegal) => Error::Refused(illegal.to_string()),
        SubmitError::TooLarge { .. } | SubmitError::KeyTooLong { .. } => Error::Refused(error.to_string()),
        SubmitError::Store(_) => Error::Failed(error.to_string()),
        SubmitError::Stopped => Error::Overloaded { retry_after: Duration::from_secs(STORE_PAUSE_S) },
    }
}

#[async_trait]
impl Intake for PullRequests {
    async fn take(&self, webhook: Webhook) -> Result<Taken, Error> {
        self.sort(webhook).await.or_else(not_ours)
    }
}

impl PullRequests {
    /// One arm per kind of delivery.
    async fn sort(&self, webhook: Webhook) -> Result<Taken, Error> {
        let id = EventId::new("gh", &webhook.guid);
        match webhook.delivery {
            Delivery::PullRequest { action, installation, repository, pull_request, .. } => {
                self.hinted(id, &action, installation, &repository, pull_request.number).await
            }
            Delivery::CheckRunRequestedAction { installation, repository, check_run, identifier, sender } => {
                self.admitted(installation, &repository)?;
                self.clicked(id, &repository, &check_run, &identifier, &sender).await
            }
            Delivery::CheckRunRerequested { installation, repository, check_run, sender } => {
                self.admitted(installation, &repository)?;
                self.check_rerequested(id, &repository, &check_run, &sender).await
            }
            Delivery::CheckSuiteRerequested { installation, repository, head_sha, app_id, sender, .. } => {
                self.admitted(installation, &repository)?;
                self.suite_rerequested(id, &repository, &head_sha, app_id, &sender).await
            }
            Delivery::Comment {
                installation,
                repository,
                kind,
                comment_id,
                in_reply_to,
                number,
                is_pull_request,
                body,
                author,
            } => {
                if !is_pull_request {
                    return Ok(Taken::Ignored { reason: "not_a_pull_request" });
                }
                let comment = asks::Comment { kind, comment_id, in_reply_to, number, body: &body, author: &author };
                self.commented(&webhook.guid, installation, &repository, comment).await
            }
            Delivery::Installation { action, id: installation, .. } => {
                self.installation_changed(id, &action, installation).await
            }
            Delivery::InstallationRepositories { id: installation, added, removed } => {
                self.installation_narrowed(id, installation, &added, &removed).await
            }
            Delivery::RepositoryChanged { action, installation, repository } => {
                self.repository_changed(id, &action, installation, &repository).await
            }
            Delivery::Ping => Ok(Taken::Ignored { reason: "ping" }),
            Delivery::Other { .. } => Ok(Taken::Ignored { reason: "not_subscribed" }),
        }
    }
}

/// A repository that is not on the operator's lists is acknowledged and of no consequence.
fn not_ours(error: Error) -> Result<Taken, Error> {
    match error {
        Error::NotFound(reason) if reason == lists::NOT_ALLOWED => Ok(Taken::Ignored { reason: lists::NOT_ALLOWED }),
        other => Err(other),
    }
}

/// A key for a pull request of a repository.
fn key(repository: &RepositoryRef, number: u64) -> String {
    domain::ids::key(repository.id, number)
}

/// A pull request of a repository, where it was said to be.
fn pull_request(installation: u64, repository: &RepositoryRef, number: u64) -> PullRequestRef {
    let (owner, name) = (repository.owner.clone(), repository.name.clone());
    PullRequestRef { installation, repository_id: repository.id, owner, name, number }
}

/// Who acted.
fn person(sender: &Sender) -> domain::people::Person {
    domain::people::Person { login: sender.login.chars().take(100).collect(), bot: sender.is_bot }
}
