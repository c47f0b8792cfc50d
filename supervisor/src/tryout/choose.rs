//! What is reviewed: a head, what it is compared with, and where the two part; or that there is nothing, and what could
//! be reviewed instead.

use super::{
    git::Git,
    hints,
    repository::{Repository, Tip},
};
use crate::cli::Failure;
use domain::ids::short;
use serde::Serialize;

/// What a person said about it.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// `--base`.
    pub base: Option<String>,
    /// `--head`.
    pub head: Option<String>,
}

/// A change to review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What is proposed.
    pub head: Tip,
    /// What it is compared with.
    pub base: Tip,
    /// Where the two part.
    pub merge_base: String,
    /// Commits since then.
    pub commits: u64,
    /// Files that they change.
    pub files: usize,
    /// The last commit's subject.
    pub title: String,
    /// It is what is not committed yet.
    pub worktree: bool,
    /// What of it is left out, a sentence each.
    pub notes: Vec<String>,
}

/// There is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Nothing {
    /// Why.
    pub sentence: String,
    /// What could be reviewed.
    pub hints: Vec<Hint>,
}

/// A few words and a command that is ready to be typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hint {
    /// What it does.
    pub words: String,
    /// The command.
    pub command: String,
}

impl Hint {
    /// Of both.
    pub fn new(words: &str, command: impl Into<String>) -> Self {
        Self { words: words.to_owned(), command: command.into() }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// Something to review.
    Change(Box<Change>),
    /// Nothing.
    Nothing(Nothing),
}

/// Chooses head and base.
///
/// # Errors
/// A sentence.
pub async fn choose(repository: &Repository, wish: &Wish) -> Result<Chosen, Failure> {
    let head = head(repository, wish).await?;
    let Some(base) = base(repository, wish, &head).await? else {
        let sentence = format!("nothing to review: {}, the default branch", standing(wish, &head));
        return nothing(repository, wish, sentence, &head, None).await;
    };
    if base.sha == head.sha {
        let sentence = format!("nothing to review: {}, level with `{}`", standing(wish, &head), base.name);
        return nothing(repository, wish, sentence, &head, Some(&base)).await;
    }
    let merge_base = merge_base(repository, &base, &head).await?;
    if merge_base == head.sha {
        let behind = count(&repository.git, &head.sha, &base.sha).await?;
        let commits = if behind == 1 { "1 commit".to_owned() } else { format!("{behind} commits") };
        let sentence = format!("nothing to review: {}, {commits} behind `{}`", standing(wish, &head), base.name);
        return nothing(repository, wish, sentence, &head, Some(&base)).await;
    }
    let change = measured(&repository.git, head, base, merge_base).await?;
    if change.files == 0 {
        let sentence = format!(
            "nothing to review: the commits of `{}` since `{}` change no file",
            change.head.name, change.base.name
        );
        return nothing(repository, wish, sentence, &change.head, Some(&change.base)).await;
    }
    Ok(Chosen::Change(Box::new(change)))
}

/// How large the change is, and what it is called.
///
/// # Errors
/// A sentence.
pub async fn measured(git: &Git, head: Tip, base: Tip, merge_base: String) -> Result<Change, Failure> {
    let commits = count(git, &merge_base, &head.sha).await?;
    let names = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", &merge_base, &head.sha];
    let changed = git.bytes(names, b"").await.map_err(failed)?;
    let files = changed.split(|byte| *byte == 0).filter(|path| !path.is_empty()).count();
    let title = git.text(["log", "-1", "--format=%s", &head.sha, "--"]).await.map_err(failed)?;
    Ok(Change { head, base, merge_base, commits, files, title, worktree: false, notes: Vec::new() })
}

async fn head(repository: &Repository, wish: &Wish) -> Result<Tip, Failure> {
    if let Some(name) = &wish.head {
        return match repository.tip(name).await.map_err(failed)? {
            Some(tip) => Ok(tip),
            None => Err(hints::missing(repository, "--head", name).await),
        };
    }
    match repository.head().await.map_err(failed)? {
        Some(tip) => Ok(tip),
        None => Err(hints::no_commits(repository).await),
    }
}

/// What the head is compared with; none if it is the default branch itself and nothing else has that name.
pub async fn base(repository: &Repository, wish: &Wish, head: &Tip) -> Result<Option<Tip>, Failure> {
    if let Some(name) = &wish.base {
        return match repository.tip(name).await.map_err(failed)? {
            Some(tip) => Ok(Some(tip)),
            None => Err(hints::missing(repository, "--base", name).await),
        };
    }
    let remote_head =
        repository.git.ask(["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"]).await.map_err(failed)?;
    let usual = ["main", "master"];
    let locals = usual.map(|name| format!("refs/heads/{name}"));
    let remotes = usual.map(|name| format!("refs/remotes/origin/{name}"));
    let mut itself = false;
    for full in remote_head.into_iter().chain(locals).chain(remotes) {
        if full == head.follow {
            itself = true;
            continue;
        }
        if let Some(sha) = repository.git.commit(&full).await.map_err(failed)? {
            let name = full.strip_prefix("refs/heads/").or_else(|| full.strip_prefix("refs/remotes/"));
            return Ok(Some(Tip { name: name.unwrap_or(&full).to_owned(), sha, follow: full }));
        }
    }
    if itself {
        return Ok(None);
    }
    let sentence = format!("`{}` has no `origin/HEAD`, `main` or `master` to compare with", repository.said);
    Err(Failure::new(sentence).hint("say what with", repository.command("--base BRANCH")))
}

pub async fn merge_base(repository: &Repository, base: &Tip, head: &Tip) -> Result<String, Failure> {
    if let Some(found) = repository.git.ask(["merge-base", &base.sha, &head.sha]).await.map_err(failed)? {
        return Ok(found);
    }
    if !repository.shallow.is_empty() {
        let sentence = format!(
            "`{}` is a shallow clone, and where `{}` and `{}` part is not in it",
            repository.said, head.name, base.name
        );
        return Err(Failure::new(sentence)
            .hint("bring more of it", repository.git_command("fetch --deepen=100"))
            .hint("or all of it", repository.git_command("fetch --unshallow")));
    }
    let sentence = format!("`{}` and `{}` have no commit in common", head.name, base.name);
    Err(Failure::new(sentence).hint("compare with another", repository.command("--base BRANCH")))
}

async fn count(git: &Git, from: &str, to: &str) -> Result<u64, Failure> {
    let range = format!("{from}..{to}");
    let counted = git.text(["rev-list", "--count", &range]).await.map_err(failed)?;
    Ok(counted.parse().unwrap_or(0))
}

/// `you are on `main``, or what was named.
fn standing(wish: &Wish, head: &Tip) -> String {
    match (&wish.head, head.follow.starts_with("refs/")) {
        (Some(name), _) => format!("`{name}` is at {}", short(&head.sha)),
        (None, true) => format!("you are on `{}`", head.name),
        (None, false) => format!("you are at {}", head.name),
    }
}

pub async fn nothing(
    repository: &Repository,
    wish: &Wish,
    sentence: String,
    head: &Tip,
    base: Option<&Tip>,
) -> Result<Chosen, Failure> {
    let hints = hints::instead(repository, wish, head, base).await.map_err(failed)?;
    Ok(Chosen::Nothing(Nothing { sentence, hints }))
}

/// Git's failure, for a person.
pub fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::new(error.to_string())
}
