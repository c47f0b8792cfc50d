//! Files of a commit.

use super::{Api, Refusal, caller::Need};
use crate::github::{git::Entry, hub::Hub, world::Repository};
use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::header;
use serde_json::{Value, json};

/// Above this GitHub answers without content, and a client must ask for the raw media type or the blob.
const CONTENT_BYTES_MAX: usize = 1024 * 1024;
/// Width of GitHub's base64.
const BASE64_WIDTH: usize = 60;

pub fn routes() -> Router<Hub> {
    Router::new()
        .route("/repos/{owner}/{name}/contents", get(root))
        .route("/repos/{owner}/{name}/contents/", get(root))
        .route("/repos/{owner}/{name}/contents/{*path}", get(contents))
}

async fn root(api: Api, Path((owner, name)): Path<(String, String)>) -> Result<Response, Refusal> {
    contents(api, Path((owner, name, String::new()))).await
}

async fn contents(api: Api, Path((owner, name, path)): Path<(String, String, String)>) -> Result<Response, Refusal> {
    let world = api.hub.read().await;
    let repo = api.repository(&world, (&owner, &name), Need::read(&["contents"]))?;
    let reference = api.query("ref").unwrap_or(&repo.default_branch).to_string();
    let sha = api.hub.git().resolve(&repo, &reference).await?;
    let sha = sha.ok_or_else(|| Refusal::absent(&format!("No commit found for the ref {reference}")))?;
    let path = path.trim_matches('/');
    let entry = match path {
        "" => None,
        path => Some(api.hub.git().at_path(&repo, &sha, path).await?.ok_or_else(Refusal::not_found)?),
    };
    match entry {
        Some(entry) if entry.kind == "blob" => blob(&api, &repo, &reference, &entry).await,
        Some(entry) if entry.kind == "commit" => Ok(Json(item(&api, &repo, &reference, &entry)).into_response()),
        directory => {
            let tree = directory.as_ref().map_or(sha, |entry| entry.sha.clone());
            let prefix = directory.map(|entry| format!("{}/", entry.path)).unwrap_or_default();
            let entries = api.hub.git().tree(&repo, &tree, false).await?.ok_or_else(Refusal::not_found)?;
            let listed = entries.into_iter().map(|it| Entry { path: format!("{prefix}{}", it.path), ..it });
            Ok(Json(listed.map(|it| item(&api, &repo, &reference, &it)).collect::<Value>()).into_response())
        }
    }
}

async fn blob(api: &Api, repo: &Repository, reference: &str, entry: &Entry) -> Result<Response, Refusal> {
    let bytes = api.hub.git().blob(repo, &entry.sha).await?.ok_or_else(Refusal::not_found)?;
    if api.accept.contains("raw") {
        return Ok(([(header::CONTENT_TYPE, "application/vnd.github.raw; charset=utf-8")], bytes).into_response());
    }
    let mut value = item(api, repo, reference, entry);
    if entry.mode == "120000" {
        value["target"] = json!(String::from_utf8_lossy(&bytes));
    }
    let small = bytes.len() <= CONTENT_BYTES_MAX;
    value["encoding"] = json!(if small { "base64" } else { "none" });
    value["content"] = json!(if small { wrapped_base64(&bytes) } else { String::new() });
    Ok(Json(value).into_response())
}

/// Base64 in lines, as GitHub breaks it.
pub fn wrapped_base64(bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let mut wrapped = String::with_capacity(encoded.len() + encoded.len() / BASE64_WIDTH + 1);
    for (index, character) in encoded.chars().enumerate() {
        wrapped.push(character);
        if (index + 1) % BASE64_WIDTH == 0 {
            wrapped.push('\n');
        }
    }
    if !wrapped.ends_with('\n') {
        wrapped.push('\n');
    }
    wrapped
}

fn item(api: &Api, repo: &Repository, reference: &str, entry: &Entry) -> Value {
    let (base, full_name, path) = (api.hub.base(), repo.full_name(), &entry.path);
    let (kind, git_kind) = match (entry.kind.as_str(), entry.mode.as_str()) {
        ("tree", _) => ("dir", "trees"),
        ("commit", _) => ("submodule", "trees"),
        (_, "120000") => ("symlink", "blobs"),
        _ => ("file", "blobs"),
    };
    let url = format!("{base}/repos/{full_name}/contents/{path}?ref={reference}");
    let git = format!("{base}/repos/{full_name}/git/{git_kind}/{}", entry.sha);
    let html = format!("{base}/{full_name}/blob/{reference}/{path}");
    let download = match kind {
        "file" | "symlink" => json!(format!("{base}/{full_name}/raw/{reference}/{path}")),
        _ => Value::Null,
    };
    json!({
        "type": kind,
        "size": entry.size.unwrap_or(0),
        "name": path.rsplit('/').next(),
        "path": path,
        "sha": entry.sha,
        "url": url,
        "git_url": git,
        "html_url": html,
        "download_url": download,
        "_links": { "self": url, "git": git, "html": html },
    })
}
