//! The answer to a request: shown, given by the production path, and, for an approved patch, written as a new branch.

use super::{
    Answer, Options, apply,
    choose::{Change, Hint, failed, measured},
    objects::Objects,
    report::{Review, Status},
    repository::{Repository, Tip, quoted},
    review,
    stage::{Stage, Standing, at_rest},
    story::{Pull, Story},
    worktree,
};
use crate::cli::{Failure, Output, printable};
use domain::{
    ids::{RequestId, short},
    pull_request::{Decision, Face, Kind, State},
};
use std::io::{BufRead as _, IsTerminal as _};

/// A request that this story knows.
struct Found {
    pull: Pull,
    standing: Standing,
}

/// What came of an answer.
pub enum Decided {
    /// It was carried out.
    Done(Box<Review>),
    /// The request is over, since its branch moved: here is the review of what it is now.
    Moved(Box<Review>, Failure),
}

/// Answers a request.
///
/// # Errors
/// A sentence.
pub async fn decide(
    stage: &Stage,
    story: &mut Story,
    (repository, objects): (&Repository, &Objects),
    options: &Options,
    output: &Output,
    (id, answer): (&str, Answer),
) -> Result<Decided, Failure> {
    let request = RequestId::parse(id)
        .ok_or_else(|| Failure::usage(format!("`{id}` is not a request id; one looks like `K7QF2M`")))?;
    let Found { mut pull, standing } = find(stage, story, repository, &request).await?;
    if let Some(decision) = standing.state.decision(&request).cloned() {
        return carried_out(stage, (repository, objects), &pull, standing, decision, answer).await.map(Decided::Done);
    }
    let head = head(repository, objects, &pull).await?;
    if head.as_ref().map(|tip| &tip.sha) != Some(&pull.head_sha) {
        return moved(stage, story, (repository, objects), options, (&mut pull, head), &request).await;
    }
    let open = standing
        .state
        .request
        .as_ref()
        .filter(|open| open.id == request)
        .ok_or_else(|| over(&standing.state, &request))?;
    let is_fix = matches!(open.kind, Kind::Fix { .. });
    let branch = apply::branch(repository, &request.to_string()).await?;
    if answer == Answer::Approve && is_fix {
        apply::free(repository, &branch).await?;
        show(stage, &standing.state, options, output, &branch).await?;
    }
    let said = stage.answer(standing.workflow, &request.to_string(), answer == Answer::Approve).await?;
    output.say(&said);
    let standing = finished(stage, &pull, &request).await?;
    let decision = standing.state.decision(&request).cloned().ok_or_else(|| over(&standing.state, &request))?;
    carried_out(stage, (repository, objects), &pull, standing, decision, answer).await.map(Decided::Done)
}

async fn find(stage: &Stage, story: &Story, repository: &Repository, request: &RequestId) -> Result<Found, Failure> {
    let mut open = Vec::new();
    for pull in &story.saved.pulls {
        let Some(standing) = stage.standing(pull).await? else { continue };
        let state = &standing.state;
        let asked = state.request.as_ref().map(|request| &request.id);
        let known = asked == Some(request)
            || state.decision(request).is_some()
            || state.over.iter().any(|over| over.id == *request);
        if known {
            return Ok(Found { pull: pull.clone(), standing });
        }
        open.extend(asked.map(|id| (id.to_string(), pull.head.clone())));
    }
    let mut failure = Failure::new(format!("no request `{request}` waits for `{}`", repository.said));
    for (id, head) in &open {
        failure = failure.hint(&format!("about {head}"), repository.command(&format!("--approve {id}")));
    }
    if open.is_empty() {
        failure = failure.hint("a new review", repository.command(""));
    }
    Err(failure)
}

/// Where the pull request's head is now; none if its branch is gone.
async fn head(repository: &Repository, objects: &Objects, pull: &Pull) -> Result<Option<Tip>, Failure> {
    let tip = repository.git.commit(&pull.follow).await.map_err(failed)?;
    let Some(sha) = tip else { return Ok(None) };
    let sha = if pull.worktree {
        let snapshot = worktree::commit(repository, &objects.git, &objects.dir, &sha).await?;
        snapshot.map_or(sha, |snapshot| snapshot.sha)
    } else {
        sha
    };
    Ok(Some(Tip { name: pull.head.clone(), sha, follow: pull.follow.clone() }))
}

/// The branch moved: production hears of it as of any push, withdraws the request, and reads the new head.
async fn moved(
    stage: &Stage,
    story: &mut Story,
    (repository, objects): (&Repository, &Objects),
    options: &Options,
    (pull, head): (&mut Pull, Option<Tip>),
    request: &RequestId,
) -> Result<Decided, Failure> {
    let Some(head) = head else {
        return Err(Failure::new(format!("`{}` is gone; nothing was decided about request {request}", pull.head)));
    };
    let before = short(&pull.head_sha).to_owned();
    pull.head_sha.clone_from(&head.sha);
    if let Some(saved) = story.saved.pulls.iter_mut().find(|saved| saved.number == pull.number) {
        saved.head_sha.clone_from(&head.sha);
    }
    story.save()?;
    let base = Tip { name: pull.base.clone(), sha: pull.merge_base.clone(), follow: pull.merge_base.clone() };
    let change =
        Change { worktree: pull.worktree, ..measured(&objects.git, head, base, pull.merge_base.clone()).await? };
    let main = review::main(repository, &change).await?;
    let standing = review::reviewed(stage, story, objects, (pull, &change.title), (&main, &repository.shallow)).await?;
    let why = standing.state.over.iter().find(|over| over.id == *request).map(|over| over.why.clone());
    let mut review = review::report(stage, &options.target, &change, &standing).await?;
    review::remember(story, pull.number, &review)?;
    review.next = review::next(repository, &review);
    let sentence = format!(
        "request {request} is withdrawn: `{}` moved from {before} to {}{}",
        pull.head,
        short(&pull.head_sha),
        why.map_or_else(String::new, |why| format!(" ({why})"))
    );
    Ok(Decided::Moved(Box::new(review), Failure::new(printable(&sentence))))
}

/// Shows the patch and asks; with `--yes` or `--json` nobody is asked.
async fn show(stage: &Stage, state: &State, options: &Options, output: &Output, branch: &str) -> Result<(), Failure> {
    let digest = state.result.as_ref().map(|known| known.digest.clone()).unwrap_or_default();
    let patch = stage.result(&digest).await?.and_then(|result| result.patch);
    let patch = patch.ok_or_else(|| Failure::new("the patch is not kept any more; review the branch again"))?;
    if options.json || options.yes {
        return Ok(());
    }
    output.say(&format!("{}\npatch {} as one commit on the new branch {branch}", patch.diff, patch.digest().short()));
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new("nothing was written: there is no terminal to ask at")
            .hint("to write it", "the same command with --yes"));
    }
    eprint!("write it? [y/N] ");
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let answer = answer.await.map_err(failed)?.map_err(failed)?;
    if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Failure::new("nothing was written, nothing was decided"))
}

/// Waits until an answer was carried out, whatever came of it.
async fn finished(stage: &Stage, pull: &Pull, request: &RequestId) -> Result<Standing, Failure> {
    loop {
        let standing = stage.rests(pull).await?;
        let state = &standing.state;
        let open = state.request.as_ref().is_some_and(|open| open.id == *request);
        if !open {
            return Ok(standing);
        }
    }
}

async fn carried_out(
    stage: &Stage,
    (repository, objects): (&Repository, &Objects),
    pull: &Pull,
    standing: Standing,
    decision: Decision,
    answer: Answer,
) -> Result<Box<Review>, Failure> {
    let id = decision.request.id.clone();
    let standing = if at_rest(&standing.state) { standing } else { finished(stage, pull, &id).await? };
    let state = &standing.state;
    let decision = state.decision(&id).cloned().unwrap_or(decision);
    let approved = decision.choice == domain::pull_request::Choice::Yes;
    if approved != (answer == Answer::Approve) {
        let (what, when) = (decision.choice.code(), crate::words::time(decision.at.as_millis()));
        return Err(Failure::new(format!("request {id} is already decided: {what} by {} at {when}", decision.by)));
    }
    let head = Tip { name: pull.head.clone(), sha: pull.head_sha.clone(), follow: pull.follow.clone() };
    let base = Tip { name: pull.base.clone(), sha: pull.merge_base.clone(), follow: pull.merge_base.clone() };
    let change =
        Change { worktree: pull.worktree, ..measured(&objects.git, head, base, pull.merge_base.clone()).await? };
    let mut review = review::report(stage, &repository.said, &change, &standing).await?;
    (review.request, review.next) = (None, Vec::new());
    if !approved || !matches!(decision.request.kind, Kind::Fix { .. }) {
        review.status = if matches!(decision.request.kind, Kind::Fix { .. }) { Status::Kept } else { review.status };
        return Ok(Box::new(review));
    }
    let Some(sha) = decision.pushed else { return Err(not_pushed(state, &id)) };
    let branch = apply::branch(repository, &id.to_string()).await?;
    let known = if pull.worktree { &pull.merge_base } else { &pull.head_sha };
    review.written = Some(apply::write(repository, &stage.git(), (&sha, known), &branch).await?);
    review.status = Status::Applied;
    review.next = taking(repository, pull, &branch);
    Ok(Box::new(review))
}

/// How the new branch is taken over.
fn taking(repository: &Repository, pull: &Pull, branch: &str) -> Vec<Hint> {
    let branch = quoted(branch);
    if pull.worktree {
        // Its parent is our commit of what is not committed: merging it would meet that.
        let show = repository.git_command(&format!("diff {branch}~1 {branch}"));
        let apply = repository.git_command("apply -");
        return vec![Hint::new("into the files", format!("{show} | {apply}"))];
    }
    vec![
        Hint::new("look at it", repository.git_command(&format!("show {branch}"))),
        Hint::new("take it", repository.git_command(&format!("merge {branch}"))),
    ]
}

fn not_pushed(state: &State, id: &RequestId) -> Failure {
    let refused = state.checks.iter().rev().find_map(|check| match &check.face {
        Face::PushRefused { request, reason } if request == id => Some(reason.clone()),
        Face::NotCompleted { why, .. } => Some(why.clone()),
        _ => None,
    });
    let why = refused.unwrap_or_else(|| "the run that should carry it out did not complete".to_owned());
    Failure::new(format!("request {id} was approved, and nothing was written: {}", printable(&why)))
}

fn over(state: &State, request: &RequestId) -> Failure {
    let why = state.over.iter().find(|over| over.id == *request).map(|over| printable(&over.why));
    Failure::new(match why {
        Some(why) => format!("request {request} is over: {why}"),
        None => format!("request {request} is not open"),
    })
}
