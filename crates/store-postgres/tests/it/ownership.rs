//! E8 for a single owner.

use crate::{
    rows::batch,
    server::{Fresh, fresh, open},
};
use engine::{CommitError, Store, StoreError, Timestamp, WorkflowId};
use environment::Environment;
use store_postgres::PostgresStore;

#[tokio::test]
async fn e8_a_second_supervisor_on_the_same_database_is_refused_with_a_sentence() {
    let Fresh { store, database } = fresh().await;
    let refused = PostgresStore::open(&database.url, Environment::real()).await.unwrap_err().to_string();
    assert!(refused.starts_with("PostgreSQL database `test_"), "{refused}");
    let owner = format!("is in use by another supervisor (pid {} on ", std::process::id());
    assert!(refused.contains(&owner), "{refused}");
    assert!(refused.ends_with("; stop it first, or give this one its own database"), "{refused}");
    store.close().await;
    open(&database).await.close().await;
}

#[tokio::test]
async fn e8_an_owner_whose_place_was_taken_writes_nothing_and_is_told_so() {
    let Fresh { store: older, database } = fresh().await;
    older.commit(&batch("a", 1)).await.unwrap();
    // Its session is gone, as after a sleep of the machine, so that another one may begin.
    database.sql(&database.name, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");
    let newer = open(&database).await;
    let told = "another supervisor has taken this database over; this one writes nothing any more and must be stopped";
    assert!(matches!(older.commit(&batch("b", 2)).await, Err(CommitError::Failed(_))), "its connection is gone");
    assert_eq!(older.commit(&batch("b", 2)).await, Err(CommitError::Failed(told.into())));
    let late = Timestamp::from_millis(u64::MAX / 2);
    assert_eq!(older.drop_early(late, 9).await, Err(StoreError(told.into())));
    assert_eq!(newer.history(WorkflowId(1), 0, 9).await.unwrap().len(), 1);
    newer.commit(&batch("c", 2)).await.unwrap();
    assert_eq!(older.history(WorkflowId(1), 0, 9).await.unwrap().len(), 2, "it may look");
}

#[tokio::test]
async fn e8_a_fence_that_is_raised_under_an_owner_that_is_connected_stops_its_next_commit() {
    let Fresh { store, database } = fresh().await;
    store.commit(&batch("a", 1)).await.unwrap();
    database.sql(&database.name, "UPDATE fence SET epoch = epoch + 1");
    assert!(matches!(store.commit(&batch("b", 2)).await, Err(CommitError::Failed(told)) if told.contains("taken")));
    assert_eq!(database.sql(&database.name, "SELECT count(*) FROM event"), "1");
}
