//! What is not committed yet, as a commit of ours: made with an index and a repository of our own, which reads the
//! user's objects. Their index, objects and refs are not touched, and no filter or hook of theirs runs.

use super::{
    choose::failed,
    git::{Git, GitError},
    repository::Repository,
};
use crate::cli::Failure;
use std::{
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Bytes of a file: GitHub takes no larger one either.
const FILE_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// Changed and new files together; more are build output that `.gitignore` forgot.
const FILES_MAX: usize = 20_000;
/// Settings of the user's that say what their files mean, not what to run.
const MEANING: [&str; 6] =
    ["core.autocrlf", "core.eol", "core.fileMode", "core.symlinks", "core.ignoreCase", "core.excludesFile"];

/// What is not committed, as a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The commit, in our own repository.
    pub sha: String,
    /// What of it is left out.
    pub notes: Vec<String>,
}

/// Whether something is not committed; files that were only touched count too.
///
/// # Errors
/// Git.
pub async fn is_dirty(repository: &Repository) -> Result<bool, GitError> {
    let git = &repository.git;
    let staged = ["diff-index", "--cached", "--name-only", "--ignore-submodules=all", "HEAD", "--"];
    let changed = ["diff-files", "--name-only", "--ignore-submodules=all"];
    let new = ["ls-files", "--others", "--exclude-standard", "--directory", "--no-empty-directory"];
    Ok(!git.text(staged).await?.is_empty() || !git.text(changed).await?.is_empty() || !git.text(new).await?.is_empty())
}

/// Makes the commit on `parent` in `own`, which knows the user's objects; none if nothing differs from it.
///
/// # Errors
/// A sentence.
pub async fn commit(
    repository: &Repository,
    own: &Git,
    own_dir: &Path,
    parent: &str,
) -> Result<Option<Snapshot>, Failure> {
    let Some(tree) = &repository.work_tree else {
        return Err(Failure::new(format!("`{}` has no working tree: it is bare", repository.said))
            .hint("a branch of it", repository.command("--head BRANCH")));
    };
    let mut notes = Vec::new();
    let git = staging(repository, own, own_dir, tree, parent).await.map_err(failed)?;
    let (gone, there) = sort(&git, tree, &mut notes).await?;
    for (how, paths) in [(&["--force-remove"][..], gone), (&["--add", "--remove", "--replace"][..], there)] {
        if !paths.is_empty() {
            let arguments = ["update-index", "-z"].iter().chain(how).chain(&["--stdin"]);
            git.bytes(arguments, &paths).await.map_err(failed)?;
        }
    }
    let written = git.text(["write-tree"]).await.map_err(failed)?;
    if git.text(["rev-parse", &format!("{parent}^{{tree}}")]).await.map_err(failed)? == written {
        return Ok(None);
    }
    // The same changes make the same commit: a request that waits is found again by it.
    let date = git.text(["log", "-1", "--format=%ct +0000", parent, "--"]).await.map_err(failed)?;
    let mut git = git;
    for role in ["AUTHOR", "COMMITTER"] {
        let (name, email, at) = match role {
            "AUTHOR" => ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE"),
            _ => ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE"),
        };
        git = git.variable(name, "longshore try").variable(email, "try@longshore.invalid").variable(at, &date);
    }
    let sha = git.text(["commit-tree", &written, "-p", parent, "-m", "Uncommitted changes"]).await.map_err(failed)?;
    Ok(Some(Snapshot { sha, notes }))
}

/// Git with our index over the user's files, holding what they have staged.
async fn staging(
    repository: &Repository,
    own: &Git,
    own_dir: &Path,
    tree: &Path,
    parent: &str,
) -> Result<Git, GitError> {
    let info = own_dir.join("info");
    fs::create_dir_all(&info)?;
    for name in ["exclude", "attributes"] {
        copy(&repository.common_dir.join("info").join(name), &info.join(name))?;
    }
    let index = own_dir.join("uncommitted");
    let mut git = own.clone().variable("GIT_WORK_TREE", tree).variable("GIT_INDEX_FILE", &index).in_folder(tree);
    git = git.config("core.bare", "false").config("core.safecrlf", "false").config("core.splitIndex", "false");
    for key in MEANING {
        let typed = if key == "core.excludesFile" { "--type=path" } else { "--no-type" };
        if let Some(value) = repository.git.ask(["config", typed, "--get", key]).await? {
            git = git.config(key, value);
        }
    }
    copy(&repository.git_dir.join("index"), &index)?;
    // One that needs files beside it (a split one) is made anew; that costs a reading of every file.
    if git.ask(["diff-index", "--cached", "--quiet", "--ignore-submodules=all", "HEAD"]).await?.is_none()
        && git.ask(["ls-files", "--cached", "-z"]).await?.is_none_or(|listed| listed.is_empty())
    {
        fs::remove_file(&index).or_else(absent)?;
        git.text(["read-tree", parent]).await?;
    }
    Ok(git)
}

/// A copy with the time of the original: git compares a file's time with its index's to know what it must read again.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    match fs::copy(from, to) {
        Ok(_) => fs::File::options().write(true).open(to)?.set_modified(fs::metadata(from)?.modified()?),
        Err(error) => {
            absent(error)?;
            fs::remove_file(to).or_else(absent)
        }
    }
}

fn absent(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// Paths to take out and to take in, each list as git reads it.
async fn sort(git: &Git, tree: &Path, notes: &mut Vec<String>) -> Result<(Vec<u8>, Vec<u8>), Failure> {
    let changed =
        git.bytes(["diff-files", "-z", "--name-only", "--ignore-submodules=all"], b"").await.map_err(failed)?;
    let new = git.bytes(["ls-files", "-z", "--others", "--exclude-standard"], b"").await.map_err(failed)?;
    let (mut gone, mut there, mut count) = (Vec::new(), Vec::new(), 0);
    let paths = |list: &'_ [u8]| {
        list.split(|byte| *byte == 0).filter(|path| !path.is_empty()).map(<[u8]>::to_vec).collect::<Vec<_>>()
    };
    for path in paths(&changed).into_iter().chain(paths(&new)) {
        count += 1;
        let shown = String::from_utf8_lossy(&path).into_owned();
        let place: PathBuf = tree.join(OsStr::from_bytes(&path));
        let list = match fs::symlink_metadata(&place) {
            _ if path.ends_with(b"/") => {
                notes.push(format!("{shown} (a repository of its own)"));
                continue;
            }
            Ok(file) if file.len() > FILE_BYTES_MAX && file.is_file() => {
                notes.push(format!("{shown} ({} MiB, too large)", file.len() / 1024 / 1024));
                continue;
            }
            Ok(folder) if folder.is_dir() => &mut gone,
            _ => &mut there,
        };
        list.extend(path);
        list.push(0);
    }
    if count > FILES_MAX {
        return Err(Failure::new(format!("{count} files are not committed; at most {FILES_MAX} are read"))
            .hint("leave out what is built", "add its folder to .gitignore"));
    }
    Ok((gone, there))
}
