//! What each webhook says. One function per event.

use crate::github::{
    hub::Change,
    rest::{Refusal, shown_pull},
    views::{self, View, iso_or_null, node_id},
    world::{
        CheckRun, CheckSuite, Comment, Delivery, DeliveryState, Installation, PullRequest, Repository, Review,
        ReviewComment, UserKind,
    },
};
use serde_json::{Map, Value, json};

/// Queues one webhook, with what all of them say.
fn queue(
    change: &mut Change<'_>,
    event: &str,
    action: Option<&str>,
    about: (Option<&Repository>, Option<&Installation>),
    sender: &str,
    fields: Value,
) {
    let (repository, installation) = about;
    let view = View::new(change.hub(), change);
    let mut body = Map::new();
    if let Some(action) = action {
        body.insert("action".into(), json!(action));
    }
    if let Value::Object(fields) = fields {
        body.extend(fields);
    }
    if let Some(repository) = repository {
        body.insert("repository".into(), views::repository(view, repository));
        let owner = view.world.users.get(&repository.owner.to_lowercase());
        if owner.is_some_and(|it| it.kind == UserKind::Organization) {
            body.insert("organization".into(), organization(view, &repository.owner));
        }
    }
    if let Some(it) = installation {
        body.entry("installation").or_insert_with(|| json!({ "id": it.id, "node_id": node_id("I", it.id) }));
    }
    body.insert("sender".into(), views::user(view, sender));
    let now = change.hub().now();
    let guid = guid(&change.hub().environment().random_id());
    let id = change.next_id();
    change.deliver(Delivery {
        id,
        guid,
        event: event.into(),
        action: action.map(str::to_string),
        installation: installation.map(|it| it.id),
        repository: repository.map(|it| it.id),
        redelivery: false,
        body: Value::Object(body).to_string(),
        queued_at: now,
        due_at: now,
        position: id,
        state: DeliveryState::Pending,
    });
}

/// Queues a webhook about a repository, if the App is there to hear it.
fn of_repository(change: &mut Change<'_>, event: &str, action: &str, repo: &Repository, sender: &str, fields: Value) {
    let installation = change.installation_of(repo.id).filter(|it| it.suspended_at.is_none()).cloned();
    if let Some(installation) = installation {
        queue(change, event, Some(action), (Some(repo), Some(&installation)), sender, fields);
    }
}

fn organization(view: View<'_>, login: &str) -> Value {
    let account = views::user(view, login);
    let url = format!("{}/orgs/{login}", view.base);
    json!({
        "login": login,
        "id": account["id"],
        "node_id": account["node_id"],
        "url": url,
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events"),
        "hooks_url": format!("{url}/hooks"),
        "issues_url": format!("{url}/issues"),
        "members_url": format!("{url}/members{{/member}}"),
        "public_members_url": format!("{url}/public_members{{/member}}"),
        "avatar_url": account["avatar_url"],
        "description": null,
    })
}

/// `8-4-4-4-12` of 32 digits.
fn guid(digits: &str) -> String {
    let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    parts.map(|(from, to)| digits.get(from..to).unwrap_or_default()).join("-")
}

/// `pull_request`; `fields` is what the action adds (`before` and `after`, `changes`).
pub async fn pull_request(
    change: &mut Change<'_>,
    repo: &Repository,
    pull: &PullRequest,
    action: &str,
    sender: &str,
    fields: Value,
) -> Result<(), Refusal> {
    let mut body = json!({ "number": pull.number });
    body["pull_request"] = shown_pull(change.hub(), change, pull, repo).await?;
    if let (Some(body), Value::Object(fields)) = (body.as_object_mut(), fields) {
        body.extend(fields);
    }
    of_repository(change, "pull_request", action, repo, sender, body);
    Ok(())
}

/// `check_run`; `identifier` is the button of a `requested_action`.
pub fn check_run(
    change: &mut Change<'_>,
    repo: &Repository,
    run: &CheckRun,
    action: &str,
    sender: &str,
    identifier: Option<&str>,
) {
    let view = View::new(change.hub(), change);
    let mut shown = views::check_run(view, run, repo);
    if let Some(suite) = change.suites.get(&run.suite) {
        shown["check_suite"] = views::check_suite(view, suite, repo, &Value::Null);
        if let Some(suite) = shown["check_suite"].as_object_mut() {
            for absent in
                ["head_commit", "latest_check_runs_count", "check_runs_url", "rerequestable", "runs_rerequestable"]
            {
                suite.remove(absent);
            }
        }
    }
    let mut body = json!({ "check_run": shown });
    if let Some(identifier) = identifier {
        body["requested_action"] = json!({ "identifier": identifier });
    }
    of_repository(change, "check_run", action, repo, sender, body);
}

/// `check_suite`.
pub async fn check_suite(
    change: &mut Change<'_>,
    repo: &Repository,
    suite: &CheckSuite,
    action: &str,
    sender: &str,
) -> Result<(), Refusal> {
    let commit = change.hub().git().commit_info(repo, &suite.head_sha).await?.ok_or_else(Refusal::not_found)?;
    let mut shown = views::check_suite(View::new(change.hub(), change), suite, repo, &views::payload_commit(&commit));
    if let Some(shown) = shown.as_object_mut() {
        shown.remove("repository");
    }
    of_repository(change, "check_suite", action, repo, sender, json!({ "check_suite": shown }));
    Ok(())
}

/// `issue_comment.created`.
pub fn issue_comment(change: &mut Change<'_>, repo: &Repository, pull: &PullRequest, comment: &Comment) {
    let view = View::new(change.hub(), change);
    let body = json!({ "issue": views::issue(view, pull, repo), "comment": views::comment(view, comment, repo) });
    of_repository(change, "issue_comment", "created", repo, &comment.user, body);
}

/// `pull_request_review.submitted`.
pub fn review_submitted(change: &mut Change<'_>, repo: &Repository, pull: &PullRequest, review: &Review) {
    let view = View::new(change.hub(), change);
    let mut shown = views::review(view, review, repo);
    shown["state"] = json!(review.state.name().to_lowercase());
    shown["submitted_at"] = iso_or_null(review.submitted_at);
    let body = json!({ "review": shown, "pull_request": views::pull_simple(view, pull, repo) });
    of_repository(change, "pull_request_review", "submitted", repo, &review.user, body);
}

/// `pull_request_review_comment.created`.
pub fn review_comment(change: &mut Change<'_>, repo: &Repository, pull: &PullRequest, comment: &ReviewComment) {
    let view = View::new(change.hub(), change);
    let body = json!({
        "comment": views::review_comment(view, comment, repo),
        "pull_request": views::pull_simple(view, pull, repo),
    });
    of_repository(change, "pull_request_review_comment", "created", repo, &comment.user, body);
}

/// `repository`: renamed, transferred, archived, unarchived, deleted.
pub fn repository(change: &mut Change<'_>, repo: &Repository, action: &str, sender: &str, fields: Value) {
    of_repository(change, "repository", action, repo, sender, fields);
}

/// `installation`: sent whatever the App subscribed to.
pub fn installation(change: &mut Change<'_>, it: &Installation, action: &str, sender: &str) {
    let view = View::new(change.hub(), change);
    let repositories: Value =
        it.repositories.iter().filter_map(|id| change.repositories.get(id)).map(views::repository_short).collect();
    let mut body = json!({ "installation": views::installation(view, it) });
    if matches!(action, "created" | "deleted") {
        body["repositories"] = repositories;
    }
    if action == "created" {
        body["requester"] = Value::Null;
    }
    queue(change, "installation", Some(action), (None, Some(it)), sender, body);
}

/// `installation_repositories`: added or removed.
pub fn installation_repositories(
    change: &mut Change<'_>,
    it: &Installation,
    repos: &[Repository],
    added: bool,
    sender: &str,
) {
    let named: Value = repos.iter().map(views::repository_short).collect();
    let none = json!([]);
    let (plus, minus) = if added { (named, none) } else { (none, named) };
    let body = json!({
        "installation": views::installation(View::new(change.hub(), change), it),
        "repository_selection": "selected",
        "repositories_added": plus,
        "repositories_removed": minus,
        "requester": null,
    });
    let action = if added { "added" } else { "removed" };
    queue(change, "installation_repositories", Some(action), (None, Some(it)), sender, body);
}

/// `ping`: sent when the webhook is set up.
pub fn ping(change: &mut Change<'_>, url: &str) {
    let app_id = change.hub().options().app_id;
    let at = views::iso(change.hub().now());
    let body = json!({
        "zen": "Design for failure.",
        "hook_id": 1,
        "hook": {
            "type": "App",
            "id": 1,
            "name": "web",
            "active": true,
            "app_id": app_id,
            "events": ["pull_request"],
            "config": { "content_type": "json", "insecure_ssl": "0", "secret": "********", "url": url },
            "updated_at": at,
            "created_at": at,
            "deliveries_url": format!("{}/app/hook/deliveries", change.hub().base()),
        },
    });
    queue(change, "ping", None, (None, None), "longshore-dev", body);
}
