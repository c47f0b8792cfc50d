//! What people ask: buttons of our checks, re-runs, and commands in comments.

use super::{
    PullRequests, key, person, pull_request, refused,
    reminders::{About, Asker},
    taken,
};
use crate::{
    parts::failed,
    questions,
    seams::{Error, Taken},
};
use domain::{
    command::{self, Command},
    people::Via,
    pull_request::{Ask, Choice, Event, PullRequest, parse_identifier},
};
use engine::{EventId, ListFilter, Workflow, WorkflowId};
use github::webhook::{CheckRunRef, CommentKind, RepositoryRef, Sender};

/// Workflows of a repository that are looked at for a check suite.
const SUITE_ROWS_MAX: usize = 500;

/// A comment, as far as it is looked at.
pub(super) struct Comment<'a> {
    pub kind: CommentKind,
    pub comment_id: u64,
    pub in_reply_to: Option<u64>,
    pub number: u64,
    pub body: &'a str,
    pub author: &'a Sender,
}

impl PullRequests {
    pub(super) async fn clicked(
        &self,
        id: EventId,
        repository: &RepositoryRef,
        check_run: &CheckRunRef,
        identifier: &str,
        sender: &Sender,
    ) -> Result<Taken, Error> {
        let Some(key) = self.owner_of(repository, check_run).await? else {
            return Ok(Taken::Ignored { reason: "check_run_not_ours" });
        };
        let Some((request, choice)) = parse_identifier(identifier) else {
            return Ok(Taken::Ignored { reason: "button_unknown" });
        };
        let via = Via::Button { check_run: check_run.id };
        self.ask(&key, id, Ask::Answer { request, choice }, sender, via).await
    }

    pub(super) async fn check_rerequested(
        &self,
        id: EventId,
        repository: &RepositoryRef,
        check_run: &CheckRunRef,
        sender: &Sender,
    ) -> Result<Taken, Error> {
        let Some(key) = self.owner_of(repository, check_run).await? else {
            return Ok(Taken::Ignored { reason: "check_run_not_ours" });
        };
        self.ask(&key, id, Ask::Review, sender, Via::Rerun).await
    }

    /// A check suite names only a commit; fork pull requests are not listed in it, so our own rows are asked.
    pub(super) async fn suite_rerequested(
        &self,
        id: EventId,
        repository: &RepositoryRef,
        head_sha: &str,
        app_id: u64,
        sender: &Sender,
    ) -> Result<Taken, Error> {
        if !self.is_our_app(app_id) {
            return Ok(Taken::Ignored { reason: "check_suite_not_ours" });
        }
        let prefix = format!("{}#", repository.id);
        let filter = ListFilter {
            kind: Some(PullRequest::KIND.into()),
            key_prefix: Some(prefix),
            limit: SUITE_ROWS_MAX,
            ..ListFilter::default()
        };
        let rows = self.parts.engine.engine()?.list(filter).await.map_err(failed)?;
        let keys = rows.into_iter().filter(|row| row.subject.as_deref() == Some(head_sha)).map(|row| row.key);
        let asks = keys.map(|key| (key, id.clone(), asked(&id, Ask::Review, sender, Via::Rerun))).collect();
        self.submit_many(asks).await
    }

    pub(super) async fn commented(
        &self,
        guid: &str,
        installation: Option<u64>,
        repository: &RepositoryRef,
        comment: Comment<'_>,
    ) -> Result<Taken, Error> {
        // The bot never answers itself or another bot.
        if comment.author.is_bot {
            return Ok(Taken::Ignored { reason: "comment_by_a_bot" });
        }
        let commands = command::parse(comment.body, &self.parts.config.github.bot_name);
        if commands.is_empty() {
            return Ok(Taken::Ignored { reason: "no_command" });
        }
        let installation = self.admitted(installation, repository)?;
        let via = match comment.kind {
            CommentKind::Issue => Via::Comment { comment: comment.comment_id },
            CommentKind::Review => Via::ReviewComment {
                comment: comment.in_reply_to.unwrap_or(comment.comment_id),
                itself: comment.in_reply_to.map(|_| comment.comment_id),
            },
        };
        // Named by the comment, not the delivery: the same comment asks once, however often it is delivered.
        let kind = if comment.kind == CommentKind::Issue { "comment" } else { "review-comment" };
        tracing::debug!(guid, comment = comment.comment_id, commands = commands.len(), "commands in a comment");
        let key = key(repository, comment.number);
        let ids = (0..).map(|place| EventId::new("gh", format!("{kind}:{}:{place}", comment.comment_id)));
        let (mut asks, mut about_reminders) = (Vec::new(), Vec::new());
        for (command, id) in commands.into_iter().zip(ids) {
            match command {
                // REMINDERS: the one place where these three are routed, to workflows of their own.
                Command::Remind { text } => about_reminders.push((id, About::Remind(text))),
                Command::Reminders => about_reminders.push((id, About::List)),
                Command::CancelReminder(written) => about_reminders.push((id, About::Cancel(written))),
                command => {
                    let what = self.ask_of(command).await?;
                    asks.push((key.clone(), id.clone(), asked(&id, what, comment.author, via.clone())));
                }
            }
        }
        let mut receipts = Vec::new();
        for (id, about) in about_reminders {
            let asker = Asker {
                pr: pull_request(installation, repository, comment.number),
                by: person(comment.author),
                via: via.clone(),
            };
            receipts.push(self.reminder(&id, &asker, &about).await);
        }
        if asks.is_empty() {
            return taken(receipts.into_iter());
        }
        self.known_before_it_is_asked(installation, repository, comment.number).await?;
        let asks = self.parts.engine.engine()?.submit_many::<PullRequest>(asks).await;
        taken(asks.into_iter().map(|receipt| receipt.map_err(refused)).chain(receipts))
    }

    /// A comment may come before the webhook that opened its pull request, and that one may be lost: the workflow must be
    /// there, or the ask would be kept for a moment only. A reading says what is to be known of it.
    async fn known_before_it_is_asked(
        &self,
        installation: u64,
        repository: &RepositoryRef,
        number: u64,
    ) -> Result<(), Error> {
        let key = key(repository, number);
        if self.parts.engine.engine()?.view_by_key::<PullRequest>(&key).await.map_err(failed)?.is_some() {
            return Ok(());
        }
        let (id, event) = super::opened(installation, repository, number, "comment");
        match self.submit(&key, id, event).await {
            Ok(_) | Err(Error::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What a command asks. A question's text is durable beside before anything cites it.
    async fn ask_of(&self, command: Command) -> Result<Ask, Error> {
        Ok(match command {
            Command::Review => Ask::Review,
            Command::Approve(request) => Ask::Answer { request, choice: Choice::Yes },
            Command::Reject(request) => Ask::Answer { request, choice: Choice::No },
            Command::Cancel => Ask::Cancel,
            Command::Pause => Ask::Pause,
            Command::Resume => Ask::Resume,
            Command::Explain => Ask::Explain,
            Command::Question { text } => {
                let now = self.parts.environment.now();
                Ask::Question { text: questions::put(&*self.parts.beside, &text, now).await? }
            }
            Command::Misused(verb) => Ask::Usage { command: verb.row().name() },
            // Reminders were taken out before it comes to this.
            Command::Remind { .. } | Command::Reminders | Command::CancelReminder(_) | Command::Help => Ask::Help,
        })
    }

    async fn ask(&self, key: &str, id: EventId, what: Ask, sender: &Sender, via: Via) -> Result<Taken, Error> {
        let event = asked(&id, what, sender, via);
        self.submit_many(vec![(key.to_owned(), id, event)]).await
    }

    /// The workflow whose check run this is. It must be our app's: another app may write any
    /// `external_id`.
    async fn owner_of(&self, repository: &RepositoryRef, check_run: &CheckRunRef) -> Result<Option<String>, Error> {
        let workflow = check_run.external_id.split(':').next().and_then(|id| id.parse::<WorkflowId>().ok());
        let Some(workflow) = workflow.filter(|_| self.is_our_app(check_run.app_id)) else { return Ok(None) };
        let view = self.parts.engine.engine()?.view::<PullRequest>(workflow).await.map_err(failed)?;
        Ok(view.filter(|view| view.state.pr.repository_id == repository.id).map(|view| view.key))
    }

    fn is_our_app(&self, app_id: u64) -> bool {
        self.parts.config.github.app_id == Some(app_id)
    }
}

fn asked(id: &EventId, what: Ask, sender: &Sender, via: Via) -> Event {
    Event::Asked { ask: id.as_str().to_owned(), what, by: person(sender), via }
}
