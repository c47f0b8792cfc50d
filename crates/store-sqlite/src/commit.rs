//! One commit: events, rows and early events of a batch, all or nothing.

use crate::{committer::Codes, early, event, workflow};
use engine::Batch;
use rusqlite::{Connection, Statement, ToSql, TransactionBehavior};
use std::sync::Arc;

/// Parameters of one row, in the order of its statement.
pub(crate) struct Parameters<'a, 'connection> {
    statement: &'a mut Statement<'connection>,
    bound: usize,
}

impl Parameters<'_, '_> {
    pub fn add(&mut self, value: impl ToSql) -> rusqlite::Result<&mut Self> {
        self.bound += 1;
        self.statement.raw_bind_parameter(self.bound, value)?;
        Ok(self)
    }
}

/// Writes a batch; durable when this returns. A transaction that fails is rolled back.
pub(crate) fn write(connection: &mut Connection, codes: &mut Codes, batch: &Batch) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let learnt = new_codes(&transaction, codes, batch)?;
    let code = |name: &Arc<str>| codes.get(name).or_else(|| learnt.get(name)).copied().unwrap_or(0);
    rows(&transaction, event::INSERT, &batch.events, |to, one| event::bind(to, one, code(&one.code)))?;
    rows(&transaction, workflow::INSERT, &batch.inserts, workflow::bind)?;
    let changed = rows(&transaction, workflow::UPDATE, &batch.updates, workflow::bind_changes)?;
    if changed != batch.updates.len() {
        return Err(rusqlite::Error::StatementChangedRows(changed));
    }
    rows(&transaction, workflow::REST, &batch.rested, workflow::bind_id)?;
    rows(&transaction, early::INSERT, &batch.early, early::bind)?;
    rows(&transaction, early::DELETE, &batch.early_used, early::bind_name)?;
    transaction.commit()?;
    codes.extend(learnt);
    Ok(())
}

/// One statement for each row; how many rows of the table it changed.
fn rows<T>(
    connection: &Connection,
    sql: &str,
    rows: &[T],
    bind: impl Fn(&mut Parameters<'_, '_>, &T) -> rusqlite::Result<()>,
) -> rusqlite::Result<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    let mut statement = connection.prepare_cached(sql)?;
    let mut changed = 0;
    for row in rows {
        bind(&mut Parameters { statement: &mut statement, bound: 0 }, row)?;
        changed += statement.raw_execute()?;
    }
    Ok(changed)
}

/// Numbers of code versions that this batch is the first to name; known to others once it is committed.
fn new_codes(connection: &Connection, known: &Codes, batch: &Batch) -> rusqlite::Result<Codes> {
    let mut new = Codes::new();
    for event in &batch.events {
        if !known.contains_key(&event.code) && !new.contains_key(&event.code) {
            let sql =
                "INSERT INTO code_version (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name = name RETURNING id";
            new.insert(Arc::clone(&event.code), connection.query_row(sql, [&*event.code], |row| row.get(0))?);
        }
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SqliteStore, committer, error};
    use engine::{CommitError, EventEffect, EventId, EventRecord, Timestamp, WorkflowId};
    use environment::Environment;

    fn large(seq: u64) -> Batch {
        let event = EventRecord {
            workflow: WorkflowId(1),
            id: EventId::new("gh", seq),
            seq,
            effect: EventEffect::Applied,
            payload: format!("\"{}\"", "x".repeat(20_000)).into(),
            at: Timestamp::from_millis(seq),
            code: "1".into(),
        };
        Batch { events: vec![event], ..Batch::default() }
    }

    #[tokio::test]
    async fn a_full_database_is_told_by_its_type_keeps_what_was_acknowledged_and_goes_on_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("longshore.db");
        SqliteStore::open(&path, Environment::real()).await.unwrap().close().await;
        let (mut connection, mut codes) = (committer::connect(&path).unwrap(), Codes::new());
        let mut write = |connection: &mut Connection, seq| write(connection, &mut codes, &large(seq));
        connection.pragma_update(None, "max_page_count", 60).unwrap();
        let mut written = 0;
        let error = loop {
            match write(&mut connection, written + 1) {
                Ok(()) => written += 1,
                Err(error) => break error::commit(&error),
            }
        };
        assert!(matches!(error, CommitError::Full(_)), "{error:?}");
        assert!(error.to_string().contains("database disk full"), "{error}");
        let rows: u64 = connection.query_row("SELECT count(*) FROM event", (), |row| row.get(0)).unwrap();
        assert_eq!(rows, written);
        connection.pragma_update(None, "max_page_count", 1_000).unwrap();
        write(&mut connection, written + 1).unwrap();
    }
}
