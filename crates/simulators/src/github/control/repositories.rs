//! What people do to repositories.

use super::{Done, FileChange, NewRepository, Role, installations};
use crate::github::{
    git::Author,
    hub::{Change, Hub},
    rest::{Pushed, Refusal, commit_and_level, followers, push_to_branch},
    webhook,
    world::{Fact, Repository, UserKind, World},
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The repository that `owner/name` names.
pub fn named(world: &World, full_name: &str) -> Result<Repository, Refusal> {
    let found = full_name.split_once('/').and_then(|(owner, name)| world.repository(owner, name));
    found.cloned().ok_or_else(|| Refusal::absent(&format!("there is no repository {full_name}")))
}

/// A name that is safe as a folder.
pub fn sound(name: &str) -> Result<(), Refusal> {
    let good = !name.is_empty()
        && !name.starts_with(['.', '-'])
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if good {
        Ok(())
    } else {
        Err(Refusal::unprocessable(format!("{name:?} cannot be the name of an account or a repository")))
    }
}

pub async fn create(hub: &Hub, new: NewRepository) -> Result<Done, Refusal> {
    sound(&new.owner)?;
    sound(&new.name)?;
    let mut change = hub.change(None).await;
    if change.repository(&new.owner, &new.name).is_some() {
        return Err(Refusal::unprocessable(format!("there is already a repository {}/{}", new.owner, new.name)));
    }
    let folder = format!("{}/{}.git", new.owner, new.name);
    hub.git().init(&folder).await?;
    let mut repo = blank(&mut change, &new.owner, &new.name, folder);
    repo.description = new.description;
    repo.private = new.private;
    let author = Author::of(&new.owner);
    let sha = hub.git().commit(&repo, None, &new.files, "Everything so far", &author, hub.now()).await?;
    repo.branches.insert(repo.default_branch.clone(), sha.clone());
    change.user(&new.owner, UserKind::Organization);
    for (login, role) in new.roles {
        change.user(&login, UserKind::User);
        repo.roles.insert(login.to_lowercase(), role);
    }
    change.put(Fact::Repository(repo.clone()));
    let installation = if new.not_installed { 0 } else { installations::cover(&mut change, &repo) };
    commit_and_level(change, "repository.created", &[repo.id]).await?;
    Ok(Done { id: repo.id, sha, installation, ..Done::default() })
}

/// A repository without content.
pub fn blank(change: &mut Change<'_>, owner: &str, name: &str, folder: String) -> Repository {
    let now = change.hub().now();
    Repository {
        id: change.next_id(),
        owner: owner.into(),
        name: name.into(),
        former: Vec::new(),
        folder,
        description: None,
        default_branch: "main".into(),
        private: false,
        archived: false,
        deleted: false,
        fork_of: None,
        roles: BTreeMap::new(),
        branches: BTreeMap::new(),
        protected: BTreeSet::new(),
        created_at: now,
        updated_at: now,
    }
}

pub async fn push(
    hub: &Hub,
    repository: &str,
    branch: &str,
    changes: &[FileChange],
    message: &str,
    by: &str,
) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let repo = named(&change, repository)?;
    let parent = repo.branches.get(branch).or_else(|| repo.branches.get(&repo.default_branch)).cloned();
    let author = Author::of(by);
    let sha = hub.git().commit(&repo, parent.as_deref(), changes, message, &author, hub.now()).await?;
    change.user(by, UserKind::User);
    push_to_branch(&mut change, Pushed { repository: repo.id, branch, sha: &sha, by }).await?;
    let follow = followers(&repo, &change);
    commit_and_level(change, "branch.pushed", &follow).await?;
    Ok(Done { id: repo.id, sha, ..Done::default() })
}

pub async fn force_push(hub: &Hub, repository: &str, branch: &str, sha: &str, by: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let repo = named(&change, repository)?;
    let sha = hub.git().resolve(&repo, sha).await?.ok_or_else(|| Refusal::absent("there is no such commit"))?;
    change.user(by, UserKind::User);
    push_to_branch(&mut change, Pushed { repository: repo.id, branch, sha: &sha, by }).await?;
    let follow = followers(&repo, &change);
    commit_and_level(change, "branch.pushed", &follow).await?;
    Ok(Done { id: repo.id, sha, ..Done::default() })
}

pub async fn set_role(hub: &Hub, repository: &str, login: &str, role: Role) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let mut repo = named(&change, repository)?;
    change.user(login, UserKind::User);
    repo.roles.insert(login.to_lowercase(), role);
    finish(change, repo, "role.set")
}

pub async fn protect(hub: &Hub, repository: &str, branch: &str, protected: bool) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let mut repo = named(&change, repository)?;
    if protected {
        repo.protected.insert(branch.to_string());
    } else {
        repo.protected.remove(branch);
    }
    change.put(Fact::Repository(repo.clone()));
    finish(change, repo, "branch.protected")
}

pub async fn rename(hub: &Hub, repository: &str, name: &str, by: &str) -> Result<Done, Refusal> {
    sound(name)?;
    let mut change = hub.change(None).await;
    let mut repo = named(&change, repository)?;
    let from = std::mem::replace(&mut repo.name, name.to_string());
    repo.former.push(format!("{}/{from}", repo.owner));
    change.user(by, UserKind::User);
    change.put(Fact::Repository(repo.clone()));
    let fields = json!({ "changes": { "repository": { "name": { "from": from } } } });
    webhook::repository(&mut change, &repo, "renamed", by, fields);
    finish(change, repo, "repository.renamed")
}

pub async fn transfer(hub: &Hub, repository: &str, owner: &str, by: &str) -> Result<Done, Refusal> {
    sound(owner)?;
    let mut change = hub.change(None).await;
    let mut repo = named(&change, repository)?;
    let from = std::mem::replace(&mut repo.owner, owner.to_string());
    repo.former.push(format!("{from}/{}", repo.name));
    change.user(by, UserKind::User);
    let organization = change.user(owner, UserKind::Organization);
    change.put(Fact::Repository(repo.clone()));
    if let Some(mut left) = change.installation_of(repo.id).cloned() {
        left.repositories.remove(&repo.id);
        change.put(Fact::Installation(left));
    }
    let installation = installations::cover(&mut change, &repo);
    let owner = json!({ "organization": { "login": from, "id": organization.id } });
    let fields = json!({ "changes": { "owner": { "from": owner } } });
    webhook::repository(&mut change, &repo, "transferred", by, fields);
    finish(change, repo, "repository.transferred").map(|done| Done { installation, ..done })
}

pub async fn archive(hub: &Hub, repository: &str, archived: bool, by: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let mut repo = named(&change, repository)?;
    repo.archived = archived;
    change.user(by, UserKind::User);
    change.put(Fact::Repository(repo.clone()));
    let action = if archived { "archived" } else { "unarchived" };
    webhook::repository(&mut change, &repo, action, by, json!({}));
    finish(change, repo, "repository.archived")
}

pub async fn delete(hub: &Hub, repository: &str, by: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let mut repo = named(&change, repository)?;
    change.user(by, UserKind::User);
    webhook::repository(&mut change, &repo, "deleted", by, json!({}));
    repo.deleted = true;
    if let Some(mut installation) = change.installation_of(repo.id).cloned() {
        installation.repositories.remove(&repo.id);
        change.put(Fact::Installation(installation));
    }
    finish(change, repo, "repository.deleted")
}

fn finish(mut change: Change<'_>, repo: Repository, what: &str) -> Result<Done, Refusal> {
    let id = repo.id;
    change.put(Fact::Repository(repo));
    change.commit(what)?;
    Ok(Done { id, ..Done::default() })
}
