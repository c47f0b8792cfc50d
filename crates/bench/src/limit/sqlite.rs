//! The limit on SQLite.

use super::{Measured, drive, drive::Submitted, payload};
use crate::{Failure, process, stopwatch::Stopwatch, workload::TRANSITIONS};
use environment::Environment;
use rusqlite::Connection;
use std::{path::Path, time::Duration};
use tokio::sync::mpsc;

/// What a commit promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// It outlives a loss of power.
    Full,
    /// It outlives the process.
    Normal,
}

impl Synchronous {
    fn name(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
        }
    }
}

fn open(folder: &Path, synchronous: Synchronous) -> Result<Connection, Failure> {
    let path = folder.join("limit.db");
    for end in ["", "-wal", "-shm"] {
        let mut name = path.clone().into_os_string();
        name.push(end);
        if let Err(error) = std::fs::remove_file(name)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(error.into());
        }
    }
    let connection = Connection::open(&path)?;
    connection.execute_batch(&format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous={};
         CREATE TABLE wf(id INTEGER PRIMARY KEY, state INTEGER NOT NULL, key TEXT NOT NULL UNIQUE);
         CREATE TABLE journal(wf INTEGER, seq INTEGER, payload TEXT, PRIMARY KEY(wf,seq)) WITHOUT ROWID;",
        synchronous.name()
    ))?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

fn write(connection: &Connection, workflow: i64, seq: i64) -> rusqlite::Result<()> {
    if seq == 0 {
        let key = format!("pr-{workflow:08}");
        connection.prepare_cached("INSERT INTO wf VALUES(?1,0,?2)")?.execute((workflow, key))?;
    } else {
        connection.prepare_cached("UPDATE wf SET state=?2 WHERE id=?1")?.execute((workflow, seq))?;
    }
    let mut insert = connection.prepare_cached("INSERT INTO journal VALUES(?1,?2,?3)")?;
    insert.execute((workflow, seq, payload(workflow, seq))).map(|_| ())
}

fn check(connection: &Connection, transitions: u64) -> Result<(), Failure> {
    let there: u64 = connection.query_row("SELECT count(*) FROM journal", (), |row| row.get(0))?;
    if there == transitions {
        return Ok(());
    }
    Err(Failure::Check(format!("{there} of {transitions} journal rows are there")))
}

/// One transaction per transition, one writer.
///
/// # Errors
/// SQLite failed, or a row is missing.
pub fn single(folder: &Path, synchronous: Synchronous, span: Duration) -> Result<Measured, Failure> {
    let connection = open(folder, synchronous)?;
    let me = std::process::id();
    let cpu_before = process::cpu_s(me)?;
    let begun = Stopwatch::start();
    let mut written = 0;
    'time: for first in (0..).step_by(64) {
        for seq in 0..TRANSITIONS as i64 {
            for workflow in first..first + 64 {
                connection.execute_batch("BEGIN IMMEDIATE")?;
                write(&connection, workflow, seq)?;
                connection.execute_batch("COMMIT")?;
                written += 1;
            }
            if begun.elapsed() > span {
                break 'time;
            }
        }
    }
    let elapsed = begun.elapsed();
    let cpu_s = process::cpu_s(me)? - cpu_before;
    check(&connection, written)?;
    let what = format!("sqlite WAL {}, one transaction per transition", synchronous.name());
    Ok(Measured::new(what, written, elapsed, cpu_s))
}

/// Group commit: twice as many submitters as fit into a batch, one writer.
///
/// # Errors
/// SQLite failed, or a row is missing.
pub async fn group(
    environment: &Environment,
    folder: &Path,
    synchronous: Synchronous,
    batch: usize,
    span: Duration,
) -> Result<Measured, Failure> {
    let connection = open(folder, synchronous)?;
    let (to_writer, mut submitted) = mpsc::channel::<Submitted>(batch * 2);
    let writer = tokio::task::spawn_blocking(move || {
        let mut taken = Vec::with_capacity(batch);
        while submitted.blocking_recv_many(&mut taken, batch) > 0 {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            for one in &taken {
                write(&connection, one.workflow, one.seq)?;
            }
            connection.execute_batch("COMMIT")?;
            for one in taken.drain(..) {
                let _ = one.done.send(());
            }
        }
        Ok::<_, rusqlite::Error>(connection)
    });
    let me = std::process::id();
    let cpu_before = process::cpu_s(me)?;
    let (written, elapsed) = drive::drive(environment, batch * 2, vec![to_writer], span).await?;
    let cpu_s = process::cpu_s(me)? - cpu_before;
    let connection =
        writer.await.map_err(|error| Failure::Check(format!("the writer ended abnormally: {error}")))??;
    check(&connection, written)?;
    let what = format!("sqlite WAL {}, group commit of at most {batch}", synchronous.name());
    Ok(Measured::new(what, written, elapsed, cpu_s))
}
