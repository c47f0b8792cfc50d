//! The engine as others hold it: on tokio, with the machine's clock.

use crate::order::{Action, Event, Order, State, Status};
use async_trait::async_trait;
use engine::{
    ActionContext, ActionError, CommitError, Engine, EventId, Executor, Illegal, Limits, ListFilter, MemoryStore,
    Registry, Store, SubmitError, WorkflowId,
};
use environment::Environment;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::Semaphore;

/// Does what it is told; charging waits for a permit.
struct Shop {
    charges: Semaphore,
    seen: Mutex<Vec<(String, u32)>>,
}

impl Shop {
    fn new(charges: usize) -> Arc<Self> {
        Arc::new(Self { charges: Semaphore::new(charges), seen: Mutex::default() })
    }
}

#[async_trait]
impl<const V: u32> Executor<Order<V>> for Shop {
    async fn execute(&self, context: &ActionContext<Order<V>>, action: &Action) -> Result<Event, ActionError> {
        self.seen.lock().unwrap().push((format!("{action:?}"), context.attempt));
        match action {
            Action::Notify => Ok(Event::Notified),
            Action::Charge => {
                self.charges.acquire().await.unwrap().forget();
                Ok(Event::Charged { receipt: context.key.clone() })
            }
            Action::Ship if context.attempt == 1 => panic!("the parcel fell"),
            Action::Ship => Ok(Event::Shipped),
        }
    }
}

fn registry(shop: &Arc<Shop>) -> Registry {
    Registry::new().with::<Order>(Arc::clone(shop) as _).pool(crate::order::DESKS, 1).code("1.0")
}

async fn start_on(store: &MemoryStore, shop: &Arc<Shop>, limits: Limits) -> Engine {
    Engine::start(Environment::real(), Arc::new(store.clone()), registry(shop), limits).await.unwrap()
}

async fn start(shop: &Arc<Shop>) -> Engine {
    start_on(&MemoryStore::new(), shop, Limits::default()).await
}

fn id(text: &str) -> EventId {
    EventId::new("gh", text)
}

async fn submit(engine: &Engine, key: &str, event_id: &str, event: Event) -> engine::Receipt {
    engine.submit::<Order>(key, id(event_id), event).await.unwrap()
}

/// Polls until `holds`, for at most ten seconds.
async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let environment = Environment::real();
    for _ in 0..2_000 {
        if holds().await {
            return;
        }
        environment.sleep(Duration::from_millis(5)).await;
    }
    panic!("it did not come to pass: {what}");
}

async fn status(engine: &Engine, key: &str) -> Option<Status> {
    engine.view_by_key::<Order>(key).await.unwrap().map(|view| view.state.status)
}

#[tokio::test]
async fn e9_a_key_that_no_database_could_index_is_refused_with_a_sentence() {
    let engine = start(&Shop::new(0)).await;
    let longest = "k".repeat(engine::KEY_BYTES_MAX);
    submit(&engine, &longest, "1", Event::Placed).await;
    let refused = engine.submit::<Order>(&format!("{longest}k"), id("1"), Event::Placed).await.unwrap_err();
    let told = "a key of 1025 bytes exceeds the limit of 1024; name the workflow by something shorter, or by a digest";
    assert_eq!(refused.to_string(), told);
}

#[tokio::test]
async fn an_order_goes_all_the_way_though_an_executor_panics_once() {
    let shop = Shop::new(1);
    let engine = start(&shop).await;
    let mut feed = engine.subscribe();
    let placed = submit(&engine, "a", "1", Event::Placed).await;
    submit(&engine, "a", "2", Event::Approved).await;
    until("shipped", async || status(&engine, "a").await == Some(Status::Done)).await;
    assert!(shop.seen.lock().unwrap().contains(&("Ship".into(), 2)), "a panic is an attempt that failed");
    let first = feed.recv().await.unwrap();
    assert_eq!((first.workflow, &*first.kind, &*first.event_name), (placed.workflow, "order", "Placed"));
    let names: Vec<_> =
        engine.history(placed.workflow, 0, 99).await.unwrap().into_iter().map(|event| event.name).collect();
    assert_eq!(names.first().map(String::as_str), Some("Placed"));
    assert_eq!(names.last().map(String::as_str), Some("Shipped"));
}

#[tokio::test]
async fn e5_many_at_once_are_each_answered_for_themselves() {
    let engine = start(&Shop::new(0)).await;
    let events = (0..300).map(|n| (format!("k{}", n % 100), id(&format!("{n}")), Event::Placed)).collect();
    let answers = engine.submit_many::<Order>(events).await;
    assert!(answers[..100].iter().all(Result::is_ok), "the first of each key begins an order");
    assert!(answers[100..].iter().all(|answer| matches!(answer, Err(SubmitError::Illegal(Illegal::Refused(_))))));
    assert!(engine.counters().commits < 50, "{:?}", engine.counters());
}

#[tokio::test]
async fn e9_above_its_bound_the_queue_turns_away_and_says_when_to_come_again() {
    let limits = Limits { queue_max: 10, ..Limits::default() };
    let engine = start_on(&MemoryStore::new(), &Shop::new(0), limits).await;
    let events = (0..30).map(|n| (format!("k{n}"), id("1"), Event::Placed)).collect();
    let answers = engine.submit_many::<Order>(events).await;
    let turned_away = answers.iter().filter(|answer| matches!(answer, Err(SubmitError::Overloaded { .. }))).count();
    assert_eq!(turned_away, 20);
    assert_eq!((engine.counters().overloaded, engine.counters().queue_depth), (20, 0));
    submit(&engine, "k29", "1", Event::Placed).await;
}

#[tokio::test]
async fn e6_an_attempt_that_takes_too_long_is_ambiguous_and_ends_as_an_event() {
    let engine = start(&Shop::new(0)).await;
    submit(&engine, "a", "1", Event::Placed).await;
    submit(&engine, "a", "2", Event::Approved).await;
    until("all attempts timed out", async || status(&engine, "a").await == Some(Status::Failed)).await;
    let view = engine.view_by_key::<Order>("a").await.unwrap().unwrap();
    let last = engine.history(view.workflow, 0, 99).await.unwrap().pop().unwrap();
    let Event::ActionFailed { ambiguous: true, attempts: 3, message, .. } =
        serde_json::from_value(last.payload.clone()).unwrap()
    else {
        panic!("{last:?}")
    };
    assert_eq!(message, "`charge` took longer than 1000 ms");
}

#[tokio::test]
async fn e1_after_a_shutdown_nothing_is_taken_and_everything_answered_is_there() {
    let (store, shop) = (MemoryStore::new(), Shop::new(1));
    let engine = start_on(&store, &shop, Limits::default()).await;
    submit(&engine, "a", "1", Event::Placed).await;
    engine.shutdown().await;
    let refused = engine.submit::<Order>("a", id("2"), Event::Approved).await;
    assert!(matches!(refused, Err(SubmitError::Stopped)));
    let next = start_on(&store, &shop, Limits::default()).await;
    assert!(submit(&next, "a", "1", Event::Placed).await.duplicate);
    submit(&next, "a", "2", Event::Approved).await;
    until("shipped", async || status(&next, "a").await == Some(Status::Done)).await;
}

#[tokio::test]
async fn e1_a_failed_commit_is_told_and_the_same_id_is_welcome_again() {
    let store = MemoryStore::new();
    let engine = start_on(&store, &Shop::new(0), Limits::default()).await;
    store.fail_next_commit(CommitError::Full("no room".into()));
    let told = engine.submit::<Order>("a", id("1"), Event::Placed).await.unwrap_err();
    assert!(told.to_string().contains("submit it again under the same id"), "{told}");
    assert!(!submit(&engine, "a", "1", Event::Placed).await.duplicate);
}

#[tokio::test]
async fn e11_why_says_in_a_sentence_what_is_waited_for() {
    let engine = start(&Shop::new(0)).await;
    let workflow = submit(&engine, "a", "1", Event::Placed).await.workflow;
    until("notified", async || engine.counters().transitions == 2).await;
    let why = engine.why(workflow).await.unwrap();
    let (begin, end) = ("wf_1 is `waiting`: timer `remind` is due in ", " s; it awaits an event from outside");
    assert!(why.sentence.starts_with(begin) && why.sentence.ends_with(end), "{}", why.sentence);
    submit(&engine, "a", "2", Event::Approved).await;
    let why = engine.why(workflow).await.unwrap();
    assert!(why.sentence.contains("action `charge` is under way (attempt 1 of 3)"), "{}", why.sentence);
    assert!(why.sentence.contains("action `ship` waits for its turn"), "{}", why.sentence);
    let desk = || Event::PlacedAtDesk { group: "g".into(), priority: 1 };
    submit(&engine, "b", "1", desk()).await;
    let waiting = submit(&engine, "c", "1", desk()).await.workflow;
    let why = engine.why(waiting).await.unwrap();
    assert_eq!(why.sentence, "wf_3 is `queued`: it waits for one of 1 slots of `desks`, place 1 of 1");
    assert_eq!(engine.why(WorkflowId(99)).await.unwrap().sentence, "there is no workflow `wf_99`");
}

#[tokio::test]
async fn e11_a_workflow_that_nothing_will_move_is_found_and_explained() {
    let engine = start(&Shop::new(0)).await;
    let workflow = submit(&engine, "a", "1", Event::Placed).await.workflow;
    until("notified", async || engine.counters().transitions == 2).await;
    assert_eq!(engine.stuck().await.unwrap(), []);
    submit(&engine, "a", "2", Event::Misplaced).await;
    assert_eq!(engine.stuck().await.unwrap(), [workflow]);
    let repair = engine.repair(workflow).await.unwrap();
    assert!(repair.why.stuck && repair.why.sentence.contains("STUCK"), "{repair:?}");
}

#[tokio::test]
async fn e12_a_history_runs_again_to_the_stored_state() {
    let (store, shop) = (MemoryStore::new(), Shop::new(1));
    let engine = start_on(&store, &shop, Limits::default()).await;
    let workflow = submit(&engine, "a", "1", Event::Placed).await.workflow;
    submit(&engine, "a", "2", Event::Approved).await;
    until("shipped", async || status(&engine, "a").await == Some(Status::Done)).await;
    let replay = engine.replay(workflow).await.unwrap();
    assert!(replay.matches && !replay.from_snapshot, "{replay:?}");
    let mut row = store.row(workflow).await.unwrap().unwrap();
    row.state = row.state.replace("Done", "Failed").into();
    store.commit(&engine::Batch { updates: vec![row], ..Default::default() }).await.unwrap();
    assert!(!engine.replay(workflow).await.unwrap().matches, "a state that history does not lead to is seen");
}

#[tokio::test]
async fn e10_upgrades_can_be_tried_and_a_replay_begins_at_the_snapshot() {
    let (store, shop) = (MemoryStore::new(), Shop::new(0));
    let engine = start_on(&store, &shop, Limits::default()).await;
    let workflow = submit(&engine, "a", "1", Event::Placed).await.workflow;
    engine.shutdown().await;
    let newer = || Registry::new().with::<Order<2>>(Arc::clone(&shop) as _);
    let report = Engine::check_upgrades(&store, &newer()).await.unwrap();
    assert_eq!((report.rows, report.older, report.faults.len()), (1, 1, 0));
    let unknown = Engine::check_upgrades(&store, &Registry::new()).await.unwrap();
    assert_eq!(unknown.faults[0].why, "this program does not run the kind `order`");
    let engine = Engine::start(Environment::real(), Arc::new(store), newer(), Limits::default()).await.unwrap();
    engine.submit::<Order<2>>("a", id("2"), Event::Noted("hello".into())).await.unwrap();
    let replay = engine.replay(workflow).await.unwrap();
    assert!(replay.matches && replay.from_snapshot, "{replay:?}");
    let view = engine.view::<Order<2>>(workflow).await.unwrap().unwrap();
    let state: &State = &view.state;
    assert_eq!((state.upgraded_from, &*state.notes), (Some(1), &["hello".to_owned()][..]));
}

#[tokio::test]
async fn pages_see_rows_views_and_timers() {
    let engine = start(&Shop::new(0)).await;
    let workflow = submit(&engine, "a", "1", Event::Placed).await.workflow;
    submit(&engine, "b", "1", Event::Placed).await;
    submit(&engine, "b", "2", Event::Cancelled).await;
    let listed = engine.list(ListFilter { status: Some("waiting".into()), ..ListFilter::default() }).await.unwrap();
    assert_eq!(listed.iter().map(|row| row.workflow).collect::<Vec<_>>(), [workflow]);
    let view = engine.view::<Order>(workflow).await.unwrap().unwrap();
    assert_eq!((&*view.key, view.timers[0].name.as_str()), ("a", "remind"));
    assert!(engine.view::<Order>(WorkflowId(99)).await.unwrap().is_none());
}
