use engine::{
    ActiveRow, EventId, ListFilter, LoadRequest, Store, Timestamp, WorkflowId,
    beside::{Beside, Past},
};
use environment::Environment;
use std::path::PathBuf;
use store_sqlite::{OpenError, SqliteStore};

/// A store and the folder that goes with it.
pub struct Fresh {
    pub store: SqliteStore,
    pub path: PathBuf,
    pub folder: tempfile::TempDir,
}

impl std::ops::Deref for Fresh {
    type Target = SqliteStore;

    fn deref(&self) -> &SqliteStore {
        &self.store
    }
}

pub async fn fresh() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("longshore.db");
    let store = SqliteStore::open(&path, Environment::real()).await.unwrap();
    Fresh { store, path, folder }
}

#[tokio::test]
async fn e8_a_second_supervisor_on_the_same_file_is_refused_with_a_sentence() {
    let Fresh { store, path, folder: _folder } = fresh().await;
    let refused = SqliteStore::open(&path, Environment::real()).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "`{}` is in use by another supervisor (pid {}); stop it first, or give this one its own database",
            path.display(),
            std::process::id()
        )
    );
    store.close().await;
    SqliteStore::open(&path, Environment::real()).await.expect("it is free again");
}

#[tokio::test]
async fn e10_a_schema_of_a_newer_program_is_refused_with_a_sentence() {
    let Fresh { store, path, folder: _folder } = fresh().await;
    store.close().await;
    sql(&path, "INSERT INTO schema_migration (number, name, applied_at) VALUES (99, '0099_later', 0)").await;
    let refused = SqliteStore::open(&path, Environment::real()).await.unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }));
    assert!(refused.to_string().contains("start the newer program"), "{refused}");
}

#[tokio::test]
async fn e10_the_sample_rows_of_version_1_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("longshore.db");
    std::fs::File::create(&path).unwrap();
    let of_version_1 = concat!(
        include_str!("../../../../migrations/sqlite/0001_engine.sql"),
        "CREATE TABLE schema_migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL);",
        "INSERT INTO schema_migration VALUES (1, '0001_engine', 0);",
        include_str!("../../../../migrations/samples/0001_engine.sql"),
    );
    sql(&path, of_version_1).await;
    let store = SqliteStore::open(&path, Environment::real()).await.unwrap();
    let rows = store.list(&ListFilter::default()).await.unwrap();
    assert_eq!(rows.iter().map(|row| &*row.status).collect::<Vec<_>>(), ["awaiting_decision", "running", "queued"]);
    for row in &rows {
        engine::core::read_timers(row.timers.as_deref()).unwrap();
        engine::core::read_pending(row.pending.as_deref()).unwrap();
    }
    assert_eq!(store.history(WorkflowId(1), 0, 9).await.unwrap().len(), 3);
    assert_eq!(
        store.active_after(WorkflowId(0), 9).await.unwrap(),
        [ActiveRow { workflow: WorkflowId(2), pending: true }]
    );
    assert_eq!(store.pools().await.unwrap().len(), 2);
    let request = LoadRequest { ids: vec![WorkflowId(2)], ..LoadRequest::default() };
    assert_eq!(store.load(&request).await.unwrap().early[0].id, EventId::from_stored("gh:d-3"));
    assert!(store.document("checks", "acme/shop#7").await.unwrap().is_some());
    assert_eq!(store.log("wf_1/1", 0, 9).await.unwrap()[0].text, "claimed");
    assert_eq!(store.remove_past(Past::Logs, Timestamp::from_millis(0), 9, false).await.unwrap(), 0);
}

async fn sql(path: &std::path::Path, text: &'static str) {
    use sqlx::Connection;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(text).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
