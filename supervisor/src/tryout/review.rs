//! One try: of a branch, of what is not committed, or of a pull request on a server.

use super::{
    Options,
    choose::{Change, Chosen, Hint, Nothing, Wish, choose, failed, measured, merge_base, nothing},
    hints,
    objects::Objects,
    report::{Review, Status, Subject},
    repository::{Repository, Tip},
    stage::{Stage, Standing},
    story::{Pull, Story},
    worktree,
};
use crate::cli::Failure;
use domain::ids::short;
use environment::Environment;

/// Numbers that a pull request may have in the stand-in: a request's id follows from it and shall not come again.
const NUMBERS: u64 = 900_000_000;

/// This version.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Bytes of a repository that a machine gets: the git gateway ends an answer there.
const SENT_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// What is to be reviewed, and where its objects are.
#[derive(Debug)]
pub struct Subjects<'a> {
    /// The user's repository.
    pub repository: &'a Repository,
    /// Ours.
    pub objects: &'a Objects,
}

/// Chooses what is reviewed: what was named, or what is not committed.
///
/// # Errors
/// A sentence.
pub async fn chosen(subjects: &Subjects<'_>, options: &Options) -> Result<Chosen, Failure> {
    let wish = Wish { base: options.base.clone(), head: options.head.clone() };
    if options.worktree { uncommitted(subjects, &wish).await } else { choose(subjects.repository, &wish).await }
}

async fn uncommitted(subjects: &Subjects<'_>, wish: &Wish) -> Result<Chosen, Failure> {
    let Subjects { repository, objects } = subjects;
    let Some(head) = repository.head().await.map_err(failed)? else {
        return Err(hints::no_commits(repository).await);
    };
    let Some(snapshot) = worktree::commit(repository, &objects.git, &objects.dir, &head.sha).await? else {
        let sentence = format!("nothing to review: nothing is uncommitted on `{}`", head.name);
        let plain = Wish::default();
        return nothing(repository, &plain, sentence, &head, None).await;
    };
    let (base, from) = match &wish.base {
        None => (head.clone(), head.sha.clone()),
        Some(name) => {
            let named = repository.tip(name).await.map_err(failed)?;
            let Some(base) = named else { return Err(hints::missing(repository, "--base", name).await) };
            let from = merge_base(repository, &base, &head).await?;
            (base, from)
        }
    };
    let tip = Tip { name: format!("{} and what is not committed", head.name), sha: snapshot.sha, follow: head.follow };
    let change = measured(&objects.git, tip, base, from).await?;
    Ok(Chosen::Change(Box::new(Change { worktree: true, notes: snapshot.notes, ..change })))
}

/// The pull request of a change: the one that is open for the same head and base, or a new one.
pub async fn pull(
    stage: &Stage,
    story: &mut Story,
    environment: &Environment,
    change: &Change,
    agent: &str,
) -> Result<Pull, Failure> {
    let same = |pull: &Pull| {
        (&pull.follow, &pull.base, pull.worktree) == (&change.head.follow, &change.base.name, change.worktree)
    };
    let known = story.saved.pulls.iter().position(same);
    let mut pull = match known.map(|place| story.saved.pulls.remove(place)) {
        Some(known) if known.merge_base == change.merge_base && known.agent == agent && known.version == VERSION => {
            known
        }
        other => {
            if let Some(old) = other {
                stage.close(&old).await;
            }
            let drawn = environment.random_bytes();
            let drawn =
                u64::from_le_bytes([drawn[0], drawn[1], drawn[2], drawn[3], drawn[4], drawn[5], drawn[6], drawn[7]]);
            Pull {
                number: 1 + drawn % NUMBERS,
                follow: change.head.follow.clone(),
                head: change.head.name.clone(),
                base: change.base.name.clone(),
                head_sha: String::new(),
                merge_base: change.merge_base.clone(),
                worktree: change.worktree,
                agent: agent.to_owned(),
                version: VERSION.to_owned(),
                request: None,
            }
        }
    };
    pull.head_sha.clone_from(&change.head.sha);
    story.saved.pulls.push(pull.clone());
    story.save()?;
    Ok(pull)
}

/// Has a change reviewed, and waits for it.
///
/// # Errors
/// A sentence.
pub async fn reviewed(
    stage: &Stage,
    story: &Story,
    objects: &Objects,
    (pull, title): (&Pull, &str),
    (main, shallow): (&str, &[String]),
) -> Result<Standing, Failure> {
    let ranges = story.saved.pulls.iter().map(|pull| (pull.merge_base.clone(), pull.head_sha.clone()));
    let shallow = objects.enough(shallow, &ranges.collect::<Vec<_>>()).await.map_err(failed)?;
    fits(objects, &pull.head_sha, SENT_BYTES_MAX).await?;
    stage.borrow(objects, main, shallow, pull).await?;
    stage.propose(pull, title).await?;
    stage.settled(pull, &pull.head_sha).await
}

/// Refuses what the git gateway would cut off, before anything is started.
pub async fn fits(objects: &Objects, head: &str, bytes_max: u64) -> Result<(), Failure> {
    // As packed as it lies; what git cannot say (an object that is not there) the fetch will.
    let bytes = objects.git.ask(["rev-list", "--objects", "--disk-usage", head]).await.map_err(failed)?;
    let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
    match bytes.and_then(|bytes| bytes.trim().parse::<u64>().ok()) {
        Some(bytes) if bytes > bytes_max => Err(Failure::new(format!(
            "a machine would need {} MiB of this repository and gets at most {}: the files at {} are too large",
            mib(bytes),
            mib(bytes_max),
            short(head)
        ))),
        _ => Ok(()),
    }
}

/// What is said of it.
///
/// # Errors
/// A sentence.
pub async fn report(stage: &Stage, target: &str, change: &Change, standing: &Standing) -> Result<Review, Failure> {
    let state = &standing.state;
    let result = match &state.result {
        Some(known) if known.target.head_sha == change.head.sha => stage.result(&known.digest).await?,
        _ => None,
    };
    let check = state.checks.iter().rev().find(|check| check.sha == change.head.sha);
    Ok(Review::of(Subject::new(target, change), state, check, result, &change.notes))
}

/// Remembers which request was shown for a pull request: its answer goes to the agent that asked.
///
/// # Errors
/// The folder.
pub fn remember(story: &mut Story, number: u64, review: &Review) -> Result<(), Failure> {
    if let Some(pull) = story.saved.pulls.iter_mut().find(|pull| pull.number == number) {
        pull.request = review.request.as_ref().map(|request| request.id.clone());
    }
    story.save()
}

/// What can be done next about a branch of the user's.
pub fn next(repository: &Repository, review: &Review) -> Vec<Hint> {
    let Some(request) = &review.request else { return Vec::new() };
    let command = |answer: &str| repository.command(&format!("--{answer} {}", request.id));
    let (yes, no) = match review.status {
        Status::Asked => ("answer with yes", "answer with no"),
        _ => ("the patch as a new branch", "keep it as is"),
    };
    vec![Hint::new(yes, command("approve")), Hint::new(no, command("reject"))]
}

/// The commit at which the repository's own configuration is read: its default branch's, or the base's.
///
/// # Errors
/// Git.
pub async fn main(repository: &Repository, change: &Change) -> Result<String, Failure> {
    let places = ["refs/remotes/origin/HEAD", "refs/heads/main", "refs/heads/master"];
    for place in places {
        if let Some(sha) = repository.git.commit(place).await.map_err(failed)? {
            return Ok(sha);
        }
    }
    Ok(change.merge_base.clone())
}

/// Says that there is nothing.
pub fn words_of(nothing: &Nothing) -> serde_json::Value {
    serde_json::json!({"status": "nothing", "reason": nothing.sentence, "next": nothing.hints})
}
