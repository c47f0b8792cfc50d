//! Bounds, slots and history (E9, E12, E13) on the real databases, through the handle that others hold.

use crate::order::{Action, DESKS, Event, Order, Status};
use async_trait::async_trait;
use engine::{
    ActionContext, ActionError, Engine, Environment, EventId, Executor, Limits, ListFilter, Registry, Store,
    SubmitError,
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;

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

async fn start(store: Arc<dyn Store>, limits: Limits, desks: usize) -> Engine {
    let registry = Registry::new().with::<Order>(Arc::new(Shop)).pool(DESKS, desks);
    Engine::start(Environment::real(), store, registry, limits).await.unwrap()
}

async fn sqlite(folder: &tempfile::TempDir) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(folder.path().join("orders.db"), Environment::real()).await.unwrap())
}

async fn postgres(url: &str) -> Arc<dyn Store> {
    Arc::new(PostgresStore::open(url, Environment::real()).await.unwrap())
}

#[tokio::test]
async fn e9_on_sqlite_what_is_turned_away_left_no_trace_and_what_was_accepted_is_there() {
    let folder = tempfile::tempdir().unwrap();
    overloaded(sqlite(&folder).await).await;
}

#[tokio::test]
async fn e9_on_postgresql_what_is_turned_away_left_no_trace_and_what_was_accepted_is_there() {
    overloaded(postgres(&testkit::postgres::database().url).await).await;
}

async fn overloaded(store: Arc<dyn Store>) {
    let engine = start(Arc::clone(&store), Limits { queue_max: 50, ..Limits::default() }, 1).await;
    let (mut accepted, mut turned_away) = (BTreeSet::new(), 0);
    for round in 0..5 {
        let keys: Vec<String> = (0..200).map(|number| format!("{round}.{number}")).collect();
        let events = keys.iter().map(|key| (key.clone(), EventId::new("web", "placed"), Event::Placed)).collect();
        for (key, answer) in keys.iter().zip(engine.submit_many::<Order>(events).await) {
            match answer {
                Ok(_) => assert!(accepted.insert(key.clone())),
                Err(SubmitError::Overloaded { retry_after }) => {
                    assert!(retry_after > Duration::ZERO);
                    turned_away += 1;
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert_eq!((accepted.len() + turned_away, turned_away >= 5 * 100), (1_000, true), "{turned_away} were turned away");
    assert_eq!(engine.counters().overloaded, turned_away as u64);
    let rows = store.list(&ListFilter { limit: 2_000, ..ListFilter::default() }).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.key.to_string()).collect::<BTreeSet<_>>(), accepted);
    engine.shutdown().await;
}

#[tokio::test]
async fn e12_e13_on_sqlite_slots_are_never_more_than_there_are_and_histories_lead_to_what_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    desks(sqlite(&folder).await).await;
}

#[tokio::test]
async fn e12_e13_on_postgresql_slots_are_never_more_than_there_are_and_histories_lead_to_what_is_stored() {
    desks(postgres(&testkit::postgres::database().url).await).await;
}

/// Twelve orders share two desks, through a restart in between; each is approved once it has one.
async fn desks(store: Arc<dyn Store>) {
    let mut engine = start(Arc::clone(&store), Limits::default(), 2).await;
    let keys: Vec<String> = (0..12).map(|number| format!("o{number}")).collect();
    for (place, key) in keys.iter().enumerate() {
        let event = Event::PlacedAtDesk { group: format!("g{}", place % 3), priority: 1 };
        engine.submit::<Order>(key, EventId::new("web", "placed"), event).await.unwrap();
    }
    let (mut done, mut looks, mut restarted) = (0, 0, false);
    while done < keys.len() {
        let mut at_desks = 0;
        done = 0;
        for key in &keys {
            let view = engine.view_by_key::<Order>(key).await.unwrap().unwrap();
            done += usize::from(view.state.status == Status::Done);
            if view.state.status == Status::Waiting {
                at_desks += 1;
                assert!(view.state.desk.is_some());
            }
        }
        assert!(at_desks <= 2, "{at_desks} at two desks");
        // One at a time, so that between two looks at most one desk changes hands.
        for key in &keys {
            let view = engine.view_by_key::<Order>(key).await.unwrap().unwrap();
            if view.state.status == Status::Waiting {
                engine.submit::<Order>(key, EventId::new("web", "approved"), Event::Approved).await.unwrap();
                break;
            }
        }
        if done >= 5 && !restarted {
            restarted = true;
            engine.shutdown().await;
            engine = start(Arc::clone(&store), Limits::default(), 2).await;
        }
        looks += 1;
        assert!(looks < 2_000, "only {done} of {} came to an end", keys.len());
        Environment::real().sleep(Duration::from_millis(5)).await;
    }
    for row in engine.list(ListFilter::default()).await.unwrap() {
        assert!(engine.replay(row.workflow).await.unwrap().matches, "{}", row.key);
    }
    engine.shutdown().await;
}
