//! What a start looks at first.

use crate::server::{Fresh, fresh, open};
use environment::Environment;
use store_postgres::{OpenError, PostgresStore};

async fn refused(url: &str) -> OpenError {
    PostgresStore::open(url, Environment::real()).await.unwrap_err()
}

#[tokio::test]
async fn e10_a_schema_of_a_newer_program_is_refused_with_a_sentence() {
    let Fresh { store, database } = fresh().await;
    store.close().await;
    let sql = "INSERT INTO schema_migration (number, name, applied_at) VALUES (99, '0099_later', 0)";
    database.sql(&database.name, sql);
    let refused = refused(&database.url).await;
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }));
    assert!(refused.to_string().contains("start the newer program"), "{refused}");
}

#[tokio::test]
async fn e1_a_database_that_acknowledges_before_it_is_durable_is_refused_with_a_sentence() {
    let database = testkit::postgres::database();
    let name = &database.name;
    database.sql(name, &format!("ALTER DATABASE {name} SET synchronous_commit = off"));
    let refused = refused(&database.url).await.to_string();
    assert!(
        refused.ends_with(&format!(
            "cannot be used: it has `synchronous_commit = off`, so that what was acknowledged may be lost; run \
             `ALTER DATABASE \"{name}\" SET synchronous_commit = on`"
        )),
        "{refused}"
    );
    database.sql(name, &format!("ALTER DATABASE \"{name}\" SET synchronous_commit = on"));
    open(&database).await;
}

#[tokio::test]
async fn a_database_of_another_encoding_is_refused() {
    let database = testkit::postgres::database();
    database.sql("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    let refused = refused(&database.url_of("latin")).await.to_string();
    assert!(refused.contains("its encoding is LATIN1"), "{refused}");
}

#[tokio::test]
async fn what_does_not_answer_is_named_without_its_password() {
    let refused = refused("postgres://longshore:secret@127.0.0.1:1/prod").await.to_string();
    assert!(refused.starts_with("cannot reach PostgreSQL database `prod` at `127.0.0.1`: "), "{refused}");
    assert!(!refused.contains("secret"), "{refused}");
}
