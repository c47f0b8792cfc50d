use environment::Environment;
use store_postgres::PostgresStore;
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
