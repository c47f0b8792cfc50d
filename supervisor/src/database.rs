//! The configured database, opened: which one it is, and whether others may share it, is known here and nowhere else.

use crate::{config, config::Config, serve::StartError};
use engine::{
    Store,
    beside::Beside,
    cluster::{ClusterLimits, Shared},
};
use environment::Environment;
use std::{path::Path, sync::Arc, time::Duration};
use store_postgres::{PostgresShared, PostgresStore};
use store_sqlite::SqliteStore;

/// What `database.url` may begin with, for PostgreSQL.
pub(crate) const POSTGRES: [&str; 2] = ["postgres://", "postgresql://"];
pub(crate) const SQLITE: &str = "sqlite://";
/// Beats within a lease: three may be lost.
const BEATS_PER_LEASE: u32 = 4;
/// The longest time limit of an action that must not overlap with another node's attempt, and some for clocks that do not
/// run alike.
const OUTSIDE_AFTER_LEASE: Duration = Duration::from_secs(140);

/// An open database.
#[derive(Clone)]
pub struct Database {
    /// Rows of workflows. Of a shared database, to read only.
    pub store: Arc<dyn Store>,
    /// Blobs, documents, logs.
    pub beside: Arc<dyn Beside>,
    /// Which one, in a word.
    pub name: &'static str,
    shared: Option<(PostgresShared, ClusterLimits)>,
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
            return Ok(Self::owned(Arc::new(store), "SQLite"));
        }
        if !POSTGRES.iter().any(|scheme| url.starts_with(scheme)) {
            // The address may hold a password, so it is not repeated.
            return Err(StartError::Configuration(
                "`database.url` must begin with `sqlite://` or `postgres://`".into(),
            ));
        }
        if !config.database.shared {
            let store = PostgresStore::open(url, environment.clone()).await.map_err(failed)?;
            return Ok(Self::owned(Arc::new(store), "PostgreSQL"));
        }
        let shared = PostgresShared::open(url, environment.clone()).await.map_err(failed)?;
        let everything = Arc::new(shared.everything());
        Ok(Self { shared: Some((shared, limits(&config.database))), ..Self::owned(everything, "PostgreSQL, shared") })
    }

    fn owned<S: Store + Beside>(store: Arc<S>, name: &'static str) -> Self {
        Self { beside: Arc::clone(&store) as Arc<dyn Beside>, store, name, shared: None }
    }

    /// Whether other supervisors may be on it.
    pub fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// What the engine joins, if others may be on it; else it owns the store. `about` is what they may know of this one.
    pub fn joins(&self, about: &serde_json::Value) -> Option<(Arc<dyn Shared>, ClusterLimits)> {
        let (shared, limits) = self.shared.as_ref()?;
        shared.tell_about(about);
        Some((Arc::new(shared.clone()), *limits))
    }

    /// What the other nodes that are alive say about themselves.
    ///
    /// # Errors
    /// [`StartError::Database`].
    pub async fn others(&self) -> Result<Vec<serde_json::Value>, StartError> {
        match &self.shared {
            Some((shared, limits)) => shared.nodes(limits.lease_ms).await.map_err(failed),
            None => Ok(Vec::new()),
        }
    }
}

fn limits(database: &config::Database) -> ClusterLimits {
    let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    ClusterLimits {
        lease_ms: millis(database.lease),
        beat_ms: millis(database.lease / BEATS_PER_LEASE),
        outside_ms: millis(database.lease + OUTSIDE_AFTER_LEASE),
        ..ClusterLimits::default()
    }
}

fn failed(error: impl std::fmt::Display) -> StartError {
    StartError::Database(error.to_string())
}
