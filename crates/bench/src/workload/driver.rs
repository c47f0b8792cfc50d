//! The world outside of W: submitters that each run one workflow after another, and wait for every answer.

use super::{Event, TRANSITIONS, Told, W, worker::status};
use crate::{Failure, stopwatch::Stopwatch};
use engine::{Engine, EventId, WorkflowId};
use environment::{Environment, Task};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// How long the last transitions may take once every outside event was answered.
const SETTLE: Duration = Duration::from_secs(60);

/// The first event of a workflow.
pub fn opened(key: &str, patience_ms: u64) -> Event {
    Event::Opened { title: format!("acme/shop#{key}"), head: "5b1c2f0e9d".repeat(4), patience_ms }
}

/// A machine says that it is there.
pub fn called_back(key: &str, run: u8) -> Event {
    Event::CalledBack { machine: format!("m-{key}-{run}"), status: status() }
}

/// A person clicks.
pub fn requested(key: &str) -> Event {
    Event::Requested {
        actor: format!("ada-{key}"),
        action: "approve, and go on with all of what was shown there".into(),
    }
}

/// Submits, and waits until it is durable.
///
/// # Errors
/// It was not accepted.
pub async fn submit(engine: &Engine, key: &str, number: u8, event: Event) -> Result<WorkflowId, Failure> {
    let id = EventId::new("gh", format_args!("{key}-{number}"));
    Ok(engine.submit::<W>(key, id, event).await?.workflow)
}

/// One workflow from its start until the check that asks a person was published.
async fn ask(engine: &Engine, told: &Told, submitter: usize, key: &str, patience_ms: u64) -> Result<(), Failure> {
    submit(engine, key, 0, opened(key, patience_ms)).await?;
    told.wait(submitter).await;
    submit(engine, key, 1, called_back(key, 1)).await?;
    told.wait(submitter).await;
    Ok(())
}

/// One workflow from its start until its last action ran.
async fn one(engine: &Engine, told: &Told, submitter: usize, n: usize) -> Result<(), Failure> {
    let key = Told::key(submitter, n);
    ask(engine, told, submitter, &key, 0).await?;
    submit(engine, &key, 2, requested(&key)).await?;
    told.wait(submitter).await;
    submit(engine, &key, 3, called_back(&key, 2)).await?;
    told.wait(submitter).await;
    Ok(())
}

/// Runs so many workflows by so many submitters to their ends; the time from the first submission until the last
/// transition is durable.
///
/// # Errors
/// An event was not accepted, or the workflows do not end.
pub async fn run(
    environment: &Environment,
    engine: &Engine,
    told: &Told,
    workflows: usize,
    submitters: usize,
) -> Result<Duration, Failure> {
    let before = engine.counters().transitions;
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Stopwatch::start();
    let submitter = |submitter: usize| {
        let (engine, told, next) = (engine.clone(), told.clone(), Arc::clone(&next));
        environment.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= workflows {
                    return Ok::<_, Failure>(());
                }
                one(&engine, &told, submitter, n).await?;
            }
        })
    };
    all((0..submitters.min(workflows)).map(submitter).collect()).await?;
    settle(environment, engine, before + TRANSITIONS * workflows as u64).await?;
    Ok(begun.elapsed())
}

/// Durable transitions of a workflow from its start until it waits for a person.
pub const ASKED: u64 = 5;

/// The key of the `n`th paused workflow.
pub fn paused_key(n: usize, submitters: usize) -> String {
    Told::key(n % submitters, n)
}

/// Brings so many workflows to where a person is waited for, each for as long as `patience_ms` says of it when it begins;
/// the time until the last of them is durable.
///
/// # Errors
/// An event was not accepted, or they do not come that far.
pub async fn pause(
    environment: &Environment,
    engine: &Engine,
    told: &Told,
    workflows: usize,
    submitters: usize,
    patience_ms: impl Fn(usize) -> u64 + Clone + Send + 'static,
) -> Result<Duration, Failure> {
    let before = engine.counters().transitions;
    let begun = Stopwatch::start();
    let submitter = |submitter: usize| {
        let (engine, told, patience_ms) = (engine.clone(), told.clone(), patience_ms.clone());
        environment.spawn(async move {
            for n in (submitter..workflows).step_by(submitters) {
                ask(&engine, &told, submitter, &paused_key(n, submitters), patience_ms(n)).await?;
            }
            Ok::<_, Failure>(())
        })
    };
    all((0..submitters.min(workflows)).map(submitter).collect()).await?;
    settle(environment, engine, before + ASKED * workflows as u64).await?;
    Ok(begun.elapsed())
}

/// Until all of them have ended well.
async fn all(tasks: Vec<Task<Result<(), Failure>>>) -> Result<(), Failure> {
    for task in tasks {
        task.await.map_err(|error| Failure::Check(format!("a submitter ended abnormally: {error}")))??;
    }
    Ok(())
}

/// Until the engine has committed so many transitions.
///
/// # Errors
/// It does not.
pub async fn settle(environment: &Environment, engine: &Engine, transitions: u64) -> Result<(), Failure> {
    let waited = Stopwatch::start();
    loop {
        let there = engine.counters().transitions;
        if there >= transitions {
            return Ok(());
        }
        if waited.elapsed() > SETTLE {
            return Err(Failure::Check(format!(
                "{there} of {transitions} transitions were committed, and no more come"
            )));
        }
        environment.sleep(Duration::from_millis(1)).await;
    }
}
