//! `longshore demo`: the whole main job on this machine. Three processes on real sockets (the stand-in for GitHub, the
//! supervisor, the worker that the supervisor starts) and the production path throughout; this one only narrates, and
//! plays the person. Killed at any moment, it goes on from its data folder.

mod backend;
mod children;
mod config;
mod keys;
mod lines;
mod narrate;
mod outcome;
mod story;
mod world;

pub use backend::Backend;

use children::Children;
use environment::Environment;
use narrate::Narrator;
use outcome::Outcome;
use std::path::PathBuf;
use story::Story;
use tokio::signal::unix::{SignalKind, signal};
use world::World;

/// What the demo was asked to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// Click by itself, and kill the supervisor once while it waits.
    pub auto: bool,
    /// End with one JSON object on stdout.
    pub json: bool,
    /// Data folder of the story.
    pub data: PathBuf,
    /// Which agent reads: `rules`, or a command.
    pub agent: Agent,
    /// Where machines run.
    pub backend: Backend,
}

/// Which agent reads.
#[derive(Debug, Clone)]
pub enum Agent {
    /// The fixed checks.
    Rules,
    /// A program that speaks the command protocol.
    Command(Vec<String>),
}

impl Agent {
    /// As a person says it: `rules`, or a program and its arguments.
    pub fn named(words: &str) -> Self {
        match words {
            "rules" => Self::Rules,
            command => Self::Command(command.split_whitespace().map(str::to_owned).collect()),
        }
    }
}

/// Why the demo did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A sentence for people.
    #[error("{0}")]
    Sentence(String),
    /// It came to an end, and not to the right one.
    #[error("{0}")]
    EndedBadly(String),
    /// The supervisor or the stand-in died; the same command goes on.
    #[error("{who} was killed; run the same command again, today or next week: the story goes on where it was")]
    Killed {
        /// Which.
        who: &'static str,
    },
    /// The person left.
    #[error("left")]
    Left,
}

impl From<std::io::Error> for DemoError {
    fn from(error: std::io::Error) -> Self {
        Self::Sentence(format!("the demo's data folder cannot be used: {error}"))
    }
}

/// Tells the story to its end.
///
/// # Errors
/// [`DemoError`].
pub async fn run(environment: Environment, options: Options) -> Result<(), DemoError> {
    // Heard from the first moment on: whatever is started from here is ended in order.
    let stopped = stopped()?;
    let mut story = Story::open(&options.data, &environment)?;
    let mut children = Children::start(&environment, &options, &mut story).await?;
    let told = tokio::select! {
        told = tell(&environment, &options, &mut story, &mut children) => told,
        () = stopped => Err(DemoError::Left),
    };
    match told {
        Ok(outcome) => {
            children.stop(&environment).await;
            story.finish()?;
            if options.json {
                println!("{}", outcome.json());
            }
            if outcome.ok() { Ok(()) } else { Err(DemoError::EndedBadly(outcome.what_is_wrong())) }
        }
        Err(error) => {
            children.stop(&environment).await;
            story.rest(matches!(error, DemoError::Left))?;
            Err(error)
        }
    }
}

/// Completes at Ctrl-C or SIGTERM: the processes of the story are ended before this one is.
fn stopped() -> Result<impl Future<Output = ()>, DemoError> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

async fn tell(
    environment: &Environment,
    options: &Options,
    story: &mut Story,
    children: &mut Children,
) -> Result<Outcome, DemoError> {
    let world = World::new(environment.clone(), story)?;
    let mut narrator = Narrator::new(environment.clone(), options.clone(), world);
    narrator.greet(story, children).await?;
    narrator.tell(story, children).await
}
