//! `createCommitOnBranch`: a commit on a branch, if the branch is where it is expected.

use super::{Outcome, not_for_us};
use crate::github::{
    git::{Author, FileChange},
    rest::{
        Api, Refusal,
        caller::Need,
        push::{Pushed, commit_and_level, followers, push_to_branch},
    },
    views::iso,
};
use serde_json::{Value, json};

pub async fn create_commit(api: &Api, wanted: &Value) -> Result<Outcome, Refusal> {
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
            return Ok(Err(not_for_us()));
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
    let commit = json!({ "oid": sha, "url": url, "committedDate": iso(api.hub.now()), "messageHeadline": headline });
    Ok(Ok(json!({ "commit": commit, "clientMutationId": null })))
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
