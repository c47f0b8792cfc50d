//! Installations and repositories that come, go, move and change their name.

use super::PullRequests;
use crate::{
    fan_out::{self, Order, Part, Scope},
    seams::{Error, Taken},
};
use domain::{pull_request::AccessChange, reminder};
use engine::EventId;
use github::webhook::RepositoryRef;

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
        let read_then = (change == AccessChange::InstallationRestored).then_some(installation);
        let part = Part { scope: Scope::Installation(installation), change, of_reminders };
        self.fan_out(Order::new(id, vec![part], read_then)).await
    }

    pub(super) async fn installation_narrowed(
        &self,
        id: EventId,
        installation: u64,
        added: &[RepositoryRef],
        removed: &[RepositoryRef],
    ) -> Result<Taken, Error> {
        tracing::info!(installation, added = added.len(), removed = removed.len(), "repositories of an installation");
        // One that is on both lists was withdrawn in the end.
        let given = added.iter().filter(|it| removed.iter().all(|gone| gone.id != it.id)).map(|repository| Part {
            scope: Scope::Repository(repository.id),
            change: AccessChange::InstallationRestored,
            of_reminders: Some(reminder::AccessChange::Restored),
        });
        let taken = removed.iter().map(|repository| Part {
            scope: Scope::Repository(repository.id),
            change: AccessChange::RepositoryWithdrawn,
            of_reminders: Some(lost("the repository was withdrawn")),
        });
        let read_then = (!added.is_empty()).then_some(installation);
        self.fan_out(Order::new(id, given.chain(taken).collect(), read_then)).await
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
        let back = matches!(change, AccessChange::RepositoryMoved { .. } | AccessChange::RepositoryUnarchived);
        let read_then = installation.filter(|_| back);
        let part = Part { scope: Scope::Repository(repository.id), change, of_reminders: Some(of_reminders) };
        self.fan_out(Order::new(id, vec![part], read_then)).await
    }

    async fn fan_out(&self, order: Order) -> Result<Taken, Error> {
        fan_out::record(&self.parts, &order).await?;
        Ok(Taken::Recorded { workflows: Vec::new(), duplicate: false })
    }
}

fn lost(why: &str) -> reminder::AccessChange {
    reminder::AccessChange::Lost { why: why.to_owned() }
}
