//! The approved patch as a new branch of the user's repository: the one thing that is ever written there.

use super::{
    choose::failed,
    git::Git,
    report::Written,
    repository::{Repository, quoted},
};
use crate::cli::Failure;

/// The branch of a request's patch; a branch `longshore` leaves no room for names below it.
///
/// # Errors
/// Git.
pub async fn branch(repository: &Repository, request: &str) -> Result<String, Failure> {
    let taken = repository.git.commit("refs/heads/longshore").await.map_err(failed)?.is_some();
    Ok(if taken { format!("longshore-fix-{request}") } else { format!("longshore/fix-{request}") })
}

/// What the branch points at now.
///
/// # Errors
/// Git.
pub async fn present(repository: &Repository, branch: &str) -> Result<Option<String>, Failure> {
    repository.git.commit(&format!("refs/heads/{branch}")).await.map_err(failed)
}

/// Refuses, before anything is decided, a branch that is there.
///
/// # Errors
/// A sentence.
pub async fn free(repository: &Repository, branch: &str) -> Result<(), Failure> {
    match present(repository, branch).await? {
        None => Ok(()),
        Some(_) => Err(taken(repository, branch)),
    }
}

fn taken(repository: &Repository, branch: &str) -> Failure {
    Failure::new(format!("`{}` has a branch `{branch}` already; nothing was written", repository.said))
        .hint("if it may go", repository.git_command(&format!("branch --delete --force {}", quoted(branch))))
}

/// Writes it: the objects that are new since `known`, and the one ref. No hook of the repository runs, and what our copy
/// of the history leaves out does not get here.
///
/// # Errors
/// A sentence.
pub async fn write(
    repository: &Repository,
    from: &Git,
    (sha, known): (&str, &str),
    branch: &str,
) -> Result<Written, Failure> {
    let written = Written { branch: branch.to_owned(), sha: sha.to_owned() };
    match present(repository, branch).await? {
        // An earlier call got this far.
        Some(there) if there == sha => return Ok(written),
        Some(_) => return Err(taken(repository, branch)),
        None => {}
    }
    let range = format!("{sha}\n^{known}\n");
    let pack = from.bytes(["pack-objects", "--revs", "--stdout", "--quiet"], range.as_bytes()).await.map_err(failed)?;
    repository.git.bytes(["unpack-objects", "-q"], &pack).await.map_err(failed)?;
    // Created or refused, never moved: somebody may have made it in between.
    let (name, none) = (format!("refs/heads/{branch}"), "0".repeat(sha.len()));
    repository
        .git
        .text(["update-ref", "-m", "longshore try: approved patch", &name, sha, &none])
        .await
        .map_err(failed)?;
    Ok(written)
}
