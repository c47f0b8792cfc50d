//! What every database that several nodes share must do. Real time passes: the database's own clock decides about leases.

use super::rows::{event, row};
use crate::{
    Batch, CommitError, EarlyRow, EventId, InboxDone, PoolColumns, Timestamp, WorkflowId, WorkflowRow,
    cluster::{Claimed, ClusterLimits, Fence, InboxEvent, Outcome, Shared, partition_of},
};
use environment::Environment;
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// Leases that tests can wait for.
const LIMITS: ClusterLimits = ClusterLimits {
    lease_ms: 300,
    beat_ms: 50,
    outside_ms: 20_000,
    leave_ms: 1_000,
    inbox_poll_ms: 50,
    inbox_page: 512,
    inbox_max: 3,
    append_max: 100,
    outcome_ms: 500,
    grant_poll_ms: 50,
    news_ms: 5,
};
/// Leases that do not end meanwhile.
const LONG: ClusterLimits = ClusterLimits { lease_ms: 600_000, ..LIMITS };

async fn claimed(shared: &dyn Shared, node: &str, partition: u16, limits: &ClusterLimits) -> Option<(Fence, Claimed)> {
    let beat = shared.beat(node, &[], limits).await.unwrap();
    let claimed = shared.claim(node, beat.partitions[usize::from(partition)].fence, limits).await.unwrap()?;
    Some((Fence { partition, epoch: claimed.epoch }, claimed))
}

async fn own(shared: &dyn Shared, node: &str, partition: u16) -> Fence {
    claimed(shared, node, partition, &LONG).await.expect("it is free").0
}

/// Another node owns it now.
async fn evict(shared: &dyn Shared, fence: Fence) -> Fence {
    shared.release(fence, Duration::ZERO).await.unwrap();
    own(shared, "thief", fence.partition).await
}

fn is_free(shared: &crate::cluster::Beat, partition: u16) -> bool {
    shared.partitions[usize::from(partition)].free
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let environment = Environment::real();
    for _ in 0..1_000 {
        if holds().await {
            return;
        }
        environment.sleep(Duration::from_millis(10)).await;
    }
    panic!("in vain: {what}");
}

/// The first name of a partition, by number.
fn named(shared: &dyn Shared, partition: u16, skip: usize) -> Arc<str> {
    let names = (0..).map(|number| format!("key-{number}"));
    let mut names = names.filter(|key| partition_of("order", key, shared.partitions()) == partition);
    names.nth(skip).unwrap().into()
}

/// A workflow of a partition, as its owner would write it.
fn workflow(shared: &dyn Shared, partition: u16, turn: u64) -> WorkflowRow {
    let id = (turn + 1) * u64::from(shared.partitions()) + u64::from(partition);
    WorkflowRow { key: named(shared, partition, usize::try_from(turn).unwrap()), ..row(id) }
}

fn inserts(rows: Vec<WorkflowRow>) -> Batch {
    Batch { inserts: rows, ..Batch::default() }
}

fn sent(partition: u16, key: &Arc<str>, id: &str) -> InboxEvent {
    InboxEvent {
        partition,
        kind: "order".into(),
        key: Arc::clone(key),
        id: EventId::new("gh", id),
        payload: "{}".into(),
    }
}

async fn outcome(shared: &dyn Shared, event: &InboxEvent) -> Outcome {
    shared.outcome(&event.kind, &event.key, &event.id).await.unwrap()
}

/// In a new database every partition is free, and one node gets it.
pub async fn a_free_partition_is_claimed_once_under_a_higher_epoch(shared: &dyn Shared) {
    let beat = shared.beat("a", &[], &LONG).await.unwrap();
    assert_eq!(beat.partitions.len(), usize::from(shared.partitions()));
    assert!(beat.partitions.iter().all(|row| row.free && row.owner.is_none()));
    assert_eq!((beat.nodes, beat.inbox), (vec!["a".to_owned()], 0));
    let seen = beat.partitions[1].fence;
    let (first, second) = tokio::join!(shared.claim("a", seen, &LONG), shared.claim("b", seen, &LONG));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(first.is_some() != second.is_some(), "{first:?} {second:?}");
    let claimed = first.or(second).unwrap();
    assert_eq!((claimed.epoch, claimed.hold), (seen.epoch + 1, Duration::ZERO));
    let beat = shared.beat("a", &[], &LONG).await.unwrap();
    assert_eq!(beat.partitions[1].fence.epoch, claimed.epoch);
    assert!(!beat.partitions[1].free && beat.partitions[0].free);
    let (owner, seen) = (beat.partitions[1].owner.clone().unwrap(), beat.partitions[1].fence);
    assert_eq!(shared.claim("c", seen, &LONG).await.unwrap(), None, "its lease has not ended");
    let again = shared.claim(&owner, seen, &LONG).await.unwrap().expect("who lost its core begins anew at once");
    assert_eq!(again.epoch, seen.epoch + 1);
}

/// A lease lasts as long as it is renewed.
pub async fn a_lease_that_is_not_renewed_ends_and_one_that_is_does_not(shared: &dyn Shared) {
    let (kept, _) = claimed(shared, "a", 0, &LIMITS).await.unwrap();
    let (lost, _) = claimed(shared, "a", 1, &LIMITS).await.unwrap();
    until("the other lease ends", async || {
        shared.beat("a", &[kept], &LIMITS).await.unwrap();
        let seen = shared.beat("b", &[], &LIMITS).await.unwrap();
        assert!(!is_free(&seen, 0));
        is_free(&seen, 1)
    })
    .await;
    let (fence, claimed) = claimed(shared, "b", 1, &LIMITS).await.unwrap();
    assert_eq!(fence.epoch, lost.epoch + 1);
    let hold = claimed.hold.as_millis();
    assert!((10_000..20_000).contains(&hold), "calls of the dead node may be under way: {hold}");
    shared.beat("a", &[lost], &LONG).await.unwrap();
    until("who lost it does not renew it", async || is_free(&shared.beat("c", &[], &LIMITS).await.unwrap(), 1)).await;
}

/// Nodes are those that were heard within a lease.
pub async fn members_are_those_that_were_heard(shared: &dyn Shared) {
    shared.beat("b", &[], &LONG).await.unwrap();
    let nodes = shared.beat("a", &[], &LONG).await.unwrap().nodes;
    assert_eq!(nodes, ["a", "b"]);
    shared.leave("b").await.unwrap();
    assert_eq!(shared.beat("a", &[], &LONG).await.unwrap().nodes, ["a"]);
    shared.beat("c", &[], &LONG).await.unwrap();
    until("the silent one is no member", async || shared.beat("a", &[], &LIMITS).await.unwrap().nodes == ["a"]).await;
}

/// Given back, it is free at once; calls may last longer.
pub async fn what_is_given_back_is_free_at_once(shared: &dyn Shared) {
    let fence = own(shared, "a", 2).await;
    let stale = Fence { epoch: fence.epoch - 1, ..fence };
    shared.release(stale, Duration::ZERO).await.unwrap();
    assert!(!is_free(&shared.beat("b", &[], &LONG).await.unwrap(), 2), "only its owner gives it back");
    shared.release(fence, Duration::from_secs(30)).await.unwrap();
    let (_, claimed) = claimed(shared, "b", 2, &LONG).await.expect("it is free");
    let hold = claimed.hold.as_millis();
    assert!((20_000..=30_000).contains(&hold), "{hold}");
}

/// Every commit checks the epoch.
pub async fn an_evicted_owner_writes_nothing(shared: &dyn Shared) {
    let fence = own(shared, "a", 1).await;
    let store = shared.owned(fence);
    store.commit(&inserts(vec![workflow(shared, 1, 0)])).await.unwrap();
    let thief = evict(shared, fence).await;
    assert_eq!(store.commit(&inserts(vec![workflow(shared, 1, 1)])).await, Err(CommitError::Fenced));
    let early = EarlyRow {
        kind: "order".into(),
        key: named(shared, 1, 5),
        id: EventId::new("gh", "e"),
        payload: "{}".into(),
        at: Timestamp::from_millis(1),
        keep_until: Timestamp::from_millis(2),
    };
    shared.owned(thief).commit(&Batch { early: vec![early], ..inserts(vec![workflow(shared, 1, 2)]) }).await.unwrap();
    assert_eq!(store.commit(&Batch::default()).await, Err(CommitError::Fenced), "for good");
    let granted = [sent(1, &named(shared, 1, 0), "grant")];
    assert_eq!(shared.append(&granted, Some(fence)).await, Err(CommitError::Fenced));
    assert_eq!(shared.inbox(&[1], 10).await.unwrap(), []);
    shared.append(&granted, Some(thief)).await.unwrap();
    assert_eq!(shared.inbox(&[1], 10).await.unwrap().len(), 1);
    let ids: Vec<_> =
        shared.whole().list(&crate::ListFilter::default()).await.unwrap().iter().map(|it| it.id).collect();
    assert_eq!(ids, [workflow(shared, 1, 0).id, workflow(shared, 1, 2).id]);
    assert_eq!(
        shared.whole().commit(&Batch::default()).await,
        Err(CommitError::Fenced),
        "who only reads writes nothing"
    );
}

/// An owner starts with what is its own.
pub async fn an_owner_sees_what_is_pending_and_due_in_its_partition(shared: &dyn Shared) {
    let mut all = Vec::new();
    for partition in [0, 1] {
        let store = shared.owned(own(shared, "a", partition).await);
        let rows = (0..3).map(|turn| WorkflowRow {
            pending: Some("[]".into()),
            active: true,
            wake_at: Some(Timestamp::from_millis(70 + turn)),
            pool: Some(PoolColumns { pool: "desks".into(), group: "g".into(), waits: None }),
            ..workflow(shared, partition, turn)
        });
        let rows: Vec<_> = rows.collect();
        let early = EarlyRow {
            kind: "order".into(),
            key: named(shared, partition, 9),
            id: EventId::new("gh", "early"),
            payload: "{}".into(),
            at: Timestamp::from_millis(1),
            keep_until: Timestamp::from_millis(50),
        };
        all.extend(rows.iter().map(|row| row.id));
        store.commit(&Batch { early: vec![early], ..inserts(rows.clone()) }).await.unwrap();
    }
    for (partition, ids) in [(0, &all[..3]), (1, &all[3..])] {
        let fence = shared.beat("a", &[], &LONG).await.unwrap().partitions[usize::from(partition)].fence;
        let store = shared.owned(fence);
        let active =
            async |after, limit| store.active_after(after, limit).await.unwrap().into_iter().map(|row| row.workflow);
        assert_eq!(active(WorkflowId(0), 10).await.collect::<Vec<_>>(), ids);
        assert_eq!(active(ids[0], 1).await.collect::<Vec<_>>(), [ids[1]]);
        let due = store.waking((Timestamp::default(), WorkflowId(0)), Timestamp::from_millis(71), 10).await.unwrap();
        assert_eq!(due.iter().map(|(_, id)| *id).collect::<Vec<_>>(), &ids[..2]);
        assert_eq!(store.pools().await.unwrap().iter().map(|it| it.workflow).collect::<Vec<_>>(), ids);
        assert!(store.highest_id().await.unwrap() >= ids[2]);
        let dropped = store.drop_early(Timestamp::from_millis(60), 10).await.unwrap();
        assert_eq!(dropped.iter().map(|it| &*it.key).collect::<Vec<_>>(), [&*named(shared, partition, 9)]);
    }
    let seen = shared.whole().active_after(WorkflowId(0), 100).await.unwrap();
    assert_eq!(seen.iter().map(|row| row.workflow).collect::<BTreeSet<_>>(), all.into_iter().collect());
}

/// Durable, once, in order, and gone with the commit that takes it.
pub async fn an_event_lies_in_the_inbox_once_until_its_owner_takes_it(shared: &dyn Shared) {
    let row = workflow(shared, 1, 0);
    let (a, b, c) = (sent(1, &row.key, "a"), sent(1, &row.key, "b"), sent(1, &row.key, "c"));
    let elsewhere = sent(0, &named(shared, 0, 0), "a");
    shared.append(&[a.clone(), b.clone(), a.clone()], None).await.unwrap();
    shared.append(&[b.clone(), c.clone(), elsewhere.clone()], None).await.unwrap();
    assert_eq!(shared.beat("a", &[], &LIMITS).await.unwrap().inbox, 3, "counted no further than the bound");
    let found = shared.inbox(&[1], 10).await.unwrap();
    let ids: Vec<_> = found.iter().map(|(partition, it)| (*partition, it.id.as_str())).collect();
    assert_eq!(ids, [(1, "gh:a"), (1, "gh:b"), (1, "gh:c")]);
    assert!(found.is_sorted_by_key(|(_, it)| it.place));
    assert_eq!(shared.inbox(&[0, 1], 1).await.unwrap().len(), 2, "so many of each");
    assert_eq!(outcome(shared, &a).await, Outcome::Waiting);
    let fence = own(shared, "a", 1).await;
    let store = shared.owned(fence);
    let done =
        |n: usize, refusal: Option<&str>| InboxDone { place: found[n].1.place, refusal: refusal.map(str::to_owned) };
    let early = EarlyRow {
        kind: "order".into(),
        key: Arc::clone(&row.key),
        id: c.id.clone(),
        payload: "{}".into(),
        at: Timestamp::from_millis(1),
        keep_until: Timestamp::from_millis(99),
    };
    let batch = Batch {
        events: vec![event(row.id.0, "a", 1)],
        early: vec![early],
        inbox_done: vec![done(0, None), done(1, Some("it is too late\0")), done(2, None)],
        ..inserts(vec![row.clone()])
    };
    store.commit(&batch).await.unwrap();
    assert_eq!(shared.inbox(&[1], 10).await.unwrap(), []);
    assert_eq!(outcome(shared, &a).await, Outcome::Recorded(row.id));
    assert_eq!(outcome(shared, &b).await, Outcome::Refused("it is too late\0".into()));
    assert_eq!(outcome(shared, &c).await, Outcome::Kept);
    assert_eq!(outcome(shared, &elsewhere).await, Outcome::Waiting);
}

/// What was taken under a lost fence is still there.
pub async fn an_evicted_owner_takes_nothing_out_of_the_inbox(shared: &dyn Shared) {
    let row = workflow(shared, 0, 0);
    shared.append(&[sent(0, &row.key, "a")], None).await.unwrap();
    let place = shared.inbox(&[0], 10).await.unwrap()[0].1.place;
    let fence = own(shared, "a", 0).await;
    let store = shared.owned(fence);
    evict(shared, fence).await;
    let done = Batch { inbox_done: vec![InboxDone { place, refusal: None }], ..Batch::default() };
    assert_eq!(store.commit(&done).await, Err(CommitError::Fenced));
    assert_eq!(shared.inbox(&[0], 10).await.unwrap().len(), 1);
}

/// Who holds and who waits, in all partitions, and what is granted.
pub async fn slots_and_grants_are_seen_in_all_partitions(shared: &dyn Shared) {
    let waits =
        Some(PoolColumns { pool: "desks".into(), group: "g".into(), waits: Some((1, Timestamp::from_millis(4))) });
    let holds = Some(PoolColumns { pool: "desks".into(), group: "h".into(), waits: None });
    let waiting = WorkflowRow { pool: waits.clone(), revision: 7, ..workflow(shared, 0, 0) };
    let holding = WorkflowRow { pool: holds.clone(), ..workflow(shared, 1, 0) };
    for (partition, row) in [(0, waiting.clone()), (1, holding.clone())] {
        let store = shared.owned(own(shared, "a", partition).await);
        store.commit(&inserts(vec![row, workflow(shared, partition, 1)])).await.unwrap();
    }
    let grant = InboxEvent { id: EventId::new("pool", "desks:7"), ..sent(0, &waiting.key, "x") };
    shared.append(&[grant.clone(), sent(1, &holding.key, "other")], None).await.unwrap();
    let (mut claims, grants) = shared.pool_claims().await.unwrap();
    claims.sort_by_key(|claim| claim.workflow);
    let told: Vec<_> = claims.iter().map(|it| (it.workflow, &*it.key, it.revision, Some(it.pool.clone()))).collect();
    assert_eq!(told, [(waiting.id, &*waiting.key, 7, waits), (holding.id, &*holding.key, 1, holds)]);
    assert_eq!(grants, [(waiting.key, grant.id)]);
}

/// Every listener hears what any node tells.
pub async fn news_reach_every_listener(shared: &dyn Shared) {
    let (mut one, mut two) = (shared.listen().await.unwrap(), shared.listen().await.unwrap());
    shared.tell("{\"m\":true}").await.unwrap();
    assert_eq!(one.recv().await.as_deref(), Some("{\"m\":true}"));
    assert_eq!(two.recv().await.as_deref(), Some("{\"m\":true}"));
}
