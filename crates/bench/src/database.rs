//! The database that is measured: opened as a store for the engine, and read directly to check what came of it.

use crate::{Failure, workload::TRANSITIONS};
use engine::Store;
use environment::Environment;
use rusqlite::{Connection, OpenFlags};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use store_sqlite::SqliteStore;
use tempfile::TempDir;

/// What a URL of a file begins with.
const SQLITE: &str = "sqlite://";

/// A database of a benchmark's own.
#[derive(Debug)]
pub struct Database {
    path: PathBuf,
    /// Removed with it.
    _folder: Option<TempDir>,
}

impl Database {
    /// From `--store`; without it a file in a temporary folder.
    ///
    /// # Errors
    /// The URL is not understood, or what it names is there already: a benchmark fills what it is given.
    pub fn at(url: Option<&str>) -> Result<Self, Failure> {
        let Some(url) = url else { return Self::temporary() };
        let Some(path) = url.strip_prefix(SQLITE).map(PathBuf::from) else {
            return Err(Failure::Usage(format!("`{url}` is not a store; give one like `sqlite:///var/tmp/bench.db`")));
        };
        if path.as_os_str().is_empty() {
            return Self::temporary();
        }
        if path.exists() {
            let path = path.display();
            return Err(Failure::Usage(format!(
                "`{path}` is there already; name a new file, which the benchmark fills"
            )));
        }
        Ok(Self { path, _folder: None })
    }

    fn temporary() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        Ok(Self { path: folder.path().join("longshore-bench.db"), _folder: Some(folder) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder it lies in: what it is compared with must lie on the same disk.
    pub fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// As the engine's store.
    ///
    /// # Errors
    /// It does not open.
    pub async fn open(&self, environment: &Environment) -> Result<Arc<dyn Store>, Failure> {
        Ok(Arc::new(SqliteStore::open(&self.path, environment.clone()).await?))
    }

    /// What is stored, read by SQL of the benchmark's own.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn stored(&self) -> Result<Stored, Failure> {
        let connection = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let number = |sql: &str| connection.query_row(sql, (), |row| row.get::<_, u64>(0));
        Ok(Stored {
            workflows: number("SELECT count(*) FROM workflow")?,
            closed: number("SELECT count(*) FROM workflow WHERE status = 'closed' AND pending IS NULL")?,
            awaiting: number("SELECT count(*) FROM workflow WHERE status = 'awaiting_decision' AND pending IS NULL")?,
            events: number("SELECT count(*) FROM event")?,
            unbroken: number(
                "SELECT count(*) FROM workflow w WHERE w.revision = \
                 (SELECT count(*) FROM event e WHERE e.workflow = w.id AND e.seq BETWEEN 1 AND w.revision)",
            )?,
        })
    }
}

/// What lies in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Rows of workflows.
    pub workflows: u64,
    /// Those that are over.
    pub closed: u64,
    /// Those that wait for a person.
    pub awaiting: u64,
    /// Rows of events.
    pub events: u64,
    /// Workflows whose history has every revision.
    pub unbroken: u64,
}

impl Stored {
    /// Every workflow finished, every event stored.
    ///
    /// # Errors
    /// Not so.
    pub fn all_closed(self, workflows: u64) -> Result<(), Failure> {
        let wanted =
            Self { workflows, closed: workflows, awaiting: 0, events: TRANSITIONS * workflows, unbroken: workflows };
        self.must_be(wanted)
    }

    /// Exactly this.
    ///
    /// # Errors
    /// Not so.
    pub fn must_be(self, wanted: Self) -> Result<(), Failure> {
        if self == wanted {
            return Ok(());
        }
        Err(Failure::Check(format!("the database has {self:?}, and should have {wanted:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_not_filled_and_a_foreign_url_is_not_understood() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("precious.db");
        std::fs::write(&path, "").unwrap();
        let refused = Database::at(Some(&format!("sqlite://{}", path.display()))).unwrap_err();
        let words = format!("`{}` is there already; name a new file, which the benchmark fills", path.display());
        assert_eq!(refused.to_string(), words);
        assert_eq!(
            Database::at(Some("mysql://x")).unwrap_err().to_string(),
            "`mysql://x` is not a store; give one like `sqlite:///var/tmp/bench.db`"
        );
    }

    #[test]
    fn a_missing_event_or_an_open_workflow_is_a_failure() {
        let good = Stored { workflows: 2, closed: 2, awaiting: 0, events: 18, unbroken: 2 };
        assert!(good.all_closed(2).is_ok());
        assert!(Stored { events: 17, ..good }.all_closed(2).is_err());
        assert!(Stored { closed: 1, ..good }.all_closed(2).is_err());
        assert!(good.all_closed(3).is_err());
    }
}
