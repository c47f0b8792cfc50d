use super::{View, app, iso, iso_or_null, node_id, pulls::association, user};
use crate::github::world::{Comment, PullRequest, Reaction, Repository, Review, ReviewComment, ReviewState, Subject};
use serde_json::{Value, json};

/// Kinds of reactions, as GitHub spells them.
pub const REACTIONS: [&str; 8] = ["+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket"];

/// A comment of the conversation.
pub fn comment(view: View<'_>, it: &Comment, repo: &Repository) -> Value {
    let full_name = repo.full_name();
    let api = format!("{}/repos/{full_name}/issues", view.base);
    let url = format!("{api}/comments/{}", it.id);
    json!({
        "url": url,
        "html_url": format!("{}/{full_name}/pull/{}#issuecomment-{}", view.base, it.number, it.id),
        "issue_url": format!("{api}/{}", it.number),
        "id": it.id,
        "node_id": node_id("IC", it.id),
        "user": user(view, &it.user),
        "created_at": iso(it.created_at),
        "updated_at": iso(it.updated_at),
        "author_association": association(repo, &it.user),
        "body": it.body,
        "reactions": reactions(view, Subject::Comment(it.id), &url),
        "performed_via_github_app": if it.via_app { app(view) } else { Value::Null },
    })
}

/// A review.
pub fn review(view: View<'_>, it: &Review, repo: &Repository) -> Value {
    let full_name = repo.full_name();
    let html = format!("{}/{full_name}/pull/{}#pullrequestreview-{}", view.base, it.number, it.id);
    let pull = format!("{}/repos/{full_name}/pulls/{}", view.base, it.number);
    let mut value = json!({
        "id": it.id,
        "node_id": node_id("PRR", it.id),
        "user": user(view, &it.user),
        "body": it.body,
        "state": it.state.name(),
        "html_url": html,
        "pull_request_url": pull,
        "author_association": association(repo, &it.user),
        "_links": { "html": { "href": html }, "pull_request": { "href": pull } },
        "commit_id": it.commit_id,
        "updated_at": iso_or_null(it.submitted_at.or(Some(it.created_at))),
    });
    if it.state != ReviewState::Pending {
        value["submitted_at"] = iso_or_null(it.submitted_at);
    }
    value
}

/// A comment at a line.
pub fn review_comment(view: View<'_>, it: &ReviewComment, repo: &Repository) -> Value {
    let full_name = repo.full_name();
    let api = format!("{}/repos/{full_name}/pulls", view.base);
    let url = format!("{api}/comments/{}", it.id);
    let html = format!("{}/{full_name}/pull/{}#discussion_r{}", view.base, it.number, it.id);
    let pull = format!("{api}/{}", it.number);
    let mut value = json!({
        "url": url,
        "pull_request_review_id": it.review,
        "id": it.id,
        "node_id": node_id("PRRC", it.id),
        "diff_hunk": it.diff_hunk,
        "path": it.path,
        "commit_id": it.commit_id,
        "original_commit_id": it.commit_id,
        "user": user(view, &it.user),
        "body": it.body,
        "created_at": iso(it.created_at),
        "updated_at": iso(it.updated_at),
        "html_url": html,
        "pull_request_url": pull,
        "author_association": association(repo, &it.user),
        "_links": { "self": { "href": url }, "html": { "href": html }, "pull_request": { "href": pull } },
        "reactions": reactions(view, Subject::ReviewComment(it.id), &url),
        "start_line": it.start_line,
        "original_start_line": it.start_line,
        "start_side": it.start_side,
        "line": it.line,
        "original_line": it.line,
        "side": it.side,
        "position": it.position,
        "original_position": it.position,
        "subject_type": if it.line.is_some() { "line" } else { "file" },
    });
    if let Some(parent) = it.in_reply_to {
        value["in_reply_to_id"] = json!(parent);
    }
    value
}

/// A reaction.
pub fn reaction(view: View<'_>, it: &Reaction) -> Value {
    json!({
        "id": it.id,
        "node_id": node_id("REA", it.id),
        "user": user(view, &it.user),
        "content": it.content,
        "created_at": iso(it.created_at),
    })
}

/// How often each reaction was given.
pub fn reactions(view: View<'_>, subject: Subject, url: &str) -> Value {
    let given: Vec<&Reaction> = view.world.reactions.values().filter(|it| it.subject == subject).collect();
    let mut value = json!({ "url": format!("{url}/reactions"), "total_count": given.len() });
    for kind in REACTIONS {
        value[kind] = json!(given.iter().filter(|it| it.content == kind).count());
    }
    value
}

/// A pull request, seen as an issue.
pub fn issue(view: View<'_>, it: &PullRequest, repo: &Repository) -> Value {
    let full_name = repo.full_name();
    let api = format!("{}/repos/{full_name}", view.base);
    let (url, html) = (format!("{api}/issues/{}", it.number), format!("{}/{full_name}/pull/{}", view.base, it.number));
    let comments =
        view.world.comments.values().filter(|c| c.repository == it.repository && c.number == it.number).count();
    json!({
        "url": url,
        "repository_url": api,
        "labels_url": format!("{url}/labels{{/name}}"),
        "comments_url": format!("{url}/comments"),
        "events_url": format!("{url}/events"),
        "timeline_url": format!("{url}/timeline"),
        "html_url": html,
        "id": it.id,
        "node_id": node_id("PR", it.id),
        "number": it.number,
        "title": it.title,
        "user": user(view, &it.author),
        "labels": [],
        "state": if it.open { "open" } else { "closed" },
        "state_reason": null,
        "locked": false,
        "active_lock_reason": null,
        "assignee": null,
        "assignees": [],
        "milestone": null,
        "comments": comments,
        "created_at": iso(it.created_at),
        "updated_at": iso(it.updated_at),
        "closed_at": iso_or_null(it.closed_at),
        "author_association": association(repo, &it.author),
        "type": null,
        "draft": it.draft,
        "pull_request": {
            "url": format!("{api}/pulls/{}", it.number),
            "html_url": html,
            "diff_url": format!("{html}.diff"),
            "patch_url": format!("{html}.patch"),
            "merged_at": iso_or_null(it.closed_at.filter(|_| it.merged())),
        },
        "body": it.body,
        "reactions": reactions(view, Subject::Pull(it.repository, it.number), &url),
        "performed_via_github_app": null,
    })
}
