//! One commit on one expected parent: by GraphQL, whose mutation checks the parent itself; by the Git data API where a
//! file is or becomes executable, which the mutation cannot say.

use super::{
    App,
    client::{Call, Effect},
    graphql::Graphql,
    push::{Stop, moved},
    route,
};
use crate::api::{Purpose, Push, Repository};
use crate::error::Error;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

const MUTATION: &str =
    "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }";

/// A file as it will be; no content if it goes.
pub(super) struct NewFile {
    pub path: String,
    pub old_mode: Option<String>,
    pub mode: String,
    pub content: Option<Vec<u8>>,
}

impl NewFile {
    fn is_plain(&self) -> bool {
        self.mode == "100644" && self.old_mode.as_deref().is_none_or(|mode| mode == "100644")
    }
}

/// A commit to make.
pub(super) struct Commit<'a> {
    pub push: &'a Push,
    pub files: Vec<NewFile>,
    pub subject: String,
    pub body: String,
}

#[derive(Deserialize)]
struct Made {
    sha: String,
}

impl App {
    pub(super) async fn commit(&self, repository: &Repository, commit: &Commit<'_>) -> Result<String, Stop> {
        if commit.files.iter().all(NewFile::is_plain) {
            self.commit_by_graphql(repository, commit).await
        } else {
            self.commit_by_git_data(repository, commit).await
        }
    }

    async fn commit_by_graphql(&self, repository: &Repository, commit: &Commit<'_>) -> Result<String, Stop> {
        let added =
            |file: &NewFile| Some(json!({ "path": file.path, "contents": STANDARD.encode(file.content.as_ref()?) }));
        let additions: Vec<_> = commit.files.iter().filter_map(added).collect();
        let gone = commit.files.iter().filter(|file| file.content.is_none());
        let deletions: Vec<_> = gone.map(|file| json!({ "path": file.path })).collect();
        let input = json!({
            "branch": {
                "repositoryNameWithOwner": format!("{}/{}", repository.owner, repository.name),
                "branchName": commit.push.branch,
            },
            "expectedHeadOid": commit.push.head_sha,
            "message": { "headline": commit.subject, "body": commit.body },
            "fileChanges": { "additions": additions, "deletions": deletions },
        });
        let asked = Graphql { document: MUTATION, variables: json!({ "input": input }), effect: Effect::Creates };
        let answer = match self.graphql(repository, Purpose::Push, &asked).await? {
            Ok(data) => data,
            Err(complaints) if complaints.is_stale() => return Err(moved(commit.push).into()),
            Err(complaints) => return Err(complaints.error("the push was not taken").into()),
        };
        match answer["createCommitOnBranch"]["commit"]["oid"].as_str() {
            Some(sha) => Ok(sha.to_owned()),
            None => Err(Error::Ambiguous { what: "the push was answered without a commit".into() }.into()),
        }
    }

    async fn commit_by_git_data(&self, repository: &Repository, commit: &Commit<'_>) -> Result<String, Stop> {
        let push = commit.push;
        let base = self.root_tree(repository, &push.head_sha).await?;
        let mut entries = Vec::with_capacity(commit.files.len());
        for file in &commit.files {
            let sha = match &file.content {
                Some(content) => {
                    let body = json!({ "content": STANDARD.encode(content), "encoding": "base64" });
                    Some(self.make(repository, "/git/blobs", body).await?)
                }
                None => None,
            };
            entries.push(json!({ "path": file.path, "mode": file.mode, "type": "blob", "sha": sha }));
        }
        let tree = self.make(repository, "/git/trees", json!({ "base_tree": base, "tree": entries })).await?;
        let message = format!("{}\n\n{}", commit.subject, commit.body);
        let body = json!({ "message": message, "tree": tree, "parents": [push.head_sha] });
        let made = self.make(repository, "/git/commits", body).await?;
        self.advance(repository, push, &made).await?;
        Ok(made)
    }

    /// Makes an object that nothing points to yet: made twice, it is still the same or garbage.
    async fn make(&self, repository: &Repository, rest: &str, body: Value) -> Result<String, Stop> {
        let call = Call {
            method: Method::POST,
            route: route::repository(repository, rest),
            body: Some(body),
            effect: Effect::Repeatable,
        };
        Ok(self.call(repository, Purpose::Push, &call).await?.ok()?.json::<Made>()?.sha)
    }

    /// Moves the branch; never by force, so that a head that moved meanwhile refuses it.
    async fn advance(&self, repository: &Repository, push: &Push, to: &str) -> Result<(), Stop> {
        let call = Call {
            method: Method::PATCH,
            route: route::repository(repository, &format!("/git/refs/heads/{}", route::path(&push.branch))),
            body: Some(json!({ "sha": to, "force": false })),
            effect: Effect::Creates,
        };
        let answer = self.call(repository, Purpose::Push, &call).await?;
        if answer.status() == 422 && answer.message().to_ascii_lowercase().contains("fast forward") {
            return Err(moved(push).into());
        }
        answer.ok()?;
        Ok(())
    }
}
