//! Code versions as small numbers: every event row names one.

use crate::text;
use sqlx::PgConnection;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The numbers that are known to be in the table.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    known: Mutex<HashMap<Arc<str>, i64>>,
}

impl Codes {
    pub async fn read(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let rows = sqlx::query!("SELECT name, id FROM code_version").fetch_all(connection).await?;
        let known = rows.into_iter().map(|row| (text::original(row.name).into(), row.id));
        Ok(Self { known: Mutex::new(known.collect()) })
    }

    /// The number of a version, inserted if need be. That is a commit of its own: a number without events does no harm.
    pub async fn number(&self, connection: &mut PgConnection, name: &Arc<str>) -> Result<i64, sqlx::Error> {
        if let Some(number) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(*number);
        }
        // Two supervisors that begin with two new versions at once may choose the same number: one of them meets a
        // conflict, and tries again.
        let query = sqlx::query_scalar!(
            "INSERT INTO code_version (id, name) SELECT coalesce(max(id), 0) + 1, $1 FROM code_version \
             ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
            &*text::stored(name)
        );
        let number = query.fetch_one(connection).await?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(Arc::clone(name), number);
        Ok(number)
    }
}
