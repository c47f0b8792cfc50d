use engine::cluster::Shared;
use environment::Environment;
use store_postgres::{PostgresShared, PostgresStore};
use testkit::postgres::Database;

/// A store and the database that goes with it.
pub struct Fresh {
    pub store: PostgresStore,
    pub database: Database,
}

impl std::ops::Deref for Fresh {
    type Target = PostgresStore;

    fn deref(&self) -> &PostgresStore {
        &self.store
    }
}

pub async fn open(database: &Database) -> PostgresStore {
    PostgresStore::open(&database.url, Environment::real()).await.unwrap()
}

pub async fn fresh() -> Fresh {
    let database = testkit::postgres::database();
    Fresh { store: open(&database).await, database }
}

/// What several nodes share, and the database that goes with it.
pub struct FreshShared {
    pub shared: PostgresShared,
    _database: Database,
}

impl std::ops::Deref for FreshShared {
    type Target = dyn Shared;

    fn deref(&self) -> &Self::Target {
        &self.shared
    }
}

pub async fn join(database: &Database) -> PostgresShared {
    PostgresShared::open(&database.url, Environment::real()).await.unwrap()
}

pub async fn fresh_shared() -> FreshShared {
    let database = testkit::postgres::database();
    FreshShared { shared: join(&database).await, _database: database }
}
