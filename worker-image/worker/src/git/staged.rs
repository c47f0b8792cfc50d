//! A tree being put together beside the checkout: an index and a repository directory of our own in `scratch/`, which
//! reads the checkout's objects and writes none there. After an agent has had the workspace, its `.git` is never git's
//! directory again; its objects are all that is still looked at.

use super::{Call, Error, Git};
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// An index that holds a commit's tree, and changes to it.
#[derive(Debug)]
pub(crate) struct Staged {
    git: Git,
    index: PathBuf,
    head: String,
}

impl Staged {
    /// Begins with the tree of `head`, in a new directory at `place`.
    pub(crate) async fn begin(git: &Git, place: &Path, head: &str) -> Result<Self, Error> {
        let objects = git.git_dir.join("objects");
        for dir in [&git.git_dir, &objects] {
            if !fs::symlink_metadata(dir)?.is_dir() {
                return Err(Error::Io(std::io::Error::other("`workspace/.git` is not a directory any more")));
            }
        }
        crate::volume::remove_tree(place)?;
        let git = Git { git_dir: place.to_owned(), ..git.clone() };
        git.call(Call::new(["init", "--quiet", "--bare", "--template=", "--initial-branch=longshore"])).await?;
        fs::create_dir_all(place.join("objects/info"))?;
        let mut alternate = objects.into_os_string().into_encoded_bytes();
        alternate.push(b'\n');
        fs::write(place.join("objects/info/alternates"), alternate)?;
        let staged = Self { index: place.join("staged"), git, head: head.to_owned() };
        staged.call(Call::new(["read-tree", head])).await?;
        Ok(staged)
    }

    /// Puts `content` at `path`.
    pub(crate) async fn put(&self, path: &str, mode: u32, content: &[u8]) -> Result<(), Error> {
        let out = self.call(Call::new(["hash-object", "-w", "--stdin"]).stdin(content)).await?;
        let blob = String::from_utf8_lossy(&out);
        let entry = format!("{mode:o} {} 0\t{path}\0", blob.trim());
        self.call(Call::new(["update-index", "-z", "--index-info"]).stdin(entry)).await.map(|_| ())
    }

    /// Applies a diff, whole or not at all.
    pub(crate) async fn apply(&self, diff: &str) -> Result<(), Error> {
        self.call(Call::new(["apply", "--cached", "--whitespace=nowarn", "-"]).stdin(diff)).await.map(|_| ())
    }

    /// What differs from the head, as one patch text.
    pub(crate) async fn diff(&self) -> Result<Vec<u8>, Error> {
        let tree = self.call(Call::new(["write-tree"])).await?;
        let tree = String::from_utf8_lossy(&tree).trim().to_owned();
        self.call(diff_call(&self.head, &tree)).await
    }

    async fn call(&self, call: Call) -> Result<Vec<u8>, Error> {
        let index: OsString = self.index.clone().into();
        self.git.call(call.variable("GIT_INDEX_FILE", index)).await
    }
}

/// The one form of a patch. `--text`: an attribute in the pull request must not turn a change into "binary files differ".
pub(crate) fn diff_call(from: &str, to: &str) -> Call {
    Call::new([
        "diff-tree",
        "-r",
        "-p",
        "--full-index",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
        "--text",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        from,
        to,
    ])
}
