//! The Git data API: blobs, trees, commits and refs, one by one.

use super::{
    Api, Input, Refusal,
    caller::Need,
    contents::wrapped_base64,
    push::{Pushed, commit_and_level, followers, push_to_branch},
};
use crate::github::{
    git::Entry,
    hub::Hub,
    views::{self, View, node_id},
    world::Repository,
};
use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const READ: Need = Need::read(&["contents"]);
const WRITE: Need = Need::write(&["contents"]);

pub fn routes() -> Router<Hub> {
    Router::new()
        .route("/repos/{owner}/{name}/git/blobs", post(create_blob))
        .route("/repos/{owner}/{name}/git/blobs/{sha}", get(blob))
        .route("/repos/{owner}/{name}/git/trees", post(create_tree))
        .route("/repos/{owner}/{name}/git/trees/{sha}", get(tree))
        .route("/repos/{owner}/{name}/git/commits", post(create_commit))
        .route("/repos/{owner}/{name}/git/commits/{sha}", get(commit))
        .route("/repos/{owner}/{name}/git/ref/{*reference}", get(reference))
        .route("/repos/{owner}/{name}/git/refs", post(create_ref))
        .route("/repos/{owner}/{name}/git/refs/{*reference}", axum::routing::patch(update_ref))
}

type OfRepository = Path<(String, String)>;
type Named = Path<(String, String, String)>;

fn created(value: Value) -> Response {
    (StatusCode::CREATED, Json(value)).into_response()
}

async fn create_blob(api: Api, Path((owner, name)): OfRepository, input: Input) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), WRITE)?;
    let content = input.required("Blob", "content")?;
    let bytes = match input.text("encoding") {
        Some("base64") => STANDARD
            .decode(content.split_whitespace().collect::<String>())
            .map_err(|_| Refusal::unprocessable("content is not valid Base64"))?,
        _ => content.as_bytes().to_vec(),
    };
    let sha = api.hub.git().write_blob(&repo, &bytes).await?;
    let url = format!("{}/repos/{}/git/blobs/{sha}", api.hub.base(), repo.full_name());
    Ok(created(json!({ "sha": sha, "url": url })))
}

async fn blob(api: Api, Path((owner, name, sha)): Named) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let sha = full_sha(&sha)?;
    let bytes = api.hub.git().blob(&repo, sha).await?.ok_or_else(Refusal::not_found)?;
    if api.accept.contains("raw") {
        return Ok(bytes.into_response());
    }
    let url = format!("{}/repos/{}/git/blobs/{sha}", api.hub.base(), repo.full_name());
    Ok(Json(json!({
        "sha": sha,
        "node_id": node_id("B", 0) + sha,
        "size": bytes.len(),
        "url": url,
        "content": wrapped_base64(&bytes),
        "encoding": "base64",
    }))
    .into_response())
}

async fn create_tree(api: Api, Path((owner, name)): OfRepository, input: Input) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), WRITE)?;
    let git = api.hub.git();
    let mut entries = BTreeMap::new();
    if let Some(base) = input.text("base_tree") {
        let base = git.tree(&repo, full_sha(base)?, true).await?.ok_or_else(Refusal::not_found)?;
        entries.extend(base.into_iter().filter(|it| it.kind != "tree").map(|it| (it.path.clone(), it)));
    }
    for wanted in input.list("tree") {
        let path = wanted["path"].as_str().filter(|it| sound_path(it));
        let path = path.ok_or_else(|| Refusal::unprocessable("tree.path contains a malformed path component"))?;
        let sha = match (wanted["sha"].as_str(), wanted["content"].as_str()) {
            (Some(sha), _) => full_sha(sha)?.to_string(),
            (None, Some(content)) => git.write_blob(&repo, content.as_bytes()).await?,
            (None, None) => {
                entries.remove(path);
                continue;
            }
        };
        let mode = wanted["mode"].as_str().unwrap_or("100644").to_string();
        let kind = if mode == "160000" { "commit" } else { "blob" }.to_string();
        entries.insert(path.to_string(), Entry { mode, kind, sha, size: None, path: path.to_string() });
    }
    let sha = write_nested(&api, &repo, entries.into_values().collect()).await?;
    shown_tree(&api, &repo, &sha, false).await.map(created)
}

/// Writes a tree of full paths: the deepest folders first.
async fn write_nested(api: &Api, repo: &Repository, mut entries: Vec<Entry>) -> Result<String, Refusal> {
    loop {
        let deepest = entries.iter().map(|it| it.path.matches('/').count()).max().unwrap_or(0);
        if deepest == 0 {
            return Ok(api.hub.git().write_tree(repo, &entries).await?);
        }
        let (deep, mut rest): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|it| it.path.matches('/').count() == deepest);
        let mut folders: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for it in deep {
            let (folder, leaf) = it.path.rsplit_once('/').unwrap_or(("", &it.path));
            let (folder, leaf) = (folder.to_string(), leaf.to_string());
            folders.entry(folder).or_default().push(Entry { path: leaf, ..it });
        }
        for (path, leaves) in folders {
            let sha = api.hub.git().write_tree(repo, &leaves).await?;
            rest.push(Entry { mode: "040000".into(), kind: "tree".into(), sha, size: None, path });
        }
        entries = rest;
    }
}

async fn tree(api: Api, Path((owner, name, sha)): Named) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let sha = match api.hub.git().resolve(&repo, &sha).await? {
        Some(commit) => api.hub.git().commit_info(&repo, &commit).await?.map_or(sha, |it| it.tree),
        None => sha,
    };
    let recursive = api.query("recursive").is_some_and(|it| it != "0" && it != "false");
    shown_tree(&api, &repo, full_sha(&sha)?, recursive).await.map(|value| Json(value).into_response())
}

async fn shown_tree(api: &Api, repo: &Repository, sha: &str, recursive: bool) -> Result<Value, Refusal> {
    let entries = api.hub.git().tree(repo, sha, recursive).await?.ok_or_else(Refusal::not_found)?;
    let git = format!("{}/repos/{}/git", api.hub.base(), repo.full_name());
    let entry = |it: Entry| {
        let mut value = json!({ "path": it.path, "mode": it.mode, "type": it.kind, "sha": it.sha });
        if it.kind != "commit" {
            value["url"] = json!(format!("{git}/{}s/{}", it.kind, it.sha));
        }
        if let Some(size) = it.size {
            value["size"] = json!(size);
        }
        value
    };
    let entries: Vec<Value> = entries.into_iter().map(entry).collect();
    Ok(json!({ "sha": sha, "url": format!("{git}/trees/{sha}"), "tree": entries, "truncated": false }))
}

async fn create_commit(api: Api, Path((owner, name)): OfRepository, input: Input) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), WRITE)?;
    let message = input.required("Commit", "message")?;
    let tree = full_sha(input.required("Commit", "tree")?)?;
    let git = api.hub.git();
    git.tree(&repo, tree, false).await?.ok_or_else(|| Refusal::unprocessable("Tree SHA does not exist"))?;
    let mut raw = format!("tree {tree}\n");
    for parent in input.list("parents") {
        let parent = full_sha(parent.as_str().unwrap_or_default())?;
        if git.commit_info(&repo, parent).await?.is_none() {
            return Err(Refusal::unprocessable("Parent SHA does not exist or is not a commit object"));
        }
        raw += &format!("parent {parent}\n");
    }
    let (login, seconds) = (&api.call.actor, api.hub.now().as_millis() / 1000);
    for role in ["author", "committer"] {
        raw += &format!("{role} {login} <{login}@users.noreply.github.com> {seconds} +0000\n");
    }
    raw += &format!("\n{message}");
    let sha = git.write_commit(&repo, &raw).await?;
    let info = git.commit_info(&repo, &sha).await?.ok_or_else(Refusal::not_found)?;
    Ok(created(views::git_commit(View::new(&api.hub, &world), &repo, &info)))
}

async fn commit(api: Api, Path((owner, name, sha)): Named) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let info = api.hub.git().commit_info(&repo, full_sha(&sha)?).await?.ok_or_else(Refusal::not_found)?;
    Ok(Json(views::git_commit(View::new(&api.hub, &world), &repo, &info)).into_response())
}

fn shown_ref(api: &Api, repo: &Repository, branch: &str, sha: &str) -> Value {
    let git = format!("{}/repos/{}/git", api.hub.base(), repo.full_name());
    json!({
        "ref": format!("refs/heads/{branch}"),
        "node_id": node_id("REF", 0) + branch,
        "url": format!("{git}/refs/heads/{branch}"),
        "object": { "sha": sha, "type": "commit", "url": format!("{git}/commits/{sha}") },
    })
}

async fn reference(api: Api, Path((owner, name, reference)): Named) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), READ)?;
    let branch = reference.strip_prefix("heads/").ok_or_else(Refusal::not_found)?;
    let sha = repo.branches.get(branch).ok_or_else(Refusal::not_found)?;
    Ok(Json(shown_ref(&api, &repo, branch, sha)).into_response())
}

async fn create_ref(api: Api, Path((owner, name)): OfRepository, input: Input) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let branch = input.required("Reference", "ref")?.strip_prefix("refs/heads/");
    let branch = branch.ok_or_else(|| Refusal::unprocessable("Reference name is not refs/heads/…"))?;
    if repo.branches.contains_key(branch) {
        return Err(Refusal::unprocessable("Reference already exists"));
    }
    let sha = full_sha(input.required("Reference", "sha")?)?;
    if api.hub.git().commit_info(&repo, sha).await?.is_none() {
        return Err(Refusal::unprocessable("Object does not exist"));
    }
    let by = api.call.actor.clone();
    push_to_branch(&mut change, Pushed { repository: repo.id, branch, sha, by: &by }).await?;
    commit_and_level(change, "ref.created", &[repo.id]).await?;
    Ok(created(shown_ref(&api, &repo, branch, sha)))
}

async fn update_ref(api: Api, Path((owner, name, reference)): Named, input: Input) -> Result<Response, Refusal> {
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = api.repository(&change, (&owner, &name), WRITE)?;
    let branch = reference.strip_prefix("heads/").ok_or_else(Refusal::not_found)?;
    let head = repo.branches.get(branch).ok_or_else(|| Refusal::unprocessable("Reference does not exist"))?;
    let sha = full_sha(input.required("Reference", "sha")?)?;
    if api.hub.git().commit_info(&repo, sha).await?.is_none() {
        return Err(Refusal::unprocessable("Object does not exist"));
    }
    let force = input.0["force"].as_bool().unwrap_or(false);
    if !force && !api.hub.git().is_ancestor(&repo, head, sha).await? {
        return Err(Refusal::unprocessable("Update is not a fast forward"));
    }
    if repo.protected.contains(branch) {
        return Err(Refusal::unprocessable("Protected branch update failed"));
    }
    let by = api.call.actor.clone();
    push_to_branch(&mut change, Pushed { repository: repo.id, branch, sha, by: &by }).await?;
    let follow = followers(&repo, &change);
    commit_and_level(change, "commit.pushed", &follow).await?;
    Ok(Json(shown_ref(&api, &repo, branch, sha)).into_response())
}

/// Forty hexadecimal digits; anything else could be an option or an expression to git.
fn full_sha(text: &str) -> Result<&str, Refusal> {
    let sound = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if sound {
        Ok(text)
    } else {
        Err(Refusal::unprocessable("The sha parameter must be exactly 40 characters and contain only [0-9a-f]."))
    }
}

fn sound_path(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\0', '\n', '\t'])
        && path.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git"))
}
