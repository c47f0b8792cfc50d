use super::{View, iso, iso_or_null, node_id, repository, user};
use crate::github::{
    git::diff::{Diff, FileDiff},
    world::{PullRequest, Repository},
};
use serde_json::{Value, json};

/// A pull request, as lists show it.
pub fn pull_simple(view: View<'_>, it: &PullRequest, repo: &Repository) -> Value {
    let full_name = repo.full_name();
    let api = format!("{}/repos/{full_name}", view.base);
    let html = format!("{}/{full_name}/pull/{}", view.base, it.number);
    let number = it.number;
    let head_repository = view.world.repositories.get(&it.head_repository).filter(|head| !head.deleted);
    let side = |name: &str, sha: &str, of: Option<&Repository>| {
        let owner = of.map_or("unknown", |of| of.owner.as_str());
        json!({
            "label": format!("{owner}:{name}"),
            "ref": name,
            "sha": sha,
            "user": of.map_or(Value::Null, |of| user(view, &of.owner)),
            "repo": of.map_or(Value::Null, |of| repository(view, of)),
        })
    };
    let (issue, pulls) = (format!("{api}/issues/{number}"), format!("{api}/pulls/{number}"));
    let mut value = json!({
        "url": pulls,
        "id": it.id,
        "node_id": node_id("PR", it.id),
        "html_url": html,
        "diff_url": format!("{html}.diff"),
        "patch_url": format!("{html}.patch"),
        "issue_url": issue,
        "commits_url": format!("{pulls}/commits"),
        "review_comments_url": format!("{pulls}/comments"),
        "review_comment_url": format!("{api}/pulls/comments{{/number}}"),
        "comments_url": format!("{issue}/comments"),
        "statuses_url": format!("{api}/statuses/{}", it.head_sha),
        "number": number,
        "state": if it.open { "open" } else { "closed" },
        "locked": false,
        "active_lock_reason": null,
        "title": it.title,
        "user": user(view, &it.author),
        "body": it.body,
        "labels": it.labels.iter().map(|name| label(&api, name)).collect::<Vec<_>>(),
        "milestone": null,
        "created_at": iso(it.created_at),
        "updated_at": iso(it.updated_at),
        "closed_at": iso_or_null(it.closed_at),
        "merged_at": iso_or_null(it.closed_at.filter(|_| it.merged())),
        "merge_commit_sha": it.merge_commit,
        "assignee": null,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": side(&it.head_ref, &it.head_sha, head_repository),
        "base": side(&it.base_ref, &it.base_sha, Some(repo)),
        "author_association": association(repo, &it.author),
        "auto_merge": null,
        "draft": it.draft,
    });
    let link = |path: &str| json!({ "href": path });
    value["_links"] = json!({
        "self": link(&pulls),
        "html": link(&html),
        "issue": link(&issue),
        "comments": link(&format!("{issue}/comments")),
        "review_comments": link(&format!("{pulls}/comments")),
        "review_comment": link(&format!("{api}/pulls/comments{{/number}}")),
        "commits": link(&format!("{pulls}/commits")),
        "statuses": link(&format!("{api}/statuses/{}", it.head_sha)),
    });
    value
}

/// A pull request, as it is shown alone and in webhooks.
pub fn pull(view: View<'_>, it: &PullRequest, repo: &Repository, diff: &Diff, commits: usize) -> Value {
    let mut value = pull_simple(view, it, repo);
    let of_pull = |repository: u64, number: u64| repository == it.repository && number == it.number;
    let count = |count: fn(&FileDiff) -> u64| diff.files.iter().map(count).sum::<u64>();
    value["merged"] = json!(it.merged());
    value["mergeable"] = if it.open { json!(true) } else { Value::Null };
    value["rebaseable"] = value["mergeable"].clone();
    value["mergeable_state"] = json!(if it.draft { "draft" } else { "clean" });
    value["merged_by"] = it.merged_by.as_ref().map_or(Value::Null, |by| user(view, by));
    value["comments"] = json!(view.world.comments.values().filter(|c| of_pull(c.repository, c.number)).count());
    value["review_comments"] =
        json!(view.world.review_comments.values().filter(|c| of_pull(c.repository, c.number)).count());
    value["maintainer_can_modify"] = json!(false);
    value["commits"] = json!(commits);
    value["additions"] = json!(count(|file| file.additions));
    value["deletions"] = json!(count(|file| file.deletions));
    value["changed_files"] = json!(diff.files.len());
    value
}

fn label(api: &str, name: &str) -> Value {
    let id = name.bytes().fold(100_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)) % 1_000_000_007);
    json!({
        "id": id,
        "node_id": node_id("LA", id),
        "url": format!("{api}/labels/{name}"),
        "name": name,
        "description": null,
        "color": "d73a4a",
        "default": false,
    })
}

/// What the author is to the repository.
pub fn association(repo: &Repository, login: &str) -> &'static str {
    use crate::github::world::Role;
    if repo.owner.eq_ignore_ascii_case(login) {
        return "OWNER";
    }
    match repo.roles.get(&login.to_lowercase()) {
        Some(Role::Write | Role::Maintain | Role::Admin) => "COLLABORATOR",
        _ => "NONE",
    }
}

/// A file of a pull request or commit.
pub fn diff_entry(view: View<'_>, repo: &Repository, head: &str, file: &FileDiff) -> Value {
    let full_name = repo.full_name();
    let mut value = json!({
        "sha": file.sha,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": format!("{}/{full_name}/blob/{head}/{}", view.base, file.path),
        "raw_url": format!("{}/{full_name}/raw/{head}/{}", view.base, file.path),
        "contents_url": format!("{}/repos/{full_name}/contents/{}?ref={head}", view.base, file.path),
    });
    if let Some(patch) = &file.patch {
        value["patch"] = json!(patch);
    }
    if let Some(previous) = &file.previous {
        value["previous_filename"] = json!(previous);
    }
    value
}
