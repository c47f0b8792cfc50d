//! The connection that commits batches, on a thread of its own.
//!
//! Why not the one of `writer`: that one is reached statement by statement, each a trip between threads in which the
//! database has nothing to do; a batch has a thousand statements. Here a batch is handed over whole, and the thread runs
//! its prepared statements row by row (ADR 12, docs/performance.md).

use crate::{commit, error, open};
use engine::{Batch, CommitError};
use rusqlite::Connection;
use std::{
    collections::HashMap,
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
};
use tokio::sync::{mpsc, oneshot};

/// Batches that wait for the one that is written; the engine hands over two at most.
const WAITING_MAX: usize = 2;
/// Prepared statements: one per table and kind of write, and those of a transaction.
const STATEMENTS_MAX: usize = 16;

/// Page cache in KiB (negative: SQLite's way to say KiB): the rows of some thousand active workflows and their history, so
/// that pages just written are not read again from the WAL.
const CACHE_KIB: i64 = -8_192;

/// Numbers of code versions that are known to be in the table: every event row names one.
pub(crate) type Codes = HashMap<Arc<str>, i64>;

struct Handed {
    batch: Arc<Batch>,
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
    /// Opens the connection and starts the thread; the tables must be there.
    pub fn start(path: &Path) -> Result<Self, error::Cause> {
        let connection = connect(path)?;
        let codes = read_codes(&connection)?;
        let (batches, handed) = mpsc::channel(WAITING_MAX);
        let run = move || carry_out(connection, codes, handed);
        let thread = thread::Builder::new().name("sqlite-committer".into()).spawn(run)?;
        Ok(Self { batches: Some(batches), thread: Some(thread) })
    }

    /// Writes a batch durably, or nothing of it. Whoever goes away meanwhile does not stop it.
    pub async fn commit(&self, batch: Arc<Batch>) -> Result<(), CommitError> {
        let gone = || CommitError::Failed("the thread that writes the database has ended".into());
        let (ended, end) = oneshot::channel();
        let batches = self.batches.as_ref().ok_or_else(gone)?;
        batches.send(Handed { batch, ended }).await.map_err(|_| gone())?;
        end.await.unwrap_or_else(|_| Err(gone()))
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

fn carry_out(mut connection: Connection, mut codes: Codes, mut handed: mpsc::Receiver<Handed>) {
    while let Some(Handed { batch, ended }) = handed.blocking_recv() {
        let result = commit::write(&mut connection, &mut codes, &batch);
        let _ = ended.send(result.map_err(|error| error::commit(&error)));
    }
}
