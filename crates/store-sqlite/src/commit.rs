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
