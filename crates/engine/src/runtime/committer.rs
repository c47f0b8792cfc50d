//! Commits of one shell, one after another. The next batch is handed over while one is written: to the store if it takes
//! several, so that the database goes from one to the other at once, whatever else the runtime has to do; else it lies
//! here. What lies behind a batch that failed was computed on top of it, and is not written.

use crate::{Batch, CommitError, Store, core::Input, store::Link};
use environment::Environment;
use futures_util::{StreamExt as _, stream::FuturesOrdered};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Batches that may lie here: the core hands over no more before it has heard the end of one.
const WAITING_MAX: usize = 4;

struct Handed {
    batch: Arc<Batch>,
    link: Link,
}

/// Where batches are handed over.
pub(super) struct Committer {
    batches: mpsc::Sender<Handed>,
    chain: Link,
    failures_heard: u64,
}

impl Committer {
    /// Starts; it ends once what was handed over is dealt with and nothing more can come.
    pub fn start(environment: &Environment, store: Arc<dyn Store>, ends: mpsc::Sender<Input>) -> Self {
        let (batches, handed) = mpsc::channel(WAITING_MAX);
        environment.spawn(carry_out(store, handed, ends));
        Self { batches, chain: Link::default(), failures_heard: 0 }
    }

    /// The core is about to hear this.
    pub fn heed(&mut self, inputs: &[Input]) {
        let failed = inputs.iter().filter(|input| matches!(input, Input::Committed(Err(_))));
        self.failures_heard += failed.count() as u64;
    }

    pub fn hand_over(&self, batch: Arc<Batch>) {
        // There is room, and the other side ends after this one.
        let _ = self.batches.try_send(Handed { batch, link: self.chain.after(self.failures_heard) });
    }
}

async fn carry_out(store: Arc<dyn Store>, mut handed: mpsc::Receiver<Handed>, ends: mpsc::Sender<Input>) {
    let mut under_way = FuturesOrdered::new();
    let mut open = true;
    while open || !under_way.is_empty() {
        tokio::select! {
            biased;
            next = handed.recv(), if open && under_way.len() < store.commits_at_once() => match next {
                Some(Handed { batch, link }) => {
                    let store = Arc::clone(&store);
                    under_way.push_back(async move { store.commit_linked(batch, link).await });
                }
                None => open = false,
            },
            Some(ended) = under_way.next() => {
                let ended: Result<(), CommitError> = ended;
                if ends.send(Input::Committed(ended)).await.is_err() {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventEffect, EventId, EventRecord, MemoryStore, Timestamp, WorkflowId};

    fn batch(seq: u64) -> Arc<Batch> {
        let event = EventRecord {
            workflow: WorkflowId(1),
            id: EventId::new("gh", seq),
            seq,
            effect: EventEffect::Applied,
            payload: "{}".into(),
            at: Timestamp::default(),
            code: "1".into(),
        };
        Arc::new(Batch { events: vec![event], ..Batch::default() })
    }

    #[tokio::test]
    async fn what_was_handed_over_behind_a_failed_batch_is_not_written_and_what_comes_after_it_was_heard_of_is() {
        let (store, environment) = (MemoryStore::new(), Environment::real());
        let (ends, mut ended) = mpsc::channel(9);
        store.fail_next_commit(CommitError::Failed("no".into()));
        let mut committer = Committer::start(&environment, Arc::new(store.clone()), ends);
        committer.hand_over(batch(1));
        committer.hand_over(batch(2));
        let heard = [ended.recv().await.unwrap(), ended.recv().await.unwrap()];
        assert!(heard.iter().all(|end| matches!(end, Input::Committed(Err(_)))), "{heard:?}");
        committer.heed(&heard);
        committer.hand_over(batch(3));
        assert!(matches!(ended.recv().await, Some(Input::Committed(Ok(())))));
        let seqs: Vec<_> = store.history(WorkflowId(1), 0, 9).await.unwrap().iter().map(|event| event.seq).collect();
        assert_eq!(seqs, [3]);
    }
}
