//! Commits and comparisons.

use super::{Api, Refusal, caller::Need};
use crate::github::{
    git::{CommitInfo, diff::FileDiff},
    hub::Hub,
    views::{self, View},
};
use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

/// More than any test history; a stand-in reads them all before it cuts pages.
pub const COMMITS_MAX: usize = 1000;

pub fn routes() -> Router<Hub> {
    Router::new()
        .route("/repos/{owner}/{name}/commits", get(list))
        .route("/repos/{owner}/{name}/commits/{sha}", get(one))
        .route("/repos/{owner}/{name}/commits/{sha}/pulls", get(pulls))
        .route("/repos/{owner}/{name}/compare/{basehead}", get(compare))
}

async fn list(api: Api, Path((owner, name)): Path<(String, String)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), Need::read(&["contents"]))?;
    let from = api.query("sha").unwrap_or(&repo.default_branch);
    let from = api.hub.git().resolve(&repo, from).await?.ok_or_else(Refusal::not_found)?;
    let commits = api.hub.git().log(&repo, &from, None, COMMITS_MAX, api.query("path")).await?;
    let view = View::new(&api.hub, &world);
    Ok(api.page(commits.iter().map(|it| views::commit(view, &repo, it)).collect()).answer_items())
}

async fn one(api: Api, Path((owner, name, sha)): Path<(String, String, String)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), Need::read(&["contents"]))?;
    let none = || Refusal::unprocessable(format!("No commit found for SHA: {sha}"));
    let found = api.hub.git().resolve(&repo, &sha).await?.ok_or_else(none)?;
    let info = api.hub.git().commit_info(&repo, &found).await?.ok_or_else(none)?;
    let view = View::new(&api.hub, &world);
    let mut value = views::commit(view, &repo, &info);
    if let Some(parent) = info.parents.first() {
        let diff = api.hub.diff(&repo, parent, &found).await?;
        let sum = |count: fn(&FileDiff) -> u64| diff.files.iter().map(count).sum::<u64>();
        let (added, removed) = (sum(|it| it.additions), sum(|it| it.deletions));
        value["stats"] = json!({ "additions": added, "deletions": removed, "total": added + removed });
        value["files"] = diff.files.iter().map(|it| views::diff_entry(view, &repo, &found, it)).collect();
    }
    Ok(Json(value).into_response())
}

async fn pulls(api: Api, Path((owner, name, sha)): Path<(String, String, String)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), Need::read(&["pull_requests"]))?;
    let view = View::new(&api.hub, &world);
    let of_sha = world.pulls.values().filter(|it| it.repository == repo.id && it.head_sha == sha);
    Ok(api.page(of_sha.map(|it| views::pull_simple(view, it, &repo)).collect()).answer_items())
}

async fn compare(api: Api, Path((owner, name, basehead)): Path<(String, String, String)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), Need::read(&["contents"]))?;
    let (base, head) = basehead.split_once("...").ok_or_else(Refusal::not_found)?;
    let git = api.hub.git();
    let base = git.resolve(&repo, base).await?.ok_or_else(Refusal::not_found)?;
    let head = git.resolve(&repo, head).await?.ok_or_else(Refusal::not_found)?;
    let diff = api.hub.diff(&repo, &base, &head).await?;
    if api.accept.contains("diff") {
        return Ok(diff.text.clone().into_response());
    }
    let start = git.merge_base(&repo, &base, &head).await?.ok_or_else(Refusal::not_found)?;
    let ahead = git.log(&repo, &head, Some(&base), COMMITS_MAX, None).await?;
    let behind = git.log(&repo, &base, Some(&head), COMMITS_MAX, None).await?;
    let status = match (ahead.is_empty(), behind.is_empty()) {
        (true, true) => "identical",
        (false, true) => "ahead",
        (true, false) => "behind",
        (false, false) => "diverged",
    };
    let view = View::new(&api.hub, &world);
    let one = |it: Option<CommitInfo>| it.map_or(Value::Null, |it| views::commit(view, &repo, &it));
    let url = format!("{}/repos/{}/compare/{base}...{head}", view.base, repo.full_name());
    let html = format!("{}/{}/compare/{base}...{head}", view.base, repo.full_name());
    Ok(Json(json!({
        "url": url,
        "html_url": html,
        "permalink_url": html,
        "diff_url": format!("{html}.diff"),
        "patch_url": format!("{html}.patch"),
        "base_commit": one(git.commit_info(&repo, &base).await?),
        "merge_base_commit": one(git.commit_info(&repo, &start).await?),
        "status": status,
        "ahead_by": ahead.len(),
        "behind_by": behind.len(),
        "total_commits": ahead.len(),
        "commits": ahead.iter().rev().map(|it| views::commit(view, &repo, it)).collect::<Vec<_>>(),
        "files": diff.files.iter().map(|it| views::diff_entry(view, &repo, &head, it)).collect::<Vec<_>>(),
    }))
    .into_response())
}
