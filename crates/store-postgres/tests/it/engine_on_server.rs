//! The engine on a server: what was acknowledged is there after the owner went away.

use crate::{
    order::{Action, Event, Order, Status},
    server::{Fresh, fresh, open},
};
use async_trait::async_trait;
use engine::{ActionContext, ActionError, Engine, EventId, Executor, Limits, Registry, Store};
use environment::Environment;
use std::{sync::Arc, time::Duration};
use store_postgres::PostgresStore;

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

async fn start(store: Arc<PostgresStore>) -> Engine {
    let registry = Registry::new().with::<Order>(Arc::new(Shop)).pool(crate::order::DESKS, 1);
    Engine::start(Environment::real(), store, registry, Limits::default()).await.unwrap()
}

async fn submit(engine: &Engine, key: &str, id: &str, event: Event) -> engine::Receipt {
    engine.submit::<Order>(key, EventId::new("gh", id), event).await.unwrap()
}

#[tokio::test]
async fn what_was_acknowledged_survives_its_owner_and_the_next_one_goes_on() {
    let Fresh { store, database } = fresh().await;
    let store = Arc::new(store);
    let engine = start(Arc::clone(&store)).await;
    for n in 0..100 {
        submit(&engine, &format!("k{n}"), "1", Event::Placed).await;
    }
    assert!(submit(&engine, "later", "2", Event::Approved).await.kept);
    engine.shutdown().await;
    drop(engine);
    // Attempts that were under way hold the store until they end.
    let environment = Environment::real();
    for _ in 0..1_000 {
        if Arc::strong_count(&store) == 1 {
            break;
        }
        environment.sleep(Duration::from_millis(5)).await;
    }
    Arc::into_inner(store).expect("nobody else holds the store").close().await;

    let store = Arc::new(open(&database).await);
    let engine = start(Arc::clone(&store)).await;
    assert!(submit(&engine, "k99", "1", Event::Placed).await.duplicate);
    submit(&engine, "later", "1", Event::Placed).await;
    submit(&engine, "k7", "2", Event::Approved).await;
    let mut done = 0;
    for _ in 0..2_000 {
        done = 0;
        for key in ["k7", "later"] {
            let view = engine.view_by_key::<Order>(key).await.unwrap().unwrap();
            done += usize::from(view.state.status == Status::Done && view.pending.is_empty());
        }
        if done == 2 {
            break;
        }
        environment.sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(done, 2, "both were approved, one of them early, and shipped");
    let workflow = store.row_by_key("order", "later").await.unwrap().unwrap().id;
    assert!(engine.replay(workflow).await.unwrap().matches);
}
