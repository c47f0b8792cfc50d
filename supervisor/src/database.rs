//! The configured database, opened: which one it is, is known here and nowhere else.

use crate::{config::Config, serve::StartError};
use engine::{Store, beside::Beside};
use environment::Environment;
use std::{path::Path, sync::Arc};
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;

/// What `database.url` may begin with, for PostgreSQL.
const POSTGRES: [&str; 2] = ["postgres://", "postgresql://"];
const SQLITE: &str = "sqlite://";

/// An open database that this process owns.
#[derive(Clone)]
pub struct Database {
    /// Rows of workflows.
    pub store: Arc<dyn Store>,
    /// Blobs, documents, logs.
    pub beside: Arc<dyn Beside>,
    /// Which one, in a word.
    pub name: &'static str,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Database {
    /// Opens the configured database and brings its schema up to date.
    ///
    /// # Errors
    /// [`StartError::Database`]; it may be another supervisor's, or of a newer version. [`StartError::Configuration`]: the
    /// address is of neither kind.
    pub async fn open(config: &Config, environment: &Environment) -> Result<Self, StartError> {
        let url = config.database.url.reveal();
        if let Some(path) = url.strip_prefix(SQLITE) {
            let store = SqliteStore::open(Path::new(path), environment.clone()).await.map_err(failed)?;
            return Ok(Self::of(Arc::new(store), "SQLite"));
        }
        if POSTGRES.iter().any(|scheme| url.starts_with(scheme)) {
            let store = PostgresStore::open(url, environment.clone()).await.map_err(failed)?;
            return Ok(Self::of(Arc::new(store), "PostgreSQL"));
        }
        // The address may hold a password, so it is not repeated.
        Err(StartError::Configuration("`database.url` must begin with `sqlite://` or `postgres://`".into()))
    }

    fn of<S: Store + Beside>(store: Arc<S>, name: &'static str) -> Self {
        Self { beside: Arc::clone(&store) as Arc<dyn Beside>, store, name }
    }
}

fn failed(error: impl std::fmt::Display) -> StartError {
    StartError::Database(error.to_string())
}
