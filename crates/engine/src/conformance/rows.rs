use crate::{
    ActiveRow, Batch, CommitError, EarlyRow, EventEffect, EventId, EventRecord, ListFilter, LoadRequest, PoolColumns,
    Standing, Store, Timestamp, WorkflowId, WorkflowRow,
    beside::{Beside, Past},
};
use std::sync::Arc;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(super) fn row(id: u64) -> WorkflowRow {
    WorkflowRow {
        id: WorkflowId(id),
        kind: "order".into(),
        key: format!("key-{id}").into(),
        status: "open".into(),
        standing: Standing::Awaiting,
        title: format!("Order {id}"),
        run: 3,
        subject: None,
        machine_id: None,
        volume_id: None,
        state: r#"{"n":1}"#.into(),
        state_version: 2,
        revision: 1,
        actions: 0,
        timers: None,
        wake_at: None,
        pending: None,
        active: false,
        pool: None,
        last_activity: at(5),
    }
}

fn full(id: u64) -> WorkflowRow {
    WorkflowRow {
        subject: Some("3f2a91c".into()),
        machine_id: Some("m-1".into()),
        volume_id: Some("vol_1".into()),
        actions: 9,
        timers: Some(r#"[{"name":"nudge","armed":1,"at":77}]"#.into()),
        wake_at: Some(at(77)),
        pending: Some(r#"[{"id":9,"action":"ship"}]"#.into()),
        active: true,
        pool: Some(waits("machines", "acme", 1, 4)),
        ..row(id)
    }
}

fn waits(pool: &'static str, group: &str, priority: u8, since: u64) -> PoolColumns {
    PoolColumns { pool: pool.into(), group: group.into(), waits: Some((priority, at(since))) }
}

pub(super) fn event(workflow: u64, id: &str, seq: u64) -> EventRecord {
    EventRecord {
        workflow: WorkflowId(workflow),
        id: EventId::new("gh", id),
        seq,
        effect: EventEffect::Applied,
        payload: format!(r#"{{"it's":{seq}}}"#).into(),
        at: at(seq),
        code: "1.2.3".into(),
    }
}

fn early(key: &str, id: &str, came: u64, keep_until: u64) -> EarlyRow {
    EarlyRow {
        kind: "order".into(),
        key: key.into(),
        id: EventId::new("gh", id),
        payload: "{}".into(),
        at: at(came),
        keep_until: at(keep_until),
    }
}

fn inserts(rows: Vec<WorkflowRow>) -> Batch {
    Batch { inserts: rows, ..Batch::default() }
}

async fn write(store: &impl Store, batch: Batch) {
    store.commit(&batch).await.expect("the batch is good");
}

fn name(key: &str) -> (Arc<str>, Arc<str>) {
    ("order".into(), key.into())
}

/// Every column survives, empty or not, and so does an update.
pub async fn what_was_written_is_what_is_read(store: &impl Store) {
    assert_eq!(store.highest_id().await.unwrap(), WorkflowId(0));
    write(store, inserts(vec![row(1), full(2)])).await;
    assert_eq!(store.row(WorkflowId(1)).await.unwrap(), Some(row(1)));
    assert_eq!(store.row_by_key("order", "key-2").await.unwrap(), Some(full(2)));
    assert_eq!(store.row(WorkflowId(3)).await.unwrap(), None);
    assert_eq!(store.row_by_key("other", "key-2").await.unwrap(), None);
    assert_eq!(store.highest_id().await.unwrap(), WorkflowId(2));
    let changed = |id, base: WorkflowRow| WorkflowRow { id, key: base.key.clone(), revision: 2, ..full(7) };
    let (one, two) = (changed(WorkflowId(1), row(1)), WorkflowRow { revision: 2, ..row(2) });
    write(store, Batch { updates: vec![one.clone(), two.clone()], ..Batch::default() }).await;
    let request = LoadRequest { keys: vec![name("key-1")], ids: vec![WorkflowId(2)], ..LoadRequest::default() };
    assert_eq!(store.load(&request).await.unwrap().rows, [one, two]);
}

/// A conflict anywhere leaves nothing behind.
pub async fn a_batch_is_written_whole_or_not_at_all(store: &impl Store) {
    write(store, Batch { events: vec![event(1, "a", 1)], ..inserts(vec![row(1)]) }).await;
    let bad = Batch {
        updates: vec![WorkflowRow { revision: 2, ..row(1) }],
        events: vec![event(2, "a", 1), event(1, "a", 2)],
        early: vec![early("key-9", "e", 1, 10)],
        ..inserts(vec![row(2)])
    };
    assert!(matches!(store.commit(&bad).await, Err(CommitError::Conflict(_))));
    assert_eq!(store.row(WorkflowId(2)).await.unwrap(), None);
    assert_eq!(store.row(WorkflowId(1)).await.unwrap(), Some(row(1)));
    assert_eq!(store.history(WorkflowId(2), 0, 9).await.unwrap(), []);
    assert_eq!(store.early("order", "key-9", 9).await.unwrap(), []);
    write(store, inserts(vec![row(2)])).await;
}

/// E2 in the database: the backstop of every check before it.
pub async fn an_event_id_is_unique_per_workflow(store: &impl Store) {
    let first = Batch { events: vec![event(1, "a", 1), event(2, "a", 1)], ..inserts(vec![row(1), row(2)]) };
    write(store, first).await;
    let again = Batch { events: vec![event(1, "a", 2)], ..Batch::default() };
    assert!(matches!(store.commit(&again).await, Err(CommitError::Conflict(_))));
}

/// Two workflows never share a name.
pub async fn a_key_is_unique_per_kind(store: &impl Store) {
    write(store, inserts(vec![row(1)])).await;
    let same_key = WorkflowRow { key: "key-1".into(), ..row(2) };
    let other_kind = WorkflowRow { kind: "task".into(), ..same_key.clone() };
    assert!(matches!(store.commit(&inserts(vec![same_key])).await, Err(CommitError::Conflict(_))));
    write(store, inserts(vec![other_kind])).await;
}

/// More rows than any one statement holds, and a remainder.
pub async fn a_large_batch_arrives_whole(store: &impl Store) {
    const ROWS: u64 = 777;
    let events = (1..=ROWS).map(|id| event(id, "a", 1)).collect();
    write(store, Batch { events, ..inserts((1..=ROWS).map(row).collect()) }).await;
    let filter = ListFilter { limit: 1_000, ..ListFilter::default() };
    let ids: Vec<_> = store.list(&filter).await.unwrap().iter().map(|row| row.id.0).collect();
    assert_eq!(ids, (1..=ROWS).collect::<Vec<_>>());
    assert_eq!(store.history(WorkflowId(ROWS), 0, 9).await.unwrap(), [event(ROWS, "a", 1)]);
}

/// What the core asks before it applies an event to a workflow that was not in memory.
pub async fn known_event_ids_are_found_by_key_and_by_id(store: &impl Store) {
    write(store, Batch { events: vec![event(1, "a", 1), event(1, "b", 2)], ..inserts(vec![row(1), row(2)]) }).await;
    let id = |text: &str| EventId::new("gh", text);
    let check = |key: &str, text: &str| ("order".into(), key.into(), id(text));
    let request = LoadRequest {
        check_by_key: vec![check("key-1", "a"), check("key-2", "a"), check("key-9", "a")],
        check_by_id: vec![(WorkflowId(1), id("b")), (WorkflowId(1), id("c"))],
        ..LoadRequest::default()
    };
    let mut known = store.load(&request).await.unwrap().known;
    known.sort();
    assert_eq!(known, [(WorkflowId(1), id("a"), 1), (WorkflowId(1), id("b"), 2)]);
}

/// E3's table.
pub async fn early_events_are_kept_used_and_dropped(store: &impl Store) {
    let kept = vec![early("key-1", "b", 1, 100), early("key-1", "a", 2, 50), early("key-2", "a", 3, 100)];
    write(store, Batch { early: kept.clone(), ..inserts(vec![row(1)]) }).await;
    let request = LoadRequest { keys: vec![name("key-2")], ids: vec![WorkflowId(1)], ..LoadRequest::default() };
    let loaded = store.load(&request).await.unwrap();
    assert_eq!(loaded.early, kept, "in the order in which they came, also for a key without a workflow");
    assert_eq!(loaded.rows, [row(1)]);
    let used =
        Batch { early_used: vec![("order".into(), "key-1".into(), EventId::new("gh", "b"))], ..Batch::default() };
    write(store, used).await;
    assert_eq!(store.early("order", "key-1", 9).await.unwrap(), kept[1..2]);
    assert_eq!(store.drop_early(at(49), 9).await.unwrap(), []);
    assert_eq!(store.drop_early(at(50), 9).await.unwrap(), kept[1..2]);
    assert_eq!(store.drop_early(at(50), 9).await.unwrap(), []);
    assert_eq!(store.early("order", "key-2", 9).await.unwrap(), kept[2..]);
}

/// The same early event twice is a conflict, as an event is; and what is dropped at once is bounded.
pub async fn an_early_event_is_kept_once_and_dropped_in_bounded_steps(store: &impl Store) {
    let kept = vec![early("key-1", "a", 1, 10), early("key-1", "b", 2, 20), early("key-1", "c", 3, 30)];
    write(store, Batch { early: kept.clone(), ..Batch::default() }).await;
    let again = Batch { early: vec![early("key-1", "b", 9, 90)], ..inserts(vec![row(1)]) };
    assert!(matches!(store.commit(&again).await, Err(CommitError::Conflict(_))));
    assert_eq!(store.row(WorkflowId(1)).await.unwrap(), None);
    assert_eq!(store.early("order", "key-1", 2).await.unwrap(), kept[..2]);
    assert_eq!(store.drop_early(at(99), 2).await.unwrap().len(), 2);
    assert_eq!(store.drop_early(at(99), 2).await.unwrap().len(), 1);
}

/// Names are compared and sorted by their bytes: not by case, language or composition, and a NUL is a character like
/// any other.
pub async fn names_that_look_alike_are_told_apart(store: &impl Store) {
    let keys = ["a", "A", "a ", "a\0", "a\0b", "a\u{1}", "e\u{301}", "é", "a%", "a_"];
    let ids = (1..).map(WorkflowId);
    let rows: Vec<_> =
        keys.iter().zip(ids).map(|(key, id)| WorkflowRow { key: (*key).into(), id, ..row(id.0) }).collect();
    write(store, inserts(rows)).await;
    for (key, id) in keys.iter().zip(1..) {
        assert_eq!(store.row_by_key("order", key).await.unwrap().map(|row| row.id.0), Some(id), "{key:?}");
        let loaded = store.load(&LoadRequest { keys: vec![name(key)], ..LoadRequest::default() }).await.unwrap();
        assert_eq!(loaded.rows.iter().map(|row| row.id.0).collect::<Vec<_>>(), [id], "{key:?}");
    }
    let keys = async |kind: Option<&str>, prefix: &str| -> Vec<String> {
        let (kind, key_prefix) = (kind.map(str::to_owned), Some(prefix.to_owned()));
        let filter = ListFilter { kind, key_prefix, ..ListFilter::default() };
        store.list(&filter).await.unwrap().iter().map(|row| row.key.to_string()).collect()
    };
    for kind in [None, Some("order")] {
        assert_eq!(keys(kind, "a\0").await, ["a\0", "a\0b"]);
        assert_eq!(keys(kind, "A").await, ["A"]);
        assert_eq!(keys(kind, "e").await, ["e\u{301}"]);
        assert_eq!(keys(kind, "a ").await, ["a "]);
    }
}

/// What a start reads, page by page.
pub async fn a_start_finds_what_is_active_and_due(store: &impl Store) {
    let waking = |id, millis| WorkflowRow { wake_at: Some(at(millis)), ..row(id) };
    write(store, inserts(vec![full(1), waking(2, 30), waking(3, 30), row(4), full(5)])).await;
    let left = |id| ActiveRow { workflow: WorkflowId(id), pending: true };
    assert_eq!(store.active_after(WorkflowId(0), 1).await.unwrap(), [left(1)]);
    assert_eq!(store.active_after(WorkflowId(1), 9).await.unwrap(), [left(5)]);
    let place = |millis, id| (at(millis), WorkflowId(id));
    assert_eq!(
        store.waking(place(0, 0), at(77), 9).await.unwrap(),
        [place(30, 2), place(30, 3), place(77, 1), place(77, 5)]
    );
    assert_eq!(store.waking(place(30, 2), at(76), 9).await.unwrap(), [place(30, 3)]);
    assert_eq!(store.waking(place(0, 0), at(77), 1).await.unwrap(), [place(30, 2)]);
}

/// Rest is written of those that are there and have nothing pending, and changes nothing else of them.
pub async fn what_came_to_rest_is_not_looked_at_by_a_start(store: &impl Store) {
    let without = |id| WorkflowRow { pending: None, ..full(id) };
    write(store, inserts(vec![full(1), without(2), row(3), without(4)])).await;
    let ids = |ids: &[u64]| ids.iter().copied().map(WorkflowId).collect::<Vec<_>>();
    let active = |id, pending| ActiveRow { workflow: WorkflowId(id), pending };
    let before = [active(1, true), active(2, false), active(4, false)];
    assert_eq!(store.active_after(WorkflowId(0), 9).await.unwrap(), before);
    write(store, Batch { rested: ids(&[1, 2, 3, 77]), ..Batch::default() }).await;
    assert_eq!(store.active_after(WorkflowId(0), 9).await.unwrap(), [active(1, true), active(4, false)]);
    assert_eq!(store.row(WorkflowId(2)).await.unwrap(), Some(WorkflowRow { active: false, ..without(2) }));
    assert_eq!(store.row(WorkflowId(1)).await.unwrap(), Some(full(1)));
}

/// E13: slots are derived from these.
pub async fn pools_tell_who_waits_and_who_holds(store: &impl Store) {
    let holds = PoolColumns { pool: "machines".into(), group: "b".into(), waits: None };
    let with = |id, pool| WorkflowRow { pool: Some(pool), ..row(id) };
    write(store, inserts(vec![with(1, holds.clone()), row(2), with(3, waits("machines", "a", 0, 8))])).await;
    let pools: Vec<_> = store.pools().await.unwrap().into_iter().map(|row| (row.workflow.0, row.pool)).collect();
    assert_eq!(pools, [(1, holds), (3, waits("machines", "a", 0, 8))]);
}

/// E11's question.
pub async fn stuck_rows_are_those_that_nothing_will_move(store: &impl Store) {
    let moving = |id| WorkflowRow { standing: Standing::Moving, ..row(id) };
    let holds = PoolColumns { pool: "machines".into(), group: "b".into(), waits: None };
    let rows = vec![
        moving(1),
        row(2),
        WorkflowRow { standing: Standing::Terminal, ..row(3) },
        WorkflowRow { wake_at: Some(at(1)), ..moving(4) },
        WorkflowRow { pending: Some("[]".into()), active: true, ..moving(5) },
        WorkflowRow { pool: Some(waits("machines", "a", 1, 1)), ..moving(6) },
        WorkflowRow { pool: Some(holds), ..moving(7) },
        WorkflowRow { active: true, ..moving(8) },
    ];
    write(store, inserts(rows)).await;
    assert_eq!(store.stuck(WorkflowId(0), 9).await.unwrap(), [WorkflowId(1), WorkflowId(7), WorkflowId(8)]);
    assert_eq!(store.stuck(WorkflowId(1), 1).await.unwrap(), [WorkflowId(7)]);
}

/// What pages and `ps` show.
pub async fn a_list_is_filtered_and_paged(store: &impl Store) {
    let rows = vec![
        WorkflowRow { title: "acme/shop#7 100%".into(), ..row(1) },
        WorkflowRow { status: "closed".into(), ..row(2) },
        WorkflowRow { kind: "task".into(), ..row(3) },
    ];
    write(store, inserts(rows)).await;
    let ids = async |filter: ListFilter| -> Vec<u64> {
        store.list(&filter).await.unwrap().iter().map(|row| row.id.0).collect()
    };
    let any = ListFilter::default;
    assert_eq!(ids(any()).await, [1, 2, 3]);
    assert_eq!(ids(ListFilter { kind: Some("task".into()), ..any() }).await, [3]);
    assert_eq!(ids(ListFilter { status: Some("closed".into()), ..any() }).await, [2]);
    assert_eq!(ids(ListFilter { text: Some("shop#7 100%".into()), ..any() }).await, [1]);
    assert_eq!(ids(ListFilter { text: Some("key-2".into()), ..any() }).await, [2]);
    assert_eq!(ids(ListFilter { text: Some("100_".into()), ..any() }).await, [0u64; 0], "a text is not a pattern");
    let prefix = |prefix: &str| ListFilter { key_prefix: Some(prefix.into()), ..any() };
    assert_eq!(ids(prefix("key-")).await, [1, 2, 3]);
    assert_eq!(ids(prefix("key-2")).await, [2]);
    assert_eq!(ids(prefix("ey-2")).await, [0u64; 0], "a prefix stands at the beginning");
    let order = |it: &str| ListFilter { kind: Some("order".into()), ..prefix(it) };
    assert_eq!(ids(order("key-")).await, [1, 2]);
    assert_eq!(ids(ListFilter { after: Some(WorkflowId(1)), ..order("key-") }).await, [2]);
    assert_eq!(ids(ListFilter { status: Some("closed".into()), ..order("key-") }).await, [2]);
    assert_eq!(ids(order("key_")).await, [0u64; 0], "a prefix is not a pattern");
    assert_eq!(ids(ListFilter { after: Some(WorkflowId(1)), limit: 1, ..any() }).await, [2]);
}

/// History in the order in which it happened, whatever its ids.
pub async fn history_is_ordered_and_paged(store: &impl Store) {
    let refused = EventRecord { effect: EventEffect::Refused, code: "2.0.0".into(), ..event(1, "a", 3) };
    let events = vec![event(1, "z", 1), event(1, "m", 2), event(2, "z", 1)];
    write(store, Batch { events, ..inserts(vec![row(1), row(2)]) }).await;
    write(store, Batch { events: vec![refused.clone()], ..Batch::default() }).await;
    let all = [event(1, "z", 1), event(1, "m", 2), refused];
    assert_eq!(store.history(WorkflowId(1), 0, 9).await.unwrap(), all);
    assert_eq!(store.history(WorkflowId(1), 1, 1).await.unwrap(), all[1..2]);
    assert_eq!(store.history(WorkflowId(1), 3, 9).await.unwrap(), []);
}

/// Of a workflow that was over long ago stays the last event that moved it, as a snapshot; of all others everything.
pub async fn the_history_of_what_is_over_becomes_a_snapshot(store: &(impl Store + Beside)) {
    let over = |id: u64, at_ms: u64| WorkflowRow {
        standing: Standing::Terminal,
        state: format!(r#"{{"over":"{id} \u0000"}}"#).into(),
        revision: 2,
        last_activity: at(at_ms),
        ..row(id)
    };
    let refused = EventRecord { effect: EventEffect::Refused, ..event(1, "late", 2) };
    let mut events: Vec<_> = (1..=4).flat_map(|id| [event(id, "b", 1), event(id, "a", 2)]).collect();
    events.push(refused);
    // Of the fifth nothing ever moved it but one event: that stays what it is.
    events.push(event(5, "only", 1));
    let alive = WorkflowRow { last_activity: at(5), ..row(4) };
    write(store, Batch { events, ..inserts(vec![over(1, 5), over(2, 9), over(3, 10), alive, over(5, 5)]) }).await;
    let remove = async |rows_max, dry_run| store.remove_past(Past::History, at(10), rows_max, dry_run).await.unwrap();
    assert_eq!(remove(99, true).await, 3);
    assert_eq!(store.history(WorkflowId(1), 0, 9).await.unwrap().len(), 3, "they are only counted");
    assert_eq!(remove(99, false).await, 3);
    assert_eq!(remove(99, false).await, 0, "once");
    for id in [1, 2] {
        let snapshot = EventRecord { effect: EventEffect::Upgraded, payload: over(id, 5).state, ..event(id, "a", 2) };
        assert_eq!(store.history(WorkflowId(id), 0, 9).await.unwrap(), [snapshot]);
    }
    for id in [3, 4] {
        assert_eq!(store.history(WorkflowId(id), 0, 9).await.unwrap(), [event(id, "b", 1), event(id, "a", 2)]);
    }
    assert_eq!(store.history(WorkflowId(5), 0, 9).await.unwrap(), [event(5, "only", 1)]);
}
