//! `pull_request` webhooks: hints that something may have changed.

use super::{PullRequests, key, pull_request};
use crate::seams::{Error, Taken};
use domain::pull_request::{Event, Hint};
use engine::EventId;
use github::webhook::RepositoryRef;

impl PullRequests {
    pub(super) async fn hinted(
        &self,
        id: EventId,
        action: &str,
        installation: Option<u64>,
        repository: &RepositoryRef,
        number: u64,
    ) -> Result<Taken, Error> {
        let Some(hint) = hint(action) else { return Ok(Taken::Ignored { reason: "action_not_used" }) };
        let installation = self.admitted(installation, repository)?;
        let pr = pull_request(installation, repository, number);
        let receipt = self.submit(&key(repository, number), id.clone(), Event::Hinted { pr, hint }).await?;
        if hint == Hint::Closed {
            self.hint_reminders(&id, repository.id, number).await?;
        }
        Ok(Taken::Recorded { workflows: vec![receipt.workflow], duplicate: receipt.duplicate })
    }
}

fn hint(action: &str) -> Option<Hint> {
    Some(match action {
        "opened" => Hint::Opened,
        "synchronize" => Hint::Synchronized,
        "reopened" => Hint::Reopened,
        "ready_for_review" => Hint::ReadyForReview,
        "converted_to_draft" => Hint::ConvertedToDraft,
        "closed" => Hint::Closed,
        "edited" => Hint::Edited,
        _ => return None,
    })
}

impl PullRequests {
    /// After a start every workflow that is not over reads its pull request again: webhooks may have been missed. The
    /// readings are spread by the engine's own bounds; people's clicks, which come as webhooks, are not held up by them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn remind_all(&self) -> Result<(), Error> {
        let boot = self.parts.environment.random_id();
        for row in self.live_rows().await? {
            let Some(view) = self.parts.view(row.workflow).await? else { continue };
            let id = EventId::new("start", &boot);
            let pr = view.state.pr.clone();
            match self.submit(&row.key, id, Event::Hinted { pr, hint: Hint::Started }).await {
                Ok(_) | Err(Error::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
