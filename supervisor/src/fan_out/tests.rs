//! Ten thousand workflows on SQLite.

use super::*;
use crate::{catch_up::Wanted, deployment::DeploymentSecret, parts::EngineSlot, runs::Runs, testing::RecordedEvents};
use async_trait::async_trait;
use domain::{
    ids::PullRequestRef,
    pull_request::{AccessChange, Action, Event, Hint, PullRequest},
};
use engine::{ActionContext, ActionError, Engine, EventId, Executor, Limits, ListFilter, Registry};
use std::collections::BTreeSet;
use store_sqlite::SqliteStore;

const MANY: u64 = 10_000;
const OTHERS: u64 = 300;

/// Asks GitHub for ever: what this is about is told meanwhile.
struct Asks;

#[async_trait]
impl Executor<PullRequest> for Asks {
    async fn execute(&self, _: &ActionContext<PullRequest>, _: &Action) -> Result<Event, ActionError> {
        std::future::pending().await
    }
}

struct Place {
    folder: tempfile::TempDir,
    environment: Environment,
}

/// A supervisor's parts that take part, on a database that outlives them.
struct Running {
    engine: Engine,
    duty: FanOut,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), environment: Environment::real() }
    }

    async fn start(&self) -> Running {
        let path = self.folder.path().join("longshore.db");
        let environment = self.environment.clone();
        let store = loop {
            // The owner before may still hold it for a moment.
            match SqliteStore::open(&path, environment.clone()).await {
                Ok(store) => break Arc::new(store),
                Err(error) if error.to_string().contains("in use") => {
                    environment.sleep(Duration::from_millis(10)).await;
                }
                Err(error) => panic!("{error}"),
            }
        };
        let beside = Arc::clone(&store) as Arc<dyn Beside>;
        let registry = Registry::new().with::<PullRequest>(Arc::new(Asks)).pool(domain::pull_request::POOL, 1);
        let engine = Engine::start(environment.clone(), store, registry, Limits::default()).await.unwrap();
        let secret = DeploymentSecret::from_bytes([7; 32]);
        let runs = Runs::new(environment.clone(), Arc::clone(&beside), Arc::<RecordedEvents>::default(), secret);
        let slot = EngineSlot::default();
        slot.fill(engine.clone(), runs);
        let (wanted, bell) = (Wanted::default(), Bell::default());
        Running { engine, duty: FanOut { environment, beside, engine: slot, wanted, bell } }
    }
}

impl Running {
    async fn open(&self, installation: u64, repository_id: u64, count: u64) {
        for first in (1..=count).step_by(500) {
            let events = (first..=count.min(first + 499)).map(|number| {
                let (owner, name) = ("acme".to_owned(), format!("shop-{repository_id}"));
                let pr = PullRequestRef { installation, repository_id, owner, name, number };
                let id = EventId::new("gh", format_args!("opened-{number}"));
                (domain::ids::key(repository_id, number), id, Event::Hinted { pr, hint: Hint::Opened })
            });
            for receipt in self.engine.submit_many::<PullRequest>(events.collect()).await {
                receipt.unwrap();
            }
        }
    }

    async fn orders(&self) -> Vec<Order> {
        let documents = self.duty.beside.documents(COLLECTION, "", None, OPEN_MAX).await.unwrap();
        documents.into_iter().map(|(_, it)| serde_json::from_value(it.value).unwrap()).collect()
    }

    /// Revisions that workflows of an installation's repository have: one opened, one told.
    async fn revisions(&self, repository_id: u64) -> (usize, BTreeSet<u64>) {
        let filter = |after| ListFilter {
            after,
            limit: 1_000,
            key_prefix: Some(format!("{repository_id}#")),
            kind: Some("pull_request".into()),
            ..ListFilter::default()
        };
        let (mut count, mut revisions, mut after) = (0, BTreeSet::new(), None);
        loop {
            let page = self.engine.list(filter(after)).await.unwrap();
            count += page.len();
            revisions.extend(page.iter().map(|row| row.revision));
            after = page.last().map(|row| row.workflow);
            if after.is_none() {
                return (count, revisions);
            }
        }
    }
}

fn suspended(id: &str, scope: Scope) -> Order {
    let part = Part { scope, change: AccessChange::InstallationSuspended, of_reminders: None };
    Order::new(EventId::new("gh", id), vec![part], Some(5))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_delivery_reaches_ten_thousand_workflows_once_though_it_is_killed_in_the_middle() {
    let place = Place::new();
    let first = place.start().await;
    first.open(5, 1, MANY).await;
    first.open(6, 2, OTHERS).await;
    put(&*first.duty.beside, &place.environment, &suspended("d-1", Scope::Installation(5))).await.unwrap();
    for _ in 0..20 {
        assert!(first.duty.step().await.unwrap());
    }
    // Killed after a page was told and before that was noted: told again, which changes nothing.
    let mut again = first.orders().await.remove(0);
    page::tell(&first.engine, &mut again).await.unwrap();
    let begun = first.orders().await[0].at;
    assert!(begun.reminders && begun.after.is_some(), "{begun:?}");
    first.engine.shutdown().await;
    drop(first);

    let second = place.start().await;
    assert_eq!(second.orders().await[0].at, begun);
    while second.duty.step().await.unwrap() {}
    assert!(second.orders().await.is_empty());
    assert_eq!(second.revisions(1).await, (10_000, BTreeSet::from([2])), "each was told, and once");
    assert_eq!(second.revisions(2).await, (300, BTreeSet::from([1])), "nobody else was");
    assert_eq!(second.duty.wanted.take(), BTreeSet::from([5]), "then what is open is read");
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_told_one_after_the_other_and_too_many_are_asked_to_come_again() {
    let place = Place::new();
    let running = place.start().await;
    running.open(5, 1, 3).await;
    running.open(5, 2, 3).await;
    put(&*running.duty.beside, &place.environment, &suspended("d-1", Scope::Repository(2))).await.unwrap();
    place.environment.sleep(Duration::from_millis(2)).await;
    let restored = Part { scope: Scope::Repository(2), change: AccessChange::InstallationRestored, of_reminders: None };
    let order = Order::new(EventId::new("gh", "d-2"), vec![restored], None);
    put(&*running.duty.beside, &place.environment, &order).await.unwrap();
    while running.duty.step().await.unwrap() {}
    assert_eq!(running.revisions(1).await, (3, BTreeSet::from([1])));
    let key = domain::ids::key(2, 1);
    let state = running.engine.view_by_key::<PullRequest>(&key).await.unwrap().unwrap().state;
    assert_eq!(state.access, domain::pull_request::Access::Open, "the later one is the last word");
    let full = serde_json::json!({});
    for n in 0..OPEN_MAX {
        running.duty.beside.put_document(COLLECTION, &format!("{n:015} x"), &full, Expected::Any).await.unwrap();
    }
    let refused = put(&*running.duty.beside, &place.environment, &order).await.unwrap_err();
    assert!(matches!(refused, Error::Overloaded { .. }), "{refused:?}");
}
