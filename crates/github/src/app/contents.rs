//! Small reads: a file, a branch, what somebody may do.

use super::{App, client::Call, route};
use crate::api::{Permission, Purpose, Repository};
use crate::error::Error;
use base64::Engine as _;
use serde::Deserialize;

/// Bytes of a file that is read: configuration, not content.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// A branch as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Branch {
    pub sha: String,
    pub protected: bool,
}

impl App {
    pub(super) async fn read_file(
        &self,
        repository: &Repository,
        path: &str,
        reference: &str,
    ) -> Result<Option<Vec<u8>>, Error> {
        #[derive(Deserialize)]
        struct File {
            #[serde(rename = "type")]
            kind: String,
            size: u64,
            #[serde(default)]
            content: String,
        }
        let rest = format!("/contents/{}?ref={}", route::path(path), route::segment(reference));
        let answer = self.call(repository, Purpose::Read, &Call::read(route::repository(repository, &rest))).await?;
        if answer.status() == 404 {
            return Ok(None);
        }
        let answer: serde_json::Value = answer.ok()?.json()?;
        // A folder is answered with a list.
        let Ok(file) = serde_json::from_value::<File>(answer) else { return Ok(None) };
        if file.kind != "file" {
            return Ok(None);
        }
        if file.size > FILE_BYTES_MAX {
            let what = format!("`{path}` has {} bytes, at most {FILE_BYTES_MAX} are read; make it smaller", file.size);
            return Err(Error::Permanent { what, status: None });
        }
        decode(&file.content).map(Some)
    }

    pub(super) async fn read_branch(&self, repository: &Repository, branch: &str) -> Result<Option<Branch>, Error> {
        #[derive(Deserialize)]
        struct Body {
            commit: Commit,
            #[serde(default)]
            protected: bool,
        }
        #[derive(Deserialize)]
        struct Commit {
            sha: String,
        }
        let call = Call::read(route::repository(repository, &format!("/branches/{}", route::path(branch))));
        let answer = self.call(repository, Purpose::Read, &call).await?;
        if matches!(answer.status(), 301 | 404) {
            return Ok(None);
        }
        let body: Body = answer.ok()?.json()?;
        Ok(Some(Branch { sha: body.commit.sha, protected: body.protected }))
    }

    pub(super) async fn read_permission(&self, repository: &Repository, login: &str) -> Result<Permission, Error> {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            permission: String,
            #[serde(default)]
            role_name: String,
        }
        let rest = format!("/collaborators/{}/permission", route::segment(login));
        let answer = self.call(repository, Purpose::Read, &Call::read(route::repository(repository, &rest))).await?;
        if answer.status() == 404 {
            return Ok(Permission::None);
        }
        let body: Body = answer.ok()?.json()?;
        // `permission` folds maintain into write and triage into read; a custom role has a name only its owner knows.
        Ok(permission(&body.role_name).or_else(|| permission(&body.permission)).unwrap_or(Permission::None))
    }
}

fn permission(word: &str) -> Option<Permission> {
    Some(match word {
        "admin" => Permission::Admin,
        "maintain" => Permission::Maintain,
        "write" => Permission::Write,
        "triage" => Permission::Triage,
        "read" => Permission::Read,
        "none" => Permission::None,
        _ => return None,
    })
}

/// GitHub breaks base64 into lines.
pub(super) fn decode(content: &str) -> Result<Vec<u8>, Error> {
    let joined: String = content.split_ascii_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(joined).map_err(|_| Error::Permanent {
        what: "a file's content is not the base64 that GitHub documents".into(),
        status: None,
    })
}
