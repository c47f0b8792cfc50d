use super::{View, iso, node_id, user_of};
use crate::github::{
    git::{Author, CommitInfo},
    world::Repository,
};
use environment::Timestamp;
use serde_json::{Value, json};

fn person(author: &Author, at: Timestamp) -> Value {
    json!({ "name": author.name, "email": author.email, "date": iso(at) })
}

fn unverified() -> Value {
    json!({ "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null })
}

fn parents(view: View<'_>, repo: &Repository, it: &CommitInfo, kind: &str) -> Vec<Value> {
    let full_name = repo.full_name();
    let parent = |sha: &String| {
        json!({
            "sha": sha,
            "url": format!("{}/repos/{full_name}/{kind}/{sha}", view.base),
            "html_url": format!("{}/{full_name}/commit/{sha}", view.base),
        })
    };
    it.parents.iter().map(parent).collect()
}

/// The account of a commit's author, if the name is a login.
fn account(view: View<'_>, author: &Author) -> Value {
    view.world.users.get(&author.name.to_lowercase()).map_or(Value::Null, |it| user_of(view, it))
}

/// A commit, as `/commits` shows it.
pub fn commit(view: View<'_>, repo: &Repository, it: &CommitInfo) -> Value {
    let full_name = repo.full_name();
    let api = format!("{}/repos/{full_name}", view.base);
    json!({
        "url": format!("{api}/commits/{}", it.sha),
        "sha": it.sha,
        "node_id": node_id("C", 0) + &it.sha,
        "html_url": format!("{}/{full_name}/commit/{}", view.base, it.sha),
        "comments_url": format!("{api}/commits/{}/comments", it.sha),
        "commit": {
            "url": format!("{api}/git/commits/{}", it.sha),
            "author": person(&it.author, it.author_at),
            "committer": person(&it.committer, it.committer_at),
            "message": it.message,
            "comment_count": 0,
            "tree": { "sha": it.tree, "url": format!("{api}/git/trees/{}", it.tree) },
            "verification": unverified(),
        },
        "author": account(view, &it.author),
        "committer": account(view, &it.committer),
        "parents": parents(view, repo, it, "commits"),
    })
}

/// A commit, as the Git data API shows it.
pub fn git_commit(view: View<'_>, repo: &Repository, it: &CommitInfo) -> Value {
    let full_name = repo.full_name();
    let api = format!("{}/repos/{full_name}", view.base);
    json!({
        "sha": it.sha,
        "node_id": node_id("C", 0) + &it.sha,
        "url": format!("{api}/git/commits/{}", it.sha),
        "html_url": format!("{}/{full_name}/commit/{}", view.base, it.sha),
        "author": person(&it.author, it.author_at),
        "committer": person(&it.committer, it.committer_at),
        "tree": { "sha": it.tree, "url": format!("{api}/git/trees/{}", it.tree) },
        "message": it.message,
        "parents": parents(view, repo, it, "git/commits"),
        "verification": unverified(),
    })
}

/// A commit, as `check_suite.head_commit` names it.
pub fn payload_commit(it: &CommitInfo) -> Value {
    let person = |author: &Author| json!({ "name": author.name, "email": author.email });
    json!({
        "id": it.sha,
        "tree_id": it.tree,
        "message": it.message,
        "timestamp": iso(it.committer_at),
        "author": person(&it.author),
        "committer": person(&it.committer),
    })
}
