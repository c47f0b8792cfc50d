//! Counters that count as fast as they can, and say of each event that it is durable: a program to be killed.
//!
//! ```text
//! cargo run -p engine --example counters -- STORE count ROUND     # `KEY ID` for each event that was acknowledged, for ever
//! cargo run -p engine --example counters -- STORE settle          # waits until no action is pending
//! ```
//!
//! `STORE` is the file of a SQLite database or `postgres://…`; `ROUND` makes the ids of this process its own. Every tenth
//! event starts an action.

use engine::{
    ActionContext, ActionError, ActionFailure, Awaits, Engine, Environment, EventId, Executor, Illegal, Limits,
    ListFilter, Registry, Store, Summary, Timestamp, Transition, Workflow, async_trait,
};
use serde::{Deserialize, Serialize};
use std::{error::Error, io::Write, sync::Arc, time::Duration};
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;
use tokio::sync::mpsc;

/// Counters, and submitters that each wait for their answers.
const COUNTERS: usize = 64;
const SUBMITTERS: usize = 256;
/// Acknowledgements on their way to the pipe.
const TOLD_MAX: usize = 4_096;
/// Events per action.
const PER_ACTION: u64 = 10;

struct Counter;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct State {
    count: u64,
    noted: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Event {
    Counted,
    Noted,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note;

impl Workflow for Counter {
    type State = State;
    type Event = Event;
    type Action = Note;
    const KIND: &'static str = "counter";
    const STATE_VERSION: u32 = 1;

    fn transition(state: Option<&State>, event: &Event, _: Timestamp) -> Result<Transition<Self>, Illegal> {
        let mut next = Transition::<Self>::to(state.cloned().unwrap_or_default());
        match event {
            Event::Counted => {
                next.state.count += 1;
                next.actions.extend(next.state.count.is_multiple_of(PER_ACTION).then_some(Note));
            }
            Event::Noted => next.state.noted += 1,
        }
        Ok(next)
    }

    fn summary(_: &State) -> Summary {
        Summary { status: "counting", awaits: Awaits::Event, ..Summary::default() }
    }

    fn action_failed(_: &Note, _: &ActionFailure) -> Event {
        Event::Noted
    }

    fn action_name(_: &Note) -> &'static str {
        "note"
    }

    fn action_names() -> &'static [&'static str] {
        &["note"]
    }

    fn event_name(event: &Event) -> String {
        format!("{event:?}")
    }
}

struct Nothing;

#[async_trait]
impl Executor<Counter> for Nothing {
    async fn execute(&self, _: &ActionContext<Counter>, _: &Note) -> Result<Event, ActionError> {
        Ok(Event::Noted)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let environment = Environment::real();
    let place = words.first().ok_or("say where: a file or `postgres://…`")?;
    let store: Arc<dyn Store> = if place.starts_with("postgres://") {
        Arc::new(PostgresStore::open(place, environment.clone()).await?)
    } else {
        Arc::new(SqliteStore::open(place, environment.clone()).await?)
    };
    let registry = Registry::new().with::<Counter>(Arc::new(Nothing));
    let engine = Engine::start(environment.clone(), store, registry, Limits::default()).await?;
    match words.get(1).map(String::as_str) {
        Some("count") => count(&engine, &environment, words.get(2).ok_or("count which round?")?).await,
        Some("settle") => settle(&engine, &environment).await?,
        _ => return Err("`count ROUND` or `settle`?".into()),
    }
    engine.shutdown().await;
    Ok(())
}

/// Never ends, unless nobody listens any more.
async fn count(engine: &Engine, environment: &Environment, round: &str) {
    let (tell, mut told) = mpsc::channel::<String>(TOLD_MAX);
    for submitter in 0..SUBMITTERS {
        let (engine, tell, round) = (engine.clone(), tell.clone(), round.to_owned());
        environment.spawn(async move {
            let key = format!("c{}", submitter % COUNTERS);
            for number in 0_u64.. {
                let id = EventId::new("n", format_args!("{round}.{submitter}.{number}"));
                if engine.submit::<Counter>(&key, id.clone(), Event::Counted).await.is_ok()
                    && tell.send(format!("{key} {id}\n")).await.is_err()
                {
                    return;
                }
            }
        });
    }
    drop(tell);
    let mut out = std::io::stdout().lock();
    while let Some(line) = told.recv().await {
        let mut lines = line;
        while let Ok(line) = told.try_recv() {
            lines.push_str(&line);
        }
        if out.write_all(lines.as_bytes()).and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

async fn settle(engine: &Engine, environment: &Environment) -> Result<(), Box<dyn Error>> {
    for row in engine.list(ListFilter { limit: COUNTERS, ..ListFilter::default() }).await? {
        while engine.view::<Counter>(row.workflow).await?.is_some_and(|view| !view.pending.is_empty()) {
            environment.sleep(Duration::from_millis(10)).await;
        }
        if !engine.replay(row.workflow).await?.matches {
            return Err(format!("{} is not what its history leads to", row.key).into());
        }
    }
    Ok(())
}
