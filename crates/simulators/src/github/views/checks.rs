use super::{View, app, iso, iso_or_null, node_id, repository};
use crate::github::world::{CheckRun, CheckSuite, Repository};
use serde_json::{Value, json};

/// A check run. Its buttons are not shown: GitHub does not either.
pub fn check_run(view: View<'_>, it: &CheckRun, repo: &Repository) -> Value {
    let full_name = repo.full_name();
    let url = format!("{}/repos/{full_name}/check-runs/{}", view.base, it.id);
    let html = format!("{}/{full_name}/runs/{}", view.base, it.id);
    json!({
        "id": it.id,
        "name": it.name,
        "node_id": node_id("CR", it.id),
        "head_sha": it.head_sha,
        "external_id": it.external_id,
        "url": url,
        "html_url": html,
        "details_url": it.details_url.clone().unwrap_or(html),
        "status": it.status,
        "conclusion": it.conclusion,
        "started_at": iso_or_null(it.started_at),
        "completed_at": iso_or_null(it.completed_at),
        "output": {
            "title": it.title,
            "summary": it.summary,
            "text": it.text,
            "annotations_count": it.annotations.len(),
            "annotations_url": format!("{url}/annotations"),
        },
        "check_suite": { "id": it.suite },
        "app": app(view),
        "pull_requests": suite_pulls(view, repo, &it.head_sha),
    })
}

/// A check suite.
pub fn check_suite(view: View<'_>, it: &CheckSuite, repo: &Repository, head_commit: &Value) -> Value {
    let url = format!("{}/repos/{}/check-suites/{}", view.base, repo.full_name(), it.id);
    let runs = view.world.checks_of_suite(it.id);
    let all_done = !runs.is_empty() && runs.iter().all(|run| run.status == "completed");
    let status = match (it.requeued, runs.is_empty(), all_done) {
        (true, _, _) | (_, true, _) => "queued",
        (_, _, true) => "completed",
        _ => "in_progress",
    };
    let conclusion = runs.last().filter(|_| status == "completed").and_then(|run| run.conclusion.clone());
    json!({
        "id": it.id,
        "node_id": node_id("CS", it.id),
        "head_branch": it.head_branch,
        "head_sha": it.head_sha,
        "status": status,
        "conclusion": conclusion,
        "url": url,
        "before": it.before,
        "after": it.head_sha,
        "pull_requests": suite_pulls(view, repo, &it.head_sha),
        "app": app(view),
        "created_at": iso(it.created_at),
        "updated_at": iso(it.updated_at),
        "repository": repository(view, repo),
        "head_commit": head_commit,
        "latest_check_runs_count": runs.len(),
        "check_runs_url": format!("{url}/check-runs"),
        "rerequestable": true,
        "runs_rerequestable": true,
    })
}

/// The pull requests that GitHub names for a commit. Empty for a fork's.
pub fn suite_pulls(view: View<'_>, repo: &Repository, sha: &str) -> Value {
    let api = format!("{}/repos/{}", view.base, repo.full_name());
    let short = json!({ "id": repo.id, "url": api, "name": repo.name });
    let pulls = view.world.pulls_of_sha(repo.id, sha).into_iter().map(|it| {
        json!({
            "url": format!("{api}/pulls/{}", it.number),
            "id": it.id,
            "number": it.number,
            "head": { "ref": it.head_ref, "sha": it.head_sha, "repo": short },
            "base": { "ref": it.base_ref, "sha": it.base_sha, "repo": short },
        })
    });
    pulls.collect()
}
