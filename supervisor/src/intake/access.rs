//! Installations and repositories that come, go, move and change their name.

use super::PullRequests;
use crate::{
    parts::failed,
    seams::{Error, Taken},
};
use domain::pull_request::{AccessChange, Event, PullRequest};
use engine::{EventId, ListFilter, Row};
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
            "unsuspend" | "new_permissions_accepted" => AccessChange::InstallationRestored,
            _ => return Ok(Taken::Ignored { reason: "action_not_used" }),
        };
        let mut events = Vec::new();
        for row in self.live_rows().await? {
            let view = self.parts.engine.engine()?.view::<PullRequest>(row.workflow).await.map_err(failed)?;
            if view.is_some_and(|view| view.state.pr.installation == installation) {
                events.push((row.key, id.clone(), Event::AccessChanged { change: change.clone() }));
            }
        }
        self.submit_many(events).await
    }

    pub(super) async fn installation_narrowed(
        &self,
        id: EventId,
        installation: u64,
        added: &[RepositoryRef],
        removed: &[RepositoryRef],
    ) -> Result<Taken, Error> {
        tracing::info!(installation, added = added.len(), removed = removed.len(), "repositories of an installation");
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
        self.submit_many(events).await
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
        let rows = self.live_rows().await?.into_iter().filter(|row| is_of(row, repository.id));
        let events = rows.map(|row| (row.key, id.clone(), Event::AccessChanged { change: change.clone() })).collect();
        self.submit_many(events).await
    }

    /// Every workflow that is not over.
    pub(crate) async fn live_rows(&self) -> Result<Vec<Row>, Error> {
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let filter = ListFilter { after, limit: PAGE, ..ListFilter::default() };
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

fn is_of(row: &Row, repository_id: u64) -> bool {
    row.key.strip_prefix(&repository_id.to_string()).is_some_and(|rest| rest.starts_with('#'))
}
