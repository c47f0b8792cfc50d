//! A backup taken while events pour in: it holds everything that was acknowledged before it began, and every history in
//! it leads to the state beside it.

use crate::{
    backup::{Opened, Place},
    order::{Action, DESKS, Event, Order},
};
use async_trait::async_trait;
use engine::{ActionContext, ActionError, Engine, EventId, Executor, Limits, ListFilter, Registry, Store, WorkflowId};
use environment::Environment;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

const SENDERS: usize = 8;
/// Acknowledged before the backup begins, so that it has something to hold.
const BEFORE: usize = 400;

struct Shop;

#[async_trait]
impl Executor<Order> for Shop {
    async fn execute(&self, _: &ActionContext<Order>, action: &Action) -> Result<Event, ActionError> {
        Ok(match action {
            Action::Notify => Event::Notified,
            Action::Charge => Event::Charged { receipt: "r".into() },
            Action::Ship => Event::Shipped,
        })
    }
}

async fn start(opened: Opened) -> (Engine, Arc<dyn Store>) {
    let store: Arc<dyn Store> = match opened {
        Opened::Sqlite(store) => Arc::new(*store),
        Opened::Postgres(store) => Arc::new(*store),
    };
    let registry = Registry::new().with::<Order>(Arc::new(Shop)).pool(DESKS, 1);
    (Engine::start(Environment::real(), Arc::clone(&store), registry, Limits::default()).await.unwrap(), store)
}

type Acknowledged = Arc<Mutex<Vec<(String, EventId)>>>;

/// Sends until told to stop; whatever is acknowledged is written down after that.
async fn send(engine: Engine, sender: usize, acknowledged: Acknowledged, stop: Arc<AtomicBool>) {
    for number in 0.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let key = format!("k{sender}.{number}");
        for (id, event) in [("1", Event::Placed), ("2", Event::Noted("a\0".into())), ("3", Event::Approved)] {
            let id = EventId::new("gh", id);
            engine.submit::<Order>(&key, id.clone(), event).await.unwrap();
            acknowledged.lock().unwrap().push((key.clone(), id));
        }
    }
}

async fn all(store: &dyn Store) -> Vec<WorkflowId> {
    let mut found: Vec<WorkflowId> = Vec::new();
    loop {
        let filter = ListFilter { after: found.last().copied(), limit: 500, ..ListFilter::default() };
        let page = store.list(&filter).await.unwrap();
        if page.is_empty() {
            return found;
        }
        found.extend(page.iter().map(|row| row.id));
    }
}

async fn busy(place: Place) {
    let environment = Environment::real();
    let (engine, store) = start(place.open(environment.clone()).await).await;
    let (acknowledged, stop) = (Acknowledged::default(), Arc::new(AtomicBool::new(false)));
    let send = |sender| {
        let (acknowledged, stop) = (Arc::clone(&acknowledged), Arc::clone(&stop));
        environment.spawn(send(engine.clone(), sender, acknowledged, stop))
    };
    let senders: Vec<_> = (0..SENDERS).map(send).collect();
    while acknowledged.lock().unwrap().len() < BEFORE {
        environment.sleep(std::time::Duration::from_millis(1)).await;
    }
    let before = acknowledged.lock().unwrap().clone();
    let backup = place.back_up().await.unwrap();
    let during = acknowledged.lock().unwrap().len() - before.len();
    stop.store(true, Ordering::SeqCst);
    for sender in senders {
        sender.await.unwrap();
    }
    engine.shutdown().await;
    drop((engine, store));
    assert!(during > 0, "nothing was acknowledged while the backup ran, which shows nothing");

    let other = place.another();
    other.restore(&backup, &[]).await.unwrap();
    let (engine, store) = start(other.open(environment).await).await;
    for (key, id) in &before {
        let row = store.row_by_key("order", key).await.unwrap().unwrap_or_else(|| panic!("{key} is lost"));
        let history = store.history(row.id, 0, 99).await.unwrap();
        assert!(history.iter().any(|event| event.id == *id), "{id} of {key} was acknowledged and is lost");
    }
    let workflows = all(&*store).await;
    for workflow in &workflows {
        assert!(engine.replay(*workflow).await.unwrap().matches, "{workflow}");
    }
    eprintln!("{} acknowledged before, {during} during, {} workflows replayed", before.len(), workflows.len());
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_busy_sqlite_holds_what_was_acknowledged_and_every_history_leads_to_its_state() {
    busy(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_busy_postgresql_holds_what_was_acknowledged_and_every_history_leads_to_its_state() {
    busy(Place::postgres()).await;
}
