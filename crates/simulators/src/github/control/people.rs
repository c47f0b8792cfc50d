//! What people say and click.

use super::{Done, PullName, pulls::pull_named, repositories::named};
use crate::github::{
    hub::Hub,
    rest::{Refusal, answer_thread, begin_thread, set_resolved, suite_for, suite_rerequested},
    webhook,
    world::{CheckRun, Comment, Fact, Repository, UserKind, World},
};

fn run_named(world: &World, id: u64) -> Result<(Repository, CheckRun), Refusal> {
    let run = world.checks.get(&id).cloned().ok_or_else(|| Refusal::absent(&format!("there is no check run {id}")))?;
    let repo = world.repositories.get(&run.repository).cloned().ok_or_else(Refusal::not_found)?;
    Ok((repo, run))
}

/// A click on a button. GitHub documents no rule about who may; the App must ask for itself.
pub async fn click(hub: &Hub, check_run: u64, identifier: &str, by: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let (repo, run) = run_named(&change, check_run)?;
    if !run.actions.iter().any(|it| it.identifier == identifier) {
        let known: Vec<&str> = run.actions.iter().map(|it| it.identifier.as_str()).collect();
        let message = format!("check run {check_run} has no button {identifier:?}; it has {known:?}");
        return Err(Refusal::unprocessable(message));
    }
    change.user(by, UserKind::User);
    webhook::check_run(&mut change, &repo, &run, "requested_action", by, Some(identifier));
    change.commit("button.clicked")?;
    Ok(Done { id: check_run, ..Done::default() })
}

/// "Re-run" of one check.
pub async fn rerun(hub: &Hub, check_run: u64, by: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let (repo, run) = run_named(&change, check_run)?;
    change.user(by, UserKind::User);
    if let Some(mut suite) = change.suites.get(&run.suite).cloned() {
        suite.requeued = true;
        change.put(Fact::CheckSuite(suite));
    }
    webhook::check_run(&mut change, &repo, &run, "rerequested", by, None);
    change.commit("check_run.rerequested")?;
    Ok(Done { id: check_run, ..Done::default() })
}

/// "Re-run all checks".
pub async fn rerun_suite(hub: &Hub, repository: &str, sha: &str, by: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let repo = named(&change, repository)?;
    change.user(by, UserKind::User);
    let suite = suite_for(&mut change, &repo, sha);
    let id = suite.id;
    suite_rerequested(&mut change, &repo, suite, by).await?;
    change.commit("check_suite.rerequested")?;
    Ok(Done { id, ..Done::default() })
}

/// A comment in the conversation, or an answer in a thread.
pub async fn comment(
    hub: &Hub,
    name: &PullName,
    by: &str,
    body: String,
    in_reply_to: Option<u64>,
) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let (repo, pull) = pull_named(&change, name)?;
    let kind = if by.ends_with("[bot]") { UserKind::Bot } else { UserKind::User };
    change.user(by, kind);
    let now = hub.now();
    let id = match in_reply_to {
        Some(parent) => answer_thread(&mut change, &repo, &pull, by, parent, body)?.id,
        None => {
            let comment = Comment {
                id: change.next_id(),
                repository: repo.id,
                number: pull.number,
                user: by.to_string(),
                via_app: false,
                body,
                created_at: now,
                updated_at: now,
            };
            change.put(Fact::Comment(comment.clone()));
            webhook::issue_comment(&mut change, &repo, &pull, &comment);
            comment.id
        }
    };
    change.commit("comment.created")?;
    Ok(Done { id, number: pull.number, ..Done::default() })
}

/// "Resolve conversation", or "Unresolve conversation".
pub async fn resolve(hub: &Hub, comment: u64, resolved: bool, by: &str) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let begins = change.review_comments.get(&comment).is_some_and(|it| it.in_reply_to.is_none());
    if !begins {
        return Err(Refusal::absent(&format!("no review comment {comment} begins a thread")));
    }
    change.user(by, UserKind::User);
    set_resolved(&mut change, comment, resolved.then_some(by));
    change.commit(if resolved { "thread.resolved" } else { "thread.unresolved" })?;
    Ok(Done { id: comment, ..Done::default() })
}

/// A comment at a line, which begins a thread.
pub async fn comment_at(
    hub: &Hub,
    name: &PullName,
    by: &str,
    (path, line): (&str, u64),
    body: String,
) -> Result<Done, Refusal> {
    let mut change = hub.change(None).await;
    let (repo, pull) = pull_named(&change, name)?;
    change.user(by, UserKind::User);
    let at = serde_json::json!({ "path": path, "line": line, "side": "RIGHT" });
    let diff = hub.diff(&repo, &pull.base_sha, &pull.head_sha).await?;
    let id = begin_thread(&mut change, &repo, &pull, by, (&diff, &at), body)?.id;
    change.commit("review_comment.created")?;
    Ok(Done { id, number: pull.number, ..Done::default() })
}
