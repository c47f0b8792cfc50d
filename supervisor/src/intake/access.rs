//! Installations and repositories that come, go, move and change their name.

use super::PullRequests;
use crate::{
    parts::failed,
    seams::{Error, Taken},
};
use domain::{
    pull_request::{AccessChange, Event, PullRequest},
    reminder,
};
use engine::{EventId, ListFilter, Row, Workflow};
use github::webhook::RepositoryRef;

/// Rows read at a time.
const PAGE: usize = 500;

impl PullRequests {
    pub(super) async fn installation_changed(
        &self,
        id: EventId,
        action: &str,
        installation: u64,
    ) -> Result<Taken, Error> {
        let change = match action {
            "deleted" => AccessChange::InstallationRemoved,
            "suspend" => AccessChange::InstallationSuspended,
            // Installed anew: what was reviewed under an earlier installation is found by the list of what is open.
            "created" | "unsuspend" | "new_permissions_accepted" => AccessChange::InstallationRestored,
            _ => return Ok(Taken::Ignored { reason: "action_not_used" }),
        };
        let of_reminders = match change {
            AccessChange::InstallationRemoved => Some(lost("the installation was removed")),
            AccessChange::InstallationRestored => Some(reminder::AccessChange::Restored),
            _ => None, // Suspended: what is due meanwhile is tried again.
        };
        if let Some(change) = of_reminders {
            self.installation_of_reminders_changed(&id, installation, change).await?;
        }
        let mut events = Vec::new();
        for row in self.live_rows().await? {
            let view = self.parts.engine.engine()?.view::<PullRequest>(row.workflow).await.map_err(failed)?;
            if view.is_some_and(|view| view.state.pr.installation == installation) {
                events.push((row.key, id.clone(), Event::AccessChanged { change: change.clone() }));
            }
        }
        let restored = change == AccessChange::InstallationRestored;
        let taken = self.submit_many(events).await?;
        if restored {
            self.parts.wanted.installation(installation);
        }
        Ok(taken)
    }

    pub(super) async fn installation_narrowed(
        &self,
        id: EventId,
        installation: u64,
        added: &[RepositoryRef],
        removed: &[RepositoryRef],
    ) -> Result<Taken, Error> {
        tracing::info!(installation, added = added.len(), removed = removed.len(), "repositories of an installation");
        for (list, change) in
            [(added, reminder::AccessChange::Restored), (removed, lost("the repository was withdrawn"))]
        {
            for repository in list {
                self.repository_of_reminders_changed(&id, repository.id, change.clone()).await?;
            }
        }
        let mut events = Vec::new();
        for row in self.live_rows().await? {
            let of = |list: &[RepositoryRef]| list.iter().any(|repository| is_of(&row, repository.id));
            let change = match (of(added), of(removed)) {
                (_, true) => AccessChange::RepositoryWithdrawn,
                (true, false) => AccessChange::InstallationRestored,
                (false, false) => continue,
            };
            events.push((row.key.clone(), id.clone(), Event::AccessChanged { change }));
        }
        let taken = self.submit_many(events).await?;
        if !added.is_empty() {
            self.parts.wanted.installation(installation);
        }
        Ok(taken)
    }

    pub(super) async fn repository_changed(
        &self,
        id: EventId,
        action: &str,
        installation: Option<u64>,
        repository: &RepositoryRef,
    ) -> Result<Taken, Error> {
        let change = match action {
            "deleted" => AccessChange::RepositoryDeleted,
            "archived" => AccessChange::RepositoryArchived,
            "unarchived" => AccessChange::RepositoryUnarchived,
            "renamed" | "transferred" => AccessChange::RepositoryMoved {
                installation,
                owner: repository.owner.clone(),
                name: repository.name.clone(),
            },
            _ => return Ok(Taken::Ignored { reason: "action_not_used" }),
        };
        let of_reminders = match &change {
            AccessChange::RepositoryDeleted => lost("the repository was deleted"),
            AccessChange::RepositoryArchived => lost("the repository was archived"),
            AccessChange::RepositoryMoved { installation, owner, name } => {
                reminder::AccessChange::Moved { installation: *installation, owner: owner.clone(), name: name.clone() }
            }
            _ => reminder::AccessChange::Restored,
        };
        self.repository_of_reminders_changed(&id, repository.id, of_reminders).await?;
        let rows = self.live_rows().await?.into_iter().filter(|row| is_of(row, repository.id));
        let events = rows.map(|row| (row.key, id.clone(), Event::AccessChanged { change: change.clone() })).collect();
        let taken = self.submit_many(events).await?;
        if let (Some(installation), AccessChange::RepositoryMoved { .. } | AccessChange::RepositoryUnarchived) =
            (installation, change)
        {
            self.parts.wanted.installation(installation);
        }
        Ok(taken)
    }

    /// Every pull request's workflow that is not over.
    async fn live_rows(&self) -> Result<Vec<Row>, Error> {
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let kind = Some(PullRequest::KIND.to_owned());
            let filter = ListFilter { kind, after, limit: PAGE, ..ListFilter::default() };
            let page = self.parts.engine.engine()?.list(filter).await.map_err(failed)?;
            let last = page.len() < PAGE;
            after = page.last().map(|row| row.workflow);
            rows.extend(page.into_iter().filter(|row| !row.terminal));
            if last {
                return Ok(rows);
            }
        }
    }
}

fn lost(why: &str) -> reminder::AccessChange {
    reminder::AccessChange::Lost { why: why.to_owned() }
}

fn is_of(row: &Row, repository_id: u64) -> bool {
    row.key.strip_prefix(&repository_id.to_string()).is_some_and(|rest| rest.starts_with('#'))
}
