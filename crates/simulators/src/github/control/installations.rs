//! The App comes to an account, and goes.

use super::{Done, repositories::named};
use crate::github::{
    hub::{Change, Hub},
    rest::Refusal,
    webhook,
    world::{Fact, Installation, Repository, UserKind, World},
};
use std::collections::{BTreeMap, BTreeSet};

/// What the App is granted, as its manifest asks.
const GRANTED: [(&str, &str); 5] =
    [("checks", "write"), ("contents", "write"), ("issues", "write"), ("metadata", "read"), ("pull_requests", "write")];

/// Brings a repository under the installation on its owner's account, which is made if need be.
pub fn cover(change: &mut Change<'_>, repo: &Repository) -> u64 {
    let present = change.installations.values().find(|it| !it.deleted && it.account.eq_ignore_ascii_case(&repo.owner));
    if let Some(mut installation) = present.cloned() {
        installation.repositories.insert(repo.id);
        change.put(Fact::Installation(installation.clone()));
        webhook::installation_repositories(change, &installation, std::slice::from_ref(repo), true, &repo.owner);
        return installation.id;
    }
    let installation = Installation {
        id: change.next_id(),
        account: repo.owner.clone(),
        repositories: BTreeSet::from([repo.id]),
        permissions: BTreeMap::from(GRANTED.map(|(name, level)| (name.to_string(), level.to_string()))),
        suspended_at: None,
        deleted: false,
        created_at: change.hub().now(),
    };
    change.put(Fact::Installation(installation.clone()));
    webhook::installation(change, &installation, "created", &repo.owner);
    installation.id
}

fn on(world: &World, owner: &str) -> Result<Installation, Refusal> {
    let found = world.installations.values().find(|it| !it.deleted && it.account.eq_ignore_ascii_case(owner));
    found.cloned().ok_or_else(|| Refusal::absent(&format!("the App is not installed on {owner}")))
}

pub async fn grant(hub: &Hub, repository: &str, granted: bool, by: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let repo = named(&change, repository)?;
    change.user(by, UserKind::User);
    if granted {
        let id = cover(&mut change, &repo);
        change.commit("installation.extended")?;
        return Ok(Done { id, installation: id, ..Done::default() });
    }
    let mut installation = on(&change, &repo.owner)?;
    installation.repositories.remove(&repo.id);
    change.put(Fact::Installation(installation.clone()));
    webhook::installation_repositories(&mut change, &installation, &[repo], false, by);
    change.commit("installation.reduced")?;
    Ok(Done { id: installation.id, installation: installation.id, ..Done::default() })
}

pub async fn suspend(hub: &Hub, owner: &str, suspended: bool) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let mut installation = on(&change, owner)?;
    installation.suspended_at = suspended.then(|| hub.now());
    change.put(Fact::Installation(installation.clone()));
    let action = if suspended { "suspend" } else { "unsuspend" };
    webhook::installation(&mut change, &installation, action, owner);
    change.commit("installation.suspended")?;
    Ok(Done { id: installation.id, installation: installation.id, ..Done::default() })
}

pub async fn uninstall(hub: &Hub, owner: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let mut installation = on(&change, owner)?;
    webhook::installation(&mut change, &installation, "deleted", owner);
    installation.deleted = true;
    change.put(Fact::Installation(installation.clone()));
    change.commit("installation.deleted")?;
    Ok(Done { id: installation.id, installation: installation.id, ..Done::default() })
}
