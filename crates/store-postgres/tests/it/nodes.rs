//! E8 for several owners: what only a server can do to them.

use crate::{
    order::{Action, Event, Order, Status},
    rows::{batch, event, row},
    server::{Fresh, fresh, join, open},
};
use async_trait::async_trait;
use engine::{
    ActionContext, ActionError, Batch, Engine, EventId, Executor, Limits, Registry, Store, WorkflowId,
    cluster::{ClusterLimits, Fence, Shared},
};
use environment::Environment;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use store_postgres::{OpenError, PostgresShared, PostgresStore};
use testkit::postgres::{Cluster, Database};

async fn own(shared: &PostgresShared, partition: u16) -> Fence {
    let limits = ClusterLimits::default();
    let seen = shared.beat("a", &[], &limits).await.unwrap().partitions[usize::from(partition)].fence;
    let claimed = shared.claim("a", seen, &limits).await.unwrap().unwrap();
    Fence { partition, epoch: claimed.epoch }
}

async fn refused(database: &Database) -> OpenError {
    PostgresStore::open(&database.url, Environment::real()).await.unwrap_err()
}

#[tokio::test]
async fn one_that_owns_everything_and_several_exclude_each_other() {
    let Fresh { store, database } = fresh().await;
    let in_use = PostgresShared::open(&database.url, Environment::real()).await.unwrap_err();
    assert!(matches!(in_use, OpenError::InUse { .. }), "{in_use}");
    store.commit(&batch("a", 1)).await.unwrap();
    store.commit(&Batch { inserts: vec![row(1, "an order")], ..Batch::default() }).await.unwrap();
    store.close().await;
    let shared = join(&database).await;
    assert_eq!(shared.partitions(), 1, "what one began stays in one piece");
    assert!(matches!(refused(&database).await, OpenError::InUse { .. }));
    drop(shared);
    open(&database).await.close().await;

    let database = testkit::postgres::database();
    let shared = join(&database).await;
    assert_eq!((shared.partitions(), join(&database).await.partitions()), (12, 12));
    drop(shared);
    let told = refused(&database).await.to_string();
    assert!(
        told.ends_with("is divided into 12 partitions for several supervisors; none can own it alone any more"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_was_given_up_never_lands_and_its_owner_stays_the_owner() {
    let database = testkit::postgres::database();
    let shared = join(&database).await;
    let fence = own(&shared, 1).await;
    let store = shared.owned(fence);
    store.commit(&batch("a", 1)).await.unwrap();
    let (environment, beside) = (Environment::real(), database.clone());
    environment.spawn(async move {
        let sql = "BEGIN; LOCK TABLE event IN SHARE MODE; SELECT pg_sleep(2); COMMIT";
        tokio::task::block_in_place(|| beside.sql(&beside.name, sql))
    });
    environment.sleep(Duration::from_millis(300)).await;
    let given_up = environment.timeout(Duration::from_millis(500), store.commit(&batch("b", 2))).await;
    assert!(given_up.is_err(), "the commit was held up");
    assert_eq!(store.history(WorkflowId(1), 0, 9).await.unwrap().len(), 1);
    database.sql(&database.name, "BEGIN; LOCK TABLE event IN ACCESS EXCLUSIVE MODE; COMMIT");
    assert_eq!(store.history(WorkflowId(1), 0, 9).await.unwrap().len(), 1, "what was read stays true");
    store.commit(&Batch { events: vec![event("c", 2)], ..Batch::default() }).await.unwrap();
    let beat = shared.beat("a", &[fence], &ClusterLimits::default()).await.unwrap();
    assert_eq!((beat.partitions[1].fence, beat.partitions[1].owner.as_deref()), (fence, Some("a")));
}

/// Charges, and counts how often.
struct Shop(Arc<AtomicUsize>);

#[async_trait]
impl Executor<Order> for Shop {
    async fn execute(&self, _: &ActionContext<Order>, action: &Action) -> Result<Event, ActionError> {
        Ok(match action {
            Action::Notify => Event::Notified,
            Action::Charge => {
                self.0.fetch_add(1, Ordering::SeqCst);
                Event::Charged { receipt: "r".into() }
            }
            Action::Ship => Event::Shipped,
        })
    }
}

async fn node(database: &Database, charges: &Arc<AtomicUsize>) -> Engine {
    let limits = ClusterLimits {
        lease_ms: 3_000,
        beat_ms: 300,
        outside_ms: 36_000,
        outcome_ms: 5_000,
        ..ClusterLimits::default()
    };
    let registry = Registry::new().with::<Order>(Arc::new(Shop(Arc::clone(charges)))).pool(crate::order::DESKS, 1);
    let shared = Arc::new(join(database).await);
    Engine::join(Environment::real(), shared, registry, Limits::default(), limits).await.unwrap()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..3_000 {
        if holds().await {
            return;
        }
        Environment::real().sleep(Duration::from_millis(10)).await;
    }
    panic!("in vain: {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_share_the_work_and_go_on_after_a_crash_of_the_server() {
    let cluster = Cluster::start();
    let database = cluster.database("shared");
    let charges = Arc::<AtomicUsize>::default();
    let (one, two) = (node(&database, &charges).await, node(&database, &charges).await);
    let owners = || database.sql("shared", "SELECT count(DISTINCT owner) FROM lease");
    until("a fair share", async || owners() == "2").await;
    let submit = async |engine: &Engine, n: usize, id: &str, event: Event| {
        // A failure is what a sender repeats under the same id.
        until("it is durable", async || {
            engine.submit::<Order>(&format!("k{n}"), EventId::new("gh", id), event.clone()).await.is_ok()
        })
        .await;
    };
    for n in 0..24 {
        submit(if n % 2 == 0 { &one } else { &two }, n, "1", Event::Placed).await;
    }
    let settled = "SELECT count(*) FROM workflow WHERE pending IS NOT NULL";
    until("all are told", async || database.sql("shared", settled) == "0").await;
    cluster.crash();
    cluster.start_again();
    for n in 0..24 {
        submit(if n % 2 == 0 { &two } else { &one }, n, "2", Event::Approved).await;
    }
    for n in 0..24 {
        until("it is shipped", async || {
            let view = one.view_by_key::<Order>(&format!("k{n}")).await.unwrap().unwrap();
            view.state.status == Status::Done && view.pending.is_empty()
        })
        .await;
    }
    assert_eq!(charges.load(Ordering::SeqCst), 24, "each was charged once");
    one.shutdown().await;
    until("the rest is taken over", async || owners() == "1").await;
    two.shutdown().await;
    assert_eq!(database.sql("shared", "SELECT count(*) FROM lease WHERE owner IS NOT NULL"), "0");
    assert_eq!(database.sql("shared", "SELECT count(*) FROM inbox WHERE refusal IS NULL"), "0");
}
