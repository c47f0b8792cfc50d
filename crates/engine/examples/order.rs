//! An order that is paid, waits for a person for days with a reminder each day, and is then shipped or refunded.
//!
//! ```text
//! cargo run -p engine --example order -- STORE WORDS
//! ```
//!
//! `STORE` is `memory`, the file of a SQLite database, or `postgres://…`. `WORDS` are carried out in turn: `place KEY`,
//! `approve KEY`, `decline KEY`, `wait SECONDS`, `show KEY`. After the last one it waits until nothing is under way, and
//! ends. A day lasts two seconds here. Kill it wherever you like; the next start goes on where it was:
//!
//! ```text
//! cargo run -p engine --example order -- shop.db place 7 wait 60            # kill -9 it, whenever
//! cargo run -p engine --example order -- shop.db wait 5 approve 7 wait 2 show 7
//! ```

use engine::{
    ActionContext, ActionError, ActionFailure, ActionOptions, Awaits, Engine, Environment, EventId, Executor, Illegal,
    Limits, ListFilter, MemoryStore, Registry, Store, Summary, TimerChange, Timestamp, Transition, Workflow,
    async_trait,
};
use serde::{Deserialize, Serialize};
use std::{error::Error, io::Write, path::PathBuf, sync::Arc, time::Duration};
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;

// ---- What happens to an order: pure, and all that has to be written for a workflow.

struct Orders;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Order {
    status: Status,
    /// It came with the order, since a transition knows nothing that no event has told it.
    day_ms: u64,
    reminders: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Status {
    Paying,
    Waiting,
    Shipping,
    Refunding,
    Shipped,
    Refunded,
    Failed,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Event {
    Placed { day_ms: u64 },
    Paid,
    DayPassed,
    Reminded,
    Approved,
    Declined,
    Shipped,
    Refunded,
    CouldNot { what: String, why: String },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Action {
    Pay,
    Remind,
    Ship,
    Refund,
}

/// The name of its timer.
const DAY: &str = "day";
/// How long an approval is kept that comes before the order waits for it.
const KEEP_MS: u64 = 60_000;

impl Workflow for Orders {
    type State = Order;
    type Event = Event;
    type Action = Action;
    const KIND: &'static str = "order";
    const STATE_VERSION: u32 = 1;

    fn transition(order: Option<&Order>, event: &Event, now: Timestamp) -> Result<Transition<Self>, Illegal> {
        let Some(order) = order else {
            let Event::Placed { day_ms } = event else {
                return Err(Illegal::TooEarly { why: "there is no such order yet".into(), keep_ms: KEEP_MS });
            };
            let order = Order { status: Status::Paying, day_ms: *day_ms, reminders: 0 };
            return Ok(Transition { actions: vec![Action::Pay], ..Transition::to(order) });
        };
        let mut next = Transition::<Self>::to(order.clone());
        let tomorrow = TimerChange::At { name: DAY.into(), at: now.plus_millis(order.day_ms) };
        match (order.status, event) {
            (Status::Paying, Event::Paid) => {
                next.state.status = Status::Waiting;
                next.timers.push(tomorrow);
            }
            (Status::Paying, Event::Approved | Event::Declined) => {
                return Err(Illegal::TooEarly { why: "it is not paid yet".into(), keep_ms: KEEP_MS });
            }
            (Status::Waiting, Event::DayPassed) => {
                next.state.reminders += 1;
                next.actions.push(Action::Remind);
                next.timers.push(tomorrow);
            }
            (Status::Waiting, Event::Approved) => decided(&mut next, Status::Shipping, Action::Ship),
            (Status::Waiting, Event::Declined) => decided(&mut next, Status::Refunding, Action::Refund),
            (Status::Shipping, Event::Shipped) => next.state.status = Status::Shipped,
            (Status::Refunding, Event::Refunded) => next.state.status = Status::Refunded,
            (_, Event::Reminded) => {}
            (_, Event::CouldNot { what, .. }) if what == "remind" => {}
            (_, Event::CouldNot { .. }) => next.state.status = Status::Failed,
            (status, event) => return Err(Illegal::Refused(format!("{event:?} in {status:?}"))),
        }
        Ok(next)
    }

    fn summary(order: &Order) -> Summary {
        use Status::{Failed, Paying, Refunded, Refunding, Shipped, Shipping, Waiting};
        Summary {
            status: match order.status {
                Paying => "paying",
                Waiting => "waiting",
                Shipping => "shipping",
                Refunding => "refunding",
                Shipped => "shipped",
                Refunded => "refunded",
                Failed => "failed",
            },
            terminal: matches!(order.status, Shipped | Refunded | Failed),
            awaits: if order.status == Waiting { Awaits::Event } else { Awaits::Nothing },
            ..Summary::default()
        }
    }

    fn timer_fired(timer: &str) -> Option<Event> {
        (timer == DAY).then_some(Event::DayPassed)
    }

    fn action_failed(action: &Action, failure: &ActionFailure) -> Event {
        Event::CouldNot { what: Self::action_name(action).into(), why: failure.message.clone() }
    }

    fn action_name(action: &Action) -> &'static str {
        match action {
            Action::Pay => "pay",
            Action::Remind => "remind",
            Action::Ship => "ship",
            Action::Refund => "refund",
        }
    }

    fn action_names() -> &'static [&'static str] {
        &["pay", "remind", "ship", "refund"]
    }

    fn action_options(_: &Action) -> ActionOptions {
        ActionOptions { attempts_max: 3, timeout_ms: 10_000, ..ActionOptions::default() }
    }

    fn event_name(event: &Event) -> String {
        format!("{event:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
    }
}

fn decided(next: &mut Transition<Orders>, status: Status, action: Action) {
    next.state.status = status;
    next.actions.push(action);
    next.withdraw.push("remind");
    next.timers.push(TimerChange::Cancel { name: DAY.into() });
}

// ---- Who carries the actions out: a shop whose bank, mail and post are one file with a line for each thing done.

struct Shop {
    environment: Environment,
    ledger: PathBuf,
}

#[async_trait]
impl Executor<Orders> for Shop {
    async fn execute(&self, context: &ActionContext<Orders>, action: &Action) -> Result<Event, ActionError> {
        let (name, key) = (Orders::action_name(action), &context.key);
        // Workflow and action name the intent for good: what a bank calls an idempotency key.
        let line = format!("{name} order {key} as {}/{}", context.workflow, context.action);
        let done = || std::fs::read_to_string(&self.ledger).is_ok_and(|ledger| ledger.lines().any(|it| it == line));
        if context.maybe_done && done() {
            println!("  {name} order {key}: had been done, and is not done again");
        } else {
            println!("  {name} order {key} …");
            self.environment.sleep(Duration::from_millis(200)).await;
            write(&self.ledger, &line)
                .map_err(|error| ActionError::Retryable { message: error.to_string(), retry_after: None })?;
            println!("  {name} order {key}: done");
            self.environment.sleep(Duration::from_millis(200)).await;
        }
        Ok(match action {
            Action::Pay => Event::Paid,
            Action::Remind => Event::Reminded,
            Action::Ship => Event::Shipped,
            Action::Refund => Event::Refunded,
        })
    }
}

fn write(ledger: &PathBuf, line: &str) -> std::io::Result<()> {
    writeln!(std::fs::File::options().create(true).append(true).open(ledger)?, "{line}")
}

// ---- The program: opens a store, starts the engine on it, submits what it is told.

const DAY_MS: u64 = 2_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let place = words.next().ok_or("say where: `memory`, a file, or `postgres://…`")?;
    let environment = Environment::real();
    let mut ledger = std::env::temp_dir().join("order.ledger");
    let store: Arc<dyn Store> = if place == "memory" {
        Arc::new(MemoryStore::new())
    } else if place.starts_with("postgres://") {
        Arc::new(PostgresStore::open(&place, environment.clone()).await?)
    } else {
        ledger = format!("{place}.ledger").into();
        Arc::new(SqliteStore::open(&place, environment.clone()).await?)
    };
    let shop = Shop { environment: environment.clone(), ledger };
    let registry = Registry::new().with::<Orders>(Arc::new(shop));
    let engine = Engine::start(environment.clone(), store, registry, Limits::default()).await?;
    narrate(&engine, &environment);
    while let Some(word) = words.next() {
        let object = words.next().ok_or_else(|| format!("`{word}` what?"))?;
        carry_out(&engine, &environment, &word, &object).await?;
    }
    while !is_at_rest(&engine).await? {
        environment.sleep(Duration::from_millis(20)).await;
    }
    engine.shutdown().await;
    Ok(())
}

async fn carry_out(engine: &Engine, time: &Environment, word: &str, object: &str) -> Result<(), Box<dyn Error>> {
    let event = match word {
        "place" => Event::Placed { day_ms: DAY_MS },
        "approve" => Event::Approved,
        "decline" => Event::Declined,
        "wait" => {
            time.sleep(Duration::from_secs(object.parse()?)).await;
            return Ok(());
        }
        "show" => return show(engine, object).await,
        other => return Err(format!("`{other}` is none of place, approve, decline, wait, show").into()),
    };
    // The same word about the same order is the same fact: said twice, it is recorded once.
    let receipt = engine.submit::<Orders>(object, EventId::new("cli", word), event).await?;
    println!("{word} order {object}: {}", if receipt.duplicate { "was known" } else { "is durable" });
    Ok(())
}

async fn show(engine: &Engine, key: &str) -> Result<(), Box<dyn Error>> {
    let order = engine.view_by_key::<Orders>(key).await?.ok_or_else(|| format!("there is no order {key}"))?;
    println!("order {key} is {} after {} reminders", order.row.status, order.state.reminders);
    for event in engine.history(order.workflow, 0, 100).await? {
        println!("  {} {} ({})", event.seq, event.name, event.id);
    }
    println!("  {}", engine.why(order.workflow).await?.sentence);
    Ok(())
}

fn narrate(engine: &Engine, environment: &Environment) {
    let mut feed = engine.subscribe();
    environment.spawn(async move {
        while let Ok(news) = feed.recv().await {
            println!("{}: {}, so it is {}", news.workflow, news.event_name, news.status);
        }
    });
}

/// No action is pending: each order has ended, or waits for a person or a day.
async fn is_at_rest(engine: &Engine) -> Result<bool, Box<dyn Error>> {
    for row in engine.list(ListFilter { limit: 1_000, ..ListFilter::default() }).await? {
        if engine.view::<Orders>(row.workflow).await?.is_some_and(|order| !order.pending.is_empty()) {
            return Ok(false);
        }
    }
    Ok(true)
}
