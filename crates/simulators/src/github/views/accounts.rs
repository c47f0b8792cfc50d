use super::{View, iso, iso_or_null, node_id};
use crate::github::world::{Installation, User, UserKind};
use serde_json::{Value, json};

/// An account by its login; GitHub's `ghost` if nobody ever heard of it.
pub fn user(view: View<'_>, login: &str) -> Value {
    match view.world.users.get(&login.to_lowercase()) {
        Some(it) => user_of(view, it),
        None => user_of(view, &User { id: 10_137, login: "ghost".into(), kind: UserKind::User }),
    }
}

/// An account.
pub fn user_of(View { base, .. }: View<'_>, User { id, login, kind }: &User) -> Value {
    let (api, html) = (format!("{base}/users/{login}"), format!("{base}/{login}"));
    let kind_name = match kind {
        UserKind::User => "User",
        UserKind::Bot => "Bot",
        UserKind::Organization => "Organization",
    };
    json!({
        "login": login,
        "id": id,
        "node_id": node_id("U", *id),
        "avatar_url": format!("{base}/avatars/{id}"),
        "gravatar_id": "",
        "url": api,
        "html_url": html,
        "followers_url": format!("{api}/followers"),
        "following_url": format!("{api}/following{{/other_user}}"),
        "gists_url": format!("{api}/gists{{/gist_id}}"),
        "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{api}/subscriptions"),
        "organizations_url": format!("{api}/orgs"),
        "repos_url": format!("{api}/repos"),
        "events_url": format!("{api}/events{{/privacy}}"),
        "received_events_url": format!("{api}/received_events"),
        "type": kind_name,
        "user_view_type": "public",
        "site_admin": false,
    })
}

/// The App.
pub fn app(view: View<'_>) -> Value {
    let options = view.options;
    json!({
        "id": options.app_id,
        "slug": options.bot_slug,
        "client_id": format!("Iv23standin{}", options.app_id),
        "node_id": node_id("A", options.app_id),
        "owner": user(view, "longshore-dev"),
        "name": options.bot_slug,
        "description": "Reviews pull requests",
        "external_url": "https://example.com",
        "html_url": format!("{}/apps/{}", view.base, options.bot_slug),
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "permissions": granted(),
        "events": EVENTS,
        "installations_count": view.world.installations.values().filter(|it| !it.deleted).count(),
    })
}

/// What the App asks for, as its manifest says.
pub fn granted() -> Value {
    json!({ "checks": "write", "contents": "write", "issues": "write", "metadata": "read", "pull_requests": "write" })
}

const EVENTS: [&str; 7] = [
    "check_run",
    "check_suite",
    "issue_comment",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "repository",
];

/// An installation of the App.
pub fn installation(view: View<'_>, it: &Installation) -> Value {
    let account = user(view, &it.account);
    let suspended_by = it.suspended_at.map_or(Value::Null, |_| account.clone());
    json!({
        "id": it.id,
        "client_id": format!("Iv23standin{}", view.options.app_id),
        "account": account,
        "repository_selection": "selected",
        "access_tokens_url": format!("{}/app/installations/{}/access_tokens", view.base, it.id),
        "repositories_url": format!("{}/installation/repositories", view.base),
        "html_url": format!("{}/settings/installations/{}", view.base, it.id),
        "app_id": view.options.app_id,
        "app_slug": view.options.bot_slug,
        "target_id": account["id"],
        "target_type": account["type"],
        "permissions": it.permissions,
        "events": EVENTS,
        "created_at": iso(it.created_at),
        "updated_at": iso(it.created_at),
        "single_file_name": null,
        "has_multiple_single_files": false,
        "single_file_paths": [],
        "suspended_by": suspended_by,
        "suspended_at": iso_or_null(it.suspended_at),
    })
}
