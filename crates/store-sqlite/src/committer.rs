//! The connection that commits batches, on a thread of its own.
//!
//! Why not the one of `writer`: that one is reached statement by statement, each a trip between threads in which the
//! database has nothing to do; a batch has a thousand statements. Here a batch is handed over whole, and the thread runs
//! its prepared statements row by row (ADR 12, docs/performance.md).

use crate::{commit, error, open};
use engine::{Batch, CommitError, Link};
use rusqlite::Connection;
use sqlx::SqliteConnection;
use std::{
    collections::HashMap,
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
};
use tokio::sync::{Mutex, mpsc, oneshot};

/// Batches that wait for the one that is written; the engine hands over two at most.
pub(crate) const WAITING_MAX: usize = 2;
/// Prepared statements: one per table and kind of write, and those of a transaction.
const STATEMENTS_MAX: usize = 16;

/// Page cache in KiB (negative: SQLite's way to say KiB): the rows of some thousand active workflows and their history, so
/// that pages just written are not read again from the WAL.
const CACHE_KIB: i64 = -8_192;

/// Rows written since the WAL was last moved into the file, from which on that is done while nobody waits. SQLite does it
/// itself within a commit once the WAL is long (`open::PRAGMAS`), which holds that commit up for tens of milliseconds.
const CHECKPOINT_ROWS: usize = 500;

/// Numbers of code versions that are known to be in the table: every event row names one.
pub(crate) type Codes = HashMap<Arc<str>, i64>;

struct Handed {
    batch: Arc<Batch>,
    link: Link,
    ended: oneshot::Sender<Result<(), CommitError>>,
}

/// Hands batches to the thread. Dropping it waits for the end of the one in hand, and closes the connection.
#[derive(Debug)]
pub(crate) struct Committer {
    /// Gone only while it is dropped.
    batches: Option<mpsc::Sender<Handed>>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// Opens the connection and starts the thread; the tables must be there. `other` is the other connection that writes:
    /// while a batch is written it is kept out, so that neither waits by polling for the other's lock.
    pub fn start(path: &Path, other: Arc<Mutex<SqliteConnection>>) -> Result<Self, error::Cause> {
        let connection = connect(path)?;
        let codes = read_codes(&connection)?;
        let (batches, handed) = mpsc::channel(WAITING_MAX);
        let run = move || carry_out(connection, codes, &other, handed);
        let thread = thread::Builder::new().name("sqlite-committer".into()).spawn(run)?;
        Ok(Self { batches: Some(batches), thread: Some(thread) })
    }

    /// Writes a batch durably, or nothing of it. Whoever goes away meanwhile does not stop it.
    pub async fn commit(&self, batch: Arc<Batch>, link: Link) -> Result<(), CommitError> {
        let gone = || link.noted(Err(CommitError::Failed("the thread that writes the database has ended".into())));
        let (ended, end) = oneshot::channel();
        let Some(batches) = self.batches.as_ref() else { return gone() };
        if batches.send(Handed { batch, link: link.clone(), ended }).await.is_err() {
            return gone();
        }
        end.await.unwrap_or_else(|_| gone())
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A connection set up as the store's others are (`open`).
pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(open::BUSY_TIMEOUT)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    for (name, value) in open::PRAGMAS {
        connection.pragma_update(None, name, value)?;
    }
    connection.pragma_update(None, "cache_size", CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(connection)
}

pub(crate) fn read_codes(connection: &Connection) -> rusqlite::Result<Codes> {
    let mut statement = connection.prepare("SELECT name, id FROM code_version")?;
    let codes = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    codes.collect()
}

fn carry_out(
    mut connection: Connection,
    mut codes: Codes,
    other: &Mutex<SqliteConnection>,
    mut handed: mpsc::Receiver<Handed>,
) {
    let mut rows = 0;
    while let Some(Handed { batch, link, ended }) = handed.blocking_recv() {
        let turn = other.blocking_lock();
        let result = link.check().and_then(|()| {
            let written = commit::write(&mut connection, &mut codes, &batch);
            link.noted(written.map_err(|error| error::commit(&error)))
        });
        drop(turn);
        let _ = ended.send(result);
        rows += batch.inserts.len() + batch.updates.len() + batch.events.len();
        // Neither is needed: the next commit does without, or does it itself.
        if rows >= CHECKPOINT_ROWS && handed.is_empty() {
            rows = 0;
            let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()));
        }
        if is_rest(&batch) {
            let _ = connection.execute_batch("PRAGMA shrink_memory");
        }
    }
}

/// Workflows come to rest and nothing else happens: what the page cache holds is not needed soon.
fn is_rest(batch: &Batch) -> bool {
    let moves = batch.inserts.len() + batch.updates.len() + batch.events.len() + batch.inbox_done.len();
    !batch.rested.is_empty() && moves == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SqliteStore;
    use engine::{EventEffect, EventId, EventRecord, Store as _, Timestamp, WorkflowId};
    use environment::Environment;
    use std::{future::Future, pin::pin, task::Poll};

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

    /// Polls once: what it hands over is handed over.
    async fn begin(future: &mut (impl Future<Output = Result<(), CommitError>> + Unpin)) {
        std::future::poll_fn(|context| {
            assert!(std::pin::Pin::new(&mut *future).poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }

    #[tokio::test]
    async fn while_nobody_waits_the_log_is_moved_into_the_file_long_before_a_commit_has_to() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("longshore.db"), Environment::real()).await.unwrap();
        // Each event fills most of a page.
        let event = EventRecord { payload: "x".repeat(3_000).into(), ..batch(1).events[0].clone() };
        for workflow in 0..40 {
            let nth =
                |seq| EventRecord { workflow: WorkflowId(workflow), id: EventId::new("gh", seq), ..event.clone() };
            store.commit(&Batch { events: (0..100).map(nth).collect(), ..Batch::default() }).await.unwrap();
        }
        let pages = std::fs::metadata(folder.path().join("longshore.db-wal")).unwrap().len() / 4_096;
        assert!(pages < 2_000, "a commit with {pages} pages before it is held up");
    }

    #[tokio::test]
    async fn a_batch_handed_over_behind_one_that_fails_is_not_written_though_nobody_heard_of_the_failure_yet() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("longshore.db"), Environment::real()).await.unwrap();
        let chain = Link::default();
        store.commit_linked(batch(1), chain.after(0)).await.unwrap();
        // The thread waits for its turn until both lie there.
        let turn = store.writer.lock().await;
        let mut fails = pin!(store.commit_linked(batch(1), chain.after(0)));
        let mut behind = pin!(store.commit_linked(batch(2), chain.after(0)));
        begin(&mut fails).await;
        begin(&mut behind).await;
        drop(turn);
        assert!(matches!(fails.await, Err(CommitError::Conflict(_))));
        let why = CommitError::Failed("not written: the batch before it failed".into());
        assert_eq!(behind.await, Err(why.clone()));
        assert_eq!(store.commit_linked(batch(3), chain.after(1)).await, Err(why), "its maker had heard of one only");
        store.commit_linked(batch(4), chain.after(3)).await.unwrap();
        let written: Vec<_> = store.history(WorkflowId(1), 0, 9).await.unwrap().iter().map(|event| event.seq).collect();
        assert_eq!(written, [1, 4]);
    }
}
