//! Reads and writes single objects, as the Git data API, contents and commits need them.

use super::{Author, Git, GitError};
use crate::github::world::Repository;
use environment::Timestamp;

/// A commit.
#[derive(Debug, Clone)]
pub struct CommitInfo {
    pub sha: String,
    pub tree: String,
    pub parents: Vec<String>,
    pub author: Author,
    pub author_at: Timestamp,
    pub committer: Author,
    pub committer_at: Timestamp,
    pub message: String,
}

/// An entry of a tree.
#[derive(Debug, Clone)]
pub struct Entry {
    pub mode: String,
    /// `blob`, `tree` or `commit`.
    pub kind: String,
    pub sha: String,
    pub size: Option<u64>,
    pub path: String,
}

const COMMIT_FORMAT: &str = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B%x00";
const COMMIT_FIELDS: usize = 10;

impl Git {
    /// The commit that a SHA, branch or tag names.
    pub async fn resolve(&self, repository: &Repository, name: &str) -> Result<Option<String>, GitError> {
        if name.starts_with('-') || name.contains("..") || name.contains(['^', '~', ':', '@', '{']) {
            return Ok(None);
        }
        if let Some(sha) = repository.branches.get(name.trim_start_matches("refs/").trim_start_matches("heads/")) {
            return Ok(Some(sha.clone()));
        }
        let wanted = format!("{name}^{{commit}}");
        let folder = self.folder(repository);
        let found = self.ask(&folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).await?;
        Ok(found.map(|sha| String::from_utf8_lossy(&sha).trim().to_string()))
    }

    /// Up to `limit` commits from `from` backwards, without those that `not` has.
    pub async fn log(
        &self,
        repository: &Repository,
        from: &str,
        not: Option<&str>,
        limit: usize,
        path: Option<&str>,
    ) -> Result<Vec<CommitInfo>, GitError> {
        let named: Vec<&str> = [from].into_iter().chain(not).collect();
        let (limit, not) = (format!("--max-count={limit}"), not.map(|sha| format!("^{sha}")));
        let mut arguments = vec!["log", "-z", COMMIT_FORMAT, &limit, from];
        arguments.extend(not.as_deref());
        arguments.push("--");
        arguments.extend(path);
        let asked = (repository.folder.clone(), arguments.iter().map(|&word| word.to_owned()).collect());
        if let Some(known) = self.logs.known(&asked) {
            return Ok(known);
        }
        let output = self.ask(&self.folder(repository), &arguments).await?.unwrap_or_default();
        let output = String::from_utf8_lossy(&output);
        let fields: Vec<&str> = output.split('\0').collect();
        // `-z` puts one more NUL between commits, after the one that ends the format.
        let chunks = fields.chunks(COMMIT_FIELDS + 1).filter(|chunk| chunk.len() >= COMMIT_FIELDS);
        let found: Vec<_> = chunks.map(commit).collect();
        self.logs.keep(asked, &found, &named);
        Ok(found)
    }

    /// One commit.
    pub async fn commit_info(&self, repository: &Repository, sha: &str) -> Result<Option<CommitInfo>, GitError> {
        if let Some(mut known) = self.logs.known(&(repository.folder.clone(), vec![sha.to_owned()])) {
            return Ok(known.pop());
        }
        Ok(self.log(repository, sha, None, 1, None).await?.pop())
    }

    /// The newest commit that both have.
    pub async fn merge_base(&self, repository: &Repository, a: &str, b: &str) -> Result<Option<String>, GitError> {
        let found = self.ask(&self.folder(repository), &["merge-base", a, b]).await?;
        Ok(found.map(|sha| String::from_utf8_lossy(&sha).trim().to_string()))
    }

    /// `a` is in the history of `b`.
    pub async fn is_ancestor(&self, repository: &Repository, a: &str, b: &str) -> Result<bool, GitError> {
        Ok(self.ask(&self.folder(repository), &["merge-base", "--is-ancestor", a, b]).await?.is_some())
    }

    /// A tree's entries.
    pub async fn tree(
        &self,
        repository: &Repository,
        tree: &str,
        recursive: bool,
    ) -> Result<Option<Vec<Entry>>, GitError> {
        let mut arguments = vec!["ls-tree", "-z", "--long"];
        if recursive {
            arguments.extend(["-r", "-t"]);
        }
        arguments.extend(["--end-of-options", tree]);
        let output = self.ask(&self.folder(repository), &arguments).await?;
        Ok(output.map(|output| String::from_utf8_lossy(&output).split('\0').filter_map(entry).collect()))
    }

    /// The entry at a path of a commit.
    pub async fn at_path(&self, repository: &Repository, sha: &str, path: &str) -> Result<Option<Entry>, GitError> {
        let arguments = ["ls-tree", "-z", "--long", "--full-tree", sha, "--", path];
        let output = self.ask(&self.folder(repository), &arguments).await?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&output).split('\0').find_map(entry))
    }

    /// A blob's bytes.
    pub async fn blob(&self, repository: &Repository, sha: &str) -> Result<Option<Vec<u8>>, GitError> {
        self.ask(&self.folder(repository), &["cat-file", "blob", sha]).await
    }

    /// Writes a blob.
    pub async fn write_blob(&self, repository: &Repository, bytes: &[u8]) -> Result<String, GitError> {
        self.written(repository, &["hash-object", "-w", "--stdin"], bytes).await
    }

    /// Writes a tree out of `mode kind sha\tpath` lines.
    pub async fn write_tree(&self, repository: &Repository, entries: &[Entry]) -> Result<String, GitError> {
        let mut input = String::new();
        for Entry { mode, kind, sha, path, .. } in entries {
            input += &format!("{mode} {kind} {sha}\t{path}\0");
        }
        self.written(repository, &["mktree", "-z"], input.as_bytes()).await
    }

    /// Writes a commit of a tree.
    pub async fn write_commit(&self, repository: &Repository, raw: &str) -> Result<String, GitError> {
        self.written(repository, &["hash-object", "-t", "commit", "-w", "--stdin"], raw.as_bytes()).await
    }

    async fn written(&self, repository: &Repository, arguments: &[&str], input: &[u8]) -> Result<String, GitError> {
        let output = self.run(&self.folder(repository), arguments, input).await?;
        Ok(String::from_utf8_lossy(&output).trim().to_string())
    }
}

fn commit(fields: &[&str]) -> CommitInfo {
    let at = |seconds: &str| Timestamp::from_millis(seconds.parse::<u64>().unwrap_or(0) * 1000);
    let author = |name: &str, email: &str| Author { name: name.into(), email: email.into() };
    CommitInfo {
        sha: fields[0].trim().into(),
        tree: fields[1].into(),
        parents: fields[2].split_whitespace().map(str::to_string).collect(),
        author: author(fields[3], fields[4]),
        author_at: at(fields[5]),
        committer: author(fields[6], fields[7]),
        committer_at: at(fields[8]),
        message: fields[9].trim_end().into(),
    }
}

fn entry(line: &str) -> Option<Entry> {
    let (about, path) = line.split_once('\t')?;
    let mut about = about.split_whitespace();
    Some(Entry {
        mode: about.next()?.into(),
        kind: about.next()?.into(),
        sha: about.next()?.into(),
        size: about.next().and_then(|size| size.parse().ok()),
        path: path.into(),
    })
}
