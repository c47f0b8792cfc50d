//! Check suites: GitHub makes one per commit and App.

use super::{
    Api, Refusal,
    checks::{READ, WRITE, listed},
};
use crate::github::{
    hub::{Change, Hub},
    views::{self, View},
    webhook,
    world::{CheckRun, CheckSuite, Fact, Repository, World},
};
use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde_json::{Value, json};

pub fn routes() -> Router<Hub> {
    Router::new()
        .route("/repos/{owner}/{name}/check-suites/{id}", get(one))
        .route("/repos/{owner}/{name}/check-suites/{id}/check-runs", get(runs))
        .route("/repos/{owner}/{name}/check-suites/{id}/rerequest", post(rerequest))
        .route("/repos/{owner}/{name}/commits/{reference}/check-suites", get(of_commit))
}

/// The suite of a commit; made when it is first needed.
pub fn suite_for(change: &mut Change<'_>, repo: &Repository, sha: &str) -> CheckSuite {
    if let Some(suite) = change.suite_of(repo.id, sha) {
        return suite.clone();
    }
    let now = change.hub().now();
    let branch = repo.branches.iter().find(|(_, at)| *at == sha).map(|(branch, _)| branch.clone());
    let before = change.pushes.values().rev().find(|it| it.repository == repo.id && it.after == sha);
    let suite = CheckSuite {
        before: before.map(|it| it.before.clone()),
        id: change.next_id(),
        repository: repo.id,
        head_sha: sha.to_string(),
        head_branch: branch,
        requeued: false,
        created_at: now,
        updated_at: now,
    };
    change.put(Fact::CheckSuite(suite.clone()));
    suite
}

async fn shown(api: &Api, world: &World, repo: &Repository, suite: &CheckSuite) -> Result<Value, Refusal> {
    let commit = api.hub.git().commit_info(repo, &suite.head_sha).await?.ok_or_else(Refusal::not_found)?;
    let view = View::new(&api.hub, world);
    Ok(views::check_suite(view, suite, repo, &views::payload_commit(&commit)))
}

async fn one(api: Api, Path((owner, name, id)): Path<(String, String, u64)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let suite = find(&world, &repo, id)?;
    Ok(Json(shown(&api, &world, &repo, &suite).await?).into_response())
}

async fn runs(api: Api, Path((owner, name, id)): Path<(String, String, u64)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    find(&world, &repo, id)?;
    let runs: Vec<CheckRun> = world.checks_of_suite(id).into_iter().rev().cloned().collect();
    listed(&api, &world, &repo, runs)
}

async fn rerequest(api: Api, Path((owner, name, id)): Path<(String, String, u64)>) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let suite = find(&change, &repo, id)?;
    rerequested(&mut change, &repo, suite, &api.call.actor).await?;
    change.commit("check_suite.rerequested")?;
    Ok((StatusCode::CREATED, Json(json!({}))).into_response())
}

/// Resets a suite and tells the App.
pub async fn rerequested(
    change: &mut Change<'_>,
    repo: &Repository,
    mut suite: CheckSuite,
    by: &str,
) -> Result<(), Refusal> {
    suite.requeued = true;
    suite.updated_at = change.hub().now();
    change.put(Fact::CheckSuite(suite.clone()));
    webhook::check_suite(change, repo, &suite, "rerequested", by).await
}

async fn of_commit(
    api: Api,
    Path((owner, name, reference)): Path<(String, String, String)>,
) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let sha = api.hub.git().resolve(&repo, &reference).await?.ok_or_else(Refusal::not_found)?;
    let suites = match world.suite_of(repo.id, &sha) {
        Some(suite) => vec![shown(&api, &world, &repo, suite).await?],
        None => Vec::new(),
    };
    Ok(Json(json!({ "total_count": suites.len(), "check_suites": suites })).into_response())
}

fn find(world: &World, repo: &Repository, id: u64) -> Result<CheckSuite, Refusal> {
    world.suites.get(&id).filter(|it| it.repository == repo.id).cloned().ok_or_else(Refusal::not_found)
}
