//! Check runs, with the limits GitHub sets and its two surprises: a completed one is never reopened, and its buttons
//! cannot be read back.

mod input;

use super::{Api, Input, Refusal, caller::Need, suites::suite_for};
use crate::github::{
    hub::Hub,
    views::{self, View},
    webhook,
    world::{CheckRun, Fact, Repository, World},
};
use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde_json::{Value, json};

pub const READ: Need = Need::read(&["checks"]);
pub const WRITE: Need = Need::write(&["checks"]);

pub fn routes() -> Router<Hub> {
    Router::new()
        .route("/repos/{owner}/{name}/check-runs", post(create))
        .route("/repos/{owner}/{name}/check-runs/{id}", get(one).patch(update))
        .route("/repos/{owner}/{name}/check-runs/{id}/annotations", get(annotations))
        .route("/repos/{owner}/{name}/check-runs/{id}/rerequest", post(rerequest))
        .route("/repos/{owner}/{name}/commits/{reference}/check-runs", get(of_commit))
}

type OfRepository = Path<(String, String)>;
type OfRun = Path<(String, String, u64)>;

async fn create(api: Api, Path((owner, name)): OfRepository, input: Input) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let run_name = input.required("CheckRun", "name")?.to_string();
    let head_sha = input.required("CheckRun", "head_sha")?.to_string();
    if api.hub.git().commit_info(&repo, &head_sha).await?.is_none() {
        return Err(Refusal::unprocessable(format!("No commit found for SHA: {head_sha}")));
    }
    let wanted = input::read(&input, api.hub.now())?;
    let now = api.hub.now();
    let suite = suite_for(&mut change, &repo, &head_sha);
    let mut run = CheckRun {
        id: change.next_id(),
        suite: suite.id,
        repository: repo.id,
        name: run_name,
        head_sha,
        external_id: String::new(),
        details_url: None,
        status: "queued".into(),
        conclusion: None,
        started_at: Some(now),
        completed_at: None,
        title: None,
        summary: None,
        text: None,
        annotations: Vec::new(),
        actions: Vec::new(),
        created_at: now,
    };
    wanted.apply(&mut run);
    change.put(Fact::CheckRun(run.clone()));
    let value = views::check_run(View::new(&api.hub, &change), &run, &repo);
    webhook::check_run(&mut change, &repo, &run, "created", &api.call.actor, None);
    if run.status == "completed" {
        webhook::check_run(&mut change, &repo, &run, "completed", &api.call.actor, None);
    }
    change.commit("check_run.created")?;
    Ok((StatusCode::CREATED, Json(value)).into_response())
}

async fn update(api: Api, Path((owner, name, id)): OfRun, input: Input) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let mut run = find(&change, &repo, id)?;
    let wanted = input::read(&input, api.hub.now())?;
    let was_completed = run.status == "completed";
    if was_completed && wanted.reopens() {
        // What GitHub does: 200, and nothing is different.
        let value = views::check_run(View::new(&api.hub, &change), &run, &repo);
        return Ok(Json(value).into_response());
    }
    if let Some(name) = input.text("name") {
        run.name = name.to_string();
    }
    wanted.apply(&mut run);
    change.put(Fact::CheckRun(run.clone()));
    if let Some(mut suite) = change.suites.get(&run.suite).filter(|it| it.requeued).cloned() {
        suite.requeued = false;
        change.put(Fact::CheckSuite(suite));
    }
    let value = views::check_run(View::new(&api.hub, &change), &run, &repo);
    if run.status == "completed" && !was_completed {
        webhook::check_run(&mut change, &repo, &run, "completed", &api.call.actor, None);
    }
    change.commit("check_run.updated")?;
    Ok(Json(value).into_response())
}

async fn one(api: Api, Path((owner, name, id)): OfRun) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let run = find(&world, &repo, id)?;
    Ok(Json(views::check_run(View::new(&api.hub, &world), &run, &repo)).into_response())
}

async fn annotations(api: Api, Path((owner, name, id)): OfRun) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let run = find(&world, &repo, id)?;
    let blob = |path: &Value| {
        json!(format!(
            "{}/{}/blob/{}/{}",
            api.hub.base(),
            repo.full_name(),
            run.head_sha,
            path.as_str().unwrap_or_default()
        ))
    };
    let shown = run.annotations.iter().map(|it| {
        let mut it = it.clone();
        for absent in ["start_column", "end_column", "title", "raw_details"] {
            if it.get(absent).is_none() {
                it[absent] = Value::Null;
            }
        }
        it["blob_href"] = blob(&it["path"]);
        it
    });
    Ok(api.page(shown.collect()).answer_items())
}

async fn rerequest(api: Api, Path((owner, name, id)): OfRun) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let run = find(&change, &repo, id)?;
    webhook::check_run(&mut change, &repo, &run, "rerequested", &api.call.actor, None);
    change.commit("check_run.rerequested")?;
    Ok((StatusCode::CREATED, Json(json!({}))).into_response())
}

async fn of_commit(
    api: Api,
    Path((owner, name, reference)): Path<(String, String, String)>,
) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let sha = api.hub.git().resolve(&repo, &reference).await?;
    let sha = sha.ok_or_else(|| Refusal::unprocessable(format!("No commit found for SHA: {reference}")))?;
    let runs: Vec<CheckRun> = world.checks_of_sha(repo.id, &sha).into_iter().rev().cloned().collect();
    listed(&api, &world, &repo, runs)
}

/// Check runs as a list, filtered as the query says.
pub fn listed(api: &Api, world: &World, repo: &Repository, runs: Vec<CheckRun>) -> Result<Response, Refusal> {
    let app = api.query("app_id").is_none_or(|id| id == api.hub.options().app_id.to_string());
    let newest = |run: &CheckRun| {
        api.query("filter") == Some("all")
            || !world.checks.values().any(|it| it.suite == run.suite && it.name == run.name && it.id > run.id)
    };
    let kept = runs.into_iter().filter(|run| {
        app && newest(run)
            && api.query("check_name").is_none_or(|it| it == run.name)
            && api.query("status").is_none_or(|it| it == run.status)
    });
    let view = View::new(&api.hub, world);
    let shown: Vec<Value> = kept.map(|run| views::check_run(view, &run, repo)).collect();
    let total = shown.len();
    let page = api.page(shown);
    let body = json!({ "total_count": total, "check_runs": page.items });
    Ok(page.answer(body))
}

fn find(world: &World, repo: &Repository, id: u64) -> Result<CheckRun, Refusal> {
    world.checks.get(&id).filter(|it| it.repository == repo.id).cloned().ok_or_else(Refusal::not_found)
}
