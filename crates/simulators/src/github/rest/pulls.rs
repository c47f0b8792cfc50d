//! Pull requests.

use super::{Api, Refusal, caller::Need, commits::COMMITS_MAX};
use crate::github::{
    hub::Hub,
    views::{self, View},
    world::{PullRequest, Repository, World},
};
use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use http::header;
use serde_json::Value;

const READ: Need = Need::read(&["pull_requests"]);
/// GitHub lists no more files of a pull request, and no more commits.
const FILES_MAX: usize = 3000;
const PULL_COMMITS_MAX: usize = 250;

pub fn routes() -> Router<Hub> {
    Router::new()
        .route("/repos/{owner}/{name}/pulls", get(list))
        .route("/repos/{owner}/{name}/pulls/{number}", get(one))
        .route("/repos/{owner}/{name}/pulls/{number}/files", get(files))
        .route("/repos/{owner}/{name}/pulls/{number}/commits", get(commits))
}

impl Api {
    /// A pull request of a repository.
    pub fn pull(&self, world: &World, repository: &Repository, number: u64) -> Result<PullRequest, Refusal> {
        world.pulls.get(&(repository.id, number)).cloned().ok_or_else(Refusal::not_found)
    }
}

/// A pull request, whole: its figures come from git.
pub async fn shown(hub: &Hub, world: &World, it: &PullRequest, repo: &Repository) -> Result<Value, Refusal> {
    let diff = hub.diff(repo, &it.base_sha, &it.head_sha).await?;
    let commits = hub.git().log(repo, &it.head_sha, Some(&it.base_sha), COMMITS_MAX, None).await?;
    Ok(views::pull(View::new(hub, world), it, repo, &diff, commits.len()))
}

async fn list(api: Api, Path((owner, name)): Path<(String, String)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let state = api.query("state").unwrap_or("open");
    let head_is = |it: &PullRequest| match api.query("head") {
        None => true,
        Some(head) => world
            .repositories
            .get(&it.head_repository)
            .is_some_and(|of| format!("{}:{}", of.owner, it.head_ref).eq_ignore_ascii_case(head)),
    };
    let listed = world.pulls.values().rev().filter(|it| {
        it.repository == repo.id
            && (state == "all" || (state == "open") == it.open)
            && api.query("base").is_none_or(|base| base == it.base_ref)
            && head_is(it)
    });
    let view = View::new(&api.hub, &world);
    let mut listed: Vec<_> = listed.map(|it| views::pull_simple(view, it, &repo)).collect();
    if api.query("direction") == Some("asc") {
        listed.reverse();
    }
    Ok(api.page(listed).answer_items())
}

async fn one(api: Api, Path((owner, name, number)): Path<(String, String, u64)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let it = api.pull(&world, &repo, number)?;
    if api.accept.contains("diff") {
        let diff = api.hub.diff(&repo, &it.base_sha, &it.head_sha).await?;
        let kind = [(header::CONTENT_TYPE, "application/vnd.github.diff; charset=utf-8")];
        return Ok((kind, diff.text.clone()).into_response());
    }
    Ok(Json(shown(&api.hub, &world, &it, &repo).await?).into_response())
}

async fn files(api: Api, Path((owner, name, number)): Path<(String, String, u64)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let it = api.pull(&world, &repo, number)?;
    let diff = api.hub.diff(&repo, &it.base_sha, &it.head_sha).await?;
    let view = View::new(&api.hub, &world);
    let entries = diff.files.iter().take(FILES_MAX).map(|file| views::diff_entry(view, &repo, &it.head_sha, file));
    Ok(api.page(entries.collect()).answer_items())
}

async fn commits(api: Api, Path((owner, name, number)): Path<(String, String, u64)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let it = api.pull(&world, &repo, number)?;
    let commits = api.hub.git().log(&repo, &it.head_sha, Some(&it.base_sha), PULL_COMMITS_MAX, None).await?;
    let view = View::new(&api.hub, &world);
    Ok(api.page(commits.iter().rev().map(|it| views::commit(view, &repo, it)).collect()).answer_items())
}
