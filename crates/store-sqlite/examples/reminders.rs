//! What reminders cost while they wait: so many on a SQLite file, due in a month; resident memory and processor time of a
//! process that was started on them and does nothing else.
//!
//! `cargo run -p store-sqlite --example reminders -- [reminders] [seconds]`

use async_trait::async_trait;
use domain::{
    ids::PullRequestRef,
    people::{Permission, Person, Via},
    reminder::{Action, Event, Plan, Reminder, Standing, Wish, key},
};
use engine::{ActionContext, ActionError, Engine, EventId, Executor, Limits, ListFilter, Registry};
use environment::Environment;
use std::{path::Path, sync::Arc, time::Duration};
use store_sqlite::SqliteStore;

/// Submissions at once: below the engine's queue.
const AT_ONCE: usize = 2_000;
const MONTH_MS: u64 = 30 * 86_400_000;
/// The argument with which it starts itself: the part that is measured.
const WAIT: &str = "wait";

/// Grants every wish; delivers nothing, since nothing falls due.
struct Grants;

#[async_trait]
impl Executor<Reminder> for Grants {
    async fn execute(&self, _: &ActionContext<Reminder>, action: &Action) -> Result<Event, ActionError> {
        match action {
            Action::ReadStanding => {
                let standing = Standing { permission: Permission::Write, open: true, by_person: 0, on_pull_request: 0 };
                Ok(Event::StandingRead { standing })
            }
            Action::Reply { key, .. } => Ok(Event::Replied { key: key.clone() }),
            _ => Err(ActionError::Permanent { message: "nothing is due here".into() }),
        }
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default| arguments.get(place).and_then(|text| text.parse().ok()).unwrap_or(default);
    if arguments.first().is_some_and(|first| first == WAIT) {
        return wait(Path::new(&arguments[1]), number(2, 60)).await;
    }
    let (many, seconds) = (number(0, 100_000), number(1, 60));
    let folder = tempfile::tempdir().expect("a folder for the database");
    let path = folder.path().join("longshore.db");
    fill(&path, many).await;
    let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
    println!("{many} reminders wait, {} bytes each on disk, history included", bytes / many.max(1));
    // In a process of its own, so that what filling took does not count.
    let program = std::env::current_exe().expect("its own path");
    let status = std::process::Command::new(program).arg(WAIT).arg(&path).arg(seconds.to_string()).status();
    assert!(status.expect("it starts").success());
}

async fn fill(path: &Path, many: u64) {
    let (environment, engine) = start(path).await;
    let begun = environment.now();
    let numbers: Vec<u64> = (1..=many).collect();
    for some in numbers.chunks(AT_ONCE) {
        let events = some.iter().map(|number| asked(*number, &environment)).collect();
        for receipt in engine.submit_many::<Reminder>(events).await {
            receipt.expect("it is accepted");
        }
    }
    // Asked, permitted, confirmed.
    while engine.counters().transitions < many * 3 {
        environment.sleep(Duration::from_millis(5)).await;
    }
    println!("asked for and confirmed in {:.1} s", environment.now().since(begun).as_secs_f64());
    engine.shutdown().await;
}

async fn wait(path: &Path, seconds: u64) {
    let empty = resident_kib();
    let clock = Environment::real();
    let begun = clock.now();
    let (environment, engine) = start(path).await;
    let one = ListFilter { kind: Some("reminder".into()), limit: 1, ..ListFilter::default() };
    engine.list(one).await.expect("the database answers");
    println!("started in {} ms", environment.now().since(begun).as_millis());
    // What a start touches is put aside again within seconds.
    environment.sleep(Duration::from_secs(15)).await;
    let (spent, counters) = (processor_ticks(), engine.counters());
    environment.sleep(Duration::from_secs(seconds)).await;
    let after = engine.counters();
    println!(
        "{} KiB resident ({empty} KiB before the database was opened); {} ms of processor time in {seconds} s; {} workflows in \
         memory, {} actions, {} commits",
        resident_kib(),
        (processor_ticks() - spent) * 10,
        after.live,
        after.actions_running,
        after.commits - counters.commits,
    );
    engine.shutdown().await;
}

async fn start(path: &Path) -> (Environment, Engine) {
    let environment = Environment::real();
    let store = Arc::new(SqliteStore::open(path, environment.clone()).await.expect("the database opens"));
    let registry = Registry::new().with::<Reminder>(Arc::new(Grants));
    let engine = Engine::start(environment.clone(), store, registry, Limits::default()).await.expect("it starts");
    (environment, engine)
}

fn asked(number: u64, environment: &Environment) -> (String, EventId, Event) {
    let id = EventId::new("gh", format_args!("comment:{number}:0"));
    let (owner, name) = ("acme".to_owned(), "shop".to_owned());
    let pr = PullRequestRef { installation: 1, repository_id: 1, owner, name, number: number / 20 };
    let at = environment.now().plus_millis(MONTH_MS);
    let wish = Wish::Remind { plan: Plan::Once { at }, zone: "UTC".into(), text: "check the rollout".into() };
    let event = Event::Asked {
        ask: id.as_str().to_owned(),
        by: Person { login: "ann".into(), bot: false },
        via: Via::Comment { comment: number },
        wish: Box::new(wish),
        pr,
    };
    (key(1, number / 20, id.as_str()), id, event)
}

/// From `/proc`, Linux only.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// User and system time in hundredths of a second.
fn processor_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    [11, 12].iter().filter_map(|place| fields.get(*place)?.parse::<u64>().ok()).sum()
}
