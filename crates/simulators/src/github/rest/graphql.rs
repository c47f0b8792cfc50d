//! The one GraphQL mutation that an App needs: a commit on a branch, if the branch is where it is expected.
//!
//! GraphQL answers 200 with `errors`; a client that looks at the status alone believes a refused push.

use super::{
    Api, Input, Refusal,
    caller::Need,
    push::{Pushed, commit_and_level, followers, push_to_branch},
};
use crate::github::{
    git::{Author, FileChange},
    hub::Hub,
    views::iso,
};
use axum::{
    Json, Router,
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

const MUTATION: &str = "createCommitOnBranch";

pub fn routes() -> Router<Hub> {
    Router::new().route("/graphql", post(graphql)).route("/api/graphql", post(graphql))
}

async fn graphql(api: Api, input: Input) -> Result<Response, Refusal> {
    if !matches!(api.caller, super::Caller::Installation(_)) {
        return Err(Refusal::unauthorized("This endpoint requires you to be authenticated."));
    }
    let query = input.text("query").unwrap_or_default();
    if !query.contains(MUTATION) {
        return Ok(failed("UNSUPPORTED", &format!("the stand-in knows one mutation, {MUTATION}")));
    }
    let variables = &input.0["variables"];
    let wanted = if variables["input"].is_object() { variables["input"].clone() } else { variables.clone() };
    match create_commit(&api, &wanted).await? {
        Ok(commit) => {
            Ok(Json(json!({ "data": { MUTATION: { "commit": commit, "clientMutationId": null } } })).into_response())
        }
        Err((kind, message)) => Ok(failed(kind, &message)),
    }
}

fn failed(kind: &str, message: &str) -> Response {
    let error = json!({
        "type": kind,
        "path": [MUTATION],
        "locations": [{ "line": 1, "column": 1 }],
        "message": message,
    });
    Json(json!({ "data": { MUTATION: null }, "errors": [error] })).into_response()
}

type Outcome = Result<Value, (&'static str, String)>;

async fn create_commit(api: &Api, wanted: &Value) -> Result<Outcome, Refusal> {
    let text = |pointer: &str| wanted.pointer(pointer).and_then(Value::as_str);
    let Some((owner, name)) = text("/branch/repositoryNameWithOwner").and_then(|it| it.split_once('/')) else {
        return Ok(Err(("INVALID", "branch.repositoryNameWithOwner is missing".into())));
    };
    let branch = text("/branch/branchName").unwrap_or_default();
    let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch).to_string();
    let (Some(expected), Some(headline)) = (text("/expectedHeadOid"), text("/message/headline")) else {
        return Ok(Err(("INVALID", "expectedHeadOid and message.headline are required".into())));
    };
    let mut change = api.hub.change(Some(api.call.clone())).await;
    let repo = match api.repository(&change, (owner, name), Need::write(&["contents"])) {
        Ok(repo) => repo,
        Err(refusal) if refusal.is_forbidden() => {
            return Ok(Err(("FORBIDDEN", "Resource not accessible by integration".into())));
        }
        Err(_) => {
            let message = format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
            return Ok(Err(("NOT_FOUND", message)));
        }
    };
    let Some(head) = repo.branches.get(&branch) else {
        return Ok(Err(("NOT_FOUND", format!("Could not resolve to a Ref with the name '{branch}'."))));
    };
    if head != expected {
        let message = format!("Expected branch to point to \"{expected}\" but it did not.  Pull and try again.");
        return Ok(Err(("STALE_DATA", message)));
    }
    if repo.protected.contains(&branch) {
        return Ok(Err((
            "UNPROCESSABLE",
            "Protected branch update failed: changes must be made through a pull request.".into(),
        )));
    }
    let changes = match file_changes(wanted) {
        Ok(changes) => changes,
        Err(message) => return Ok(Err(("INVALID", message))),
    };
    for deletion in changes.iter().filter(|it| it.base64.is_none()) {
        if api.hub.git().at_path(&repo, head, &deletion.path).await?.is_none() {
            return Ok(Err((
                "INVALID",
                format!(
                    "A path was requested for deletion which does not exist as of commit oid `{head}`: {}",
                    deletion.path
                ),
            )));
        }
    }
    // A blob that is replaced keeps its mode: createCommitOnBranch cannot say one.
    let mut kept = Vec::new();
    for mut it in changes {
        it.mode =
            api.hub.git().at_path(&repo, head, &it.path).await?.map(|entry| entry.mode).filter(|mode| mode == "100755");
        kept.push(it);
    }
    let body = text("/message/body").filter(|it| !it.is_empty());
    let message = body.map_or_else(|| headline.to_string(), |body| format!("{headline}\n\n{body}"));
    let author = Author::of(&api.call.actor);
    let sha = api.hub.git().commit(&repo, Some(head), &kept, &message, &author, api.hub.now()).await?;
    push_to_branch(&mut change, Pushed { repository: repo.id, branch: &branch, sha: &sha, by: &api.call.actor })
        .await?;
    let follow = followers(&repo, &change);
    commit_and_level(change, "commit.pushed", &follow).await?;
    let url = format!("{}/{}/commit/{sha}", api.hub.base(), repo.full_name());
    Ok(Ok(json!({ "oid": sha, "url": url, "committedDate": iso(api.hub.now()), "messageHeadline": headline })))
}

fn file_changes(wanted: &Value) -> Result<Vec<FileChange>, String> {
    let list = |name: &str| wanted.pointer(&format!("/fileChanges/{name}")).and_then(Value::as_array);
    let mut changes = Vec::new();
    for addition in list("additions").into_iter().flatten() {
        let path = path_of(addition)?;
        let contents = addition["contents"].as_str().ok_or_else(|| format!("contents of {path} is missing"))?;
        changes.push(FileChange { path, base64: Some(contents.to_string()), ..FileChange::default() });
    }
    for deletion in list("deletions").into_iter().flatten() {
        changes.push(FileChange::deleted(path_of(deletion)?));
    }
    Ok(changes)
}

fn path_of(value: &Value) -> Result<String, String> {
    let path = value["path"].as_str().unwrap_or_default();
    let sound = !path.is_empty()
        && !path.contains(['\0', '\n'])
        && path.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git"));
    if sound { Ok(path.to_string()) } else { Err(format!("path {path:?} is not allowed")) }
}
