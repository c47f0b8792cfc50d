//! The database that is measured: named by a URL, opened as a store for the engine, and read directly to check what came
//! of it.

mod newest;
mod stored;

pub use newest::{Newest, at_rest, newest};
pub use stored::Stored;

use crate::{Failure, limit::postgres::Server, process};
use engine::{Engine, Limits, Registry, Store, cluster::ClusterLimits};
use environment::Environment;
use rusqlite::{Connection, OpenFlags};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};
use store_postgres::{PostgresShared, PostgresStore};
use store_sqlite::SqliteStore;
use tempfile::TempDir;

/// What a URL of a file begins with.
const SQLITE: &str = "sqlite://";
/// What a URL of a server begins with.
const POSTGRES: &str = "postgres://";

/// What a private server has beside PostgreSQL's defaults, as anyone would set it for a database that is written a lot.
const SHARED_BUFFERS: &str = "512MB";
const MAX_WAL_SIZE: &str = "4GB";

/// A database of a benchmark's own.
#[derive(Debug)]
pub struct Database {
    place: Place,
}

#[derive(Debug)]
enum Place {
    File {
        path: PathBuf,
        /// Removed with it.
        _folder: Option<TempDir>,
    },
    Server {
        url: String,
        /// The server's first process, if it is known here.
        process: Option<u32>,
        /// Stopped and removed with it.
        _own: Option<testkit::postgres::Database>,
    },
}

impl Database {
    /// From `--store`: `sqlite` (also without it) is a file in a temporary folder, `postgres` a private server that ends
    /// with this program, a URL what it names.
    ///
    /// # Errors
    /// The URL is not understood, or what it names is there already: a benchmark fills what it is given.
    pub async fn at(url: Option<&str>) -> Result<Self, Failure> {
        let place = match url.unwrap_or("sqlite") {
            "sqlite" | SQLITE => temporary()?,
            "postgres" | POSTGRES => private(),
            url if url.starts_with(POSTGRES) => Place::Server { url: url.to_owned(), process: None, _own: None },
            url => match url.strip_prefix(SQLITE) {
                Some(path) => Place::File { path: PathBuf::from(path), _folder: None },
                None => return Err(not_a_store(url)),
            },
        };
        let database = Self { place };
        if database.is_there().await? {
            let url = database.url();
            let name = url.strip_prefix(SQLITE).unwrap_or(&url);
            return Err(Failure::Usage(format!(
                "`{name}` is there already; name a new one, which the benchmark fills"
            )));
        }
        Ok(database)
    }

    async fn is_there(&self) -> Result<bool, Failure> {
        match &self.place {
            Place::File { path, .. } => Ok(path.exists()),
            Place::Server { url, .. } => {
                let client = stored::connect(url).await?;
                Ok(client.query_one("SELECT to_regclass('workflow') IS NOT NULL", &[]).await?.try_get(0)?)
            }
        }
    }

    /// By which another process opens it.
    pub fn url(&self) -> String {
        match &self.place {
            Place::File { path, .. } => format!("{SQLITE}{}", path.display()),
            Place::Server { url, .. } => url.clone(),
        }
    }

    /// What it is, in one word.
    pub fn name(&self) -> &'static str {
        match self.place {
            Place::File { .. } => "sqlite",
            Place::Server { .. } => "postgres",
        }
    }

    /// The folder of the file: what it is compared with must lie on the same disk.
    pub fn folder(&self) -> &Path {
        let path = match &self.place {
            Place::File { path, .. } => path.parent(),
            Place::Server { .. } => None,
        };
        path.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// The server, for the limit.
    pub fn server(&self) -> Option<Server<'_>> {
        match &self.place {
            Place::Server { url, process, .. } => Some(Server { url, process: *process }),
            Place::File { .. } => None,
        }
    }

    /// Processor time of this process, and of the server if there is one and it is known here.
    ///
    /// # Errors
    /// There is no `/proc`.
    pub fn cpu_s(&self) -> Result<f64, Failure> {
        let server = match &self.place {
            Place::Server { process: Some(process), .. } => process::tree_cpu_s(*process)?,
            _ => 0.0,
        };
        Ok(process::cpu_s(std::process::id())? + server)
    }

    /// As the engine's store.
    ///
    /// # Errors
    /// It does not open.
    pub async fn open(&self, environment: &Environment) -> Result<Arc<dyn Store>, Failure> {
        open(&self.url(), environment).await
    }

    /// The engine on it, which commits on so many connections at once; several are partitions of one node.
    ///
    /// # Errors
    /// It does not open, or cannot be divided.
    pub async fn start(
        &self,
        environment: &Environment,
        registry: Registry,
        limits: Limits,
        committers: u16,
    ) -> Result<Engine, Failure> {
        let environment = environment.clone();
        match &self.place {
            Place::Server { url, .. } if committers > 1 => {
                let shared = PostgresShared::open_divided(url, environment.clone(), committers).await?;
                Ok(Engine::join(environment, Arc::new(shared), registry, limits, ClusterLimits::default()).await?)
            }
            _ if committers == 1 => {
                let store = self.open(&environment).await?;
                Ok(Engine::start(environment, store, registry, limits).await?)
            }
            _ => Err(Failure::Usage("SQLite has one writer; give `--committers 1`".into())),
        }
    }

    /// What is stored, read by SQL of the benchmark's own.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn stored(&self) -> Result<Stored, Failure> {
        match &self.place {
            Place::File { path, .. } => stored::of_file(path),
            Place::Server { url, .. } => stored::of_server(url).await,
        }
    }

    /// Bytes on disk of workflows and history with their indexes; of a file with its WAL.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn bytes(&self) -> Result<u64, Failure> {
        match &self.place {
            Place::File { path, .. } => Ok(process::database_bytes(path)),
            Place::Server { url, .. } => stored::bytes_of_server(url).await,
        }
    }

    /// Events whose id begins like this.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn events_from(&self, source: &str) -> Result<u64, Failure> {
        match &self.place {
            Place::File { path, .. } => stored::events_of_file(path, source),
            Place::Server { url, .. } => stored::events_of_server(url, source).await,
        }
    }

    /// Bytes of each table and index of a file, without the free space of its pages; nothing of a server's.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn table_bytes(&self) -> Result<BTreeMap<String, u64>, Failure> {
        match &self.place {
            Place::File { path, .. } => stored::table_bytes_of_file(path),
            Place::Server { .. } => Ok(BTreeMap::new()),
        }
    }

    /// When each workflow's earliest timer is due, in milliseconds.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn wake_ups(&self) -> Result<Vec<(u64, u64)>, Failure> {
        match &self.place {
            Place::File { path, .. } => stored::wake_ups_of_file(path),
            Place::Server { url, .. } => stored::wake_ups_of_server(url).await,
        }
    }
}

fn temporary() -> Result<Place, Failure> {
    let folder = tempfile::tempdir()?;
    Ok(Place::File { path: folder.path().join("longshore-bench.db"), _folder: Some(folder) })
}

fn private() -> Place {
    let cluster = testkit::postgres::Cluster::start();
    cluster.sql("postgres", &format!("ALTER SYSTEM SET shared_buffers = '{SHARED_BUFFERS}'"));
    cluster.sql("postgres", &format!("ALTER SYSTEM SET max_wal_size = '{MAX_WAL_SIZE}'"));
    cluster.crash();
    cluster.start_again();
    let database = cluster.database("longshore_bench");
    Place::Server { url: database.url.clone(), process: Some(cluster.pid()), _own: Some(database) }
}

fn not_a_store(url: &str) -> Failure {
    Failure::Usage(format!("`{url}` is not a store; give `sqlite`, `postgres`, `sqlite:///FILE` or `postgres://…`"))
}

/// Opens what a URL names as the engine's store, whatever is in it.
///
/// # Errors
/// It does not open.
pub async fn open(url: &str, environment: &Environment) -> Result<Arc<dyn Store>, Failure> {
    if url.starts_with(POSTGRES) {
        return Ok(Arc::new(PostgresStore::open(url, environment.clone()).await?));
    }
    let path = url.strip_prefix(SQLITE).ok_or_else(|| not_a_store(url))?;
    Ok(Arc::new(SqliteStore::open(path, environment.clone()).await?))
}

/// A file, to be read beside its owner.
fn read_only(path: &Path) -> Result<Connection, Failure> {
    Ok(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_there_is_not_filled_and_a_foreign_url_is_not_understood() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("precious.db");
        std::fs::write(&path, "").unwrap();
        let refused = Database::at(Some(&format!("sqlite://{}", path.display()))).await.unwrap_err();
        let words = format!("`{}` is there already; name a new one, which the benchmark fills", path.display());
        assert_eq!(refused.to_string(), words);
        assert_eq!(
            Database::at(Some("mysql://x")).await.unwrap_err().to_string(),
            "`mysql://x` is not a store; give `sqlite`, `postgres`, `sqlite:///FILE` or `postgres://…`"
        );
    }

    #[tokio::test]
    async fn a_database_that_has_tables_is_not_filled_again() {
        let private = testkit::postgres::database();
        let database = Database::at(Some(&private.url)).await.unwrap();
        drop(database.open(&Environment::real()).await.unwrap());
        assert!(Database::at(Some(&private.url)).await.unwrap_err().to_string().contains("is there already"));
        assert_eq!(database.stored().await.unwrap(), Stored::default());
        assert!(database.bytes().await.unwrap() > 0);
    }
}
