//! The guarded push: judged again, applied exactly, committed on the approved head or not at all.

use super::{
    App,
    client::Call,
    commit::{Commit, NewFile},
    route,
    tokens::Denied,
    trees::Trees,
};
use crate::api::{Purpose, Push, Pushed, Reading, Repository};
use crate::encoder::{commit as commit_text, cut, plain};
use crate::error::Error;
use crate::push::{Change, FilePatch, GuardOptions, RESULT_BYTES_MAX, Refusal, apply, check_files, parse};
use serde::Deserialize;

/// Commits of the branch that are looked through for ours.
const COMMITS_LOOKED_AT: usize = 20;
/// Characters of a commit's subject.
const SUBJECT_CHARS_MAX: usize = 72;
/// Characters of a commit's body.
const BODY_CHARS_MAX: usize = 4_000;

/// Either the push was refused, or the call failed.
pub(super) enum Stop {
    Refused(Refusal),
    Failed(Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Denied> for Stop {
    fn from(denied: Denied) -> Self {
        Self::Failed(denied.into())
    }
}

impl App {
    pub(super) async fn push_approved(&self, repository: &Repository, push: &Push) -> Result<Pushed, Error> {
        match self.try_push(repository, push).await {
            Ok(sha) => Ok(Pushed::Done { sha }),
            Err(Stop::Refused(refusal)) => Ok(Pushed::Refused { reason: refusal.0 }),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    async fn try_push(&self, repository: &Repository, push: &Push) -> Result<String, Stop> {
        // First, because after a success everything below is different.
        let found = self.find_commit(repository, push).await?;
        let files = parse(&push.diff)?;
        let options = GuardOptions {
            paths: Some(push.paths.clone()),
            allowed: self.push_allowed.clone(),
            ..GuardOptions::default()
        };
        check_files(&files, &options)?;
        if let Some(sha) = found {
            let files = self.results(repository, push, &files).await?;
            return if self.changes_exactly(repository, &sha, &files).await? {
                Ok(sha)
            } else {
                Err(forged(&sha).into())
            };
        }
        self.check_branch(repository, push).await?;
        let files = self.results(repository, push, &files).await?;
        let commit = Commit { push, files, subject: subject(push), body: body(push) };
        self.commit(repository, &commit).await
    }

    /// A commit with our trailer on the approved head: an earlier attempt whose answer was lost.
    async fn find_commit(&self, repository: &Repository, push: &Push) -> Result<Option<String>, Stop> {
        #[derive(Deserialize)]
        struct Listed {
            sha: String,
            commit: Message,
            parents: Vec<Parent>,
        }
        #[derive(Deserialize)]
        struct Message {
            #[serde(default)]
            message: String,
        }
        #[derive(Deserialize)]
        struct Parent {
            sha: String,
        }
        let branch = route::segment(&push.branch);
        let rest = format!("/commits?sha={branch}&per_page={COMMITS_LOOKED_AT}");
        let answer = self.call(repository, Purpose::Read, &Call::read(route::repository(repository, &rest))).await?;
        if answer.status() == 404 {
            return Ok(None);
        }
        let commits: Vec<Listed> = answer.ok()?.json()?;
        let trailer = trailer(push);
        let ours = |it: &Listed| {
            it.parents.len() == 1
                && it.parents[0].sha == push.head_sha
                && it.commit.message.trim_end().lines().next_back() == Some(trailer.as_str())
        };
        Ok(commits.into_iter().find(ours).map(|it| it.sha))
    }

    /// Anybody who may push can write our trailer: it counts only on a commit that changes the approved files to the
    /// approved contents, and nothing else.
    async fn changes_exactly(&self, repository: &Repository, sha: &str, files: &[NewFile]) -> Result<bool, Stop> {
        #[derive(Deserialize)]
        struct Commit {
            #[serde(default)]
            files: Vec<Changed>,
        }
        #[derive(Deserialize)]
        struct Changed {
            filename: String,
            status: String,
            #[serde(default)]
            sha: Option<String>,
        }
        let route = route::repository(repository, &format!("/commits/{}", route::segment(sha)));
        let commit: Commit = self.call(repository, Purpose::Read, &Call::read(route)).await?.ok()?.json()?;
        if commit.files.len() != files.len() {
            return Ok(false);
        }
        for file in files {
            let Some(changed) = commit.files.iter().find(|it| it.filename == file.path) else { return Ok(false) };
            let same = match (&file.content, &changed.sha) {
                (None, _) => changed.status == "removed",
                (Some(content), Some(blob)) => self.blob(repository, blob).await? == *content,
                (Some(_), None) => false,
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The branch is the pull request's, in this repository, neither default nor protected, and where it was approved.
    async fn check_branch(&self, repository: &Repository, push: &Push) -> Result<(), Stop> {
        let branch = &push.branch;
        let refuse = |sentence: String| Err(Stop::Refused(Refusal::new(sentence)));
        let Reading::Found(pull) = self.read_pull_request(repository, push.number).await? else {
            return Err(Error::NoAccess { what: "the pull request cannot be read before the push".into() }.into());
        };
        if pull.head_repository_id != Some(repository.id) {
            return refuse(format!(
                "`{branch}` is in a fork, where this App may not push; the suggestions can be applied there"
            ));
        }
        if pull.head_ref != *branch {
            return refuse(format!("`{branch}` is not the branch of the pull request any more"));
        }
        if pull.default_branch == *branch {
            return refuse(format!("`{branch}` is the default branch; nothing is pushed to it"));
        }
        let Some(read) = self.read_branch(repository, branch).await? else {
            return refuse(format!("`{branch}` does not exist any more"));
        };
        if read.protected {
            return refuse(format!("`{branch}` is protected; nothing is pushed to it"));
        }
        if read.sha != push.head_sha {
            return Err(moved(push).into());
        }
        Ok(())
    }

    /// Every file as it will be.
    async fn results(&self, repository: &Repository, push: &Push, files: &[FilePatch]) -> Result<Vec<NewFile>, Stop> {
        let mut trees = Trees::new(self, repository, &push.head_sha);
        let mut results = Vec::with_capacity(files.len());
        let mut bytes = 0;
        for file in files {
            let entry = trees.place(file).await??;
            let old = match &entry {
                Some(entry) => Some(self.blob(repository, &entry.sha).await?),
                None => None,
            };
            let content = apply(file, old.as_deref())?;
            bytes += content.as_ref().map_or(0, Vec::len);
            if bytes > RESULT_BYTES_MAX {
                let sentence = format!("the changed files are larger than {RESULT_BYTES_MAX} bytes together");
                return Err(Refusal::new(sentence).into());
            }
            results.push(new_file(file, entry.map(|entry| entry.mode), content));
        }
        Ok(results)
    }
}

fn new_file(file: &FilePatch, old_mode: Option<String>, content: Option<Vec<u8>>) -> NewFile {
    let usual = || "100644".to_owned();
    let mode = file.new_mode.clone().filter(|_| file.change != Change::Delete).or_else(|| old_mode.clone());
    NewFile { path: file.path.clone(), old_mode, mode: mode.unwrap_or_else(usual), content }
}

/// A commit with our trailer that is not ours.
fn forged(sha: &str) -> Refusal {
    let sha = sha.get(..7).unwrap_or(sha);
    Refusal::new(format!("`{sha}` carries this decision's trailer but is not the approved patch; nothing was pushed"))
}

/// The head is not the approved one.
pub(super) fn moved(push: &Push) -> Refusal {
    let approved = push.head_sha.get(..7).unwrap_or(&push.head_sha);
    Refusal::new(format!("`{}` moved since the patch was approved at `{approved}`", push.branch))
}

fn subject(push: &Push) -> String {
    commit_text(&cut(&plain(&push.subject), SUBJECT_CHARS_MAX))
}

fn body(push: &Push) -> String {
    let body = commit_text(&cut(&push.body, BODY_CHARS_MAX));
    let gap = if body.is_empty() { "" } else { "\n\n" };
    format!("{}{gap}{}", body.trim_end(), trailer(push))
}

fn trailer(push: &Push) -> String {
    format!("Longshore-Decision: {}", plain(&push.decision))
}
