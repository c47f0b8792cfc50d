//! Code versions as small numbers: every event row names one.

use sqlx::{Row, SqliteConnection};
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
    pub async fn read(connection: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let rows = sqlx::query("SELECT name, id FROM code_version").fetch_all(connection).await?;
        let known = rows.iter().map(|row| Ok((row.try_get::<String, _>(0)?.into(), row.try_get(1)?)));
        Ok(Self { known: Mutex::new(known.collect::<Result<_, sqlx::Error>>()?) })
    }

    pub fn get(&self, name: &str) -> Option<i64> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied()
    }

    /// To be called after the commit that inserted it.
    pub fn learn(&self, name: Arc<str>, id: i64) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(name, id);
    }
}

/// The number of a version, inserted if need be.
pub(crate) async fn number(connection: &mut SqliteConnection, name: &str) -> Result<i64, sqlx::Error> {
    sqlx::query("INSERT INTO code_version (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name = name RETURNING id")
        .bind(name)
        .fetch_one(connection)
        .await?
        .try_get(0)
}
