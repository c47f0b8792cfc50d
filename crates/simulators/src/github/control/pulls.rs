//! What people do to pull requests.

use super::{
    BranchPull, Done, NewPull, PullName,
    repositories::{blank, named},
};
use crate::github::{
    git::Author,
    hub::{Change, Hub},
    rest::{Pushed, Refusal, commit_and_level, push_to_branch},
    webhook,
    world::{Fact, PullRequest, Repository, UserKind, World},
};
use serde_json::{Value, json};

/// The pull request that is named, with its repository.
pub fn pull_named(world: &World, name: &PullName) -> Result<(Repository, PullRequest), Refusal> {
    let repo = named(world, &name.repository)?;
    let pull = world.pulls.get(&(repo.id, name.number)).cloned();
    let absent = || Refusal::absent(&format!("there is no pull request {}#{}", name.repository, name.number));
    Ok((repo, pull.ok_or_else(absent)?))
}

pub async fn open(hub: &Hub, new: NewPull) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let base = named(&change, &new.repository)?;
    let base_ref = new.base_ref.unwrap_or_else(|| base.default_branch.clone());
    let base_sha = base.branches.get(&base_ref).cloned();
    let base_sha = base_sha.ok_or_else(|| Refusal::absent(&format!("there is no branch {base_ref}")))?;
    let number = new.number.unwrap_or_else(|| change.next_number(base.id));
    if change.pulls.contains_key(&(base.id, number)) {
        return Err(Refusal::unprocessable(format!("there is already a pull request {}#{number}", new.repository)));
    }
    let author = Author::of(&new.author);
    let message = new.message.as_deref().unwrap_or(&new.title);
    let sha = hub.git().commit(&base, Some(&base_sha), &new.changes, message, &author, hub.now()).await?;
    change.user(&new.author, UserKind::User);
    let head = match &new.fork_owner {
        None => base.clone(),
        Some(owner) => fork(hub, &mut change, &base, owner).await?,
    };
    if head.id != base.id {
        hub.git().share(&base, &head, &sha).await?;
    }
    let pushed = Pushed { repository: head.id, branch: &new.head_ref, sha: &sha, by: &new.author };
    push_to_branch(&mut change, pushed).await?;
    let pull = PullRequest {
        title: new.title,
        body: new.body,
        draft: new.draft,
        head_repository: head.id,
        ..blank_pull(&mut change, base.id, number, &new.author, (new.head_ref, sha), (base_ref, base_sha))
    };
    opened(change, &base, pull).await
}

/// The same between branches that are there.
pub async fn open_between(hub: &Hub, new: BranchPull) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let repo = named(&change, &new.repository)?;
    let tip = |branch: &String| {
        let sha = repo.branches.get(branch).cloned().map(|sha| (branch.clone(), sha));
        sha.ok_or_else(|| Refusal::absent(&format!("there is no branch {branch}")))
    };
    let (head, base) = (tip(&new.head_ref)?, tip(&new.base_ref)?);
    if change.pulls.contains_key(&(repo.id, new.number)) {
        return Err(Refusal::unprocessable(format!(
            "there is already a pull request {}#{}",
            new.repository, new.number
        )));
    }
    change.user(&new.author, UserKind::User);
    let blank = blank_pull(&mut change, repo.id, new.number, &new.author, head, base);
    opened(change, &repo, PullRequest { title: new.title, ..blank }).await
}

/// An open pull request within a repository; each side is a branch and its commit.
fn blank_pull(
    change: &mut Change<'_>,
    repository: u64,
    number: u64,
    author: &str,
    (head_ref, head_sha): (String, String),
    (base_ref, base_sha): (String, String),
) -> PullRequest {
    let now = change.hub().now();
    PullRequest {
        id: change.next_id(),
        repository,
        number,
        title: String::new(),
        body: None,
        author: author.to_owned(),
        head_repository: repository,
        head_ref,
        head_sha,
        base_ref,
        base_sha,
        open: true,
        draft: false,
        merged_by: None,
        merge_commit: None,
        labels: Vec::new(),
        created_at: now,
        updated_at: now,
        closed_at: None,
    }
}

async fn opened(mut change: Change<'_>, base: &Repository, pull: PullRequest) -> Result<Done, Refusal> {
    change.put(Fact::PullRequest(pull.clone()));
    webhook::pull_request(&mut change, base, &pull, "opened", &pull.author, json!({})).await?;
    let installation = change.installation_of(base.id).map_or(0, |it| it.id);
    commit_and_level(change, "pull_request.opened", &[base.id, pull.head_repository]).await?;
    Ok(Done { id: pull.id, number: pull.number, sha: pull.head_sha, installation })
}

/// The account's fork; a new one shares all branches.
async fn fork(hub: &Hub, change: &mut Change<'_>, base: &Repository, owner: &str) -> Result<Repository, Refusal> {
    if let Some(fork) = change.repository(owner, &base.name) {
        return Ok(fork.clone());
    }
    change.user(owner, UserKind::User);
    let folder = format!("{owner}/{}.git", base.name);
    hub.git().init(&folder).await?;
    let mut fork = blank(change, owner, &base.name, folder);
    fork.fork_of = Some(base.id);
    fork.default_branch.clone_from(&base.default_branch);
    fork.branches.clone_from(&base.branches);
    for sha in base.branches.values() {
        hub.git().share(base, &fork, sha).await?;
    }
    change.put(Fact::Repository(fork.clone()));
    Ok(fork)
}

pub async fn close(hub: &Hub, name: &PullName, by: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let (repo, mut pull) = pull_named(&change, name)?;
    pull.open = false;
    pull.closed_at = Some(hub.now());
    changed(&mut change, &repo, &mut pull, "closed", by, json!({})).await?;
    finish(change, &pull, "pull_request.closed").await
}

/// A merge commit is made of the head's tree: the stand-in merges nothing that would need merging.
pub async fn merge(hub: &Hub, name: &PullName, by: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let (repo, mut pull) = pull_named(&change, name)?;
    if !pull.open {
        return Err(Refusal::unprocessable("the pull request is closed"));
    }
    let head = hub.git().commit_info(&repo, &pull.head_sha).await?.ok_or_else(Refusal::not_found)?;
    let tip = repo.branches.get(&pull.base_ref).cloned().unwrap_or_else(|| pull.base_sha.clone());
    let seconds = hub.now().as_millis() / 1000;
    let person = format!("{by} <{by}@users.noreply.github.com> {seconds} +0000");
    let raw = format!(
        "tree {}\nparent {tip}\nparent {}\nauthor {person}\ncommitter {person}\n\nMerge pull request #{}\n",
        head.tree, pull.head_sha, pull.number
    );
    let sha = hub.git().write_commit(&repo, &raw).await?;
    change.user(by, UserKind::User);
    push_to_branch(&mut change, Pushed { repository: repo.id, branch: &pull.base_ref, sha: &sha, by }).await?;
    pull.open = false;
    pull.closed_at = Some(hub.now());
    pull.merged_by = Some(by.to_string());
    pull.merge_commit = Some(sha);
    changed(&mut change, &repo, &mut pull, "closed", by, json!({})).await?;
    finish(change, &pull, "pull_request.merged").await
}

pub async fn reopen(hub: &Hub, name: &PullName, by: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let (repo, mut pull) = pull_named(&change, name)?;
    if pull.merged() {
        return Err(Refusal::unprocessable("a merged pull request cannot be opened again"));
    }
    pull.open = true;
    pull.closed_at = None;
    let head = change.repositories.get(&pull.head_repository).and_then(|it| it.branches.get(&pull.head_ref));
    pull.head_sha = head.cloned().unwrap_or(pull.head_sha);
    changed(&mut change, &repo, &mut pull, "reopened", by, json!({})).await?;
    finish(change, &pull, "pull_request.reopened").await
}

pub async fn set_draft(hub: &Hub, name: &PullName, draft: bool, by: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let (repo, mut pull) = pull_named(&change, name)?;
    pull.draft = draft;
    let action = if draft { "converted_to_draft" } else { "ready_for_review" };
    changed(&mut change, &repo, &mut pull, action, by, json!({})).await?;
    finish(change, &pull, "pull_request.draft_set").await
}

pub async fn retarget(hub: &Hub, name: &PullName, base_ref: &str, by: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let (repo, mut pull) = pull_named(&change, name)?;
    let sha = repo.branches.get(base_ref).cloned();
    let sha = sha.ok_or_else(|| Refusal::absent(&format!("there is no branch {base_ref}")))?;
    let from = json!({ "ref": { "from": pull.base_ref }, "sha": { "from": pull.base_sha } });
    pull.base_ref = base_ref.to_string();
    pull.base_sha = sha;
    changed(&mut change, &repo, &mut pull, "edited", by, json!({ "changes": { "base": from } })).await?;
    finish(change, &pull, "pull_request.retargeted").await
}

pub async fn retitle(hub: &Hub, name: &PullName, title: &str, by: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let (repo, mut pull) = pull_named(&change, name)?;
    let from = std::mem::replace(&mut pull.title, title.to_string());
    let fields = json!({ "changes": { "title": { "from": from } } });
    changed(&mut change, &repo, &mut pull, "edited", by, fields).await?;
    finish(change, &pull, "pull_request.retitled").await
}

async fn changed(
    change: &mut Change<'_>,
    repo: &Repository,
    pull: &mut PullRequest,
    action: &str,
    by: &str,
    fields: Value,
) -> Result<(), Refusal> {
    change.user(by, UserKind::User);
    pull.updated_at = change.hub().now();
    change.put(Fact::PullRequest(pull.clone()));
    webhook::pull_request(change, repo, pull, action, by, fields).await
}

async fn finish(change: Change<'_>, pull: &PullRequest, what: &str) -> Result<Done, Refusal> {
    commit_and_level(change, what, &[pull.repository]).await?;
    Ok(Done { id: pull.id, number: pull.number, sha: pull.head_sha.clone(), ..Done::default() })
}
