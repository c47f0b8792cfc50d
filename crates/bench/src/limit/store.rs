//! The engine's own writes without the engine: the rows that W makes, given to the store batch by batch. What lies
//! between this and the engine is the engine; what lies between this and the limit is what the rows hold.

use super::Measured;
use crate::{
    Failure,
    database::Database,
    process,
    stopwatch::Stopwatch,
    workload::{TRANSITIONS, W},
};
use engine::{Batch, EventEffect, EventId, EventRecord, Standing, Timestamp, Workflow, WorkflowId, WorkflowRow};
use environment::Environment;
use std::{sync::Arc, time::Duration};

/// Writes cohorts of `batch` workflows, one transition of each per commit, for a while. Only the commits are timed.
///
/// # Errors
/// The store failed, or a row is missing.
pub async fn writes(
    environment: &Environment,
    database: &Database,
    batch: usize,
    span: Duration,
) -> Result<Measured, Failure> {
    let store = database.open(environment).await?;
    let me = std::process::id();
    let (mut spent, mut cpu_s, mut workflows) = (Duration::ZERO, 0.0, 0);
    while spent < span {
        for seq in 1..=TRANSITIONS {
            let rows = cohort(workflows, batch as u64, seq);
            let (cpu_before, commit) = (process::cpu_s(me)?, Stopwatch::start());
            store.commit(&rows).await?;
            spent += commit.elapsed();
            cpu_s += process::cpu_s(me)? - cpu_before;
        }
        workflows += batch as u64;
    }
    drop(store);
    database.stored().await?.all_closed(workflows)?;
    let what = format!("the store alone, {batch} transitions per commit");
    Ok(Measured::new(what, workflows * TRANSITIONS, spent, cpu_s))
}

/// One transition of each workflow of a cohort.
fn cohort(before: u64, size: u64, seq: u64) -> Batch {
    let (kind, code): (Arc<str>, Arc<str>) = (W::KIND.into(), "bench".into());
    let ids = before + 1..=before + size;
    let row = |id| row(&kind, id, seq);
    let event = |id| EventRecord {
        workflow: WorkflowId(id),
        id: EventId::new("act", seq),
        seq,
        effect: EventEffect::Applied,
        payload: super::payload(id as i64, seq as i64).into(),
        at: Timestamp::from_millis(1_700_000_000_000 + id),
        code: Arc::clone(&code),
    };
    let rows = ids.clone().map(row).collect();
    let (inserts, updates) = if seq == 1 { (rows, Vec::new()) } else { (Vec::new(), rows) };
    Batch { inserts, updates, events: ids.map(event).collect(), ..Batch::default() }
}

fn row(kind: &Arc<str>, id: u64, seq: u64) -> WorkflowRow {
    let over = seq == TRANSITIONS;
    let pending =
        (!over).then(|| format!(r#"[{{"id":{seq},"action":{{"start_machine":{{"volume":"vol-{id:08}","run":1}}}}}}]"#));
    WorkflowRow {
        id: WorkflowId(id),
        kind: Arc::clone(kind),
        key: format!("pr-{id:08}").into(),
        status: if over { "closed".into() } else { "running".into() },
        standing: if over { Standing::Terminal } else { Standing::Moving },
        title: format!("acme/shop#{id:08}"),
        run: 0,
        subject: None,
        machine_id: (seq > 2).then(|| format!("m-{id:08}")),
        volume_id: (seq > 1).then(|| format!("vol-{id:08}")),
        state: format!(r#"{{"phase":"starting","text":"{}"}}"#, "s".repeat(190)).into(),
        state_version: W::STATE_VERSION,
        revision: seq,
        actions: seq.min(5) as u32,
        timers: None,
        wake_at: None,
        active: pending.is_some(),
        pending,
        pool: None,
        last_activity: Timestamp::from_millis(1_700_000_000_000 + seq),
    }
}
