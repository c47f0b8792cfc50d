//! One commit: events, rows and early events of a batch, all or nothing.

use crate::{SqliteStore, code, early, error, event, workflow, writer::Writer};
use engine::{Batch, CommitError};
use std::sync::Arc;

impl SqliteStore {
    pub(crate) async fn write(&self, batch: &Batch) -> Result<(), CommitError> {
        let mut writer = self.writer.lock().await;
        let result = self.write_on(&mut writer, batch).await;
        if result.is_err() {
            writer.settle().await;
        }
        result.map_err(error::commit)
    }

    async fn write_on(&self, writer: &mut Writer, batch: &Batch) -> Result<(), sqlx::Error> {
        let connection = writer.begin().await?;
        let mut codes: Vec<(Arc<str>, i64)> = Vec::new();
        for event in &batch.events {
            if !codes.iter().any(|(name, _)| *name == event.code) {
                let number = match self.codes.get(&event.code) {
                    Some(number) => number,
                    None => code::number(connection, &event.code).await?,
                };
                codes.push((Arc::clone(&event.code), number));
            }
        }
        let code_of = |name: &Arc<str>| codes.iter().find(|(known, _)| known == name).map_or(0, |(_, number)| *number);
        let statements = &self.statements;
        let bind_event = |to: &mut _, one: &_| event::bind(to, one, code_of(&one.code));
        statements.insert_events.write(connection, &batch.events, bind_event).await?;
        statements.insert_workflows.write(connection, &batch.inserts, workflow::bind).await?;
        statements.update_workflows.write(connection, &batch.updates, workflow::bind).await?;
        statements.insert_early.write(connection, &batch.early, early::bind).await?;
        if !batch.early_used.is_empty() {
            early::used(&mut *connection, &batch.early_used).await?;
        }
        writer.commit().await?;
        codes.into_iter().for_each(|(name, number)| self.codes.learn(name, number));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{EventEffect, EventId, EventRecord, Store, Timestamp, WorkflowId};
    use environment::Environment;
    use sqlx::Executor;

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
        let store = SqliteStore::open(folder.path().join("longshore.db"), Environment::real()).await.unwrap();
        let limit = async |pages: u32| {
            let sql = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
            store.writer.lock().await.single().await.execute(sql).await.unwrap();
        };
        limit(60).await;
        let mut written = 0;
        let error = loop {
            match store.commit(&large(written + 1)).await {
                Ok(()) => written += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, CommitError::Full(_)), "{error:?}");
        assert!(error.to_string().contains("database disk full"), "{error}");
        assert_eq!(store.history(WorkflowId(1), 0, 99).await.unwrap().len() as u64, written);
        limit(1_000).await;
        store.commit(&large(written + 1)).await.unwrap();
    }
}
