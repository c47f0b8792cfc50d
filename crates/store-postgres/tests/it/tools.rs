//! What an operator does with a workflow, on both databases: `why`, `repair`, `replay`, the check for stuck ones (E11, E12),
//! the trial of upgrades (E10).

use crate::{
    backup::{Opened, Place},
    order::{Action, DESKS, Event, Order},
};
use async_trait::async_trait;
use engine::{
    ActionContext, ActionError, Engine, EventEffect, EventId, Executor, Limits, Registry, ReplayError, Store,
    WorkflowId,
};
use environment::Environment;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Carries out what it is asked to, once it is open.
struct Shop(Arc<AtomicBool>);

#[async_trait]
impl<const V: u32> Executor<Order<V>> for Shop {
    async fn execute(&self, _: &ActionContext<Order<V>>, action: &Action) -> Result<Event, ActionError> {
        if !self.0.load(Ordering::SeqCst) {
            let hour = Some(Duration::from_secs(3_600));
            return Err(ActionError::Retryable { message: "closed".into(), retry_after: hour });
        }
        Ok(match action {
            Action::Notify => Event::Notified,
            Action::Charge => Event::Charged { receipt: "r".into() },
            Action::Ship => Event::Shipped,
        })
    }
}

struct World {
    place: Place,
    open: Arc<AtomicBool>,
    engine: Engine,
    store: Arc<dyn Store>,
}

fn registry<const V: u32>(open: &Arc<AtomicBool>) -> Registry {
    Registry::new().with::<Order<V>>(Arc::new(Shop(Arc::clone(open)))).pool(DESKS, 1)
}

impl World {
    async fn each() -> [Self; 2] {
        let [sqlite, postgres] = Place::both();
        [Self::on::<1>(sqlite).await, Self::on::<1>(postgres).await]
    }

    async fn on<const V: u32>(place: Place) -> Self {
        let open = Arc::new(AtomicBool::new(false));
        let store: Arc<dyn Store> = match place.open(Environment::real()).await {
            Opened::Sqlite(store) => Arc::new(*store),
            Opened::Postgres(store) => Arc::new(*store),
        };
        let registry = registry::<V>(&open);
        let engine = Engine::start(Environment::real(), Arc::clone(&store), registry, Limits::default()).await.unwrap();
        Self { place, open, engine, store }
    }

    /// The same database in another program's hands.
    async fn again<const V: u32>(self) -> Self {
        let Self { place, engine, store, .. } = self;
        engine.shutdown().await;
        drop(engine);
        until(async || Arc::strong_count(&store) == 1).await;
        drop(store);
        Self::on::<V>(place).await
    }

    async fn submit(&self, key: &str, id: &str, event: Event) -> WorkflowId {
        self.engine.submit::<Order>(key, EventId::new("gh", id), event).await.unwrap().workflow
    }

    async fn sql(&self, sql: &'static str) {
        match &self.place {
            Place::Sqlite(path, _) => crate::backup::sqlite(path, sql).await,
            Place::Postgres(database) => _ = database.sql(&database.name, sql),
        }
    }
}

async fn until(holds: impl AsyncFn() -> bool) {
    for _ in 0..2_000 {
        if holds().await {
            return;
        }
        Environment::real().sleep(Duration::from_millis(5)).await;
    }
    panic!("not within ten seconds");
}

#[tokio::test]
async fn e11_what_nothing_moves_is_found_and_explained() {
    for world in World::each().await {
        let lost = world.submit("lost", "1", Event::PlacedAtDesk { group: "g".into(), priority: 1 }).await;
        until(async || world.store.row(lost).await.unwrap().unwrap().status == "waiting").await;
        let fine = world.submit("fine", "1", Event::PlacedAtDesk { group: "g".into(), priority: 1 }).await;
        assert_eq!(world.engine.stuck().await.unwrap(), []);
        let why = world.engine.why(fine).await.unwrap();
        assert_eq!(why.sentence, format!("{fine} is `queued`: it waits for one of 1 slots of `desks`, place 1 of 1"));
        world.submit("lost", "2", Event::Misplaced).await;
        assert_eq!(world.engine.stuck().await.unwrap(), [lost]);
        let why = world.engine.why(lost).await.unwrap();
        assert!(why.stuck && why.sentence.contains("try `repair`"), "{}", why.sentence);
        world.engine.shutdown().await;
    }
}

#[tokio::test]
async fn e11_a_repair_does_not_wait_for_a_pause_to_be_over() {
    for world in World::each().await {
        let workflow = world.submit("a", "1", Event::Placed).await;
        let failed = async |times: u32| {
            let words = format!("failed {times} of 3 attempts");
            until(async || world.engine.why(workflow).await.unwrap().sentence.contains(&words)).await;
        };
        failed(1).await;
        // Still closed, so that the action is pending whenever it is counted.
        let repaired = world.engine.repair(workflow).await.unwrap();
        assert_eq!((repaired.actions, repaired.why.stuck), (1, false));
        failed(2).await;
        world.open.store(true, Ordering::SeqCst);
        world.engine.repair(workflow).await.unwrap();
        until(async || world.store.row(workflow).await.unwrap().unwrap().pending.is_none()).await;
        world.engine.shutdown().await;
    }
}

#[tokio::test]
async fn e12_a_history_leads_to_its_state_or_the_replay_says_that_it_does_not() {
    for world in World::each().await {
        world.open.store(true, Ordering::SeqCst);
        let workflow = world.submit("a", "1", Event::Placed).await;
        world.submit("a", "2", Event::Noted("a\0b".into())).await;
        let replay = world.engine.replay(workflow).await.unwrap();
        assert!(replay.matches && replay.events >= 2 && !replay.from_snapshot, "{replay:?}");
        world.engine.shutdown().await;
        world.sql("UPDATE workflow SET state = '{\"status\":\"Done\",\"reminders\":7}'").await;
        assert!(!world.engine.replay(workflow).await.unwrap().matches, "somebody wrote another state");
        world.sql("DELETE FROM event WHERE seq = 1").await;
        let diverged = world.engine.replay(workflow).await.unwrap_err();
        assert!(matches!(diverged, ReplayError::Diverged { seq: 2.., .. }), "{diverged}");
    }
}

#[tokio::test]
async fn e10_upgrades_are_tried_without_writing_then_recorded_with_the_state_they_lead_to() {
    for world in World::each().await {
        world.open.store(true, Ordering::SeqCst);
        let workflow = world.submit("a", "1", Event::Placed).await;
        world.submit("broken", "1", Event::Placed).await;
        until(async || world.store.active_after(WorkflowId(0), 9).await.unwrap().is_empty()).await;
        world.engine.shutdown().await;
        world.sql("UPDATE workflow SET state = '{\"odd\":true}' WHERE key = 'broken'").await;
        let report = Engine::check_upgrades(&*world.store, &registry::<2>(&world.open)).await.unwrap();
        assert_eq!((report.rows, report.older, report.faults.len()), (2, 2, 1));
        assert!(report.faults[0].why.contains("missing field `status`"), "{}", report.faults[0].why);
        assert_eq!(world.store.row(workflow).await.unwrap().unwrap().state_version, 1, "nothing was written");

        let world = world.again::<2>().await;
        let id = EventId::new("gh", "2");
        world.engine.submit::<Order<2>>("a", id, Event::Noted("later".into())).await.unwrap();
        let row = world.store.row(workflow).await.unwrap().unwrap();
        let history = world.store.history(workflow, 0, 99).await.unwrap();
        let upgrade = history.iter().find(|event| event.effect == EventEffect::Upgraded).expect("it is a fact");
        assert!(row.state_version == 2 && upgrade.payload.contains("\"upgraded_from\":1"), "{upgrade:?}");
        let replay = world.engine.replay(workflow).await.unwrap();
        assert!(replay.matches && replay.from_snapshot, "{replay:?}");
        world.engine.shutdown().await;
    }
}

#[tokio::test]
async fn new_workflows_are_numbered_after_what_is_used_outside() {
    for place in Place::both() {
        let opened = match place.open(Environment::real()).await {
            Opened::Sqlite(store) => Arc::new(*store) as Arc<dyn Store>,
            Opened::Postgres(store) => Arc::new(*store),
        };
        let registry = registry::<1>(&Arc::default()).numbered_after(WorkflowId(41));
        let engine = Engine::start(Environment::real(), opened, registry, Limits::default()).await.unwrap();
        let receipt = engine.submit::<Order>("a", EventId::new("gh", "1"), Event::Placed).await.unwrap();
        assert_eq!(receipt.workflow, WorkflowId(42));
        engine.shutdown().await;
    }
}
