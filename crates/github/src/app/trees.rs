//! What lies where at a commit, read folder by folder: only the folders that a patch touches, however large the
//! repository is.

use super::{App, client::Call, contents::decode, route};
use crate::api::{Purpose, Repository};
use crate::error::Error;
use crate::push::{Change, FilePatch, Refusal};
use serde::Deserialize;
use std::collections::HashMap;

/// An entry of a folder.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Entry {
    pub path: String,
    pub mode: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub sha: String,
    #[serde(default)]
    pub size: u64,
}

/// Bytes of a file before a change; a person reads patches, not such files.
const BLOB_BYTES_MAX: u64 = 1024 * 1024;

/// The folders of one commit, read when they are needed.
pub(super) struct Trees<'a> {
    app: &'a App,
    repository: &'a Repository,
    commit: &'a str,
    root: Option<String>,
    folders: HashMap<String, Vec<Entry>>,
}

impl<'a> Trees<'a> {
    pub fn new(app: &'a App, repository: &'a Repository, commit: &'a str) -> Self {
        Self { app, repository, commit, root: None, folders: HashMap::new() }
    }

    /// The file that `patch` is about, if there is one, or why it must not be touched. Checks what the patch cannot
    /// know: links on the way, names that differ only in case, the mode and the content it was made against.
    pub async fn place(&mut self, patch: &FilePatch) -> Result<Result<Option<Entry>, Refusal>, Error> {
        let path = &patch.path;
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut walked = String::new();
        let mut tree = Some(self.root().await?);
        for part in folder.split('/').filter(|part| !part.is_empty()) {
            let entries = self.entries(&walked, tree.as_deref()).await?;
            if let Some(refusal) = case_collision(entries, part, path) {
                return Ok(Err(refusal));
            }
            let entry = entries.iter().find(|entry| entry.path == part);
            if entry.is_some_and(|entry| entry.kind != "tree") {
                return Ok(Err(Refusal::new(format!("`{path}` lies below `{walked}{part}`, which is no folder"))));
            }
            tree = entry.map(|entry| entry.sha.clone());
            walked.push_str(part);
            walked.push('/');
        }
        let entries = self.entries(&walked, tree.as_deref()).await?;
        if patch.change == Change::Add
            && let Some(refusal) = case_collision(entries, name, path)
        {
            return Ok(Err(refusal));
        }
        let entry = entries.iter().find(|entry| entry.path == name).cloned();
        Ok(entry.map_or(Ok(None), |entry| check(entry, patch).map(Some)))
    }

    async fn root(&mut self) -> Result<String, Error> {
        if let Some(root) = &self.root {
            return Ok(root.clone());
        }
        let root = self.app.root_tree(self.repository, self.commit).await?;
        self.root = Some(root.clone());
        Ok(root)
    }

    async fn entries(&mut self, folder: &str, tree: Option<&str>) -> Result<&[Entry], Error> {
        if !self.folders.contains_key(folder) {
            let entries = match tree {
                Some(tree) => self.app.tree(self.repository, tree).await?,
                None => Vec::new(),
            };
            self.folders.insert(folder.to_owned(), entries);
        }
        Ok(self.folders.get(folder).map_or(&[], Vec::as_slice))
    }
}

fn case_collision(entries: &[Entry], name: &str, path: &str) -> Option<Refusal> {
    let lower = name.to_lowercase();
    let other = entries.iter().find(|entry| entry.path != name && entry.path.to_lowercase() == lower)?;
    let sentence = format!("`{path}` and the existing `{}` are the same file on some systems", other.path);
    Some(Refusal::new(sentence))
}

/// The entry is a regular file with the mode and content that the patch states.
fn check(entry: Entry, patch: &FilePatch) -> Result<Entry, Refusal> {
    let path = &patch.path;
    match entry.mode.as_str() {
        "100644" | "100755" => {}
        "120000" => return Err(Refusal::new(format!("`{path}` is a symbolic link; only regular files are pushed"))),
        "160000" => return Err(Refusal::new(format!("`{path}` is a submodule; only regular files are pushed"))),
        _ => return Err(Refusal::new(format!("`{path}` is no file; only regular files are pushed"))),
    }
    if patch.old_mode.as_ref().is_some_and(|mode| *mode != entry.mode) {
        return Err(Refusal::new(format!("`{path}` has another mode than the patch was made against")));
    }
    let stated = patch.old_blob.as_deref().filter(|_| patch.change != Change::Add);
    if stated.is_some_and(|blob| !entry.sha.starts_with(blob)) {
        return Err(Refusal::new(format!("`{path}` has another content than the patch was made against")));
    }
    if entry.size > BLOB_BYTES_MAX {
        return Err(Refusal::new(format!("`{path}` has {} bytes; at most {BLOB_BYTES_MAX} are patched", entry.size)));
    }
    Ok(entry)
}

impl App {
    /// The tree of a commit.
    pub(super) async fn root_tree(&self, repository: &Repository, commit: &str) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Body {
            tree: Tree,
        }
        #[derive(Deserialize)]
        struct Tree {
            sha: String,
        }
        let call = Call::read(route::repository(repository, &format!("/git/commits/{}", route::segment(commit))));
        Ok(self.call(repository, Purpose::Read, &call).await?.ok()?.json::<Body>()?.tree.sha)
    }

    /// Entries of a folder.
    async fn tree(&self, repository: &Repository, tree: &str) -> Result<Vec<Entry>, Error> {
        #[derive(Deserialize)]
        struct Body {
            tree: Vec<Entry>,
            #[serde(default)]
            truncated: bool,
        }
        let call = Call::read(route::repository(repository, &format!("/git/trees/{}", route::segment(tree))));
        let body: Body = self.call(repository, Purpose::Read, &call).await?.ok()?.json()?;
        if body.truncated {
            let what = "a folder that the patch touches has more files than GitHub lists".to_owned();
            return Err(Error::Permanent { what, status: None });
        }
        Ok(body.tree)
    }

    /// Content of a file.
    pub(super) async fn blob(&self, repository: &Repository, sha: &str) -> Result<Vec<u8>, Error> {
        #[derive(Deserialize)]
        struct Body {
            content: String,
        }
        let call = Call::read(route::repository(repository, &format!("/git/blobs/{}", route::segment(sha))));
        let body: Body = self.call(repository, Purpose::Read, &call).await?.ok()?.json()?;
        decode(&body.content)
    }
}
