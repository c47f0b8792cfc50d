use super::{View, iso, node_id, user};
use crate::github::world::Repository;
use serde_json::{Map, Value, json};

/// Addresses below the repository's own: name, and what follows.
const ADDRESSES: [(&str, &str); 37] = [
    ("forks_url", "/forks"),
    ("keys_url", "/keys{/key_id}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("teams_url", "/teams"),
    ("hooks_url", "/hooks"),
    ("issue_events_url", "/issues/events{/number}"),
    ("events_url", "/events"),
    ("assignees_url", "/assignees{/user}"),
    ("branches_url", "/branches{/branch}"),
    ("tags_url", "/tags"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("trees_url", "/git/trees{/sha}"),
    ("statuses_url", "/statuses/{sha}"),
    ("languages_url", "/languages"),
    ("stargazers_url", "/stargazers"),
    ("contributors_url", "/contributors"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("commits_url", "/commits{/sha}"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("comments_url", "/comments{/number}"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("contents_url", "/contents/{+path}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("merges_url", "/merges"),
    ("archive_url", "/{archive_format}{/ref}"),
    ("downloads_url", "/downloads"),
    ("issues_url", "/issues{/number}"),
    ("pulls_url", "/pulls{/number}"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("labels_url", "/labels{/name}"),
    ("releases_url", "/releases{/id}"),
    ("deployments_url", "/deployments"),
    ("url", ""),
];

/// A repository, whole.
pub fn repository(view: View<'_>, it: &Repository) -> Value {
    let full_name = it.full_name();
    let (api, html) = (format!("{}/repos/{full_name}", view.base), format!("{}/{full_name}", view.base));
    let mut object: Map<String, Value> =
        ADDRESSES.iter().map(|(name, path)| (name.to_string(), json!(format!("{api}{path}")))).collect();
    for part in [identity(view, it, &html), figures(it)] {
        if let Value::Object(part) = part {
            object.extend(part);
        }
    }
    Value::Object(object)
}

fn identity(view: View<'_>, it: &Repository, html: &str) -> Value {
    json!({
        "id": it.id,
        "node_id": node_id("R", it.id),
        "name": it.name,
        "full_name": it.full_name(),
        "private": it.private,
        "visibility": if it.private { "private" } else { "public" },
        "owner": user(view, &it.owner),
        "html_url": html,
        "git_url": format!("{html}.git").replacen("http", "git", 1),
        "ssh_url": format!("git@127.0.0.1:{}.git", it.full_name()),
        "clone_url": format!("{html}.git"),
        "svn_url": html,
        "mirror_url": null,
        "homepage": null,
        "description": it.description,
        "fork": it.fork_of.is_some(),
        "default_branch": it.default_branch,
        "archived": it.archived,
        "disabled": false,
        "created_at": iso(it.created_at),
        "updated_at": iso(it.updated_at),
        "pushed_at": iso(it.updated_at),
    })
}

fn figures(it: &Repository) -> Value {
    json!({
        "size": 1,
        "stargazers_count": 0,
        "watchers_count": 0,
        "watchers": 0,
        "forks_count": 0,
        "forks": 0,
        "open_issues_count": 0,
        "open_issues": 0,
        "subscribers_count": 0,
        "network_count": 0,
        "language": "Rust",
        "has_issues": true,
        "has_projects": true,
        "has_downloads": true,
        "has_wiki": false,
        "has_pages": false,
        "has_discussions": false,
        "license": null,
        "topics": [],
        "is_template": false,
        "web_commit_signoff_required": false,
        "custom_properties": {},
        "allow_forking": true,
        "allow_merge_commit": true,
        "allow_squash_merge": true,
        "allow_rebase_merge": true,
        "allow_auto_merge": false,
        "allow_update_branch": false,
        "delete_branch_on_merge": false,
        "squash_merge_commit_message": "COMMIT_MESSAGES",
        "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
        "merge_commit_message": "PR_TITLE",
        "merge_commit_title": "MERGE_MESSAGE",
        "use_squash_pr_title_as_default": false,
        "permissions": { "admin": false, "maintain": false, "push": false, "triage": false, "pull": !it.deleted },
    })
}

/// As installation events name it.
pub fn repository_short(it: &Repository) -> Value {
    json!({
        "id": it.id,
        "node_id": node_id("R", it.id),
        "name": it.name,
        "full_name": it.full_name(),
        "private": it.private,
    })
}
