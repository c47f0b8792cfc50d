//! What lies at a path: a repository that can be read, or a sentence that says why not.

use super::{
    choose::{Change, failed},
    git::{Git, GitError},
};
use crate::cli::Failure;
use environment::Environment;
use std::path::{Path, PathBuf};

/// A repository of the user's. Nothing in it is written.
#[derive(Debug, Clone)]
pub struct Repository {
    /// Git in it.
    pub git: Git,
    /// As the person said it, for words and commands.
    pub said: String,
    /// What all its working trees share; the repository's identity.
    pub common_dir: PathBuf,
    /// Where its objects are.
    pub objects: PathBuf,
    /// Top of the working tree that was meant; none in a bare one.
    pub work_tree: Option<PathBuf>,
    /// Its own git directory: the working tree's index is there.
    pub git_dir: PathBuf,
    /// Commits at which a shallow clone ends.
    pub shallow: Vec<String>,
}

/// A commit and how a person knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// `feature/limits`, `3f2a91c`.
    pub name: String,
    /// The commit.
    pub sha: String,
    /// By what it is found again later: the branch's full name, or the commit itself.
    pub follow: String,
}

impl Repository {
    /// Looks.
    ///
    /// # Errors
    /// A sentence.
    pub async fn open(environment: &Environment, said: &str) -> Result<Self, Failure> {
        let path = Path::new(said);
        match std::fs::metadata(path) {
            Ok(there) if there.is_dir() => {}
            Ok(_) => {
                let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
                return Err(Failure::new(format!("`{said}` is a file, not a repository"))
                    .hint("its folder", format!("longshore try {}", quoted(&parent.display().to_string()))));
            }
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
                return Err(Failure::new(format!("there is nothing at `{said}`")));
            }
            Err(why) => return Err(Failure::new(format!("`{said}` cannot be looked at: {why}"))),
        }
        let git = Git::of_user(environment, path);
        let facts = ["--git-dir", "--git-common-dir", "--is-inside-work-tree"];
        let asked = ["rev-parse", "--path-format=absolute"].into_iter().chain(facts).chain(["--show-object-format"]);
        let answer = git.text(asked).await.map_err(|error| cannot(said, &error))?;
        let lines: Vec<&str> = answer.lines().collect();
        let [git_dir, common_dir, inside, format] = lines[..] else {
            return Err(Failure::new(format!("git describes `{said}` in a way that is not understood")));
        };
        if format != "sha1" {
            let sentence = format!("`{said}` names its objects by {}", format.to_uppercase().replace("SHA", "SHA-"));
            return Err(Failure::new(format!("{sentence}; only SHA-1 repositories, as on GitHub, can be reviewed")));
        }
        let top = match inside {
            "true" => Some(git.text(["rev-parse", "--show-toplevel"]).await.map_err(|error| cannot(said, &error))?),
            _ => None,
        };
        let common_dir = canonical(common_dir);
        let shallow = std::fs::read_to_string(common_dir.join("shallow")).unwrap_or_default();
        Ok(Self {
            objects: common_dir.join("objects"),
            git,
            said: said.to_owned(),
            work_tree: top.map(PathBuf::from),
            git_dir: canonical(git_dir),
            shallow: shallow.lines().map(str::to_owned).collect(),
            common_dir,
        })
    }

    /// What `HEAD` is: a branch that has commits, or a commit; none before the first commit.
    ///
    /// # Errors
    /// Git.
    pub async fn head(&self) -> Result<Option<Tip>, GitError> {
        let Some(sha) = self.git.commit("HEAD").await? else { return Ok(None) };
        Ok(Some(match self.branch().await? {
            Some(branch) => Tip { follow: format!("refs/heads/{branch}"), name: branch, sha },
            None => Tip { name: domain::ids::short(&sha).to_owned(), follow: sha.clone(), sha },
        }))
    }

    /// The branch that is checked out, even one without a commit.
    ///
    /// # Errors
    /// Git.
    pub async fn branch(&self) -> Result<Option<String>, GitError> {
        let full = self.git.ask(["symbolic-ref", "--quiet", "HEAD"]).await?;
        Ok(full.and_then(|full| full.strip_prefix("refs/heads/").map(str::to_owned)))
    }

    /// What a person named.
    ///
    /// # Errors
    /// Git.
    pub async fn tip(&self, name: &str) -> Result<Option<Tip>, GitError> {
        let Some(sha) = self.git.commit(name).await? else { return Ok(None) };
        let full = self.git.ask(["rev-parse", "--symbolic-full-name", "--end-of-options", name]).await?;
        let full =
            full.and_then(|full| full.lines().last().map(str::to_owned)).filter(|full| full.starts_with("refs/"));
        Ok(Some(Tip { name: name.to_owned(), follow: full.unwrap_or_else(|| sha.clone()), sha }))
    }

    /// Refuses a partial clone that lacks something of what is reviewed: nothing is fetched on the way.
    ///
    /// # Errors
    /// A sentence.
    pub async fn is_whole(&self, change: &Change) -> Result<(), Failure> {
        let partial = ["config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$"];
        if self.git.ask(partial).await.map_err(failed)?.is_none() {
            return Ok(());
        }
        // What is not committed lies in a repository of ours; its parent is here.
        let head = if change.worktree { &change.merge_base } else { &change.head.sha };
        let listed = ["rev-list", "--objects", "--no-walk", "--missing=print", head, &change.merge_base];
        let listed = self.git.text(listed).await.map_err(failed)?;
        let missing = listed.lines().filter(|line| line.starts_with('?')).count();
        if missing == 0 {
            return Ok(());
        }
        let sentence =
            format!("`{}` is a partial clone, and {missing} objects of this change are not in it", self.said);
        Err(Failure::new(sentence).hint("bring them", self.git_command("fetch --refetch --no-filter origin")))
    }

    /// The repository's name, from its folder: the same from each of its working trees.
    pub fn name(&self) -> String {
        let folder = match self.common_dir.file_name() {
            Some(name) if name != ".git" => Some(name),
            _ => self.common_dir.parent().and_then(Path::file_name),
        };
        sound(&folder.unwrap_or_default().to_string_lossy())
    }

    /// `longshore try PATH` and what follows, ready to be typed.
    pub fn command(&self, rest: &str) -> String {
        let space = if rest.is_empty() { "" } else { " " };
        format!("longshore try {}{space}{rest}", quoted(&self.said))
    }

    /// `git -C PATH` and what follows.
    pub fn git_command(&self, rest: &str) -> String {
        if self.said == "." { format!("git {rest}") } else { format!("git -C {} {rest}", quoted(&self.said)) }
    }
}

/// A name that is safe as a folder and as a repository on GitHub.
fn sound(name: &str) -> String {
    let name = name.trim_end_matches(".git");
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
    let name: String = name.chars().map(plain).take(60).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "repository".to_owned() } else { name.to_owned() }
}

fn canonical(path: &str) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path))
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./~:@%+=,^".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Why git will not read what is there.
fn cannot(said: &str, error: &GitError) -> Failure {
    let words = error.to_string();
    if words.contains("dubious ownership") {
        let full = std::path::absolute(said).unwrap_or_else(|_| PathBuf::from(said));
        let command = format!("git config --global --add safe.directory {}", quoted(&full.display().to_string()));
        return Failure::new(format!("`{said}` belongs to another user, and git does not read it until you say so"))
            .hint("if you trust it", command);
    }
    if words.contains("not a git repository") {
        return Failure::new(format!("`{said}` is in no git repository"))
            .hint("to make it one", format!("git init {}", quoted(said)));
    }
    Failure::new(format!("`{said}` cannot be read as a git repository: {words}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_ready_for_a_shell() {
        assert_eq!(quoted("~/shop"), "~/shop");
        assert_eq!(quoted("HEAD~1"), "HEAD~1");
        assert_eq!(quoted("it's mine"), r"'it'\''s mine'");
        assert_eq!(quoted("$(reboot)"), "'$(reboot)'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn a_folder_gives_a_name_that_github_would_take() {
        assert_eq!(sound("my shop.git"), "my-shop");
        assert_eq!(sound("..."), "repository");
        assert_eq!(sound("žluť"), "lu");
    }
}
