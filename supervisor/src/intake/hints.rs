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

/// A pull request was found to be open without a webhook: the event, and its id, which is the same each time it is found
/// so. `seen` is what was found: its head.
pub fn opened(installation: u64, repository: &RepositoryRef, number: u64, seen: &str) -> (EventId, Event) {
    let pr = pull_request(installation, repository, number);
    let id = EventId::new("gh", format!("open:{}#{number}:{seen}", repository.id));
    (id, Event::Hinted { pr, hint: Hint::Opened })
}

#[cfg(test)]
mod tests {
    use super::*;
    use github::webhook::{Class, class};

    #[test]
    fn what_is_a_hint_is_read_back_when_it_was_missed() {
        for action in [
            "opened",
            "synchronize",
            "reopened",
            "ready_for_review",
            "converted_to_draft",
            "closed",
            "edited",
            "labeled",
        ] {
            let read_back = class("pull_request", Some(action)) == Some(Class::Hint);
            assert_eq!(read_back, hint(action).is_some(), "{action}");
        }
    }
}
