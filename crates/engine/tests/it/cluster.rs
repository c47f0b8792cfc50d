//! E8: several nodes on one database, in one process, on the runtime's paused clock.
#![expect(clippy::disallowed_methods, reason = "the paused clock of the test's runtime is the clock here")]

use crate::order::{Action, DESKS, Event, Order};
use async_trait::async_trait;
use engine::{
    ActionContext, ActionError, CommitError, Engine, EventId, Executor, Illegal, InboxRow, Limits, ListFilter,
    Registry, Row, Store, StoreError, SubmitError, Timestamp,
    cluster::{
        Beat, Claimed, ClusterLimits, Fence, InboxEvent, MemoryShared, Outcome, PoolClaim, Shared, partition_of,
    },
};
use environment::{BoxFuture, Clock, Environment, Random};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

const PARTITIONS: u16 = 4;

struct Paused(tokio::time::Instant);

impl Clock for Paused {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + u64::try_from(self.0.elapsed().as_millis()).unwrap())
    }

    fn sleep(&self, span: Duration) -> BoxFuture<()> {
        Box::pin(tokio::time::sleep(span))
    }
}

/// Counts up, so that nodes have different names.
struct Counting(AtomicU8);

impl Random for Counting {
    fn bytes(&self) -> [u8; 16] {
        [self.0.fetch_add(1, Ordering::SeqCst); 16]
    }
}

/// A node's way to the database, which can be cut: calls then do not come back before it is mended.
struct Wire {
    shared: MemoryShared,
    cut: Arc<AtomicBool>,
}

impl Wire {
    async fn whole(&self) {
        while self.cut.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[async_trait]
impl Shared for Wire {
    fn partitions(&self) -> u16 {
        self.shared.partitions()
    }
    fn whole(&self) -> Arc<dyn Store> {
        self.shared.whole()
    }
    fn owned(&self, fence: Fence) -> Arc<dyn Store> {
        self.shared.owned(fence)
    }
    async fn beat(&self, node: &str, held: &[Fence], limits: &ClusterLimits) -> Result<Beat, StoreError> {
        self.whole().await;
        self.shared.beat(node, held, limits).await
    }
    async fn claim(&self, node: &str, seen: Fence, limits: &ClusterLimits) -> Result<Option<Claimed>, StoreError> {
        self.whole().await;
        self.shared.claim(node, seen, limits).await
    }
    async fn release(&self, fence: Fence, outside: Duration) -> Result<(), StoreError> {
        self.whole().await;
        self.shared.release(fence, outside).await
    }
    async fn leave(&self, node: &str) -> Result<(), StoreError> {
        self.shared.leave(node).await
    }
    async fn append(&self, events: &[InboxEvent], fence: Option<Fence>) -> Result<(), CommitError> {
        self.whole().await;
        self.shared.append(events, fence).await
    }
    async fn inbox(&self, partitions: &[u16], limit: usize) -> Result<Vec<(u16, InboxRow)>, StoreError> {
        self.whole().await;
        self.shared.inbox(partitions, limit).await
    }
    async fn outcome(&self, kind: &str, key: &str, id: &EventId) -> Result<Outcome, StoreError> {
        self.shared.outcome(kind, key, id).await
    }
    async fn forget_refused(&self, older: Duration) -> Result<(), StoreError> {
        self.shared.forget_refused(older).await
    }
    async fn pool_claims(&self) -> Result<(Vec<PoolClaim>, Vec<(Arc<str>, EventId)>), StoreError> {
        self.whole().await;
        self.shared.pool_claims().await
    }
    async fn tell(&self, news: &str) -> Result<(), StoreError> {
        self.shared.tell(news).await
    }
    async fn listen(&self) -> Result<mpsc::Receiver<String>, StoreError> {
        self.shared.listen().await
    }
}

/// Carries actions out, and notes which node did what when.
#[derive(Default)]
struct Shop {
    done: Mutex<Vec<(&'static str, String, Action)>>,
    /// Charging never ends.
    stuck: AtomicBool,
}

struct Seller {
    node: &'static str,
    shop: Arc<Shop>,
}

#[async_trait]
impl Executor<Order> for Seller {
    async fn execute(&self, context: &ActionContext<Order>, action: &Action) -> Result<Event, ActionError> {
        self.shop.done.lock().unwrap().push((self.node, context.key.clone(), action.clone()));
        Ok(match action {
            Action::Notify => Event::Notified,
            Action::Charge if self.shop.stuck.load(Ordering::SeqCst) => std::future::pending().await,
            Action::Charge => Event::Charged { receipt: "r".into() },
            Action::Ship => Event::Shipped,
        })
    }
}

struct World {
    environment: Environment,
    shared: MemoryShared,
    shop: Arc<Shop>,
    desks: usize,
    limits: ClusterLimits,
}

struct Joined {
    engine: Engine,
    cut: Arc<AtomicBool>,
}

impl World {
    fn new() -> Self {
        let clock = Paused(tokio::time::Instant::now());
        let environment = Environment::new(Arc::new(clock), Arc::new(Counting(AtomicU8::new(1))));
        let shared = MemoryShared::new(environment.clone(), PARTITIONS);
        let limits = ClusterLimits { outside_ms: 30_000, ..ClusterLimits::default() };
        Self { environment, shared, shop: Arc::default(), desks: 1, limits }
    }

    async fn join(&self, node: &'static str) -> Joined {
        let cut = Arc::<AtomicBool>::default();
        let wire = Arc::new(Wire { shared: self.shared.clone(), cut: Arc::clone(&cut) });
        let seller = Arc::new(Seller { node, shop: Arc::clone(&self.shop) });
        let registry = Registry::new().with::<Order>(seller).pool(DESKS, self.desks).code("1.0");
        let engine = Engine::join(self.environment.clone(), wire, registry, Limits::default(), self.limits).await;
        Joined { engine: engine.unwrap(), cut }
    }

    async fn owners(&self) -> BTreeMap<String, usize> {
        let beat = self.shared.beat("looker", &[], &self.limits).await.unwrap();
        self.shared.leave("looker").await.unwrap();
        let owners = beat.partitions.into_iter().filter(|row| !row.free).filter_map(|row| row.owner);
        owners.fold(BTreeMap::new(), |mut counts, owner| {
            *counts.entry(owner).or_default() += 1;
            counts
        })
    }

    async fn row(&self, key: &str) -> Option<Row> {
        self.shared.whole().row_by_key("order", key).await.unwrap().as_ref().map(Row::from)
    }

    async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        for _ in 0..100_000 {
            if holds().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("in vain: {what}");
    }

    async fn until_done(&self, keys: &[String]) {
        self.until("all orders done", async || {
            for key in keys {
                if self.row(key).await.is_none_or(|row| row.status != "done") {
                    return false;
                }
            }
            true
        })
        .await;
    }
}

fn id(text: &str) -> EventId {
    EventId::new("gh", text)
}

/// Keys in every partition.
fn keys() -> Vec<String> {
    let keys: Vec<String> = (0..16).map(|number| format!("k{number}")).collect();
    let partitions: BTreeSet<_> = keys.iter().map(|key| partition_of("order", key, PARTITIONS)).collect();
    assert_eq!(partitions.len(), usize::from(PARTITIONS));
    keys
}

async fn place(engine: &Engine, keys: &[String]) {
    for key in keys {
        let receipt = engine.submit::<Order>(key, id("placed"), Event::Placed).await.unwrap();
        assert_eq!((receipt.status.as_str(), receipt.kept, receipt.duplicate), ("waiting", false, false), "{key}");
    }
}

async fn approve(engine: &Engine, keys: &[String]) {
    for key in keys {
        engine.submit::<Order>(key, id("approved"), Event::Approved).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn e8_one_node_owns_everything_and_ids_of_partitions_do_not_meet() {
    let world = World::new();
    let one = world.join("one").await;
    assert_eq!(world.owners().await.into_values().collect::<Vec<_>>(), [4]);
    let keys = keys();
    place(&one.engine, &keys).await;
    approve(&one.engine, &keys).await;
    world.until_done(&keys).await;
    let rows = one.engine.list(ListFilter::default()).await.unwrap();
    assert_eq!(rows.len(), keys.len());
    for row in rows {
        assert_eq!(row.workflow.0 % 4, u64::from(partition_of("order", &row.key, PARTITIONS)), "{row:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn e8_one_that_joins_gets_its_share_and_any_node_takes_any_event() {
    let world = World::new();
    let one = world.join("one").await;
    let two = world.join("two").await;
    world.until("a fair share", async || world.owners().await.values().copied().collect::<Vec<_>>() == [2, 2]).await;
    let keys = keys();
    place(&one.engine, &keys).await;
    approve(&two.engine, &keys).await;
    world.until_done(&keys).await;
    let nodes: BTreeSet<_> = world.shop.done.lock().unwrap().iter().map(|(node, ..)| *node).collect();
    assert_eq!(nodes, BTreeSet::from(["one", "two"]), "each carries out what it owns");
    assert_eq!(world.shop.done.lock().unwrap().len(), keys.len() * 3, "and each action once");
    assert!(world.shared.inbox(&[0, 1, 2, 3], 100).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn e11_any_node_says_why_a_workflow_waits_and_has_it_repaired() {
    let world = World::new();
    let (one, two) = (world.join("one").await, world.join("two").await);
    world.until("a fair share", async || world.owners().await.len() == 2).await;
    let keys = keys();
    place(&one.engine, &keys).await;
    for key in &keys {
        let workflow = world.row(key).await.unwrap().workflow;
        for engine in [&one.engine, &two.engine] {
            let why = world.environment.timeout(Duration::from_secs(5), engine.why(workflow)).await;
            assert!(!why.expect("whoever owns it, it is answered").unwrap().stuck, "{key}");
            let repair = world.environment.timeout(Duration::from_secs(5), engine.repair(workflow)).await;
            repair.expect("whoever owns it, it is answered").unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn e8_what_the_owner_refuses_is_told_where_it_was_submitted() {
    let world = World::new();
    let (one, two) = (world.join("one").await, world.join("two").await);
    world.until("a fair share", async || world.owners().await.len() == 2).await;
    for key in keys() {
        for engine in [&one.engine, &two.engine] {
            let refused = engine.submit::<Order>(&key, id("gone"), Event::Shipped).await;
            let expected = "no order for Shipped";
            match refused {
                Err(SubmitError::Illegal(Illegal::Refused(why))) => assert!(why.contains(expected), "{why}"),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(world.row(&key).await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn e8_the_same_event_on_two_nodes_happens_once() {
    let world = World::new();
    let (one, two) = (world.join("one").await, world.join("two").await);
    world.until("a fair share", async || world.owners().await.len() == 2).await;
    for key in keys() {
        let (a, b) = tokio::join!(
            one.engine.submit::<Order>(&key, id("placed"), Event::Placed),
            two.engine.submit::<Order>(&key, id("placed"), Event::Placed),
        );
        assert_eq!((a.unwrap().status.as_str(), b.unwrap().status.as_str()), ("waiting", "waiting"));
        world.until("notified", async || world.row(&key).await.unwrap().revision == 2).await;
    }
}

#[tokio::test(start_paused = true)]
async fn e8_a_node_that_leaves_hands_over_before_its_leases_end() {
    let world = World::new();
    let one = world.join("one").await;
    let two = world.join("two").await;
    world.until("a fair share", async || world.owners().await.len() == 2).await;
    let before = world.environment.now();
    one.engine.shutdown().await;
    world.until("the rest is taken over", async || world.owners().await.values().copied().eq([4])).await;
    let took = world.environment.now().since(before);
    assert!(took < Duration::from_millis(world.limits.beat_ms), "{took:?}");
    let keys = keys();
    place(&two.engine, &keys).await;
}

#[tokio::test(start_paused = true)]
async fn e8_a_dead_nodes_work_goes_on_after_its_lease_and_no_acknowledged_event_is_lost() {
    let world = World::new();
    let one = world.join("one").await;
    let keys = keys();
    place(&one.engine, &keys).await;
    let two = world.join("two").await;
    world.until("a fair share", async || world.owners().await.len() == 2).await;
    one.cut.store(true, Ordering::SeqCst);
    let died = world.environment.now();
    for key in &keys {
        let receipt = two.engine.submit::<Order>(key, id("approved"), Event::Approved).await.unwrap();
        assert!(receipt.kept || receipt.status == "charging" || receipt.status == "done", "{receipt:?}");
    }
    world.until_done(&keys).await;
    let took = world.environment.now().since(died);
    assert!(took >= Duration::from_millis(world.limits.lease_ms - world.limits.beat_ms), "{took:?}");
    let charges = world.shop.done.lock().unwrap().iter().filter(|(.., it)| *it == Action::Charge).count();
    assert_eq!(charges, keys.len());
}

#[tokio::test(start_paused = true)]
async fn e8_an_evicted_owner_commits_nothing_and_what_it_was_told_goes_into_the_inbox() {
    // Each submission waits for its outcome in vain; the thief lives longer than all of them.
    let world = World { limits: ClusterLimits { lease_ms: 60_000, ..ClusterLimits::default() }, ..World::new() };
    let one = world.join("one").await;
    // Another node takes everything over, unseen by this one, whose lease has not ended.
    for partition in 0..PARTITIONS {
        world.shared.release(Fence { partition, epoch: 1 }, Duration::ZERO).await.unwrap();
        let thief = world.shared.claim("thief", Fence { partition, epoch: 1 }, &world.limits).await.unwrap();
        assert_eq!(thief.map(|it| it.epoch), Some(2));
    }
    let keys = keys();
    for key in &keys {
        let receipt = one.engine.submit::<Order>(key, id("placed"), Event::Placed).await.unwrap();
        assert!(receipt.kept, "durable, and not applied: {receipt:?}");
        assert_eq!(world.row(key).await, None, "an evicted owner writes nothing");
    }
    assert!(world.shop.done.lock().unwrap().is_empty());
    // The thief dies; then everything happens, once.
    world.until("placed", async || world.row(&keys[15]).await.is_some()).await;
    approve(&one.engine, &keys).await;
    world.until_done(&keys).await;
    assert_eq!(world.shop.done.lock().unwrap().len(), keys.len() * 3);
}

#[tokio::test(start_paused = true)]
async fn e8_a_call_that_must_not_overlap_waits_until_the_dead_node_cannot_send_any_more() {
    let world = World::new();
    let one = world.join("one").await;
    place(&one.engine, &["k".into()]).await;
    world.shop.stuck.store(true, Ordering::SeqCst);
    one.engine.submit::<Order>("k", id("approved"), Event::Approved).await.unwrap();
    let charged = || world.shop.done.lock().unwrap().iter().filter(|(.., it)| *it == Action::Charge).count();
    world.until("the charge is under way", async || charged() == 1).await;
    // It dies with the call under way, and the database knows until when it may still be sending.
    one.cut.store(true, Ordering::SeqCst);
    let (died, hold) = (world.environment.now(), Duration::from_millis(7_000));
    for partition in 0..PARTITIONS {
        world.shared.release(Fence { partition, epoch: 1 }, hold).await.unwrap();
    }
    for node in world.shared.beat("looker", &[], &world.limits).await.unwrap().nodes {
        world.shared.leave(&node).await.unwrap();
    }
    world.shop.stuck.store(false, Ordering::SeqCst);
    let two = world.join("two").await;
    let id = world.row("k").await.unwrap().workflow;
    world.until("it is read", async || two.engine.why(id).await.unwrap().sentence.contains("another node")).await;
    world.until_done(&["k".into()]).await;
    let took = world.environment.now().since(died);
    assert!(took >= hold, "repeated after {took:?}, while the other might have been at it");
}

#[tokio::test(start_paused = true)]
async fn e13_slots_are_shared_by_all_nodes_and_never_given_twice() {
    let world = World { desks: 2, ..World::new() };
    let one = world.join("one").await;
    let two = world.join("two").await;
    world.until("a fair share", async || world.owners().await.len() == 2).await;
    let keys = keys();
    for (number, key) in keys.iter().enumerate() {
        let engine = if number % 2 == 0 { &one.engine } else { &two.engine };
        let event = Event::PlacedAtDesk { group: format!("g{}", number % 3), priority: 1 };
        engine.submit::<Order>(key, id("placed"), event).await.unwrap();
    }
    let mut left = keys.clone();
    let mut seen = 0;
    while !left.is_empty() {
        let mut holding = Vec::new();
        world
            .until("somebody sits at a desk", async || {
                holding.clear();
                for key in &left {
                    if world.row(key).await.unwrap().status == "waiting" {
                        holding.push(key.clone());
                    }
                }
                !holding.is_empty()
            })
            .await;
        assert!(holding.len() <= 2, "{holding:?}");
        seen += 1;
        if seen == 5 {
            one.cut.store(true, Ordering::SeqCst); // whoever gives slots away may be the one that dies
        }
        two.engine.submit::<Order>(&holding[0], id("approved"), Event::Approved).await.unwrap();
        left.retain(|key| *key != holding[0]);
        let approved = holding[0].clone();
        world.until("the desk is free", async || world.row(&approved).await.unwrap().status != "waiting").await;
    }
    world.until_done(&keys).await;
}

/// DBOS #804: a node that was being drained took its work up again under the same name.
#[tokio::test(start_paused = true)]
async fn e8_a_node_that_left_takes_nothing_up_again_even_if_nobody_else_is_there() {
    let world = World::new();
    let (one, two) = (world.join("one").await, world.join("two").await);
    world.until("a fair share", async || world.owners().await.len() == 2).await;
    place(&two.engine, &keys()).await;
    one.engine.shutdown().await;
    world.until("the rest is taken over", async || world.owners().await.values().copied().eq([4])).await;
    let last: Vec<String> = world.owners().await.into_keys().collect();
    two.cut.store(true, Ordering::SeqCst);
    let done = world.shop.done.lock().unwrap().len();
    tokio::time::sleep(Duration::from_millis(world.limits.lease_ms * 5)).await;
    let owners: Vec<String> = world.owners().await.into_keys().collect();
    assert!(owners.iter().all(|owner| last.contains(owner)), "{owners:?} instead of {last:?}");
    let by_one = world.shop.done.lock().unwrap().iter().skip(done).filter(|(node, ..)| *node == "one").count();
    assert_eq!(by_one, 0, "and carries nothing out");
    let third = world.join("three").await;
    approve(&third.engine, &keys()).await;
    world.until_done(&keys()).await;
}

#[tokio::test(start_paused = true)]
async fn e13_slots_are_given_away_again_after_a_lease_that_ended_and_that_nobody_took() {
    let world = World::new();
    let one = world.join("one").await;
    one.cut.store(true, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(world.limits.lease_ms * 2)).await;
    one.cut.store(false, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(world.limits.lease_ms)).await;
    let event = Event::PlacedAtDesk { group: "g".into(), priority: 1 };
    one.engine.submit::<Order>("k", id("placed"), event).await.unwrap();
    world.until("it has a desk", async || world.row("k").await.is_some_and(|row| row.status == "waiting")).await;
}
