//! What could be reviewed instead, as commands that are ready to be typed.

use super::{
    choose::{Hint, Wish},
    git::GitError,
    repository::{Repository, Tip, quoted},
    worktree,
};
use crate::cli::Failure;

/// Branches that are looked at, newest first.
const BRANCHES_MAX: usize = 20;
/// Names that are offered for one that is not there.
const NAMES_MAX: usize = 3;
/// How alike a name must be to be offered, of 1.
const ALIKE_MIN: f64 = 0.6;

/// Uncommitted changes, the last commit, the newest branch: whichever there are.
///
/// # Errors
/// Git.
pub async fn instead(
    repository: &Repository,
    wish: &Wish,
    head: &Tip,
    base: Option<&Tip>,
) -> Result<Vec<Hint>, GitError> {
    let mut hints = Vec::new();
    if repository.work_tree.is_some() && wish.head.is_none() && worktree::is_dirty(repository).await? {
        hints.push(Hint::new("uncommitted changes", repository.command("--worktree")));
    }
    if repository.git.commit(&format!("{}~1", head.sha)).await?.is_some() {
        let rest = match &wish.head {
            Some(name) => format!("--head {} --base {}", quoted(name), quoted(&format!("{name}~1"))),
            None => "--base HEAD~1".to_owned(),
        };
        hints.push(Hint::new("the last commit", repository.command(&rest)));
    }
    let base = base.unwrap_or(head);
    for (name, sha) in branches(repository).await? {
        if sha == head.sha || sha == base.sha || name.starts_with("longshore") {
            continue;
        }
        // With commits of its own, on a history that is shared.
        let common = repository.git.ask(["merge-base", &base.sha, &sha]).await?;
        if common.is_some_and(|common| common != sha) {
            hints.push(Hint::new("newest branch", repository.command(&format!("--head {}", quoted(&name)))));
            break;
        }
    }
    Ok(hints)
}

/// Local branches, newest first.
async fn branches(repository: &Repository) -> Result<Vec<(String, String)>, GitError> {
    let count = format!("--count={BRANCHES_MAX}");
    let format = "--format=%(refname:lstrip=2) %(objectname)";
    let listed = repository.git.text(["for-each-ref", "--sort=-committerdate", &count, format, "refs/heads"]).await?;
    Ok(listed.lines().filter_map(|line| line.rsplit_once(' ')).map(|(name, sha)| (name.into(), sha.into())).collect())
}

/// A name that is not there, with those that look like it.
pub async fn missing(repository: &Repository, option: &str, name: &str) -> Failure {
    let mut failure = Failure::new(format!("`{}` has no branch or commit `{name}`", repository.said));
    let format = "--format=%(refname:lstrip=2)";
    let listed = repository.git.ask(["for-each-ref", format, "refs/heads", "refs/remotes", "refs/tags"]).await;
    let listed = listed.ok().flatten().unwrap_or_default();
    let mut alike: Vec<(f64, &str)> = listed
        .lines()
        .filter(|known| !known.ends_with("/HEAD"))
        .map(|known| (likeness(known, name), known))
        .filter(|(alike, _)| *alike >= ALIKE_MIN)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, known) in alike.iter().take(NAMES_MAX) {
        failure = failure.hint("perhaps", repository.command(&format!("{option} {}", quoted(known))));
    }
    if alike.is_empty() {
        failure = failure.hint("what there is", repository.git_command("branch --all"));
    }
    failure
}

/// The same name on a remote is as good as the name.
fn likeness(known: &str, name: &str) -> f64 {
    let last = known.split_once('/').map_or(known, |(_, last)| last);
    if last == name { 1.0 } else { strsim::jaro_winkler(known, name).max(strsim::jaro_winkler(last, name)) }
}

/// Nothing is committed on what is checked out.
pub async fn no_commits(repository: &Repository) -> Failure {
    let branch = repository.branch().await.ok().flatten().unwrap_or_else(|| "HEAD".to_owned());
    match branches(repository).await.unwrap_or_default().first() {
        None => Failure::new(format!("`{}` has no commits yet", repository.said))
            .hint("make the first", repository.git_command("commit")),
        Some((name, _)) => Failure::new(format!("`{branch}` in `{}` has no commits yet", repository.said))
            .hint("newest branch", repository.command(&format!("--head {}", quoted(name)))),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_branch_of_a_remote_is_as_good_as_its_name() {
        assert!(super::likeness("origin/feature", "feature") > super::likeness("feature2", "feature"));
        assert!(super::likeness("main", "feature/limits") < super::ALIKE_MIN);
    }
}
