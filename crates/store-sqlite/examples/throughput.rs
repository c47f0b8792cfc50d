//! Workload W on a SQLite file: per workflow a start, five actions and three events from outside, that is nine durable
//! transitions; every event from outside waits for its durable answer.
//!
//! `cargo run --release -p store-sqlite --example throughput -- [workflows] [submitters]`

use async_trait::async_trait;
use engine::{
    ActionContext, ActionError, ActionFailure, ActionOptions, Awaits, Engine, EventId, Executor, Illegal, Limits,
    Registry, Summary, Timestamp, Transition, UpgradeError, Workflow,
};
use environment::Environment;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store_sqlite::SqliteStore;

#[derive(Debug)]
struct W;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    done: u8,
    text: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Event {
    Started { text: String },
    Worked { step: u8, text: String },
    Told { text: String },
    Failed,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Work {
    step: u8,
    text: String,
}

/// Bytes of text that bring an event to about 75 bytes and a state to about 220.
const EVENT_TEXT: usize = 45;
const STATE_TEXT: usize = 195;
const ACTIONS: u8 = 5;
const OUTSIDE: usize = 3;

impl Workflow for W {
    type State = State;
    type Event = Event;
    type Action = Work;
    const KIND: &'static str = "pull_request";
    const STATE_VERSION: u32 = 1;

    fn transition(state: Option<&State>, event: &Event, _now: Timestamp) -> Result<Transition<Self>, Illegal> {
        let work = |step| Work { step, text: "x".repeat(EVENT_TEXT) };
        match (state, event) {
            (None, Event::Started { .. }) => {
                let mut next = Transition::to(State { done: 0, text: "s".repeat(STATE_TEXT) });
                next.actions.push(work(1));
                Ok(next)
            }
            (Some(state), Event::Worked { step, .. }) => {
                let mut next = Transition::<Self>::to(State { done: state.done + 1, ..state.clone() });
                if *step < ACTIONS {
                    next.actions.push(work(step + 1));
                }
                Ok(next)
            }
            (Some(state), Event::Told { .. }) => Ok(Transition::to(State { done: state.done + 1, ..state.clone() })),
            _ => Err(Illegal::Refused("not now".into())),
        }
    }

    fn summary(state: &State) -> Summary {
        let terminal = state.done == 8;
        let status = if terminal { "closed" } else { "running" };
        Summary { status, terminal, awaits: Awaits::Event, title: "acme/shop#7".into(), ..Summary::default() }
    }

    fn timer_fired(_: &str) -> Option<Event> {
        None
    }

    fn granted(_: &str) -> Option<Event> {
        None
    }

    fn action_failed(_: &Work, _: &ActionFailure) -> Event {
        Event::Failed
    }

    fn action_name(_: &Work) -> &'static str {
        "work"
    }

    fn action_names() -> &'static [&'static str] {
        &["work"]
    }

    fn action_options(_: &Work) -> ActionOptions {
        ActionOptions {
            independent: false,
            attempts_max: 3,
            timeout_ms: 10_000,
            backoff_ms: 100,
            backoff_max_ms: 1_000,
            repeatable: true,
        }
    }

    fn event_name(_: &Event) -> String {
        "event".into()
    }

    fn upgrade(from: u32, _: serde_json::Value) -> Result<State, UpgradeError> {
        Err(UpgradeError { from, why: "there is one version only".into() })
    }
}

struct Worker;

#[async_trait]
impl Executor<W> for Worker {
    async fn execute(&self, _: &ActionContext<W>, action: &Work) -> Result<Event, ActionError> {
        Ok(Event::Worked { step: action.step, text: action.text.clone() })
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|text| text.parse::<usize>().ok());
    let workflows = arguments.next().unwrap_or(40_000);
    let submitters = arguments.next().unwrap_or(4_096);
    let folder = tempfile::tempdir().expect("a folder for the database");
    let path = folder.path().join("longshore.db");
    let environment = Environment::real();
    let store = Arc::new(SqliteStore::open(&path, environment.clone()).await.expect("the database opens"));
    let limits = Limits::default();
    let registry = Registry::new().with::<W>(Arc::new(Worker));
    let engine = Engine::start(environment.clone(), store, registry, limits).await.expect("the engine starts");
    let begun = environment.now();
    let tasks: Vec<_> = (0..submitters)
        .map(|submitter| {
            let engine = engine.clone();
            environment.spawn(async move {
                for n in (submitter..workflows).step_by(submitters) {
                    let key = format!("k{n}");
                    let text = || "x".repeat(EVENT_TEXT);
                    submit(&engine, &key, 0, Event::Started { text: text() }).await;
                    for number in 1..=OUTSIDE {
                        submit(&engine, &key, number, Event::Told { text: text() }).await;
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a submitter ends well");
    }
    // The actions of the last workflows are still on their way.
    let expected = u64::try_from(workflows * (1 + OUTSIDE + usize::from(ACTIONS))).unwrap_or(u64::MAX);
    while engine.counters().transitions < expected {
        environment.sleep(std::time::Duration::from_millis(1)).await;
    }
    let span = environment.now().since(begun);
    let counters = engine.counters();
    let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
    println!(
        "{} transitions in {:.2} s: {:.0}/s; {} commits; {} bytes per workflow",
        counters.transitions,
        span.as_secs_f64(),
        counters.transitions as f64 / span.as_secs_f64(),
        counters.commits,
        bytes / u64::try_from(workflows).unwrap_or(u64::MAX)
    );
    engine.shutdown().await;
}

async fn submit(engine: &Engine, key: &str, number: usize, event: Event) {
    let id = EventId::new("gh", format_args!("{key}-{number}"));
    engine.submit::<W>(key, id, event).await.expect("it is accepted");
}
