//! Brings events of the inbox to the cores of the partitions that this node owns.

use super::handle::Inner;
use crate::{InboxRow, runtime::Command};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// When a partition had as much as is read at once, the rest is looked for after this.
const MORE: Duration = Duration::from_millis(5);

pub(super) async fn run(inner: Arc<Inner>) {
    let mut pause = Duration::ZERO;
    loop {
        tokio::select! {
            () = inner.bell.inbox.notified() => {}
            () = inner.environment.sleep(pause) => {}
            () = inner.closed() => return,
        }
        pause = Duration::from_millis(inner.limits.inbox_poll_ms);
        match look(&inner).await {
            Ok(true) => pause = MORE,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "the inbox cannot be read; it is tried again");
                pause = Duration::from_millis(inner.limits.beat_ms);
            }
        }
    }
}

/// Whether there may be more.
async fn look(inner: &Inner) -> Result<bool, crate::StoreError> {
    let partitions: Vec<_> = inner.fences().iter().map(|fence| fence.partition).collect();
    if partitions.is_empty() {
        return Ok(false);
    }
    let mut by_partition = BTreeMap::<u16, Vec<InboxRow>>::new();
    for (partition, row) in inner.shared.inbox(&partitions, inner.limits.inbox_page).await? {
        by_partition.entry(partition).or_default().push(row);
    }
    let mut more = false;
    for (partition, rows) in by_partition {
        more |= rows.len() >= inner.limits.inbox_page;
        if let Some(desk) = inner.desk(partition) {
            // A full queue: they are read again with the next look.
            let _ = desk.commands.try_send(Command::Inbox(rows));
        }
    }
    Ok(more)
}
