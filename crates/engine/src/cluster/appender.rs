//! Puts events of workflows that other nodes own into the inbox. What comes together shares a commit, as everywhere.

use super::{InboxEvent, handle::Inner};
use crate::{CommitError, StoreError, SubmitError};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Events in one commit.
const BATCH_MAX: usize = 512;

/// An event and who waits for it to be durable.
pub(super) struct Append {
    pub event: InboxEvent,
    pub answer: oneshot::Sender<Result<(), SubmitError>>,
}

pub(super) async fn run(inner: Arc<Inner>, mut appends: mpsc::Receiver<Append>) {
    loop {
        let mut batch = Vec::new();
        tokio::select! {
            taken = appends.recv_many(&mut batch, BATCH_MAX) => if taken == 0 { return },
            () = inner.closed() => return,
        }
        let events: Vec<_> = batch.iter().map(|append| append.event.clone()).collect();
        let answer = inner.shared.append(&events, None).await.map_err(failure);
        if answer.is_ok() {
            inner.bell.inbox.notify_one();
            inner.bell.ring(|news| news.inbox.extend(events.iter().map(|event| event.partition)));
        }
        for append in batch {
            let _ = append.answer.send(answer.clone());
        }
    }
}

fn failure(error: CommitError) -> SubmitError {
    SubmitError::Store(StoreError(error.to_string()))
}
