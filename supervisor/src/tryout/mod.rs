//! `longshore try`: the main job on somebody's own repository. The supervisor is the production one, the worker is a
//! process as always; only GitHub is a stand-in, whose repository borrows the user's objects. So a try costs no copy of a
//! repository, nothing is written into it, and what is told is what production would do.
//!
//! A try without an open request leaves nothing. One that asks a person keeps its folder, workflow and volume, and the
//! answer goes on from there, days later, as after a click.

mod apply;
mod choose;
mod decide;
mod git;
mod hints;
mod objects;
mod pull_url;
mod remote;
mod report;
mod repository;
mod review;
mod stage;
mod story;
#[cfg(test)]
mod tests;
mod words;
mod worktree;

use crate::{
    cli::{Failure, Output},
    demo::Agent,
};
use choose::{Chosen, failed};
use decide::Decided;
use environment::Environment;
use objects::Objects;
use pull_url::PullUrl;
use report::{Review, Status};
use repository::Repository;
use review::Subjects;
use stage::Stage;
use std::path::{Path, PathBuf};
use story::Story;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a try was asked to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// A path, or the address of a pull request.
    pub target: String,
    /// What to compare with.
    pub base: Option<String>,
    /// What is proposed.
    pub head: Option<String>,
    /// What is not committed.
    pub worktree: bool,
    /// Which agent reads.
    pub agent: Agent,
    /// A request, and the answer to it.
    pub answer: Option<(String, Answer)>,
    /// Writes without asking.
    pub yes: bool,
    /// Data on stdout.
    pub json: bool,
    /// Folder of all stories.
    pub stories: PathBuf,
    /// Addresses of other GitHubs than github.com.
    pub github_urls: Vec<String>,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// `--approve`.
    Approve,
    /// `--reject`.
    Reject,
}

/// Reviews, or answers.
///
/// # Errors
/// A sentence, and what could be done.
pub async fn run(environment: Environment, options: Options, output: &Output) -> Result<(), Failure> {
    // Heard from the first moment on: whatever is started from here is ended in order.
    let mut stopped = Stopped::listen()?;
    match PullUrl::parse(&options.target, &options.github_urls)? {
        Some(url) => of_url(&environment, &options, output, &url, &mut stopped).await,
        None => of_path(&environment, &options, output, &mut stopped).await,
    }
}

async fn of_path(
    environment: &Environment,
    options: &Options,
    output: &Output,
    stopped: &mut Stopped,
) -> Result<(), Failure> {
    let repository = Repository::open(environment, &options.target).await?;
    let name = repository.name();
    let mut story = Story::open(environment, &options.stories, &name, &repository.common_dir)?;
    let prepared = stopped.or(prepare(environment, &repository, &story, options)).await;
    let (objects, chosen) = match prepared {
        Ok((objects, Some(Chosen::Nothing(nothing)))) => {
            drop(objects);
            story.close()?;
            return output.data(&review::words_of(&nothing), |_| words::nothing(&nothing));
        }
        Ok(prepared) => prepared,
        Err(failure) => {
            story.close()?;
            return Err(failure);
        }
    };
    log_to(&story);
    let agent = agent(&story, options);
    let stage = match Stage::start(environment, &mut story, &name, &agent).await {
        Ok(stage) => stage,
        Err(failure) => {
            story.close()?;
            return Err(failure);
        }
    };
    let work = async {
        if let (Some((id, answer)), None) = (&options.answer, &chosen) {
            return decide(&stage, &mut story, (&repository, &objects), options, output, (id, *answer)).await;
        }
        let Some(Chosen::Change(change)) = &chosen else { return Ok(()) };
        let pull = review::pull(&stage, &mut story, environment, change, &named(&options.agent)).await?;
        let main = review::main(&repository, change).await?;
        let from = (main.as_str(), repository.shallow.as_slice());
        let standing = review::reviewed(&stage, &story, &objects, (&pull, &change.title), from).await?;
        let mut review = review::report(&stage, &options.target, change, &standing).await?;
        review::remember(&mut story, pull.number, &review)?;
        review.next = review::next(&repository, &review);
        told(&review, output)
    };
    let done = stopped.or(work).await;
    ended(stage, story).await?;
    done
}

/// What must be known before anything is started; what is chosen is none for an answer.
async fn prepare(
    environment: &Environment,
    repository: &Repository,
    story: &Story,
    options: &Options,
) -> Result<(Objects, Option<Chosen>), Failure> {
    let objects = Objects::open(environment, story.folder(), Some(&repository.objects)).await.map_err(failed)?;
    if let Some((id, _)) = &options.answer {
        if story.saved.pulls.is_empty() {
            return Err(Failure::new(format!("no request `{id}` waits for `{}`", options.target))
                .hint("a new review", repository.command("")));
        }
        return Ok((objects, None));
    }
    let chosen = review::chosen(&Subjects { repository, objects: &objects }, options).await?;
    if let Chosen::Change(change) = &chosen {
        repository.is_whole(change).await?;
    }
    Ok((objects, Some(chosen)))
}

async fn decide(
    stage: &Stage,
    story: &mut Story,
    subjects: (&Repository, &Objects),
    options: &Options,
    output: &Output,
    answer: (&str, Answer),
) -> Result<(), Failure> {
    match decide::decide(stage, story, subjects, options, output, answer).await? {
        Decided::Done(review) => output.data(&*review, words::review),
        Decided::Moved(review, failure) => {
            output.data(&*review, words::review)?;
            Err(failure.after_its_answer())
        }
    }
}

async fn of_url(
    environment: &Environment,
    options: &Options,
    output: &Output,
    url: &PullUrl,
    stopped: &mut Stopped,
) -> Result<(), Failure> {
    if options.answer.is_some() || options.worktree || options.base.is_some() || options.head.is_some() {
        return Err(Failure::usage(
            "`--approve`, `--reject`, `--base`, `--head` and `--worktree` are for a repository of yours",
        )
        .hint(
            "in a clone",
            format!("git fetch origin pull/{0}/head:pr-{0} && longshore try . --head pr-{0}", url.number),
        ));
    }
    if !matches!(options.agent, Agent::Rules) {
        return Err(Failure::usage(
            "only `rules` reads what somebody else wrote: a command would run on it without isolation",
        )
        .hint("if you trust it", "clone it, and longshore try PATH --agent COMMAND"));
    }
    let mut story = Story::open(environment, &options.stories, &url.name, Path::new(&url.git()))?;
    let fetching = async {
        let objects = Objects::open(environment, story.folder(), None).await.map_err(failed)?;
        let fetched = remote::fetch(environment, url, &objects, story.folder()).await?;
        Ok((objects, fetched))
    };
    let (objects, fetched) = match stopped.or(fetching).await {
        Ok(fetched) => fetched,
        Err(failure) => {
            story.close()?;
            return Err(failure);
        }
    };
    log_to(&story);
    let stage = match Stage::start(environment, &mut story, "pull-request", &options.agent).await {
        Ok(stage) => stage,
        Err(failure) => {
            story.close()?;
            return Err(failure);
        }
    };
    let work = async {
        let change = &fetched.change;
        let pull = review::pull(&stage, &mut story, environment, change, &named(&options.agent)).await?;
        let from = (fetched.main.as_str(), fetched.shallow.as_slice());
        let standing = review::reviewed(&stage, &story, &objects, (&pull, &change.title), from).await?;
        let mut review = review::report(&stage, &options.target, change, &standing).await?;
        // There is no repository to write into, so nobody is asked.
        if review.status == Status::NeedsDecision {
            (review.status, review.request) = (Status::Findings, None);
        }
        told(&review, output)
    };
    let done = stopped.or(work).await;
    for pull in std::mem::take(&mut story.saved.pulls) {
        stage.close(&pull).await;
    }
    ended(stage, story).await?;
    done
}

/// The review is said; one that could not be done is a failure.
fn told(review: &Review, output: &Output) -> Result<(), Failure> {
    if review.status == Status::NotCompleted && !output.is_json() {
        let why = crate::cli::printable(review.reason.as_deref().unwrap_or("for no stated reason"));
        return Err(Failure::new(format!("the review was not completed: {why}")));
    }
    output.data(review, words::review)?;
    if review.status == Status::NotCompleted {
        return Err(Failure::new("the review was not completed").after_its_answer());
    }
    Ok(())
}

/// Takes down what was started, and leaves what waits for a person.
async fn ended(stage: Stage, mut story: Story) -> Result<(), Failure> {
    stage.tidy(&mut story).await;
    stage.stop().await;
    story.close()
}

/// The agent: as it was said, or the one that asked what is answered now.
fn agent(story: &Story, options: &Options) -> Agent {
    let asked = options.answer.as_ref().and_then(|(id, _)| domain::ids::RequestId::parse(id));
    let pull = story
        .saved
        .pulls
        .iter()
        .find(|pull| asked.is_some() && pull.request == asked.as_ref().map(ToString::to_string));
    pull.map_or_else(|| options.agent.clone(), |pull| Agent::named(&pull.agent))
}

/// The agent as it is said.
fn named(agent: &Agent) -> String {
    match agent {
        Agent::Rules => "rules".to_owned(),
        Agent::Command(command) => command.join(" "),
    }
}

/// The supervisor's log goes into the story; the terminal is the person's.
fn log_to(story: &Story) {
    let Ok(file) = std::fs::File::options().create(true).append(true).open(story.folder().join("log")) else { return };
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_ansi(false);
    // A second one in the same process is not needed.
    let _first = log.fmt_fields(crate::log::fields()).with_writer(std::sync::Mutex::new(file)).try_init();
}

/// Ctrl-C and SIGTERM.
struct Stopped {
    interrupt: Signal,
    terminate: Signal,
}

impl Stopped {
    fn listen() -> Result<Self, Failure> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
        })
    }

    /// `work`, unless it is told to stop first.
    async fn or<T>(&mut self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            done = work => done,
            _ = self.interrupt.recv() => Err(Failure::new("stopped; nothing of it runs any more")),
            _ = self.terminate.recv() => Err(Failure::new("stopped; nothing of it runs any more")),
        }
    }
}
