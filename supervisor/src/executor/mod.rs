//! Carries out what a pull request's workflow intends: one file per action. Every one of them may run again for the same
//! intent, after a crash or a lost answer, and then finds what it did before.

mod codeowners;
mod create_volume;
mod delete_volume;
mod destroy_machine;
mod errors;
mod policy;
mod publish_check;
mod publish_review;
mod push_patch;
mod react;
mod read_permission;
mod read_pull_request;
mod reminder;
mod reply;
mod reply_view;
mod resolve_threads;
mod saying;
mod start_machine;
mod task;
mod tips;
mod views;

#[cfg(test)]
mod tests;

pub use policy::server_policy;
pub use publish_check::CHECK_NAME;
pub use reminder::ReminderExecutor;

use crate::{
    executor::{saying::Saying, tips::Tips},
    http::machine::RunSockets,
    parts::Parts,
    runs::Runs,
};
use async_trait::async_trait;
use domain::pull_request::{Action, Event, PullRequest};
use engine::{ActionContext, ActionError, Executor};
use std::sync::Arc;

/// Carries out the actions of pull requests.
#[derive(Debug, Clone)]
pub struct PullRequestExecutor {
    parts: Arc<Parts>,
    runs: Runs,
    sockets: Option<RunSockets>,
    saying: Saying,
    tips: Tips,
}

impl PullRequestExecutor {
    /// Over the shared parts. Machines reach us by `sockets`, where they have no network.
    pub fn new(parts: Arc<Parts>, runs: Runs, sockets: Option<RunSockets>) -> Self {
        Self { parts, runs, sockets, saying: Saying::default(), tips: Tips::default() }
    }
}

type Context = ActionContext<PullRequest>;

#[async_trait]
impl Executor<PullRequest> for PullRequestExecutor {
    async fn execute(&self, context: &Context, action: &Action) -> Result<Event, ActionError> {
        match action {
            Action::ReadPullRequest => self.read_pull_request(context).await,
            Action::ReadPermission { ask, login } => self.read_permission(context, ask, login).await,
            Action::CreateVolume { run, copy } => self.create_volume(context, *run, *copy).await,
            Action::StartMachine { run } => self.start_machine(context, *run).await,
            Action::DestroyMachine { run, machine } => self.destroy_machine(context, *run, machine.as_deref()).await,
            Action::DeleteVolume { volume, copy } => self.delete_volume(context, volume.as_deref(), *copy).await,
            Action::PublishCheck { run, sha } => self.publish_check(context, *run, sha).await,
            Action::PublishReview { run } => self.publish_review(context, *run).await,
            Action::React { ask, to } => self.react(context, ask, to).await,
            Action::Reply { key, to, text } => self.reply(context, key, to, text).await,
            Action::PushPatch { request } => self.push_patch(context, request).await,
            Action::ResolveThreads { gone } => self.resolve_threads(context, gone).await,
        }
    }
}
